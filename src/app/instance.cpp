#include "app/instance.hpp"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "api/v4_1/errors.hpp"
#include "app/keys_command.hpp"
#include "app/token_command.hpp"
#include "base/encoding.hpp"
#include "privacy/necessity.hpp"
#include "base/log.hpp"

namespace postmypost::app {
namespace {

namespace fs = std::filesystem;

// Most of them wait for a commit: so many people's writes share one.
constexpr std::size_t kHandlers = 16;

fs::path beside_program(std::string_view name) { return fs::read_symlink("/proc/self/exe").parent_path() / name; }

// build/release/postmypost serves web/dist of its checkout; an installed one its share folder.
fs::path find_web(const fs::path& given) {
  if (!given.empty()) return given;
  for (const fs::path& candidate : {beside_program("web"), beside_program("../../web/dist"), beside_program("../share/postmypost/web")}) {
    if (fs::exists(candidate / "index.html")) return candidate;
  }
  return beside_program("../../web/dist");
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "host";
}

http::Response plain(int status, std::string text) {
  return http::Response::text(status, "text/plain; charset=utf-8", std::move(text));
}

std::string reads_in_words(const vault::Vault& vault) {
  std::string words = "Sealed values opened since this process started:\n";
  for (const Ground& ground : kGrounds) {
    if (const std::uint64_t count = vault.reads(ground.category, ground.purpose); count > 0) {
      words += fmt::format("{:<12} {:<12} {}\n", to_string(ground.category), to_string(ground.purpose), count);
    }
  }
  return words;
}

Error misdirected(const std::string& host) {
  return {.kind = ErrorKind::kInvalid,
          .code = "request.host",
          .detail = "This server does not answer for the host " + host + ".",
          .rule = "host=public_url",
          .how_to_fix = "Use the server's public address, or let the operator change it."};
}

}  // namespace

Result<std::unique_ptr<Instance>> Instance::start(const Options& options) {
  std::unique_ptr<Instance> instance(new Instance(options));
  TRY_ASSIGN(instance->relay_, mail::relay_of(options.mail, options.ca_file));
  TRY_ASSIGN(instance->stores_, Stores::open(options));
  TRY_ASSIGN(const api::RateQuotas quotas, api::parse_rate_quotas(options.rate_limit));
  instance->limits_ = std::make_unique<api::RateLimits>(quotas, instance->stores_->clock);
  instance->wire();
  const bool is_erased_again = !options.has_web() || instance->leaving_->erase_again(std::atomic<bool>(false));
  if (options.has_web()) TRY(instance->listen());
  if (instance->dispatcher_) instance->dispatcher_->start();
  if (options.has_web()) {
    instance->start_jobs(is_erased_again);
    instance->exports_->start();
    instance->imports_->start();
  }
  instance->ready_ = true;
  if (instance->server_) log::info("server.ready", {{"listen", options.host() + ":" + std::to_string(instance->port())}});
  return instance;
}

void Instance::wire() {
  Stores& s = *stores_;
  catalogue_ = std::make_unique<networks::Catalogue>(options_.networks);
  http::EgressOptions egress;
  egress.allow = options_.egress_allow;
  egress.ca_file = options_.ca_file;
  egress_ = http::make_egress_client(egress);
  outbox_ = std::make_unique<mail::Outbox>(*s.vault, s.clock, s.random, [this] { if (letter_job_) letter_job_->run_soon(); });
  if (relay_) s.identity->send_letters_by(*outbox_);
  projects_ = std::make_unique<projects::Projects>(*s.vault, s.clock);
  account_rows_ = std::make_unique<projects::AccountRows>(*s.vault);
  cleaner_ = media::make_picture_cleaner(beside_program("postmypost-picture-worker").string());
  files_ = std::make_unique<media::Files>(*s.vault, *s.blobs, s.clock);
  uploads_ = std::make_unique<media::Uploads>(*s.vault, s.clock, s.random);
  publications_ = std::make_unique<publications::Publications>(*s.vault, s.clock);
  rubrics_ = std::make_unique<publications::Rubrics>(*s.vault, s.clock);
  pages_ = std::make_unique<pages::Pages>(s.clock);
  connections_ = std::make_unique<accounts::Connections>(*s.database, *s.vault, s.clock, s.random, *egress_, *catalogue_,
                                                         *account_rows_, *pages_);
  planning_ = std::make_unique<publishing::Planning>(*s.vault, s.clock, s.random);
  tickets_ = std::make_unique<care::Tickets>(*s.vault, s.clock, *projects_);
  legal_requests_ = std::make_unique<care::LegalRequests>(*s.vault, s.clock);
  incidents_ = std::make_unique<care::Incidents>(registry_, s.clock);
  if (options_.has_engine()) {
    dispatcher_ = std::make_unique<publishing::Dispatcher>(surroundings(), engine_options());
  }
  notice_letters_ = std::make_unique<care::NoticeLetters>(
      care::NoticeLetters::With{*s.database, *s.vault, s.clock, *s.identity, *outbox_, options_.engine_time_scale});
  leaving_ = std::make_unique<leaving::Leaving>(leaving::Rooms{*s.database, *s.vault, s.clock, *s.identity, *projects_,
                                                               *account_rows_, *files_, *pages_, *connections_, *planning_,
                                                               registry_});
  statistics_ = std::make_unique<statistics::Store>(options_.data, s.clock.now());
  improvement_ = std::make_unique<statistics::Improvement>([&s](std::int64_t person) {
    return s.database->read([&](storage::Transaction& tx) { return s.identity->choices().permits(tx, person, Purpose::kImprove); });
  });
  key_copies_ = std::make_unique<vault::KeyCopies>(options_.key_copies_folder(), s.clock);
  site_ = std::make_unique<pages::Site>(*s.database, *pages_, *s.blobs);
  static_files_ = std::make_unique<StaticFiles>(find_web(options_.web));
  exports_ = std::make_unique<cabinet::Exports>(cabinet::Exports::With{*s.database, *s.vault, *s.blobs, s.clock, s.random, registry_,
                                                                       options_.data / "exports", POSTMYPOST_VERSION,
                                                                       [this] { return public_url(); }, !options_.is_shared()});
  imports_ = std::make_unique<cabinet::Imports>(cabinet::Imports::With{
      {*s.database, *s.vault, *catalogue_, *projects_, *account_rows_, *files_, *publications_, *planning_}, *cleaner_, *s.blobs, s.clock,
      s.random, options_.data / "imports", !options_.is_shared()});
  events_ = std::make_unique<api::Events>(*s.database, *s.identity, s.clock);
  services_ = std::make_unique<api::Services>(
      api::Services{*s.database, *s.blobs, *s.vault, s.clock, s.random, *catalogue_, *s.identity, *projects_,
                    *account_rows_, *cleaner_, *files_, *publications_, *pages_, *connections_, *planning_, *leaving_, registry_,
                    *exports_, *imports_, *tickets_, *statistics_, *improvement_, *legal_requests_, *incidents_,
                    relay_ ? &*relay_ : nullptr, *outbox_, *notice_letters_, *events_,
                    [this] { if (dispatcher_) dispatcher_->wake(); },  // elsewhere a worker's poll finds it
                    [this](Instant due) { if (dispatcher_) dispatcher_->wake_for(due); },
                    [this] { if (leaving_job_) leaving_job_->run_soon(); },
                    [this] { return dispatcher_ ? dispatcher_->origin() : publishing::Origin::kGenuine; }, POSTMYPOST_VERSION});
  api_ = std::make_unique<api::v1::Api>(*services_, *limits_);
  wire_vendor_api();
}

publishing::DispatcherOptions Instance::engine_options() const {
  publishing::DispatcherOptions engine;
  engine.time_scale = options_.engine_time_scale;
  engine.keep_quotas = !options_.without_quotas;
  engine.worker_name = host_name() + "/" + std::to_string(::getpid());
  engine.at_work = options_.journal_folder() / "at-work";  // one process at a time writes there
  engine.is_alone = !options_.is_shared();
  if (options_.is_shared()) engine.poll = milliseconds(200);  // other processes can't wake this one
  return engine;
}

publishing::Surroundings Instance::surroundings() const {
  Stores& s = *stores_;
  return {*s.database, *s.journal, *s.vault, s.clock, s.random, *egress_, *catalogue_, *account_rows_, *publications_,
          *files_, *s.blobs, *pages_};
}

Result<publishing::Adoption> Instance::adopt(const Options& options, publishing::AdoptAs as, bool force) {
  Instance instance(options);
  TRY_ASSIGN(instance.stores_, Stores::open(options));
  instance.limits_ = std::make_unique<api::RateLimits>(api::RateQuotas{}, instance.stores_->clock);
  instance.wire();
  const publishing::Surroundings with = instance.surroundings();
  publishing::incarnation_of(with.database, with.random);
  const publishing::Origin origin = publishing::examine(with.database, with.journal, !options.is_shared());
  return publishing::adopt(with, origin, as, force,
                           publishing::quiet_time_of(with, options.engine_time_scale));
}

Result<> Instance::listen() {
  http::ServerOptions options;
  options.host = options_.host();
  options.port = options_.port();
  options.threads = kHandlers;
  options.trusted_proxies = options_.trusted_proxies;
  options.clock = &stores_->clock;
  options.body_limit = [this](std::string_view method, std::string_view path) {
    return api::v4_1::is_ours(path) ? api::v4_1::Api::body_limit(path) : api_->body_limit(method, path);
  };
  options.own_refusal = [](std::string_view target, const http::OwnRefusal& refusal) {
    return api::v4_1::is_ours(target) ? std::optional(api::v4_1::error_response(refusal)) : std::nullopt;
  };
  TRY_ASSIGN(server_, http::serve(options, [this](const http::Request& r) { return respond(r); }, stores_->random));
  http::ServerOptions commands;
  commands.host = "";
  commands.unix_socket = (options_.data / "command.sock").string();
  commands.threads = 1;
  TRY_ASSIGN(command_server_,
             http::serve(commands, [this](const http::Request& r) { return respond_to_command(r); }, stores_->random));
  return {};
}

std::string Instance::public_url() const {
  if (!options_.public_url.empty()) return options_.public_url;
  const std::string stored = stores_->identity->settings().public_url;
  return stored.empty() ? "http://" + options_.host() + ":" + std::to_string(server_ ? server_->port() : options_.port())
                        : stored;
}

// `public_url` is the only source of absolute addresses; another Host is sent there, or refused when it can't be.
std::optional<http::Response> Instance::wrong_host(const http::Request& request, const std::string& url) const {
  const std::string host(request.headers.get("Host").value_or(""));
  const std::string own = url.substr(url.find("://") + 3);
  if (host == own) return std::nullopt;
  if (request.method == "GET" || request.method == "HEAD") {
    return http::Response::redirect(308, url + request.target);
  }
  if (api::v4_1::is_ours(request.path)) return api::v4_1::error_response(421, misdirected(host).detail);
  http::Response response = api::v1::problem_response(misdirected(host), request.id);
  response.status = 421;
  return response;
}

// At one click, by a program of a mail provider: no cookie, no header of ours, the token in the query (RFC 8058). It ends letters and
// nothing else, so it may come from elsewhere.
http::Response Instance::unsubscribe(const http::Request& request) {
  const std::string token(request.query_value("token").value_or(""));
  stores_->database->write([&](storage::Transaction& tx) { care::NoticeLetters::end_by(tx, token); });
  return plain(200, "No more notices by letter.\n");
}

http::Response Instance::respond(const http::Request& request) {
  if (request.path == "/health") return plain(200, "ok\n");
  if (request.path == "/ready") return ready_ ? plain(200, "ready\n") : plain(503, "starting\n");
  const bool set_up = stores_->identity->settings().set_up;
  const std::string url = public_url();
  std::optional<http::Response> response;
  if (set_up) response = wrong_host(request, url);
  if (!response && request.path.starts_with("/@") && set_up) response = site_->respond(request, url);
  if (!response && (request.path.starts_with("/api/v1/") || request.path.starts_with("/files/"))) {
    response = api_->respond(request);
  }
  if (!response && api::v4_1::is_ours(request.path)) response = vendor_api_->respond(request);
  if (!response && request.method == "POST" && request.path == "/unsubscribe") response = unsubscribe(request);
  if (!response) response = static_files_->respond(request);
  if (!response) response = api::v1::problem_response(not_found("page").error(), request.id);
  add_security_headers(*response, url.starts_with("https://"));
  log::info("request", {{"id", request.id},
                        {"method", request.method},
                        {"path", request.path.starts_with("/api/v1/invitations/") ? "/api/v1/invitations/…" : request.path},
                        {"status", response->status}});
  return std::move(*response);
}

// Commands beside a running server (create-user, reset-password, token create) speak to it here: 0600, one by one.
http::Response Instance::respond_to_command(const http::Request& request) {
  auto body = json::parse(request.body);
  if (!body || !body->is_object()) return plain(400, "malformed command\n");
  const auto text = [&](std::string_view name) {
    const json::value* member = body->as_object().if_contains(name);
    return member && member->is_string() ? std::string(member->as_string()) : std::string();
  };
  identity::Identity& people = *stores_->identity;
  const auto answer = [&](const auto& result, const std::string& words) {
    return result ? plain(200, words) : plain(422, result.error().detail + " " + result.error().how_to_fix + "\n");
  };
  if (request.path == "/create-user") {
    const auto made = people.create_user(
        {.name = text("name"), .email = text("email"), .password = text("password"), .locale = text("locale")},
        text("role") == "operator" ? identity::Role::kOperator : identity::Role::kUser);
    return answer(made, "Made. The person signs in with this address and password.\n");
  }
  if (request.path == "/confirm-address") {
    return answer(people.confirm_address(text("email")), "Confirmed. The person may publish.\n");
  }
  if (request.path == "/reset-password") {
    return answer(people.reset_password(text("email"), text("password")), "Changed. All sessions of this person ended.\n");
  }
  if (request.path == "/adopt") {
    const auto as = publishing::parse_adopt_as(text("as"));
    if (!dispatcher_) return plain(422, "This process has no engine: run the command for a worker's --journal.\n");
    if (!as || !text("force").empty()) return plain(422, "Stop the server for this, and run the command again.\n");
    const auto adopted = dispatcher_->adopt(*as);
    return answer(adopted, adopted ? in_words(*adopted) : "");
  }
  if (request.path == "/trust-clock") {
    if (!dispatcher_) return plain(422, "This process has no engine: run the command for a worker's --journal.\n");
    dispatcher_->trust_clock();
    return plain(200, "The clock is taken as right, until it jumps again.\n");
  }
  if (const auto done = run_key_command(request.path.substr(1), {*stores_->database, *stores_->vault, registry_})) {
    if (*done && key_job_) key_job_->run_soon();
    return answer(*done, done->value_or(""));
  }
  if (request.path == "/necessity") {
    return plain(200, necessity_report(privacy::held_values(*stores_->database, registry_)));
  }
  if (request.path == "/reads") return plain(200, reads_in_words(*stores_->vault));
  if (request.path == "/create-token") {
    const auto token = make_token(people, body->as_object());
    return answer(token, token.value_or("") + "\n");
  }
  return plain(404, "no such command\n");
}

std::string in_words(const publishing::Adoption& done) {
  std::string words = "Adopted.";
  const auto add = [&](std::int64_t count, std::string_view what) {
    if (count > 0) words += " " + std::to_string(count) + " " + std::string(what);
  };
  add(done.published, "were out already, as the sent-journal says.");
  add(done.doubted, "may be out: they are looked for, or wait for a person.");
  add(done.accounts, "accounts must be connected again here.");
  return words + "\n";
}

void Instance::greet() {
  const std::string url = public_url();
  const std::string here = "http://" + options_.host() + ":" + std::to_string(port());
  std::printf("Postmypost %s is at %s\n", POSTMYPOST_VERSION, url.c_str());
  const fs::path link_file = options_.data / "set-up-link.txt";
  const auto token = stores_->identity->new_set_up_token();
  if (!token) {
    fs::remove(link_file);
  } else {
    const std::string link = here + "/setup#token=" + *token;
    const mode_t before = ::umask(0077);
    std::ofstream(link_file, std::ios::trunc) << link << "\n";
    ::umask(before);
    std::printf("\nSet it up with this link (once, within 24 hours):\n  %s\nThe link is also in %s\n", link.c_str(),
                fs::absolute(link_file).c_str());
  }
  std::fflush(stdout);
}

// Order matters: no new requests, then the engine's sends end, then the stores close.
void Instance::stop() {
  ready_ = false;
  if (server_) server_->stop();
  if (command_server_) command_server_->stop();
  stop_jobs();
  if (dispatcher_) dispatcher_->stop();
}

Instance::~Instance() { stop(); }

}  // namespace postmypost::app
