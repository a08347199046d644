// One call of /api/v1: who asks, for what, and what the handlers work with.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "accounts/connections.hpp"
#include "base/result.hpp"
#include "cabinet/exports.hpp"
#include "care/incidents.hpp"
#include "care/legal_requests.hpp"
#include "cabinet/imports.hpp"
#include "care/tickets.hpp"
#include "http/message.hpp"
#include "identity/actor.hpp"
#include "leaving/leaving.hpp"
#include "media/files.hpp"
#include "privacy/registry.hpp"
#include "projects/projects.hpp"
#include "publications/publications.hpp"
#include "publishing/adoption.hpp"
#include "publishing/planning.hpp"
#include "statistics/improvement.hpp"
#include "statistics/store.hpp"
#include "storage/blobs.hpp"

namespace postmypost::identity {
class Identity;
}

namespace postmypost::api {

class Events;

// Everything handlers may use; made once by the app, outlives every call.
struct Services {
  storage::Database& database;
  storage::Blobs& blobs;
  vault::Vault& vault;
  const Clock& clock;
  Random& random;
  const networks::Catalogue& catalogue;
  identity::Identity& identity;
  const projects::Projects& projects;
  const projects::AccountRows& account_rows;
  media::PictureCleaner& pictures;
  const media::Files& files;
  const publications::Publications& publications;
  const pages::Pages& pages;
  const accounts::Connections& connections;
  const publishing::Planning& planning;
  const leaving::Leaving& leaving;
  const privacy::Registry& registry;
  cabinet::Exports& exports;
  cabinet::Imports& imports;
  const care::Tickets& tickets;
  statistics::Store& statistics;
  statistics::Improvement& improvement;
  const care::LegalRequests& legal_requests;
  const care::Incidents& incidents;
  Events& events;
  std::function<void()> wake_engine;
  std::function<void()> leave_soon;  // what leaving leaves to do is begun without waiting for its hour
  std::function<publishing::Origin()> engine_origin;
  std::string version;
};

// An id from a path or a query; 0 when it is none: found nowhere.
std::int64_t number_of(std::string_view text);

struct Call {
  const http::Request& request;
  Services& with;
  std::optional<identity::Actor> actor = {};         // none: nobody is signed in
  std::map<std::string, std::string> parameters = {};  // of the path
  http::Headers answer_headers = {};                   // cookies, Location
  std::optional<projects::Project> admitted = {};      // routes of a project: the one, as the caller may see it
  bool for_support = false;                            // an operator reads it under a ticket (clause 3.2.4)
  int status = 0;                                      // set by a handler that answers another one than its route's

  std::int64_t id(const std::string& parameter) const;  // 0 when it isn't a number: found nowhere
  const identity::Actor& me() const { return *actor; }   // routes with Access::kSession and above have one
  std::int64_t project() const { return id("project"); }
};

}  // namespace postmypost::api
