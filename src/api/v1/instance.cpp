// The instance itself: what it is, its set-up.
#include <array>

#include "api/v1/api.hpp"
#include "api/v1/people_views.hpp"
#include "base/zones.hpp"

namespace postmypost::api::v1 {

struct InstanceView {
  bool set_up = false;
  std::string name, version, mode, operator_name, operator_contact, public_url;
  bool secure = false;
  std::int64_t policy_version = 0, terms_version = 0;
  std::string engine;
  bool letters = false;  // it has a mail relay
};
BOOST_DESCRIBE_STRUCT(InstanceView, (),
                      (set_up, name, version, mode, operator_name, operator_contact, public_url, secure, policy_version,
                       terms_version, engine, letters))

struct SetUpInput {
  std::string token, operator_name, operator_contact, public_url, mode, name, email, password, locale;
  std::int64_t acknowledged_policy_version = 0, acknowledged_terms_version = 0;
};
BOOST_DESCRIBE_STRUCT(SetUpInput, (),
                      (token, operator_name, operator_contact, public_url, mode, name, email, password, locale,
                       acknowledged_policy_version, acknowledged_terms_version))

struct InstanceChange {
  std::optional<std::string> operator_name, operator_contact, public_url, mode;
};
BOOST_DESCRIBE_STRUCT(InstanceChange, (), (operator_name, operator_contact, public_url, mode))

struct ZoneList {
  std::vector<std::string> items;
};
BOOST_DESCRIBE_STRUCT(ZoneList, (), (items))

namespace {

InstanceView view_of(const Call& call, const identity::Settings& s) {
  return {.set_up = s.set_up,
          .name = "Postmypost",
          .version = call.with.version,
          .mode = s.mode == identity::Mode::kOpen ? "open" : "private",
          .operator_name = s.operator_name,
          .operator_contact = s.operator_contact,
          .public_url = s.public_url,
          .secure = s.public_url.starts_with("https://"),
          .policy_version = identity::kPolicyVersion,
          .terms_version = identity::kTermsVersion,
          .engine = std::string(publishing::to_string(call.with.engine_origin())),
          .letters = call.with.relay != nullptr};
}

Result<identity::Mode> mode_of(const std::string& text) {
  if (text == "private") return identity::Mode::kPrivate;
  if (text == "open") return identity::Mode::kOpen;
  return fail(json::not_in_enum("/mode", "private, open"));
}

Result<InstanceView> show_instance(Call& call) { return view_of(call, call.with.identity.settings()); }

Result<InstanceView> change_instance(Call& call, const InstanceChange& change) {
  std::optional<identity::Mode> mode;
  if (change.mode) {
    TRY_ASSIGN(mode, mode_of(*change.mode));
  }
  TRY_ASSIGN(const identity::Settings changed,
             call.with.identity.change_settings(change.operator_name, change.operator_contact, change.public_url, mode));
  return view_of(call, changed);
}

Result<> check_set_up_link(Call& call) {
  return call.with.identity.check_set_up_token(call.request.query_value("token").value_or(""));
}

Result<SessionView> set_up(Call& call, const SetUpInput& in) {
  TRY_ASSIGN(const identity::Mode mode, mode_of(in.mode));
  TRY_ASSIGN(const identity::SignedIn signed_in,
             call.with.identity.set_up(in.token,
                                       {.set_up = true,
                                        .operator_name = in.operator_name,
                                        .operator_contact = in.operator_contact,
                                        .public_url = in.public_url,
                                        .mode = mode},
                                       {.name = in.name,
                                        .email = in.email,
                                        .password = in.password,
                                        .locale = in.locale,
                                        .policy_version = in.acknowledged_policy_version,
                                        .terms_version = in.acknowledged_terms_version},
                                       visitor_of(call)));
  return session_opened(call, signed_in);
}

Result<ZoneList> list_zones(Call&) { return ZoneList{all_zones()}; }

constexpr auto kLink = std::to_array<QueryParameter>({
    {"token", "string", "Of the set-up link"},
});

Result<json::object> show_reference(Call&) {
  static const json::object document = openapi_document();
  return document;
}

}  // namespace

Routes instance_routes() {
  return {
      {"GET", "/api/v1/openapi.json", endpoint<show_reference>(Access::kAnyone, 200, "This document")},
      {"GET", "/api/v1/instance", endpoint<show_instance>(Access::kAnyone, 200, "What this server is")},
      // Settings are believed for a moment, in memory: no rollback takes that back.
      {"PATCH", "/api/v1/instance", reaching_out(endpoint<change_instance>(Access::kOperator, 200, "Change settings of the server"))},
      {"GET", "/api/v1/setup", asking(kLink, endpoint<check_set_up_link>(Access::kSetUp, 204, "Check a set-up link"))},
      {"POST", "/api/v1/setup", endpoint<set_up>(Access::kSetUp, 201, "Set the server up")},
      {"GET", "/api/v1/zones", endpoint<list_zones>(Access::kAnonymous, 200, "Names of time zones")},
  };
}

}  // namespace postmypost::api::v1
