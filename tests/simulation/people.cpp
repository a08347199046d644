// What people and their networks do in a day: plan, change their minds, lose access, see the disk full and the clock wrong.
#include <algorithm>

#include "day.hpp"

namespace postmypost::simulation {

using storage::Transaction;

namespace {

constexpr std::int64_t kUser = 1;

}  // namespace

void Day::plan_publications() {
  for (auto count = world.dice.between(std::int64_t{2}, std::int64_t{9}); count > 0; --count) {
    plan_publication(/*may_repeat=*/drill_ != Drill::kOldImage);  // what is forgotten must not be taken for another's
  }
}

// For an instant within a quarter of an hour; sometimes with the words of the one before, often at nearly its time.
void Day::plan_publication(bool may_repeat) {
  house->database->write([&](Transaction& tx) -> Result<> {
    publications::Publication p;
    p.project_id = project_;
    p.author_id = kUser;
    p.timing = publications::Timing::kAt;
    p.zone = "UTC";
    p.late_policy = world.dice.chance(0.2) ? publications::LatePolicy::kSkip : publications::LatePolicy::kHold;
    p.language = "en";
    const bool again = may_repeat && last_planned_.instant && world.dice.chance(0.15);
    p.instant = again && world.dice.chance(0.7) ? *last_planned_.instant + world.dice.between(seconds(1), minutes(1))
                                                : world.time() + world.dice.between(seconds(1), minutes(15));
    p.details = last_planned_.details;
    if (!again) p.details = {{.account_id = {}, .text = "Post " + std::to_string(planned_++), .pictures = {}}};
    last_planned_ = p;
    TRY_ASSIGN(const auto saved, house->publications.save(tx, p));
    std::vector<projects::AccountRow> chosen;
    for (const KnownAccount& account : accounts) {
      const auto row = house->accounts.load(tx, account.id);
      if (row->state == projects::AccountState::kConnected && world.dice.chance(0.6)) chosen.push_back(*row);
    }
    return house->planning.plan(tx, saved, chosen, /*force=*/true);
  }).value();
  // Just when it goes out people press buttons and machines stand still.
  const Duration going_out = *last_planned_.instant - world.time() + world.dice.between(Duration{}, milliseconds(300));
  if (world.dice.chance(0.2)) {
    world.after(going_out, kNetwork, [this] { act_as_person("state in ('claimed','prepared','sending')"); });
  }
  if (!is_alone() && world.dice.chance(0.8)) world.after(going_out, kNetwork, [this] { pause_somebody(); });
}

void Day::set_people_to_work() {
  for (auto acts = world.dice.between(std::int64_t{0}, std::int64_t{5}); acts > 0; --acts) {
    world.after(world.dice.between(seconds(1), kStorm), kNetwork, [this] { act_as_person("state in ('held','failed','expired')"); });
  }
  plan_more({}, minutes(25));
  for (auto pauses = is_alone() ? 0 : world.dice.between(std::int64_t{0}, std::int64_t{6}); pauses > 0; --pauses) {
    world.after(world.dice.between(seconds(1), kStorm), kNetwork, [this] { pause_somebody(); });
  }
  for (auto losses = world.dice.between(std::int64_t{-1}, std::int64_t{2}); losses > 0; --losses) {
    world.after(world.dice.between(seconds(1), minutes(15)), kNetwork, [this] { lose_and_find_an_account(); });
  }
  if (world.dice.chance(0.2)) {
    world.after(world.dice.between(seconds(1), minutes(10)), kNetwork, [this] { lose_a_network(); });
  }
  if (world.dice.chance(0.15)) {
    world.after(world.dice.between(seconds(1), minutes(15)), kNetwork, [this] { set_the_clock_wrong(); });
  }
  for (auto times = world.dice.between(std::int64_t{-1}, std::int64_t{2}); times > 0; --times) {
    world.after(world.dice.between(seconds(1), minutes(15)), kNetwork, [this] {
      world.say("the disk is full for a while");
      const Duration time = world.dice.between(seconds(5), minutes(3));
      for (const Node& node : nodes_) {
        if (!node.process) continue;
        node.process->store().fill_disk(time);
        ++watch.sign_ons[node.journal->id];  // a worker that can't show its beat may be buried
      }
    });
  }
}

// Some time in `within` after `begin`; in words of their own, for the same reason.
void Day::plan_more(Duration begin, Duration within) {
  for (auto plans = world.dice.between(std::int64_t{1}, std::int64_t{5}); plans > 0; --plans) {
    world.after(begin + world.dice.between(seconds(1), within), kNetwork, [this] {
      if (house->clock.error != Duration{} || !serves_people()) return;
      plan_publication(/*may_repeat=*/false);
      wake_all();
    });
  }
}

// Somebody presses a button that the page offers, mostly of what is `likely`.
void Day::act_as_person(const std::string& likely) {
  if (house->clock.error != Duration{}) return;  // what people plan by a wrong clock is planned for that time
  if (!serves_people()) return;
  house->database->write([&](Transaction& tx) -> Result<> {
    auto ids = tx.rows<std::int64_t>("select id from delivery where " + likely + " order by id");
    if (ids.empty() || world.dice.chance(0.3)) ids = tx.rows<std::int64_t>("select id from delivery order by id");
    if (ids.empty()) return {};
    auto delivery = *publishing::load_delivery(tx, std::get<0>(ids[world.dice.roll() % ids.size()]));
    const std::vector<std::string> actions = publishing::actions_for(delivery);
    if (actions.empty()) return {};
    std::string action = actions[world.dice.roll() % actions.size()];
    // People look before they say that a post is there, and do not ask for what they see.
    const bool is_seen = sees_the_post(tx, delivery);
    if (action == "confirm_published" && !is_seen) action = "publish_again";
    if (action == "retry" && is_seen) return {};
    world.say("a person presses {} on delivery {}", action, delivery.id);
    watch.decided.insert(delivery.uid);
    if (action == "publish_again") ++watch.sent_again[delivery.uid];
    if (action == "retry") return house->planning.retry(tx, delivery);
    if (action == "cancel") return house->planning.cancel(tx, delivery);
    if (action == "publish_again") return house->planning.publish_again(tx, delivery);
    return house->planning.confirm_published(tx, delivery, std::nullopt);
  }).value();
  wake_all();
}

// What people see before the operator has said what the data is may be of yesterday: they wait, too.
bool Day::serves_people() const {
  return std::ranges::any_of(nodes_, [](const Node& node) {
    return node.process && node.process->dispatcher().origin() == publishing::Origin::kGenuine;
  });
}

// A post of these words that can be no other delivery's.
bool Day::sees_the_post(Transaction& tx, const publishing::Delivery& delivery) const {
  const auto same = tx.value<std::int64_t>("select count(*) from delivery where account_id=$1 and text_digest=$2",
                                           delivery.account_id, delivery.text_digest);
  const auto account = std::ranges::find(accounts, delivery.account_id, &KnownAccount::id);
  if (same != 1 || !account->server) return false;
  const std::string text = house->publications.load(tx, delivery.publication_id)->detail_for(account->id).text;
  return std::ranges::any_of(account->server->posts,
                             [&](const Post& post) { return post.account == account->name && post.text == text; });
}

void Day::reconnect(KnownAccount& account) {
  account.server->restore(account.name);
  house->database->write([&](Transaction& tx) {
    const auto row = house->accounts.load(tx, account.id);
    if (row->state != projects::AccountState::kNeedsReconnect) return;
    world.say("account {} is connected again", account.id);
    auto secrets = house->accounts.secrets(tx, account.id);
    house->accounts.reconnected(tx, *row, secrets);
    house->planning.account_reconnected(tx, account.id);
  });
  wake_all();
}

void Day::lose_and_find_an_account() {
  KnownAccount& account = accounts[world.dice.roll() % accounts.size()];
  if (!account.server) return;
  world.say("the network ends the access of account {}", account.id);
  account.server->revoke(account.name);
  if (world.dice.chance(0.3)) {  // for good: the person disconnects it
    world.after(world.dice.between(seconds(1), minutes(10)), kNetwork, [this, &account] {
      if (!serves_people()) return;
      const auto done = house->database->write([&](Transaction& tx) -> Result<> {
        TRY(house->planning.account_disconnected(tx, account.id));
        house->accounts.disconnect(tx, account.id, house->clock.now());
        return {};
      });
      world.say("account {} {}", account.id, done ? "is disconnected" : "is busy and stays");
    });
  }
}

// For minutes or for hours: its breaker opens, hardly anybody knocks, and what waited goes out or is held as missed.
void Day::lose_a_network() {
  Server& server = *servers[world.dice.roll() % servers.size()];
  longest_outage = world.dice.chance(0.5) ? world.dice.between(minutes(2), minutes(20)) : world.dice.between(hours(1), hours(6));
  server.away_until = world.time() + longest_outage;
  world.say("{} is away for {} s", server.host, longest_outage.us / 1'000'000);
}

// Minutes to a year ahead, or a little behind, until somebody notices.
void Day::set_the_clock_wrong() {
  if (drill_ != Drill::kNone || !nodes_[0].process) return;  // those days have their own troubles
  if (world.dice.chance(0.4)) {
    house->clock.error = world.dice.between(minutes(1), minutes(29));
    // A process that starts by a clock a few minutes ahead, which nobody synchronises, can't know it (docs/publishing.md).
    kills_left_ = 0, next_kill_ = 0;
  } else if (world.dice.chance(0.7)) {
    house->clock.error = world.dice.between(hours(1), days(365));
  } else {
    house->clock.error = {-world.dice.between(seconds(1), minutes(10)).us};
  }
  world.say("the clock is wrong by {} s", house->clock.error.us / 1'000'000);
  world.after(world.dice.between(seconds(10), minutes(30)), kNetwork, [this] {
    world.say("the clock is right again");
    house->clock.error = {};
  });
}

}  // namespace postmypost::simulation
