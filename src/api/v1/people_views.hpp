// What several areas show of people, and the cookie that keeps them signed in.
#pragma once

#include "api/v1/api.hpp"
#include "api/v1/shapes.hpp"
#include "identity/identity.hpp"

namespace postmypost::api::v1 {

identity::Visitor visitor_of(const Call& call);
UserView user_view(const identity::Person& person);
ProjectView project_view(const projects::Project& project);
// The session's view; sets the cookie on the answer.
SessionView session_opened(Call& call, const identity::SignedIn& signed_in);
SessionView session_view(Call& call, std::int64_t user_id);

}  // namespace postmypost::api::v1
