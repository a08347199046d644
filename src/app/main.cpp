// The program: commands and their flags.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <iostream>

#include "app/command_client.hpp"
#include "app/demo.hpp"
#include "app/instance.hpp"
#include "app/keys_command.hpp"
#include "app/process.hpp"
#include "app/registry_command.hpp"
#include "base/log.hpp"

namespace postmypost::app {
namespace {

int explain(const Error& error) {
  std::fprintf(stderr, "postmypost: %s\n", error.detail.c_str());
  if (!error.how_to_fix.empty()) std::fprintf(stderr, "  %s\n", error.how_to_fix.c_str());
  return 1;
}

// Waits in the main thread: handlers run nowhere else, so nothing is done inside a signal.
int wait_for_end_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT}) sigaddset(&signals, number);
  int number = 0;
  sigwait(&signals, &number);
  return number;
}

void block_end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

int serve(Options options, Role role) {
  options.role = role;
  if (role != Role::kServe && !options.is_shared()) {
    std::fputs("postmypost: SQLite has one process: `postmypost serve`.\n  Name a PostgreSQL with --database to share the work.\n", stderr);
    return 1;
  }
  allow_many_files();
  block_end_signals();
  auto instance = Instance::start(options);
  if (!instance) return explain(instance.error());
  if (options.demo) {
    if (const auto filled = fill_with_demo(**instance); !filled) return explain(filled.error());
  }
  if (options.has_web()) (*instance)->greet();
  wait_for_end_signal();
  log::info("server.stopping");
  (*instance)->stop();
  log::info("server.stopped");
  return 0;
}

int migrate_only(const Options& options) {
  auto stores = Stores::open(options);
  if (!stores) return explain(stores.error());
  std::puts("The database is up to date.");
  return 0;
}

int adopt(const Options& options, const std::string& as, bool force) {
  if (is_server_running(options)) {
    return send_command(options, "adopt", {{"as", as}, {"force", force ? "yes" : ""}});
  }
  const auto adopted = Instance::adopt(options, *publishing::parse_adopt_as(as), force);
  if (!adopted) return explain(adopted.error());
  std::fputs(in_words(*adopted).c_str(), stdout);
  return 0;
}

int print_openapi() {
  std::cout << boost::json::serialize(api::v1::openapi_document()) << "\n";
  return 0;
}

int print_config(const CLI::App& serve_command) {
  for (const CLI::Option* option : serve_command.get_options()) {
    if (option->get_lnames().empty() || option->get_lnames().front() == "help") continue;
    const bool given = option->count() > 0;
    std::string value = given ? CLI::detail::join(option->results(), " ") : option->get_default_str();
    if (given && option->get_lnames().front().ends_with("database")) value = "(not shown: it may hold a password)";
    std::printf("%-18s %-40s %s\n", option->get_lnames().front().c_str(), value.c_str(), given ? "given" : "default");
  }
  return 0;
}

// Commands share their variables. With a callback the environment is read for the command that was given and for no other,
// whose value would overrule the flag.
constexpr auto kOwnEnvironmentOnly = [] {};

struct PersonArguments {
  std::string name, email, password, locale = "en", role = "user", label = "token", scopes, days;
};

// The password comes from the terminal or a pipe, never from the command line, where every process can read it.
std::string read_password() {
  std::string password;
  std::fprintf(stderr, "Password (12 characters or more): ");
  std::getline(std::cin, password);
  return password;
}

int run_person_command(const Options& options, const std::string& command, PersonArguments person) {
  const bool takes_password = command == "create-user" || command == "reset-password";
  if (takes_password && person.password.empty()) person.password = read_password();
  const boost::json::object body{{"name", person.name},     {"email", person.email}, {"password", person.password},
                                 {"locale", person.locale}, {"role", person.role},   {"label", person.label},
                                 {"scopes", person.scopes}, {"days", person.days}};
  return send_command(options, command, body);
}

void add_data_options(CLI::App& app, Options& o) {
  app.add_option("--data", o.data, "Folder of the data")->envname("POSTMYPOST_DATA")->capture_default_str();
  app.add_option("--database", o.database, "postgresql://… ; without it SQLite in the data folder")
      ->envname("POSTMYPOST_DATABASE");
  app.add_option("--journal", o.journal, "Folder of the sent-journal, best on another disk (default: DATA/journal)")
      ->envname("POSTMYPOST_JOURNAL");
  app.add_option("--keys-database", o.keys_database,
                 "postgresql://… of another cluster, for the keys; without it keys.sqlite in the data folder")
      ->envname("POSTMYPOST_KEYS_DATABASE");
  app.add_option("--key-copies", o.key_copies, "Folder of the keys' copies of seven days (default: DATA/key-copies)")
      ->envname("POSTMYPOST_KEY_COPIES");
}

