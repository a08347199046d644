// postmypost-bench: one measure a run, its figures as one line of JSON. `./bench` runs them all (docs/development.md).
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "app/process.hpp"
#include "base/log.hpp"
#include "fill.hpp"
#include "group_commit.hpp"
#include "http_load.hpp"
#include "measures.hpp"

namespace {

namespace json = boost::json;
using namespace postmypost;
using namespace postmypost::bench;

struct Wish {
  Run run;
  std::int64_t latency_ms = 0;
  std::int64_t publications = 10'000, due_in = 0, step_us = 0, project = 0, first_number = 1;
  std::int64_t rate = 200, seconds = 30;
  std::int64_t at_once = 256;
  std::filesystem::path requests;
  bool unsealed = false;
};

json::object fill_folder(const Wish& wish) {
  if (wish.unsealed) {
    std::filesystem::create_directories(wish.run.data);
    std::ofstream(wish.run.data / kUnsealed) << "for benchmarks\n";
  }
  House house(wish.run.data, wish.run.postgresql);
  const std::int64_t project = fill(
      house, {.project = wish.project, .accounts = wish.run.accounts, .publications = wish.publications,
              .first_due = house.clock.now() + seconds(wish.due_in), .step = microseconds(wish.step_us),
              .first_number = wish.first_number});
  return {{"project", project}};
}

}  // namespace

int main(int argc, char** argv) {
  Wish wish;
  CLI::App app("Measures the publishing engine; prints one line of JSON.");
  app.require_subcommand(1)->fallthrough();
  app.add_option("--data", wish.run.data, "the data folder to work in")->required();
  app.add_option("--postgresql", wish.run.postgresql, "address of a database; empty: SQLite in the folder");
  app.add_option("--second", wish.run.second, "throughput: address of another empty one, for the replay");
  app.add_option("--accounts", wish.run.accounts, "connected accounts")->capture_default_str();
  app.add_option("--latency", wish.latency_ms, "of the sink, in milliseconds")->capture_default_str();
  app.add_option("--publications", wish.publications, "how many to fill in or deliver")->capture_default_str();
  app.add_option("--due-in", wish.due_in, "fill: seconds until the first is due")->capture_default_str();
  app.add_option("--step", wish.step_us, "fill: microseconds from one due instant to the next")->capture_default_str();
  app.add_option("--project", wish.project, "fill: the project, if there is one")->capture_default_str();
  app.add_option("--first-number", wish.first_number, "fill: of the posts")->capture_default_str();
  app.add_option("--rate", wish.rate, "steady: a second")->capture_default_str();
  app.add_option("--seconds", wish.seconds, "steady: how long")->capture_default_str();
  app.add_option("--at-once", wish.at_once, "client, group-commit: how many at once")->capture_default_str();
  app.add_option("--requests", wish.requests, "http: a JSON file that says what to ask");
  app.add_flag("--unsealed", wish.unsealed, "fill: seal nothing, to see what sealing costs");
  const auto* fills = app.add_subcommand("fill", "makes a folder full of publications");
  const auto* drains = app.add_subcommand("drain", "delivers what is due in the folder");
  const auto* throughputs = app.add_subcommand("throughput", "delivers, and replays the same statements on the bare store");
  const auto* steadies = app.add_subcommand("steady", "delivers at an even rate");
  const auto* clients = app.add_subcommand("client", "sends without an engine");
  const auto* claims = app.add_subcommand("claim", "the cost of a claim in the folder");
  const auto* https = app.add_subcommand("http", "asks a running server, over connections that are kept");
  const auto* commits = app.add_subcommand("group-commit", "small rows by many writers at once, and the disk alone");
  CLI11_PARSE(app, argc, argv);
  wish.run.latency = milliseconds(wish.latency_ms);
  log::set_level(log::Level::kWarning);
  app::allow_many_files();
  try {
    json::object figures;
    if (*fills) figures = fill_folder(wish);
    if (*drains) figures = drain(wish.run);
    if (*throughputs) figures = throughput(wish.run, wish.publications);
    if (*steadies) figures = steady(wish.run, wish.rate, wish.seconds);
    if (*clients) figures = client(wish.run, wish.publications, wish.at_once);
    if (*claims) figures = claim_cost(wish.run);
    if (*https) figures = http_load(wish.requests);
    if (*commits) figures = group_commit(wish.run, wish.at_once, wish.publications);
    std::cout << json::serialize(figures) << std::endl;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "postmypost-bench: %s\n", failure.what());
    return 1;
  }
  return 0;
}
