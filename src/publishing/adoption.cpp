#include "publishing/adoption.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <map>

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "publishing/dispatcher.hpp"
#include "publishing/endings.hpp"

namespace postmypost::publishing {
namespace {

using journal::Entry;
using journal::Head;
using journal::Kind;
using storage::Transaction;

constexpr auto kOrigins = std::to_array<std::pair<Origin, std::string_view>>({{Origin::kGenuine, "genuine"},
                                                                              {Origin::kOlder, "older"},
                                                                              {Origin::kCopied, "copied"},
                                                                              {Origin::kJournalLost, "journal_lost"},
                                                                              {Origin::kFailedOver, "failed_over"}});
constexpr auto kAdoptions = std::to_array<std::pair<AdoptAs, std::string_view>>(
    {{AdoptAs::kMoved, "moved"}, {AdoptAs::kRestored, "restored"}, {AdoptAs::kClone, "clone"}});

bool names_a_delivery(const Entry& entry) {
  return entry.kind == Kind::kIntent || entry.kind == Kind::kGate || entry.kind == Kind::kOutcome;
}

// The database wrote it before the journal did, so it knows it unless it is older than the journal.
bool is_known(Transaction& tx, const Entry& entry) {
  const std::string gated = entry.kind == Kind::kGate ? " and a.gate_at is not null" : "";
  return tx
      .value<std::int64_t>("select a.id from attempt a join delivery d on d.id=a.delivery_id where d.uid=$1 and "
                           "a.generation=$2 and a.epoch=$3 and a.step=$4" + gated + " limit 1",
                           entry.uid, entry.generation, entry.epoch, entry.step)
      .has_value();
}

// What the journal tells behind the last head that the database knows.
Origin compare_tail(Transaction& tx, const journal::Journal& journal, const Beat& known) {
  Origin origin = Origin::kGenuine;
  bool is_same_chain = known.head.number == 0;
  journal.replay(known.head.number, [&](const Entry& entry, const Head& head) {
    if (head.number == known.head.number) is_same_chain = head.hash == known.head.hash;
    if (head.number <= known.head.number || origin != Origin::kGenuine) return;
    const bool newer = entry.kind == Kind::kBeat ? entry.beat > known.number
                                                 : (entry.kind == Kind::kIntent || entry.kind == Kind::kGate) && !is_known(tx, entry);
    if (newer) origin = Origin::kOlder;
  });
  return is_same_chain ? origin : Origin::kJournalLost;
}

std::string incarnation_in(Transaction& tx) {
  return tx.value<std::string>("select incarnation from engine where id=1").value_or("");
}

}  // namespace

std::string_view to_string(Origin origin) {
  return std::ranges::find(kOrigins, origin, &std::pair<Origin, std::string_view>::first)->second;
}

std::optional<AdoptAs> parse_adopt_as(std::string_view text) {
  const auto found = std::ranges::find(kAdoptions, text, &std::pair<AdoptAs, std::string_view>::second);
  return found == kAdoptions.end() ? std::nullopt : std::optional(found->first);
}

std::string incarnation_of(storage::Database& database, Random& random) {
  const std::string made = hex(random.bytes(16));
  return database.write([&](Transaction& tx) {
    tx.execute("insert into engine (id, incarnation, timeline) values (1, $1, $2) on conflict (id) do nothing", made, timeline_of(tx));
    return incarnation_in(tx);
  });
}

Origin examine(storage::Database& database, const journal::Journal& journal, bool is_alone) {
  return database.read([&](Transaction& tx) {
    const bool is_new_journal = journal.head().number <= 1;
    const std::optional<Beat> known = last_beat(tx, journal.id());
    if (!known && !is_new_journal) return Origin::kOlder;
    if (!known) return is_alone && last_sign_of_life(tx) ? Origin::kJournalLost : Origin::kGenuine;
    if (journal.incarnation() != incarnation_in(tx)) return Origin::kOlder;
    if (journal.head().number < known->head.number) return Origin::kJournalLost;
    const Origin tail = compare_tail(tx, journal, *known);
    if (tail != Origin::kGenuine) return tail;
    return journal.is_original() ? Origin::kGenuine : Origin::kCopied;
  });
}

// ---- Outcomes in the journal.

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

// What the journal says of one delivery: the last of its entries decide.
struct Story {
  std::int64_t generation = 0, epoch = 0;
  Instant at;
  bool gated = false;
  std::string outcome, sealed;
};
using Stories = std::map<std::string, Story>;

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

std::optional<Delivery> find_by_uid(Transaction& tx, const std::string& uid) {
  auto found = select_deliveries(tx, "from delivery d where d.uid=$1", {uid});
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

// `found` as the journal knows it to be published.
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

// Runs `work` on pieces of `all`, each a write of its own of about 5 ms.
template <class T, class Work>
void in_pieces(storage::Database& database, const std::vector<T>& all, Work work) {
  constexpr std::size_t kPiece = 100;
  for (std::size_t begin = 0; begin < all.size(); begin += kPiece) {
    const std::span<const T> piece(all.data() + begin, std::min(kPiece, all.size() - begin));
    database.write([&](Transaction& tx) { for (const T& one : piece) work(tx, one); }, storage::Queue::kEngine);
  }
}

std::uint64_t known_number(storage::Database& database, const journal::Journal& journal) {
  const auto known = database.read([&](Transaction& tx) { return last_beat(tx, journal.id()); });
  return known ? known->head.number : 0;
}

}  // namespace

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
    if (const auto attempt = unresolved_attempt(tx, *delivery)) close_attempt(tx, attempt->id, "applied", false, with.clock.now());
    write_endings(tx, with.accounts, std::span(&ending, 1), with.clock.now());
    ++count;
  });
  return count;
}

