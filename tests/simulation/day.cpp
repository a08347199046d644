#include "day.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "projects/projects.hpp"

namespace postmypost::simulation {

using storage::Transaction;

namespace {

constexpr Instant kMorning{1'800'000'000'000'000};  // 2027-01-15T08:00:00Z
constexpr std::int64_t kUser = 1;
constexpr std::int64_t kMostSteps = 50'000;

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
      house(std::make_unique<House>(world, folder)),
      catalogue_(all_networks(telegram_host(servers))) {
  const bool calm = world.dice.chance(0.15);
  weather.fault = calm ? 0.0 : static_cast<double>(world.dice.between(std::int64_t{5}, std::int64_t{50})) / 100;
  liars = weather.foreign_ids = world.dice.chance(0.1);
  const std::int64_t workers = world.dice.chance(0.7) ? 1 : world.dice.between(std::int64_t{2}, std::int64_t{3});
  nodes_.resize(static_cast<std::size_t>(workers));
  kills_left_ = calm ? 0 : static_cast<int>(world.dice.between(std::int64_t{0}, std::int64_t{6}));
}

void Day::connect_accounts() {
  house->database->write([&](Transaction& tx) -> Result<> {
    const projects::Projects projects(*house->vault, house->clock);
    TRY_ASSIGN(const projects::Project project, projects.create(tx, kUser, "Simulated", "UTC"));
    project_ = project.id;
    const auto count = world.dice.between(std::int64_t{1}, std::int64_t{4});
    for (int number = 1; number <= count; ++number) {
      // What an old image brings back shows itself where keys are honoured, and where only a list tells.
      const bool is_chosen = drill_ == Drill::kOldImage && number <= 2;
      const auto which = is_chosen ? static_cast<std::size_t>(number - 1) : world.dice.roll() % servers.size();
      Server* server = servers[which].get();
      const networks::Account account = server->account(number);
      const projects::AccountRow row{.project_id = project_, .channel = server->channel(), .title = account.facts.title,
                                     .handle = account.facts.handle, .url = account.facts.url, .host = account.facts.host,
                                     .recipient = account.facts.recipient, .software = account.facts.software,
                                     .remote_id = account.facts.remote_id, .more = account.facts.more,
                                     .connected_at = world.time(), .verified_at = world.time()};
      const boost::json::value* token = account.secrets.if_contains("token");
      accounts.push_back({.id = house->accounts.insert(tx, row, account.secrets), .server = server,
                          .name = token ? std::string(token->as_string()) : account.facts.remote_id});
    }
    if (world.dice.chance(0.3)) {
      const std::int64_t id = house->accounts.insert(
          tx, {.project_id = project_, .channel = "own_page", .title = "Page", .url = "https://here.example/@page",
               .host = "here.example", .recipient = "own page", .remote_id = "page", .connected_at = world.time(),
               .verified_at = world.time()}, {});
      TRY(house->pages.create(tx, id, "page", "Page", "en", "here.example"));
      accounts.push_back({.id = id, .name = "page"});
    }
    return {};
  }).value();
}

void Day::wake_all() {
  for (const Node& node : nodes_) {
    if (node.process) node.process->dispatcher().wake();
  }
}

void Day::start(Node& node) {
  if (node.process) return;
  world.say("-- start --");
  const std::string incarnation = publishing::incarnation_of(*house->database, world.dice);
  if (!node.journal) node.journal = std::make_unique<JournalDisk>(hex(world.dice.bytes(4)), incarnation);
  node.process = std::make_unique<Process>(world, *house, *node.journal, servers, catalogue_, weather, next_owner_++,
                                           is_alone() ? Role::kAlone : Role::kOneOfMany, watch);
  ++watch.sign_ons[node.journal->id];
  node.process->dispatcher().start_by_hand();
  ask_operator(*node.process, truth());
  node.process->dispatcher().run_ready();
  if (kills_left_ > 0 && next_kill_ == 0) next_kill_ = world.dice.between(std::int64_t{1}, std::int64_t{300});
}

void Day::kill(Node& node) {
  world.say("-- SIGKILL --");
  node.process.reset();
  ++kills;
  --kills_left_;
  next_kill_ = 0;
  const bool long_sleep = world.dice.chance(0.08);
  const Duration down = long_sleep ? world.dice.between(minutes(20), minutes(50)) : world.dice.between(seconds(1), seconds(40));
  world.after(down, kNetwork, [this, &node] { start(node); });
}

// A virtual machine that stands still, often for longer than its leases.
void Day::pause_somebody() {
  Node& node = nodes_[world.dice.roll() % nodes_.size()];
  if (!node.process || world.is_paused(node.process->owner())) return;
  const Owner owner = node.process->owner();
  world.say("-- SIGSTOP of {} --", node.journal->id);
  ++watch.sign_ons[node.journal->id];
  world.pause(owner);
  world.after(world.dice.between(seconds(1), minutes(5)), kNetwork, [this, owner] {
    world.say("-- SIGCONT --");
    world.resume(owner);
  });
}

void Day::run_until(Instant until) {
  while (world.step(until)) {
    if (++steps_ > kMostSteps) {
      watch.broken.push_back("endless: the day has more events than any day can have");
      return;
    }
    for (const Node& node : nodes_) {
      if (node.process && !world.is_paused(node.process->owner())) node.process->dispatcher().run_ready();
    }
    if (clone_.process) clone_.process->dispatcher().run_ready();
    if (next_kill_ > 0 && --next_kill_ == 0) {
      Node& node = nodes_[world.dice.roll() % nodes_.size()];
      if (node.process) kill(node);
    }
  }
}

bool Day::is_quiet() {
  return house->database->read([&](Transaction& tx) {
    return tx.value<std::int64_t>(
                 "select count(*) from delivery where state not in ('published','failed','held','expired','cancelled')")
               .value_or(0) == 0;
  });
}

void Day::live() {
  plan_drill();
  connect_accounts();
  plan_publications();
  set_people_to_work();
  for (Node& node : nodes_) start(node);
  run_until(kMorning + kStorm);
  world.say("-- calm --");
  weather = {};
  kills_left_ = 0, next_kill_ = 0;
  for (KnownAccount& account : accounts) {
    if (account.server) reconnect(account);
  }
  const Instant end = world.time() + hours(30);
  while (world.time() < end && !is_quiet() && steps_ <= kMostSteps) run_until(world.time() + minutes(10));
  for (Node& node : nodes_) node.process.reset();
  clone_.process.reset();
}

}  // namespace postmypost::simulation
