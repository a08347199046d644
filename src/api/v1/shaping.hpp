// What a reader asks of an answer: only some members, and whether it is still the same.
#pragma once

#include <string>
#include <string_view>

#include "api/v1/endpoint.hpp"

namespace postmypost::api::v1 {

// A strong entity tag (RFC 9110, 8.8.3) of a whole representation.
std::string etag_of(std::string_view body);

// A successful JSON answer to a read, with its ETag and, with `?fields=id,status,deliveries.state`, without every member that
// was not named; in a list the names are those of its items. Other answers as they are.
// Errors, as answers: `request.fields` for names that the answer has not.
http::Response shaped(const Call& call, const Endpoint& endpoint, http::Response response);

}  // namespace postmypost::api::v1
