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
  bool gated = false;
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
// have one more, first those that say they don't know.
void hand_out(const Post& post, const Server* server, std::vector<Case>& cases) {
  const auto rank = [&](const Case& c) {
    if (c.account.server != server || c.account.name != post.account || c.text != post.text) return 0;
    if (c.delivery.remote_id == post.id) return 5;
    const bool full = static_cast<std::int64_t>(c.posts.size()) > c.delivery.generation;
    if (!c.gated || full || post.at < c.planned) return 1;
    return c.has("undecided") ? 3 : 2;
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
  const auto publication = *day.house.publications.load(tx, found.delivery.publication_id);
  found.text = publication.detail_for(account->id).text;
  found.planned = *publication.instant;
  if (!account->server) found.posts = own_page_posts(tx, found.delivery);
  for (const auto& [code] : tx.rows<std::string>("select code from delivery_event where delivery_id=$1 order by id", id)) {
    found.codes.push_back(code);
  }
  found.gated = tx.value<std::int64_t>("select 1 from attempt where delivery_id=$1 and gate_at is not null", id).has_value();
  found.delivered = tx.value<std::int64_t>("select 1 from disclosure_result where disclosure_id=$1 and outcome='delivered'",
                                           found.delivery.disclosure_id).has_value();
  found.connected = day.house.accounts.load(tx, account->id)->state == projects::AccountState::kConnected;
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

std::vector<std::string> judge(const Case& c, bool liars) {
  std::vector<std::string> out;
  const publishing::Delivery& d = c.delivery;
  const auto count = static_cast<std::int64_t>(c.posts.size());
  // A person was told of the doubt and chose; or a network acted long after it had said that there was nothing.
  const bool doubted = c.has("published_again_by_person") || c.has("undecided") || c.has("names_another_delivery") || c.has("absent_send_again");
  if (count > d.generation + 1) out.push_back("duplicated");
  if (!is_rest(d.state)) out.push_back("lost or silently unknown");
  if (d.state == State::kPublished && count == 0) out.push_back("false published");
  if (d.state == State::kPublished && c.account.server && !c.delivered && !c.has("confirmed_by_person")) out.push_back("I7: published without a disclosure result");
  if (d.state == State::kPublished && d.remote_id && !liars &&
      std::ranges::find(c.posts, *d.remote_id, &Post::id) == c.posts.end()) {
    out.push_back("false id");
  }
  const bool denied = d.state == State::kFailed || d.state == State::kExpired || d.state == State::kCancelled ||
                      (d.state == State::kHeld && d.reason != "undecided" && d.reason != "duplicate");
  if (denied && count > 0 && !doubted) out.push_back("false " + std::string(to_string(d.state)));
  if (d.state == State::kHeld && d.reason == "undecided" && !c.gated) out.push_back("undecided although no byte was let go");
  if (d.state == State::kHeld && d.reason == "undecided" && never_undecided(c) && c.connected) {
    out.push_back("undecided although the network can tell");
  }
  const bool moved = c.has("retried_by_person") || c.has("published_again_by_person");
  for (const Post& post : c.posts) {
    const bool is_lie = liars && d.remote_id == post.id;  // an older post that the answer named for this one
    if (post.at < c.planned && !is_lie) out.push_back("early");
    if (!moved && post.at > d.due + kLateWindow + kSendingTakes) out.push_back("late without a person");
  }
  return out;
}

}  // namespace

// A network that is away is hardly asked: five times until its breaker opens, once in each opening. A process that dies before
// it has written a failure down counts anew.
void judge_patience(const Day& day, std::vector<std::string>& out) {
  const std::int64_t openings = 6 + day.longest_outage.us / minutes(10).us;
  const std::int64_t most = 5 * (1 + day.kills) + 2 * openings + static_cast<std::int64_t>(day.accounts.size());
  for (const auto& server : day.servers) {
    if (server->knocks > most) out.push_back(fmt::format("no breaker: {} was asked {} times while it was away", server->host, server->knocks));
  }
}

std::vector<std::string> verdicts(Day& day) {
  std::vector<std::string> out = day.watch.broken;
  judge_patience(day, out);
  day.house.database->read([&](Transaction& tx) {
    std::vector<Case> cases;
    for (const auto& [id] : tx.rows<std::int64_t>("select id from delivery order by id")) cases.push_back(load(tx, day, id));
    for (const auto& server : day.servers) hand_out_all(*server, cases);
    for (const Case& c : cases) {
      for (const std::string& verdict : judge(c, day.liars)) {
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
  Coverage found{.moves = {}, .events = {}, .faults = day.watch.faults};
  for (const publishing::Move& move : publishing::kMoves) found.moves[name_of(to_string(move.from), to_string(move.to))];
  day.house.database->read([&](Transaction& tx) {
    for (const auto& [from, to, code] : tx.rows<std::optional<std::string>, std::string, std::string>(
             "select from_state, to_state, code from delivery_event")) {
      if (from && found.moves.contains(name_of(*from, to))) ++found.moves[name_of(*from, to)];
      ++found.events[code];
    }
  });
  return found;
}

}  // namespace postmypost::simulation