// ---- Adoption.

namespace {

Error nothing_to_adopt() {
  return {.kind = ErrorKind::kConflict,
          .code = "engine.nothing_to_adopt",
          .detail = "Database and sent-journal belong together: there is nothing to adopt.",
          .how_to_fix = "Nothing to do. A disk image that was set back as a whole can't be seen from inside: stop the server and "
                        "run `postmypost adopt --restored --force`."};
}

Error wrong_adoption(Origin origin) {
  return {.kind = ErrorKind::kConflict,
          .code = "engine.wrong_adoption",
          .detail = origin == Origin::kOlder ? "The sent-journal knows of posts that this database does not: it was not just moved."
                                             : "The sent-journal of this database is missing: it was not just moved.",
          .how_to_fix = "Run `postmypost adopt --restored`, or --clone when the original goes on elsewhere."};
}

// Past anything that the lost future of this database may have given out.
void jump_over_ids(Transaction& tx, const std::map<std::string, std::int64_t>& marks, bool is_journal_complete) {
  constexpr std::int64_t kFar = 1'000'000'000;
  for (const auto& [name, next] : tx.rows<std::string, std::int64_t>("select name, next from id_block")) {
    const auto mark = marks.find(name);
    const std::int64_t past = is_journal_complete && mark != marks.end() ? mark->second : next + kFar;
    tx.execute("update id_block set next=$2 where name=$1 and next<$2", name, past);
  }
}

std::map<std::string, std::int64_t> last_marks(const journal::Journal& journal) {
  std::map<std::string, std::int64_t> marks;
  journal.replay(0, [&](const Entry& entry, const Head&) {
    if (entry.kind == Kind::kBeat) marks = entry.marks;
  });
  return marks;
}

bool may_be_sent_again(const Delivery& delivery) {
  return is_waiting(delivery.state) || (delivery.state == State::kHeld && delivery.reason != reason::kDuplicate);
}

// The journal that this database knew then, whole, and still the one that everything was written into.
bool tells_everything(const Surroundings& with) {
  return with.journal.is_original() && with.database.read([&](Transaction& tx) {
    const auto known = last_beat(tx, with.journal.id());
    return known && compare_tail(tx, with.journal, *known) != Origin::kJournalLost;
  });
}

class Restoring {
 public:
  Restoring(const Surroundings& with, bool is_complete) : with_(with), is_complete_(is_complete), now_(with.clock.now()) {}

