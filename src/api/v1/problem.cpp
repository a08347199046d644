#include "api/v1/problem.hpp"

namespace postmypost::api::v1 {
namespace {

std::string_view title_of(int status) {
  switch (status) {
    case 400: return "The request can't be read";
    case 401: return "Not signed in";
    case 403: return "Not allowed";
    case 404: return "Not found";
    case 405: return "Method not allowed";
    case 409: return "Not in this state";
    case 410: return "Gone";
    case 412: return "Changed meanwhile";
    case 413: return "Too large";
    case 422: return "The request breaks a rule";
    case 428: return "Something has to be read first";
    case 429: return "Too many requests";
    case 502: return "The other side did not answer as it should";
    case 503: return "Not available now";
    default: return "Something went wrong here";
  }
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

int status_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid: return 422;
    case ErrorKind::kMalformed: return 400;
    case ErrorKind::kUnauthorized: return 401;
    case ErrorKind::kForbidden: return 403;
    case ErrorKind::kNotFound: return 404;
    case ErrorKind::kConflict: return 409;
    case ErrorKind::kGone: return 410;
    case ErrorKind::kStale: return 412;
    case ErrorKind::kTooLarge: return 413;
    case ErrorKind::kUnread: return 428;
    case ErrorKind::kTooMany: return 429;
    case ErrorKind::kUnavailable: return 503;
    case ErrorKind::kUpstream: return 502;
  }
  return 500;
}

ProblemView problem_view(const Error& error, const std::string& request_id) {
  const int status = status_of(error);
  return {.type = "about:blank",
          .title = std::string(title_of(status)),
          .status = status,
          .code = error.code,
          .detail = error.detail,
          .field = unless_empty(error.field),
          .rule = unless_empty(error.rule),
          .how_to_fix = unless_empty(error.how_to_fix),
          .params = error.params,
          .request_id = request_id};
}

http::Response problem_response(const Error& error, const std::string& request_id) {
  const ProblemView view = problem_view(error, request_id);
  json::object body = json::write(view).as_object();
  for (const char* member : {"field", "rule", "how_to_fix"}) {
    if (body.at(member).is_null()) body.erase(member);  // RFC 9457: what is not known is left out
  }
  http::Response response =
      http::Response::text(static_cast<int>(view.status), "application/problem+json", json::serialize(body));
  response.headers.set("Cache-Control", "no-store");
  if (error.retry_after_s > 0) response.headers.set("Retry-After", std::to_string(error.retry_after_s));
  return response;
}

}  // namespace postmypost::api::v1