void add_serve_options(CLI::App& app, Options& o) {
  add_data_options(app, o);
  app.add_option("--listen", o.listen, "HOST:PORT")->envname("POSTMYPOST_LISTEN")->capture_default_str();
  app.add_option("--public-url", o.public_url, "Address people use")->envname("POSTMYPOST_PUBLIC_URL");
  app.add_option("--web", o.web, "Folder of the built web app")->envname("POSTMYPOST_WEB");
  app.add_option("--egress-allow", o.egress_allow, "host:port that may be reached although it is not public")
      ->envname("POSTMYPOST_EGRESS_ALLOW")
      ->delimiter(',');
  app.add_option("--trusted-proxy", o.trusted_proxies, "Address of a reverse proxy whose X-Forwarded-For counts")
      ->envname("POSTMYPOST_TRUSTED_PROXY")
      ->delimiter(',');
  app.add_option("--ca-file", o.ca_file, "Certificates of authorities")->envname("POSTMYPOST_CA_FILE")->capture_default_str();
  app.add_option("--telegram-base", o.networks.telegram_base)->envname("POSTMYPOST_TELEGRAM_BASE")->capture_default_str();
  app.add_option("--bluesky-pds", o.networks.bluesky_default_pds)->envname("POSTMYPOST_BLUESKY_PDS")->capture_default_str();
  app.add_option("--plc-directory", o.networks.plc_directory)->envname("POSTMYPOST_PLC_DIRECTORY")->capture_default_str();
  app.add_option("--rate-limit", o.rate_limit, "Requests a minute of one caller: off, or read=N,write=N,upload=N; a project has four times as many")
      ->envname("POSTMYPOST_RATE_LIMIT")
      ->capture_default_str();
  app.add_flag("--without-quotas", o.without_quotas, "Measurements only: against a sink of one's own");
  app.add_option("--engine-time-scale", o.engine_time_scale, "Tests only: scales quiet times")
      ->envname("POSTMYPOST_ENGINE_TIME_SCALE")
      ->capture_default_str();
  app.add_flag("--demo", o.demo, "Fill a project with a month of posts (only on an empty server)");
  app.set_config("--config", "", "TOML file");
}

}  // namespace

