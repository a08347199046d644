// One running instance: opens everything, wires the rooms together, serves. The only place that knows all of them.
#pragma once

#include <memory>

#include "accounts/connections.hpp"
#include "api/events.hpp"
#include "api/v1/api.hpp"
#include "api/v4_1/api.hpp"
#include "app/options.hpp"
#include "app/personal_data.hpp"
#include "app/static_files.hpp"
#include "base/job.hpp"
#include "cabinet/exports.hpp"
#include "care/incidents.hpp"
#include "care/legal_requests.hpp"
#include "cabinet/imports.hpp"
#include "care/tickets.hpp"
#include "http/egress.hpp"
#include "http/server.hpp"
#include "identity/identity.hpp"
#include "leaving/leaving.hpp"
#include "leaving/removing.hpp"
#include "media/files.hpp"
#include "media/upload_work.hpp"
#include "pages/site.hpp"
#include "privacy/registry.hpp"
#include "privacy/retention.hpp"
#include "publishing/dispatcher.hpp"
#include "statistics/counting.hpp"
#include "statistics/improvement.hpp"
#include "vault/key_keeping.hpp"

namespace postmypost::app {

// FOLDER/lock, held while a process works with it: a second one is refused, a stopped one still holds it. `option` is the flag
// that gives a process another folder.
class DataLock {
 public:
  static Result<std::unique_ptr<DataLock>> take(const std::filesystem::path& folder, std::string_view option);
  ~DataLock();
  DataLock(const DataLock&) = delete;
  DataLock& operator=(const DataLock&) = delete;

 private:
  explicit DataLock(int handle) : handle_(handle) {}
  int handle_;
};

// The stores and the people: enough for commands that need no server.
class Stores {
 public:
  static Result<std::unique_ptr<Stores>> open(const Options& options);

  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<DataLock> lock;
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<journal::Journal> journal;  // of a process with an engine
  std::unique_ptr<vault::Vault> vault;
  std::unique_ptr<storage::Blobs> blobs;
  std::unique_ptr<identity::Identity> identity;
};

class Instance {
 public:
  static Result<std::unique_ptr<Instance>> start(const Options& options);
  // `postmypost adopt` while no server runs.
  static Result<publishing::Adoption> adopt(const Options& options, publishing::AdoptAs as, bool force);
  ~Instance();

  unsigned short port() const { return server_->port(); }
  // Prints the address and, before set-up, where the one-time link is.
  void greet();
  void stop();

  Stores& stores() { return *stores_; }
  const projects::Projects& projects() const { return *projects_; }
  api::Services& services() { return *services_; }

 private:
  explicit Instance(Options options) : options_(std::move(options)) {}
  void wire();
  void wire_vendor_api();
  std::optional<api::v4_1::Allowance> allowance(const identity::Actor& actor, api::v4_1::RateClass rate);
  publishing::DispatcherOptions engine_options() const;
  publishing::Surroundings surroundings() const;
  void start_jobs(bool is_erased_again);
  void stop_jobs();
  Result<> listen();
  http::Response respond(const http::Request& request);
  http::Response respond_to_command(const http::Request& request);
  std::optional<http::Response> wrong_host(const http::Request& request, const std::string& public_url) const;
  std::string public_url() const;

  Options options_;
  const privacy::Registry registry_{all_personal_data()};
  std::unique_ptr<Stores> stores_;
  std::unique_ptr<networks::Catalogue> catalogue_;
  std::unique_ptr<http::EgressClient> egress_;
  std::unique_ptr<projects::Projects> projects_;
  std::unique_ptr<projects::AccountRows> account_rows_;
  std::unique_ptr<media::PictureCleaner> cleaner_;
  std::unique_ptr<media::Files> files_;
  std::unique_ptr<media::Uploads> uploads_;
  std::unique_ptr<publications::Publications> publications_;
  std::unique_ptr<publications::Rubrics> rubrics_;
  std::unique_ptr<pages::Pages> pages_;
  std::unique_ptr<accounts::Connections> connections_;
  std::unique_ptr<publishing::Planning> planning_;
  std::unique_ptr<care::Tickets> tickets_;
  std::unique_ptr<care::LegalRequests> legal_requests_;
  std::unique_ptr<care::Incidents> incidents_;
  std::unique_ptr<publishing::Dispatcher> dispatcher_;
  std::unique_ptr<pages::Site> site_;
  std::unique_ptr<StaticFiles> static_files_;
  std::unique_ptr<cabinet::Exports> exports_;
  std::unique_ptr<cabinet::Imports> imports_;
  std::unique_ptr<api::Events> events_;
  std::unique_ptr<api::Services> services_;
  std::unique_ptr<api::RateLimits> limits_;
  std::unique_ptr<api::v1::Api> api_;
  std::unique_ptr<api::v4_1::Api> vendor_api_;
  std::unique_ptr<http::Server> server_, command_server_;
  std::unique_ptr<statistics::Store> statistics_;
  std::unique_ptr<statistics::Improvement> improvement_;
  std::unique_ptr<vault::KeyCopies> key_copies_;
  std::unique_ptr<leaving::Leaving> leaving_;
  std::unique_ptr<leaving::Removing> removing_;
  std::unique_ptr<media::UploadWork> upload_work_;
  std::unique_ptr<Job> upload_job_, removal_job_, retention_job_, key_job_, gag_job_, leaving_job_, statistics_job_;
  std::atomic<bool> ready_{false};
};

std::string in_words(const publishing::Adoption& done);

}  // namespace postmypost::app