  // Everything after the last head of the journal that the database knows.
  Adoption believe_journal(const QuietTime& quiet) {
    believe_stories(quiet);
    return done_;
  }

  Adoption run(const QuietTime& quiet) {
    const auto snapshot = with_.database.read([](Transaction& tx) { return last_sign_of_life(tx); });
    snapshot_ = snapshot.value_or(Instant{0});
    believe_stories(quiet);
    if (!is_complete_) doubt_what_fell_due();
    const auto marks = last_marks(with_.journal);
    with_.database.write([&](Transaction& tx) { jump_over_ids(tx, marks, is_complete_); }, storage::Queue::kEngine);
    return done_;
  }

 private:
  void believe_stories(const QuietTime& quiet) {
    const Stories stories = stories_after(with_.journal, known_number(with_.database, with_.journal));
    const std::vector<std::pair<std::string, Story>> all(stories.begin(), stories.end());
    in_pieces(with_.database, all, [&](Transaction& tx, const auto& told) {
      auto delivery = find_by_uid(tx, told.first);
      if (delivery && told.second.generation >= delivery->generation) believe(tx, *delivery, told.second, quiet);
    });
  }

  void believe(Transaction& tx, Delivery& delivery, const Story& story, const QuietTime& quiet) {
    if (story.outcome == "applied") {
      Delivery published = as_published(with_, delivery, story);
      published.generation = delivery.generation;
      if (delivery.state != State::kPublished && accept_late_truth(tx, published, now_)) ++done_.published;
      return;
    }
    const bool may_be_there = story.gated && story.outcome != "not_applied" && story.outcome != "not_released";
    if (!may_be_there || !may_be_sent_again(delivery) || delivery.state == State::kUnknown) return;
    delivery.generation = story.generation;
    doubt(tx, delivery, story.at, std::max(story.at + quiet(tx, delivery), now_));
  }

  // The journal is gone, or was copied along: nobody knows what was sent after the snapshot.
  void doubt_what_fell_due() {
    const auto due = with_.database.read([&](Transaction& tx) {
      return tx.rows<std::int64_t>("select id from delivery where state in ('scheduled','retry_wait') and due >= $1 and due <= $2 "
                                   "order by id", snapshot_ - minutes(1), now_);
    });
    in_pieces(with_.database, due, [&](Transaction& tx, const std::tuple<std::int64_t>& id) {
      Delivery delivery = *load_delivery(tx, std::get<0>(id));
      if (is_waiting(delivery.state)) doubt(tx, delivery, delivery.due, now_);
    });
  }

  void doubt(Transaction& tx, Delivery& delivery, Instant sent_at, Instant look_at) {
    const networks::Network* network = with_.catalogue.find(delivery.channel);
    if (network && network->channel().idempotency == networks::Idempotency::kExactlyOnce) return;  // its effect is in this database
    delivery.sent_at = sent_at;
    move(tx, delivery, {.to = State::kUnknown, .code = "restored_in_doubt", .ready_at = look_at}, now_);
    ++done_.doubted;
  }