int run(int count, char** arguments) {
  CLI::App app{"Postmypost: write once, publish in many social networks, at the minute you chose."};
  app.require_subcommand(1);
  app.fallthrough();
  Options options;
  PersonArguments person;

  CLI::App* serve_command = app.add_subcommand("serve", "Serve web app, API and engine");
  CLI::App* web_command = app.add_subcommand("web", "Serve web app and API; workers publish (PostgreSQL)");
  CLI::App* worker_command = app.add_subcommand("worker", "Publish; any number of them share the work (PostgreSQL)");
  CLI::App* migrate_command = app.add_subcommand("migrate", "Bring the database up to date and end");
  CLI::App* config_command = app.add_subcommand("config", "Print the configuration in force");
  for (CLI::App* command : {serve_command, web_command, worker_command, migrate_command, config_command}) {
    add_serve_options(*command, options);
    command->parse_complete_callback(kOwnEnvironmentOnly);
  }
  CLI::App* openapi_command = app.add_subcommand("openapi", "Print the OpenAPI document");
  CLI::App* routes_command = app.add_subcommand("routes", "Print the route table of /api/v1 with all that is checked, as JSON");
  RegistryArguments registry;
  CLI::App* registry_command = app.add_subcommand("registry", "Print what is kept, what for and how long: docs/privacy.md");
  registry_command->parse_complete_callback(kOwnEnvironmentOnly);
  add_data_options(*registry_command, options);
  CLI::App* form = registry_command->add_option_group("form")->require_option(0, 1);
  form->add_flag("--json", registry.json, "For machines");
  form->add_flag("--necessity", registry.necessity, "How many rows hold what, and what nobody seems to need");
  form->add_flag("--reads", registry.reads, "How often sealed values were opened, by purpose, since the server started");
  form->add_option("--record", registry.record, "The record of processing: ru or en")->check(CLI::IsMember({"ru", "en"}));
  CLI::App* version_command = app.add_subcommand("version", "Print the version");
  CLI::App* adopt_command = app.add_subcommand(
      "adopt", "Say what this data is, when database and sent-journal don't belong together: docs/operations.md");
  adopt_command->parse_complete_callback(kOwnEnvironmentOnly);
  add_data_options(*adopt_command, options);
  bool moved = false, restored = false, clone = false, force = false;
  CLI::App* what = adopt_command->add_option_group("what")->require_option(1);
  what->add_flag("--moved", moved, "The folder was moved or copied whole; the original is gone");
  what->add_flag("--restored", restored, "An older state was brought back: what fell due since may be out already");
  what->add_flag("--clone", clone, "A copy of one that goes on elsewhere: forget its accounts");
  adopt_command->add_flag("--force", force, "With --restored: although nothing shows it (a disk image was set back)");
  CLI::App* clock_command = app.add_subcommand("trust-clock", "Say that the clock is right, when the engine doubts it");
  add_data_options(*clock_command, options);
  clock_command->parse_complete_callback(kOwnEnvironmentOnly);
  CLI::App* keys = app.add_subcommand("keys", "Keys of what is sealed: docs/operations.md")->require_subcommand(1);
  CLI::App* check_keys = keys->add_subcommand("check", "Try to open every sealed value");
  CLI::App* rotate_keys = keys->add_subcommand("rotate", "New versions of all data keys");
  CLI::App* rotate_master = keys->add_subcommand("rotate-master", "A new master key");
  CLI::App* restore_key_copy = keys->add_subcommand("restore", "Bring a copy of the keys back, while no server runs");
  std::string key_copy;
  restore_key_copy->add_option("COPY", key_copy, "A file of the key copies")->required();
  for (CLI::App* command : {check_keys, rotate_keys, rotate_master, restore_key_copy}) {
    command->parse_complete_callback(kOwnEnvironmentOnly);
    add_data_options(*command, options);
  }
  CLI::App* admin = app.add_subcommand("admin", "What the operator does on the machine")->require_subcommand(1);
  CLI::App* create_user = admin->add_subcommand("create-user", "Make an account for somebody");
  CLI::App* reset_password = admin->add_subcommand("reset-password", "Give a new password; ends all sessions");
  CLI::App* confirm_address = admin->add_subcommand("confirm-address", "Say that an address is its person's, when nobody invited them");
  CLI::App* token = app.add_subcommand("token", "Access tokens")->require_subcommand(1);
  CLI::App* create_token = token->add_subcommand("create", "Make an access token; printed once");
  for (CLI::App* command : {create_user, reset_password, confirm_address, create_token}) {
    command->parse_complete_callback(kOwnEnvironmentOnly);
    add_data_options(*command, options);
    command->add_option("--email", person.email)->required();
  }
  create_user->add_option("--name", person.name)->required();
  create_user->add_option("--locale", person.locale)->capture_default_str();
  create_user->add_option("--role", person.role)->check(CLI::IsMember({"user", "operator"}))->capture_default_str();
  create_token->add_option("--label", person.label)->capture_default_str();
  create_token->add_option("--scopes", person.scopes, "Such as \"publications:write files:write\"; empty: everything the person may");
  create_token->add_option("--days", person.days, "How long it lives; empty: until it is revoked")->check(CLI::Range(1, 3660));

  CLI11_PARSE(app, count, arguments);
  if (*serve_command) return serve(options, Role::kServe);
  if (*web_command) return serve(options, Role::kWeb);
  if (*worker_command) return serve(options, Role::kWorker);
  if (*migrate_command) return migrate_only(options);
  if (*config_command) return print_config(*config_command);
  if (*openapi_command) return print_openapi();
  if (*routes_command) return std::puts(json::serialize(api::v1::route_listing()).c_str()) >= 0 ? 0 : 1;
  if (*registry_command) return print_registry(options, registry);
  if (*version_command) return std::puts("postmypost " POSTMYPOST_VERSION) >= 0 ? 0 : 1;
  if (*clock_command) return send_command(options, "trust-clock", {});
  if (*adopt_command) return adopt(options, moved ? "moved" : restored ? "restored" : "clone", force);
  if (*check_keys) return key_command(options, "keys-check");
  if (*rotate_keys) return key_command(options, "keys-rotate");
  if (*rotate_master) return key_command(options, "keys-rotate-master");
  if (*restore_key_copy) return restore_keys(options, key_copy);
  if (*create_user) return run_person_command(options, "create-user", person);
  if (*reset_password) return run_person_command(options, "reset-password", person);
  if (*confirm_address) return run_person_command(options, "confirm-address", person);
  if (*create_token) return run_person_command(options, "create-token", person);
  return 1;
}

}  // namespace postmypost::app

int main(int count, char** arguments) {
  try {
    return postmypost::app::run(count, arguments);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "postmypost: %s\n", failure.what());
    return 1;
  }
}
