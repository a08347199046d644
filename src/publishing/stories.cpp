#include "publishing/stories.hpp"

#include <boost/json.hpp>

#include "base/log.hpp"
#include "publishing/endings.hpp"

namespace postmypost::publishing {

using journal::Entry;
using journal::Head;
using journal::Kind;
using storage::Transaction;

namespace {

vault::Place outcome_place(std::int64_t account_id) {
  return {"journal", "outcome", account_id, vault::KeyScope::kAccount, account_id};
}

}  // namespace

std::string seal_outcome(vault::Vault& vault, std::int64_t account_id, const SentPost& post) {
  const boost::json::object plain{{"remote_id", post.remote_id}, {"permalink", post.permalink}};
  return vault.seal<vault::Category::kProfile>(outcome_place(account_id), boost::json::serialize(plain)).bytes;
}

std::optional<SentPost> open_outcome(const vault::Vault& vault, std::int64_t account_id, const std::string& sealed) {
  if (sealed.empty()) return std::nullopt;
  try {
    const auto plain = boost::json::parse(vault.open<vault::Purpose::kPublish>(
                                              outcome_place(account_id), vault::Sealed<vault::Category::kProfile>{sealed}))
                           .as_object();
    return SentPost{.remote_id = std::string(plain.at("remote_id").as_string()),
                    .permalink = std::string(plain.at("permalink").as_string())};
  } catch (const std::exception&) {
    log::warning("engine.outcome_unreadable");
    return std::nullopt;
  }
}

namespace {

bool names_a_delivery(const Entry& entry) {
  return entry.kind == Kind::kIntent || entry.kind == Kind::kGate || entry.kind == Kind::kOutcome;
}

}  // namespace

Stories stories_after(const journal::Journal& journal, std::uint64_t number) {
  Stories stories;
  journal.replay(number, [&](const Entry& entry, const Head& head) {
    if (head.number <= number || !names_a_delivery(entry)) return;
    Story& story = stories[entry.uid];
    if (entry.kind == Kind::kIntent) story = {};
    story.generation = entry.generation;
    story.epoch = entry.epoch;
    if (entry.kind == Kind::kGate) story.gated = true, story.at = entry.at;
    if (entry.kind == Kind::kOutcome) story.outcome = entry.outcome, story.sealed = entry.sealed;
  });
  return stories;
}

std::string newest_timeline(const journal::Journal& journal, std::uint64_t number) {
  std::string newest;
  journal.replay(number, [&](const Entry& entry, const Head&) {
    if (entry.kind == Kind::kBeat) newest = entry.step;
  });
  return newest;
}

std::optional<Delivery> find_by_uid(Transaction& tx, const std::string& uid) {
  auto found = select_deliveries(tx, "from delivery d where d.uid=$1", {uid});
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

Delivery as_published(const Surroundings& with, Delivery found, const Story& story) {
  found.generation = story.generation;
  found.epoch = story.epoch;
  found.sent_at = story.at;
  if (const auto post = open_outcome(with.vault, found.account_id, story.sealed)) {
    found.remote_id = post->remote_id;
    if (!post->permalink.empty()) found.permalink = post->permalink;
  }
  return found;
}

std::uint64_t known_number(storage::Database& database, const journal::Journal& journal) {
  const auto known = database.read([&](Transaction& tx) { return last_beat(tx, journal.id()); });
  return known ? known->head.number : 0;
}

std::size_t settle_from_journal(const Surroundings& with) {
  std::vector<std::pair<std::string, Story>> settled;
  for (auto& told : stories_after(with.journal, known_number(with.database, with.journal))) {
    if (told.second.outcome == "applied") settled.emplace_back(std::move(told));
  }
  std::size_t count = 0;
  in_pieces(with.database, settled, [&](Transaction& tx, const auto& told) {
    const auto& [uid, story] = told;
    const auto delivery = find_by_uid(tx, uid);
    if (!delivery || delivery->state != State::kSending || delivery->epoch != story.epoch) return;
    const Ending ending{.delivery = as_published(with, *delivery, story),
                        .change = {.to = State::kPublished, .code = "found_in_journal"},
                        .closing = {},
                        .disclosed = vault::DisclosureOutcome::kDelivered};
    if (const auto attempt = unresolved_attempt(tx, *delivery)) {
      close_attempt(tx, attempt->id, "applied", /*if_ungated=*/false, with.clock.now());
    }
    write_endings(tx, with.accounts, std::span(&ending, 1), with.clock.now());
    ++count;
  });
  return count;
}

}  // namespace postmypost::publishing
