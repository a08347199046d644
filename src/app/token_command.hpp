// `postmypost token create`, in the server and beside it.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "base/result.hpp"

namespace postmypost::identity {
class Identity;
}

namespace postmypost::app {

// The token, from email, label, scopes and days (texts). Errors: `person.not_found`, and those of scopes and tokens.
Result<std::string> make_token(identity::Identity& people, const boost::json::object& body);

}  // namespace postmypost::app
