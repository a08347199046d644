// Joins what the world saw with what the database says.
#include <algorithm>

#include "day.hpp"

namespace postmypost::simulation {

using publishing::State;
using storage::Transaction;

namespace {

constexpr Duration kLateWindow = minutes(30);
constexpr Duration kSendingTakes = minutes(5);  // from a claim inside the window to the last byte

struct Case {
  publishing::Delivery delivery;
  const KnownAccount& account;
  std::string text;
  Instant planned;                 // a retry moves the delivery's own due instant
  std::vector<Post> posts;
  std::vector<std::string> codes;  // of its events
  std::int64_t allowed = 1;        // one, and one for each time that a person chose to send again
  bool is_decided = false;         // a person has retried it, sent it again, cancelled or confirmed it
  bool gated = false;              // a byte may have been let go
  bool delivered = false;          // the ledger says so
  bool connected = false;

  bool has(std::string_view code) const { return std::ranges::find(codes, code) != codes.end(); }
};

std::vector<Post> own_page_posts(Transaction& tx, const publishing::Delivery& delivery) {
  std::vector<Post> posts;
  tx.each("select id, content, published_at from page_entry where delivery_uid like $1", {delivery.uid + ".%"},
          [&](const storage::Row& row) {
            posts.push_back({.account = "page", .text = row.text(1), .id = std::to_string(row.integer(0)), .at = row.get<Instant>(2)});
          });
  return posts;
}

// Which delivery a post belongs to: the one that names it; else one of the same account and text that let a byte go and may
// have one more, first those that say they don't know. One too many is the double of those whose time had come.
void hand_out(const Post& post, const Server* server, std::vector<Case>& cases) {
  const auto rank = [&](const Case& c) {
    if (c.account.server != server || c.account.name != post.account || c.text != post.text) return 0;
    if (c.delivery.remote_id == post.id) return 5;
    if (!c.gated || post.at < c.planned) return 1;
    const bool full = static_cast<std::int64_t>(c.posts.size()) >= c.allowed;
    if (full) return 2;
    return c.has("undecided") ? 4 : 3;
  };
  const auto best = std::ranges::max_element(cases, {}, rank);
  if (best != cases.end() && rank(*best) > 0) best->posts.push_back(post);
}

// Posts that a delivery names first, so that the rest is handed to those that name none.
void hand_out_all(const Server& server, std::vector<Case>& cases) {
  for (const bool named : {true, false}) {
    for (const Post& post : server.posts) {
      const bool is_named = std::ranges::any_of(cases, [&](const Case& c) {
        return c.account.server == &server && c.account.name == post.account && c.delivery.remote_id == post.id;
      });
      if (is_named == named) hand_out(post, &server, cases);
    }
  }
}

Case load(Transaction& tx, Day& day, std::int64_t id) {
  auto delivery = *publishing::load_delivery(tx, id);
  const auto account = std::ranges::find(day.accounts, delivery.account_id, &KnownAccount::id);
  Case found{.delivery = std::move(delivery), .account = *account};
  const auto publication = *day.house->publications.load(tx, found.delivery.publication_id);
  found.text = publication.detail_for(account->id).text;
  found.planned = *publication.instant;
  if (!account->server) found.posts = own_page_posts(tx, found.delivery);
  for (const auto& [code] : tx.rows<std::string>("select code from delivery_event where delivery_id=$1 order by id", id)) {
    found.codes.push_back(code);
  }
  if (const auto again = day.watch.sent_again.find(found.delivery.uid); again != day.watch.sent_again.end()) {
    found.allowed += again->second;
  }
  found.is_decided = day.watch.decided.contains(found.delivery.uid);
  // An old backup knows neither what was sent after it nor what a person had it sent again.
  found.gated = found.has("restored_in_doubt") || (day.is_restored() && found.is_decided) ||
                tx.value<std::int64_t>("select 1 from attempt where delivery_id=$1 and gate_at is not null", id).has_value();
  found.delivered = tx.value<std::int64_t>("select 1 from disclosure_result where disclosure_id=$1 and outcome='delivered'",
                                           found.delivery.disclosure_id).has_value();
  found.connected = day.house->accounts.load(tx, account->id)->state == projects::AccountState::kConnected;
  return found;
}

bool is_rest(State state) {
  return state == State::kPublished || state == State::kFailed || state == State::kHeld || state == State::kExpired ||
         state == State::kCancelled;
}

// Accounts whose network always can say what became of a post.
bool never_undecided(const Case& c) {
  return !c.account.server || c.account.server->shape == Shape::kBluesky || c.account.server->shape == Shape::kTwoPhase;
}

// Nothing inside can see that a disk image was set back. What fell due since then is looked for before it is sent, where a list or
// an identity of our own shows it; the rest may double, and what is too late or has lost its access is put aside without a look.
bool is_out_of_sight(const Case& c, const Day& day) {
  if (!day.image_from || !c.account.server) return false;
  const Shape shape = c.account.server->shape;
  const bool is_readable = shape != Shape::kTelegram && shape != Shape::kTwoPhase;
  return !is_readable || c.planned < *day.image_from || c.has("missed") || c.has("expired");
}

std::vector<std::string> judge(const Case& c, const Day& day) {
  std::vector<std::string> out;
  const publishing::Delivery& d = c.delivery;
  const bool liars = day.liars, is_restored = day.is_restored(), is_forgotten = is_out_of_sight(c, day);
  const auto count = static_cast<std::int64_t>(c.posts.size());
  // A person was told of the doubt and chose; or a network acted long after it had said that there was nothing.
  // Or the backup does not know what that person had decided after it.
  const bool doubted = c.allowed > 1 || (is_restored && c.is_decided) || c.has("undecided") || c.has("restored_in_doubt") ||
                       c.has("names_another_delivery") || c.has("absent_send_again") || day.image_from;
  if (count > c.allowed && !is_forgotten) out.push_back("duplicated");
  if (!is_rest(d.state)) out.push_back("lost or silently unknown");
  if (d.state == State::kPublished && count == 0) out.push_back("false published");
  // A backup that was brought back lost the ledger's rows of what was sent after it.
  const bool is_in_ledger = c.delivered || c.has("confirmed_by_person") || (is_restored && c.has("late_truth"));
  if (d.state == State::kPublished && c.account.server && !is_in_ledger) out.push_back("I7: published without a disclosure result");
  if (d.state == State::kPublished && d.remote_id && !liars &&
      std::ranges::find(c.posts, *d.remote_id, &Post::id) == c.posts.end()) {
    out.push_back("false id");
  }
  const bool is_heard = day.watch.heard.contains(d.uid) && !is_restored && !liars && !c.is_decided;
  if (is_heard && d.state != State::kPublished) out.push_back("an answer that named the post was forgotten");
  const bool denied = d.state == State::kFailed || d.state == State::kExpired || d.state == State::kCancelled ||
                      (d.state == State::kHeld && d.reason != "undecided" && d.reason != "duplicate" && d.reason != "restored");
  if (denied && count > 0 && !doubted) out.push_back("false " + std::string(to_string(d.state)));
  if (d.state == State::kHeld && d.reason == "undecided" && !c.gated) out.push_back("undecided although no byte was let go");
  if (d.state == State::kHeld && d.reason == "undecided" && never_undecided(c) && c.connected) {
    out.push_back("undecided although the network can tell");
  }
  for (const Post& post : c.posts) {
    const bool is_lie = liars && d.remote_id == post.id;  // an older post that the answer named for this one
    if (post.at < c.planned && !is_lie) out.push_back("early");
    if (!c.is_decided && post.at > d.due + kLateWindow + kSendingTakes) out.push_back("late without a person");
  }
  return out;
}

// A network that is away is hardly asked: five times until its breaker opens, once in each opening. A process that dies before
// it has written a failure down counts anew, and each worker tries for itself.
void judge_patience(const Day& day, std::vector<std::string>& out) {
  const std::int64_t openings = 6 + day.longest_outage.us / minutes(10).us;
  const std::int64_t most = 5 * (1 + day.kills) + 2 * openings * day.workers() + static_cast<std::int64_t>(day.accounts.size());
  for (const auto& server : day.servers) {
    if (server->knocks > most) out.push_back(fmt::format("no breaker: {} was asked {} times while it was away", server->host, server->knocks));
  }
}

// A worker signs on anew only when somebody has buried it: because it died, slept, or could not show its beat.
void judge_burials(const Day& day, Transaction& tx, std::vector<std::string>& out) {
  for (const auto& [journal, reasons] : day.watch.sign_ons) {
    const auto times = tx.value<std::int64_t>("select count(*) from worker where journal=$1 and name<>'adoption'", journal);
    if (times > reasons) out.push_back(fmt::format("a living worker was buried: {} signed on {} times", journal, *times));
  }
}

}  // namespace

std::vector<std::string> verdicts(Day& day) {
  std::vector<std::string> out = day.watch.broken;
  judge_patience(day, out);
  day.house->database->read([&](Transaction& tx) {
    judge_burials(day, tx, out);
    std::vector<Case> cases;
    for (const auto& [id] : tx.rows<std::int64_t>("select id from delivery order by id")) cases.push_back(load(tx, day, id));
    for (const auto& server : day.servers) hand_out_all(*server, cases);
    for (const Case& c : cases) {
      for (const std::string& verdict : judge(c, day)) {
        out.push_back(fmt::format("{}: delivery {} ({}, {}{}) has {} posts at {}", verdict, c.delivery.id, c.text,
                                  to_string(c.delivery.state), c.delivery.reason ? " " + *c.delivery.reason : "",
                                  c.posts.size(), c.account.server ? to_string(c.account.server->shape) : "the own page"));
      }
    }
    for (const auto& [id] : tx.rows<std::int64_t>(
             "select d.id from delivery d where d.state <> (select to_state from delivery_event e where "
             "e.delivery_id=d.id order by id desc limit 1)")) {
      out.push_back("I10: delivery " + std::to_string(id) + " is in a state that no event tells");
    }
  });
  return out;
}

namespace {

std::string name_of(std::string_view from, std::string_view to) { return fmt::format("{} → {}", from, to); }

}  // namespace

Coverage coverage(Day& day) {
  Coverage found{.moves = {}, .events = {}, .faults = day.watch.faults, .drills = day.drills};
  for (int drill = 1; drill < kDrills; ++drill) found.drills[std::string(to_string(static_cast<Drill>(drill)))];
  for (const publishing::Move& move : publishing::kMoves) found.moves[name_of(to_string(move.from), to_string(move.to))];
  day.house->database->read([&](Transaction& tx) {
    for (const auto& [from, to, code] : tx.rows<std::optional<std::string>, std::string, std::string>(
             "select from_state, to_state, code from delivery_event")) {
      if (from && found.moves.contains(name_of(*from, to))) ++found.moves[name_of(*from, to)];
      ++found.events[code];
    }
  });
  return found;
}

}  // namespace postmypost::simulation
