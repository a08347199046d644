// People: signing up, in and out; one's own data; invitations.
#include "api/v1/people_views.hpp"
#include "base/zones.hpp"
#include "http/cookies.hpp"

namespace postmypost::api::v1 {

struct SignUpInput {
  std::string name, email, password, locale;
  std::int64_t acknowledged_policy_version = 0, acknowledged_terms_version = 0;
  std::optional<std::string> invitation;
};
BOOST_DESCRIBE_STRUCT(SignUpInput, (),
                      (name, email, password, locale, acknowledged_policy_version, acknowledged_terms_version, invitation))

struct SignInInput {
  std::string email, password;
};
BOOST_DESCRIBE_STRUCT(SignInInput, (), (email, password))

struct MeChange {
  std::optional<std::string> name, locale, theme;
};
BOOST_DESCRIBE_STRUCT(MeChange, (), (name, locale, theme))
struct PasswordChange {
  std::string current, new_;
};
BOOST_DESCRIBE_STRUCT(PasswordChange, (), (current, new_))

struct SessionRowView {
  std::int64_t id = 0;
  bool current = false;
  std::string device, ip, created_at, last_seen_at;
};
BOOST_DESCRIBE_STRUCT(SessionRowView, (), (id, current, device, ip, created_at, last_seen_at))
struct SessionList {
  std::vector<SessionRowView> items;
};
BOOST_DESCRIBE_STRUCT(SessionList, (), (items))

struct NewAcknowledgement {
  std::int64_t policy_version = 0, terms_version = 0;
  std::string locale;
};
BOOST_DESCRIBE_STRUCT(NewAcknowledgement, (), (policy_version, terms_version, locale))
struct AcknowledgementView {
  std::string kind;
  std::int64_t version = 0;
  std::string sha256, locale, at;
};
BOOST_DESCRIBE_STRUCT(AcknowledgementView, (), (kind, version, sha256, locale, at))
struct AcknowledgementList {
  std::vector<AcknowledgementView> items;
};
BOOST_DESCRIBE_STRUCT(AcknowledgementList, (), (items))

struct InvitationView {
  std::int64_t id = 0;
  std::optional<std::int64_t> project_id;
  std::string created_at, expires_at;
  std::optional<std::string> used_at;
};
BOOST_DESCRIBE_STRUCT(InvitationView, (), (id, project_id, created_at, expires_at, used_at))
struct InvitationList {
  std::vector<InvitationView> items;
};
BOOST_DESCRIBE_STRUCT(InvitationList, (), (items))
struct InvitationCreated : InvitationView {
  std::optional<std::string> link;  // null when the request was repeated: revoke this one and invite again
};
BOOST_DESCRIBE_STRUCT(InvitationCreated, (InvitationView), (link))
struct NewInvitation {
  std::optional<std::int64_t> project_id;
};
BOOST_DESCRIBE_STRUCT(NewInvitation, (), (project_id))
struct InvitationFace {
  std::optional<std::string> project_name;
  std::string expires_at;
};
BOOST_DESCRIBE_STRUCT(InvitationFace, (), (project_name, expires_at))

constexpr Duration kCookieLife = days(facts_of(Retention::kCookie).days);

identity::Visitor visitor_of(const Call& call) {
  return {.ip = call.request.peer, .user_agent = std::string(call.request.headers.get("User-Agent").value_or(""))};
}

UserView user_view(const identity::Person& p) {
  return {.id = p.id,
          .name = p.name,
          .email = p.email,
          .role = p.role == identity::Role::kOperator ? "operator" : "user",
          .locale = p.locale,
          .theme = p.theme,
          .personalised = p.personalised,
          .created_at = to_rfc3339(p.created_at),
          .restricted_at = p.restricted_at ? std::optional(to_rfc3339(*p.restricted_at)) : std::nullopt,
          .email_confirmed_by = p.email_confirmed_by};
}

ProjectView project_view(const projects::Project& p) {
  return {.id = p.id,
          .name = p.name,
          .zone = p.zone,
          .right = std::string(projects::to_string(p.right)),
          .created_at = to_rfc3339(p.created_at)};
}

SessionView session_view(Call& call, std::int64_t user_id) {
  SessionView view{.user = user_view(call.with.identity.person(user_id).value()), .projects = {}, .unread = {}};
  for (const auto& text : call.with.identity.unread(user_id)) {
    view.unread.push_back({text.document, text.version, text.before});
  }
  const auto all =
      call.with.database.read([&](storage::Transaction& tx) { return call.with.projects.of_user(tx, user_id); });
  for (const auto& project : all) view.projects.push_back(project_view(project));
  return view;
}

SessionView session_opened(Call& call, const identity::SignedIn& signed_in) {
  const std::string url = call.with.identity.settings().public_url;
  call.answer_headers.add("Set-Cookie", http::set_cookie(http::Cookie::kSession, signed_in.token,
                                                         url.starts_with("https://"), kCookieLife));
  return session_view(call, signed_in.actor.user_id);
}

namespace {

InvitationView view_of(const identity::InvitationRow& row) {
  InvitationView view{.id = row.id,
                      .project_id = row.project_id,
                      .created_at = to_rfc3339(row.created_at),
                      .expires_at = to_rfc3339(row.expires_at),
                      .used_at = {}};
  if (row.used_at) view.used_at = to_rfc3339(*row.used_at);
  return view;
}

Result<SessionView> sign_up(Call& call, const SignUpInput& in) {
  const auto join = [&](storage::Transaction& tx, std::int64_t user, std::optional<std::int64_t> project) {
    if (project) call.with.projects.add_member(tx, *project, user, projects::Right::kEditor);
  };
  TRY_ASSIGN(const identity::SignedIn signed_in,
             call.with.identity.sign_up({.name = in.name,
                                         .email = in.email,
                                         .password = in.password,
                                         .locale = in.locale,
                                         .policy_version = in.acknowledged_policy_version,
                                         .terms_version = in.acknowledged_terms_version},
                                        in.invitation, visitor_of(call), join));
  return session_opened(call, signed_in);
}

Result<SessionView> sign_in(Call& call, const SignInInput& in) {
  TRY_ASSIGN(const identity::SignedIn signed_in, call.with.identity.sign_in(in.email, in.password, visitor_of(call)));
  return session_opened(call, signed_in);
}

Result<SessionView> show_session(Call& call) { return session_view(call, call.me().user_id); }

Result<> sign_out(Call& call) {
  call.with.identity.end_session(call.me().user_id, call.me().session_id);
  const std::string url = call.with.identity.settings().public_url;
  call.answer_headers.add("Set-Cookie",
                          http::set_cookie(http::Cookie::kSession, "", url.starts_with("https://"), Duration{}));
  call.answer_headers.set("Clear-Site-Data", "\"cache\", \"storage\"");
  return {};
}

Result<UserView> change_me(Call& call, const MeChange& change) {
  TRY_ASSIGN(const identity::Person person,
             call.with.identity.change_person(call.me().user_id, change.name, change.locale, change.theme));
  return user_view(person);
}

Result<> change_password(Call& call, const PasswordChange& in) {
  return call.with.identity.change_password(call.me().user_id, call.me().session_id, in.current, in.new_);
}

Result<SessionList> list_sessions(Call& call) {
  SessionList list;
  for (const auto& row : call.with.identity.sessions(call.me().user_id)) {
    list.items.push_back({.id = row.id,
                          .current = row.id == call.me().session_id,
                          .device = row.device,
                          .ip = row.ip,
                          .created_at = to_rfc3339(row.created_at),
                          .last_seen_at = to_rfc3339(row.last_seen_at)});
  }
  return list;
}

Result<> end_session(Call& call) {
  if (!call.with.identity.end_session(call.me().user_id, call.id("session"))) return not_found("session");
  return {};
}

Result<> end_other_sessions(Call& call) {
  call.with.identity.end_other_sessions(call.me().user_id, call.me().session_id);
  return {};
}

Result<AcknowledgementList> list_acknowledgements(Call& call) {
  AcknowledgementList list;
  for (const auto& row : call.with.identity.acknowledgements(call.me().user_id)) {
    list.items.push_back({row.document, row.version, row.sha256, row.locale, to_rfc3339(row.at)});
  }
  return list;
}

Result<SessionView> acknowledge(Call& call, const NewAcknowledgement& in) {
  TRY(call.with.identity.acknowledge(call.me().user_id, in.policy_version, in.terms_version, in.locale));
  return session_view(call, call.me().user_id);
}

Result<InvitationList> list_invitations(Call& call) {
  InvitationList list;
  for (const auto& row : call.with.identity.invitations()) list.items.push_back(view_of(row));
  return list;
}

Result<InvitationCreated> invite(Call& call, const NewInvitation& in) {
  if (in.project_id) {
    TRY(call.with.database.read(
        [&](storage::Transaction& tx) { return call.with.projects.find(tx, call.me().user_id, *in.project_id); }));
  }
  const auto made = call.with.identity.invite(call.me().user_id, in.project_id);
  InvitationCreated view;
  static_cast<InvitationView&>(view) = view_of(made.row);
  view.link = call.with.identity.settings().public_url + "/invite/" + made.token;
  return view;
}

Result<> revoke_invitation(Call& call) { return call.with.identity.revoke_invitation(call.id("invitation")); }

Result<InvitationFace> show_invitation(Call& call) {
  TRY_ASSIGN(const identity::InvitationRow row, call.with.identity.invitation(call.parameters["token"]));
  InvitationFace face{.project_name = {}, .expires_at = to_rfc3339(row.expires_at)};
  if (row.project_id) {
    const auto project =
        call.with.database.read([&](storage::Transaction& tx) { return call.with.projects.load(tx, *row.project_id); });
    if (project) face.project_name = project->name;
  }
  return face;
}

}  // namespace

Routes people_routes() {
  return {
      {"POST", "/api/v1/signup", endpoint<sign_up>(Access::kAnonymous, 201, "Sign up")},
      {"POST", "/api/v1/session", endpoint<sign_in>(Access::kAnonymous, 201, "Sign in")},
      {"GET", "/api/v1/session", before_reading(endpoint<show_session>(Access::kSession, 200, "Who is signed in"))},
      {"DELETE", "/api/v1/session", before_reading(in_person(endpoint<sign_out>(Access::kSession, 204, "Sign out")))},
      {"PATCH", "/api/v1/me", endpoint<change_me>(Access::kSession, 200, "Change one's own data")},
      {"POST", "/api/v1/me/password", in_person(reaching_out(endpoint<change_password>(Access::kSession, 204, "Change the password")))},
      {"GET", "/api/v1/me/sessions", in_person(endpoint<list_sessions>(Access::kSession, 200, "One's sessions"))},
      {"DELETE", "/api/v1/me/sessions", in_person(endpoint<end_other_sessions>(Access::kSession, 204, "End all other sessions"))},
      {"DELETE", "/api/v1/me/sessions/{session}", in_person(endpoint<end_session>(Access::kSession, 204, "End a session"))},
      {"GET", "/api/v1/me/acknowledgements",
       before_reading(endpoint<list_acknowledgements>(Access::kSession, 200, "Which texts were acknowledged"))},
      {"POST", "/api/v1/me/acknowledgements",
       // A person reads, a program does not.
       before_reading(in_person(endpoint<acknowledge>(Access::kSession, 200, "Say that the current texts were read")))},
      {"GET", "/api/v1/invitations", endpoint<list_invitations>(Access::kOperator, 200, "Invitations")},
      {"POST", "/api/v1/invitations", showing_once("link", endpoint<invite>(Access::kOperator, 201, "Invite somebody"))},
      {"DELETE", "/api/v1/invitations/{invitation}",
       endpoint<revoke_invitation>(Access::kOperator, 204, "Withdraw an invitation")},
      {"GET", "/api/v1/invitations/{token}", endpoint<show_invitation>(Access::kAnonymous, 200, "What an invitation is for")},
  };
}

}  // namespace postmypost::api::v1
