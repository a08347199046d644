// Making database and journal one again: moved, restored, cloned.
#include <algorithm>
#include <map>

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "publishing/adoption.hpp"
#include "publishing/endings.hpp"
#include "publishing/stories.hpp"

namespace postmypost::publishing {

using journal::Entry;
using journal::Head;
using journal::Kind;
using storage::Transaction;

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
    if (entry.kind == Kind::kBeat && !entry.marks.empty()) marks = entry.marks;
  });
  return marks;
}

bool may_be_sent_again(const Delivery& delivery) {
  if (delivery.state == State::kUnknown || delivery.state == State::kReconciling) return false;  // looked for before it is sent
  return is_waiting(delivery.state) || is_leased(delivery.state) ||
         (delivery.state == State::kHeld && delivery.reason != reason::kDuplicate);
}

// The GATE that the database lost.
void restore_gate(Transaction& tx, const Delivery& delivery, Instant at) {
  tx.execute("update attempt set phase='gate', gate_at=$4 where delivery_id=$1 and generation=$2 and epoch=$3 and phase='intent'",
             delivery.id, delivery.generation, delivery.epoch, at);
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
    if (!may_be_there || !may_be_sent_again(delivery)) return;
    delivery.generation = story.generation;
    restore_gate(tx, delivery, story.at);
    doubt(tx, delivery, story.at, std::max(story.at + quiet(tx, delivery), now_));
  }

  // The journal is gone, or was copied along: nobody knows what was sent after the snapshot.
  void doubt_what_fell_due() {
    const auto due = with_.database.read([&](Transaction& tx) {
      return tx.rows<std::int64_t>("select id from delivery where state in ('scheduled','retry_wait') and due >= $1 and due <= $2 "
                                   "order by id", snapshot_ - ClaimRules{}.late_window - minutes(1), now_);
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
    const Release release{.account_id = delivery.account_id, .delivery_id = delivery.id};
    release_lanes(tx, std::span(&release, 1));
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
    ended = with.database.write([&](Transaction& tx) { return recover(tx, Whose::kEverybody, with.clock.now(), quiet, kPiece); },
                                storage::Queue::kEngine);
  }
  with.database.write([&](Transaction& tx) { tx.execute("update worker set ended_at=$1 where ended_at is null", with.clock.now()); },
                      storage::Queue::kEngine);
}

}  // namespace

bool believe_own_journal(const Surroundings& with, const QuietTime& quiet) {
  const bool is_same = with.database.read([&](Transaction& tx) { return with.journal.incarnation() == incarnation_in(tx); });
  if (!is_same || !tells_everything(with.database, with.journal)) return false;
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
    if (as == AdoptAs::kRestored) done = Restoring(with, !is_forced && tells_everything(with.database, with.journal)).run(quiet);
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