  const Surroundings& with_;
  const bool is_complete_;
  const Instant now_;
  Instant snapshot_;
  Adoption done_;
};

// The original goes on sending with these credentials: this copy forgets them.
std::int64_t forget_accounts(const Surroundings& with) {
  const Error why{.kind = ErrorKind::kConflict,
                  .code = "account.cloned",
                  .detail = "This server is a copy; the original goes on publishing for this account.",
                  .how_to_fix = "Reconnect it here only if this copy is to publish as well."};
  return with.database.write(
      [&](Transaction& tx) {
        const auto accounts = tx.rows<std::int64_t>("select id from account where state='connected' and channel<>'own_page'");
        for (const auto& [id] : accounts) {
          with.accounts.needs_reconnect(tx, id, why);
          tx.execute("update account set secrets=null, secrets_version=secrets_version+1 where id=$1", id);
        }
        return static_cast<std::int64_t>(accounts.size());
      },
      storage::Queue::kEngine);
}

void end_everybody(const Surroundings& with, const QuietTime& quiet) {
  constexpr std::size_t kPiece = 100;
  for (std::size_t ended = kPiece; ended == kPiece;) {
    ended = with.database.write([&](Transaction& tx) { return recover(tx, std::nullopt, with.clock.now(), quiet, kPiece); },
                                storage::Queue::kEngine);
  }
  with.database.write([&](Transaction& tx) { tx.execute("update worker set ended_at=$1 where ended_at is null", with.clock.now()); },
                      storage::Queue::kEngine);
}

}  // namespace

bool believe_own_journal(const Surroundings& with, const QuietTime& quiet) {
  const bool is_same = with.database.read([&](Transaction& tx) { return with.journal.incarnation() == incarnation_in(tx); });
  if (!is_same || !tells_everything(with)) return false;
  const Adoption done = Restoring(with, /*is_complete=*/true).believe_journal(quiet);
  log::warning("engine.believed_journal", {{"published", done.published}, {"doubted", done.doubted}});
  return true;
}

QuietTime quiet_time_of(const Surroundings& with, double scale) {
  return [&with, scale](Transaction& tx, const Delivery& delivery) {
    const auto row = with.accounts.load(tx, delivery.account_id);
    const networks::Network* network = with.catalogue.find(delivery.channel);
    const networks::Capabilities can =
        row && network ? network->capabilities({.remote_id = row->remote_id, .software = row->software, .more = row->more})
                       : networks::Capabilities{};
    return can.max_processing * scale;
  };
}

Result<Adoption> adopt(const Surroundings& with, Origin origin, AdoptAs as, bool force, const QuietTime& quiet) {
  const bool is_forced = force && origin == Origin::kGenuine && as == AdoptAs::kRestored;
  if (origin == Origin::kGenuine && !is_forced) return fail(nothing_to_adopt());
  if (as == AdoptAs::kMoved && origin != Origin::kCopied) return fail(wrong_adoption(origin));
  Adoption done;
  if (as != AdoptAs::kMoved) {
    end_everybody(with, quiet);
    if (as == AdoptAs::kRestored) done = Restoring(with, !is_forced && tells_everything(with)).run(quiet);
    if (as == AdoptAs::kClone) done.accounts = forget_accounts(with);
  }
  // From here on the two belong together: the database under a new name that the journal's new segment knows, and a beat that
  // is behind everything the journal has said. A crash before the last line leaves the same question for the next start.
  const std::string incarnation = hex(with.random.bytes(16));
  with.journal.renew(incarnation, with.clock.now());
  std::int64_t beat = 0;
  with.journal.replay(0, [&](const Entry& entry, const Head&) { beat = std::max(beat, entry.beat); });
  with.database.write(
      [&](Transaction& tx) {
        tx.execute("update engine set incarnation=$1, timeline=$2 where id=1", incarnation, timeline_of(tx));
        const std::int64_t id = sign_on(tx, "adoption", with.journal.id(), {.number = beat + 1, .head = with.journal.head()}, with.clock.now());
        sign_off(tx, id, with.clock.now());
      },
      storage::Queue::kEngine);
  log::warning("engine.adopted", {{"origin", to_string(origin)}, {"published", done.published}, {"doubted", done.doubted}, {"accounts", done.accounts}});
  return done;
}

}  // namespace postmypost::publishing
