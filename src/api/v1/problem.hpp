// Errors as RFC 9457 problems: code, field, rule, how_to_fix, request_id.
#pragma once

#include "api/v1/shapes.hpp"
#include "base/result.hpp"
#include "http/message.hpp"

namespace postmypost::api::v1 {

int status_of(const Error& error);
ProblemView problem_view(const Error& error, const std::string& request_id);
http::Response problem_response(const Error& error, const std::string& request_id);

}  // namespace postmypost::api::v1
