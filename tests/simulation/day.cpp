#include "day.hpp"

#include <algorithm>

#include "projects/projects.hpp"

namespace postmypost::simulation {

using storage::Transaction;

namespace {

constexpr Instant kMorning{1'800'000'000'000'000};  // 2027-01-15T08:00:00Z
constexpr Duration kStorm = minutes(40);            // after it nothing goes wrong any more
constexpr std::int64_t kUser = 1;
constexpr std::int64_t kMostSteps = 200'000;

std::vector<std::unique_ptr<Server>> all_servers(World& world) {
  std::vector<std::unique_ptr<Server>> all;
  for (const Shape shape : kShapes) all.push_back(make_server(world, shape, static_cast<int>(all.size())));
  return all;
}

std::string telegram_host(const std::vector<std::unique_ptr<Server>>& servers) {
  return (*std::ranges::find(servers, Shape::kTelegram, [](const auto& s) { return s->shape; }))->host;
}

}  // namespace

Day::Day(std::uint64_t seed, const std::filesystem::path& folder)
    : world(seed, kMorning),
      servers(all_servers(world)),
      house(world, folder),
      catalogue_(all_networks(telegram_host(servers))) {
  const bool calm = world.dice.chance(0.15);
  weather.fault = calm ? 0.0 : static_cast<double>(world.dice.between(std::int64_t{5}, std::int64_t{50})) / 100;
  liars = weather.foreign_ids = world.dice.chance(0.1);
  kills_left_ = calm ? 0 : static_cast<int>(world.dice.between(std::int64_t{0}, std::int64_t{6}));
}

void Day::connect_accounts() {
  house.database->write([&](Transaction& tx) -> Result<> {
    const projects::Projects projects(*house.vault, house.clock);
    TRY_ASSIGN(const projects::Project project, projects.create(tx, kUser, "Simulated", "UTC"));
    project_ = project.id;
    const auto count = world.dice.between(std::int64_t{1}, std::int64_t{4});
    for (int number = 1; number <= count; ++number) {
      Server* server = servers[world.dice.roll() % servers.size()].get();
      const networks::Account account = server->account(number);
      const projects::AccountRow row{.project_id = project_, .channel = server->channel(), .title = account.facts.title,
                                     .handle = account.facts.handle, .url = account.facts.url, .host = account.facts.host,
                                     .recipient = account.facts.recipient, .software = account.facts.software,
                                     .remote_id = account.facts.remote_id, .more = account.facts.more,
                                     .connected_at = world.time(), .verified_at = world.time()};
      const boost::json::value* token = account.secrets.if_contains("token");
      accounts.push_back({.id = house.accounts.insert(tx, row, account.secrets), .server = server,
                          .name = token ? std::string(token->as_string()) : account.facts.remote_id});
    }
    if (world.dice.chance(0.3)) {
      const std::int64_t id = house.accounts.insert(
          tx, {.project_id = project_, .channel = "own_page", .title = "Page", .url = "https://here.example/@page",
               .host = "here.example", .recipient = "own page", .remote_id = "page", .connected_at = world.time(),
               .verified_at = world.time()}, {});
      TRY(house.pages.create(tx, id, "page", "Page", "en", "here.example"));
      accounts.push_back({.id = id, .name = "page"});
    }
    return {};
  }).value();
}

void Day::plan_publications() {
  const auto count = world.dice.between(std::int64_t{2}, std::int64_t{9});
  publications::Publication before;
  for (int number = 0; number < count; ++number) {
    house.database->write([&](Transaction& tx) -> Result<> {
      publications::Publication p;
      p.project_id = project_;
      p.author_id = kUser;
      p.timing = publications::Timing::kAt;
      p.zone = "UTC";
      p.late_policy = world.dice.chance(0.2) ? publications::LatePolicy::kSkip : publications::LatePolicy::kHold;
      p.language = "en";
      const bool again = number > 0 && world.dice.chance(0.15);  // the same words as before, often at nearly the same time
      p.instant = again && world.dice.chance(0.7) ? *before.instant + world.dice.between(seconds(1), minutes(1))
                                                  : world.time() + world.dice.between(seconds(1), minutes(15));
      p.details = again ? before.details : std::vector<publications::Detail>{{.account_id = {}, .text = "Post " + std::to_string(number), .pictures = {}}};
      before = p;
      TRY_ASSIGN(const auto saved, house.publications.save(tx, p));
      std::vector<projects::AccountRow> chosen;
      for (const KnownAccount& account : accounts) {
        if (world.dice.chance(0.6)) chosen.push_back(*house.accounts.load(tx, account.id));
      }
      return house.planning.plan(tx, saved, chosen, /*force=*/true);
    }).value();
  }
}

void Day::set_people_to_work() {
  for (auto acts = world.dice.between(std::int64_t{0}, std::int64_t{5}); acts > 0; --acts) {
    world.after(world.dice.between(seconds(1), kStorm), kNetwork, [this] { act_as_person(); });
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
      if (process_) process_->store().fill_disk(world.dice.between(seconds(5), minutes(3)));
    });
  }
}

