// Errors as /v4.1 shows them: name, message with the field's path, code (an integer, always 0) and status; besides, `errors` with each
// field and our stable code. Only the statuses that its clients know, as far as they say what happened.
#pragma once

#include <string>

#include "base/result.hpp"
#include "http/message.hpp"
#include "http/server.hpp"

namespace postmypost::api::v4_1 {

int status_of(const Error& error);
// "/details/0/text" of the product as the path that this API's clients sent: "details[0].content".
std::string field_path(std::string_view pointer);
http::Response error_response(const Error& error);
http::Response error_response(const http::OwnRefusal& refusal);
http::Response error_response(int status, std::string_view message);

}  // namespace postmypost::api::v4_1