// Somebody presses a button that the page offers, mostly of what asks for a person.
void Day::act_as_person() {
  if (house.clock.error != Duration{}) return;  // what people plan by a wrong clock is planned for that time
  house.database->write([&](Transaction& tx) -> Result<> {
    auto ids = tx.rows<std::int64_t>("select id from delivery where state in ('held','failed','expired') order by id");
    if (ids.empty() || world.dice.chance(0.3)) ids = tx.rows<std::int64_t>("select id from delivery order by id");
    if (ids.empty()) return {};
    auto delivery = *publishing::load_delivery(tx, std::get<0>(ids[world.dice.roll() % ids.size()]));
    const std::vector<std::string> actions = publishing::actions_for(delivery);
    if (actions.empty()) return {};
    std::string action = actions[world.dice.roll() % actions.size()];
    // People look before they say that a post is there.
    if (action == "confirm_published" && !sees_the_post(tx, delivery)) action = "publish_again";
    world.say("a person presses {} on delivery {}", action, delivery.id);
    if (action == "retry") return house.planning.retry(tx, delivery);
    if (action == "cancel") return house.planning.cancel(tx, delivery);
    if (action == "publish_again") return house.planning.publish_again(tx, delivery);
    return house.planning.confirm_published(tx, delivery, std::nullopt);
  }).value();
  if (process_) process_->dispatcher().wake();
}

// A post of these words that can be no other delivery's.
bool Day::sees_the_post(Transaction& tx, const publishing::Delivery& delivery) const {
  const auto same = tx.value<std::int64_t>("select count(*) from delivery where account_id=$1 and text_digest=$2",
                                           delivery.account_id, delivery.text_digest);
  const auto account = std::ranges::find(accounts, delivery.account_id, &KnownAccount::id);
  if (same != 1 || !account->server) return false;
  const std::string text = house.publications.load(tx, delivery.publication_id)->detail_for(account->id).text;
  return std::ranges::any_of(account->server->posts,
                             [&](const Post& post) { return post.account == account->name && post.text == text; });
}

void Day::reconnect(KnownAccount& account) {
  account.server->restore(account.name);
  house.database->write([&](Transaction& tx) {
    const auto row = house.accounts.load(tx, account.id);
    if (row->state != projects::AccountState::kNeedsReconnect) return;
    world.say("account {} is connected again", account.id);
    auto secrets = house.accounts.secrets(tx, account.id);
    house.accounts.reconnected(tx, *row, secrets);
    house.planning.account_reconnected(tx, account.id);
  });
  if (process_) process_->dispatcher().wake();
}

void Day::lose_and_find_an_account() {
  KnownAccount& account = accounts[world.dice.roll() % accounts.size()];
  if (!account.server) return;
  world.say("the network ends the access of account {}", account.id);
  account.server->revoke(account.name);
  if (world.dice.chance(0.3)) {  // for good: the person disconnects it
    world.after(world.dice.between(seconds(1), minutes(10)), kNetwork, [this, &account] {
      const auto done = house.database->write([&](Transaction& tx) -> Result<> {
        TRY(house.planning.account_disconnected(tx, account.id));
        house.accounts.disconnect(tx, account.id, house.clock.now());
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
  if (!process_) return;
  if (world.dice.chance(0.4)) {
    house.clock.error = world.dice.between(minutes(1), minutes(29));
    // A process that starts by a clock a few minutes ahead, which nobody synchronises, can't know it (docs/publishing.md).
    kills_left_ = 0, next_kill_ = 0;
  } else if (world.dice.chance(0.7)) {
    house.clock.error = world.dice.between(hours(1), days(365));
  } else {
    house.clock.error = {-world.dice.between(seconds(1), minutes(10)).us};
  }
  world.say("the clock is wrong by {} s", house.clock.error.us / 1'000'000);
  world.after(world.dice.between(seconds(10), minutes(30)), kNetwork, [this] {
    world.say("the clock is right again");
    house.clock.error = {};
  });
}

void Day::start_process() {
  process_ = std::make_unique<Process>(world, house, servers, catalogue_, weather, next_owner_++, watch);
  process_->dispatcher().start_by_hand();
  process_->dispatcher().run_ready();
  if (kills_left_ > 0) next_kill_ = world.dice.between(std::int64_t{1}, std::int64_t{300});
}

void Day::kill_process() {
  world.say("-- SIGKILL --");
  process_.reset();
  ++kills;
  --kills_left_;
  const bool long_sleep = world.dice.chance(0.08);
  const Duration down = long_sleep ? world.dice.between(minutes(20), minutes(50)) : world.dice.between(seconds(1), seconds(40));
  world.after(down, kNetwork, [this] {
    world.say("-- start --");
    start_process();
  });
}

void Day::run_until(Instant until) {
  while (world.step(until)) {
    if (++steps_ > kMostSteps) {
      watch.broken.push_back("endless: the day has more events than any day can have");
      return;
    }
    if (!process_) continue;
    process_->dispatcher().run_ready();
    if (next_kill_ > 0 && --next_kill_ == 0) kill_process();
  }
}

bool Day::is_quiet() {
  return house.database->read([&](Transaction& tx) {
    return tx.value<std::int64_t>(
                 "select count(*) from delivery where state not in ('published','failed','held','expired','cancelled')")
               .value_or(0) == 0;
  });
}

void Day::live() {
  connect_accounts();
  plan_publications();
  set_people_to_work();
  start_process();
  run_until(kMorning + kStorm);
  world.say("-- calm --");
  weather = {};
  kills_left_ = 0, next_kill_ = 0;
  for (KnownAccount& account : accounts) {
    if (account.server) reconnect(account);
  }
  for (int hour = 0; hour < 30 && !is_quiet() && steps_ <= kMostSteps; ++hour) run_until(world.time() + hours(1));
  process_.reset();
}

}  // namespace postmypost::simulation
