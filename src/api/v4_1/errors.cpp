#include "api/v4_1/errors.hpp"

#include <array>
#include <utility>

#include "base/json.hpp"

namespace postmypost::api::v4_1 {
namespace {

std::string_view name_of(int status) {
  switch (status) {
    case 400: return "BadRequest";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "NotFound";
    case 405: return "MethodNotAllowed";
    case 413: return "PayloadTooLarge";
    case 421: return "MisdirectedRequest";
    case 422: return "Unprocessable Entity";
    case 429: return "TooManyRequests";
    case 503: return "ServiceUnavailable";
    default: return status >= 500 ? "InternalServerError" : "BadRequest";
  }
}

// The product's names of members, and this API's.
constexpr auto kNames = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"text", "content"},
    {"pictures", "file_ids"},
    {"kind", "publication_type"},
    {"first_comment", "comment"},
    {"tiktok_privacy", "tiktok_privacy_status"},
    {"youtube_privacy", "youtube_privacy_status"},
});

bool is_number(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == text.npos; }

void add(std::string& path, std::string_view segment) {
  if (segment == "options" || segment == "file_id") return;  // a level that clients of this API don't have
  if (is_number(segment)) {
    path += "[" + std::string(segment) + "]";
    return;
  }
  for (const auto& [ours, theirs] : kNames) {
    if (segment == ours) segment = theirs;
  }
  path += (path.empty() ? "" : ".") + std::string(segment);
}

http::Response answer(int status, std::string_view message, const Error* error) {
  json::object body{{"name", name_of(status)}, {"message", message}, {"code", 0}, {"status", status}};
  if (error) {
    json::object one{{"field", field_path(error->field)}, {"message", error->detail}, {"code", error->code}};
    if (!error->rule.empty()) one["rule"] = error->rule;
    if (!error->how_to_fix.empty()) one["how_to_fix"] = error->how_to_fix;
    body["errors"] = json::array{std::move(one)};
  }
  http::Response response = http::Response::text(status, "application/json; charset=UTF-8", json::serialize(body));
  response.headers.set("Cache-Control", "no-store");
  if (error && error->retry_after_s > 0) response.headers.set("Retry-After", std::to_string(error->retry_after_s));
  return response;
}

}  // namespace

int status_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid:
    case ErrorKind::kStale:
    case ErrorKind::kConflict:
    case ErrorKind::kUpstream: return 422;
    case ErrorKind::kMalformed: return 400;
    case ErrorKind::kUnauthorized: return 401;
    case ErrorKind::kForbidden:
    case ErrorKind::kUnread: return 403;
    case ErrorKind::kNotFound:
    case ErrorKind::kGone: return 404;
    case ErrorKind::kTooLarge: return 413;
    case ErrorKind::kTooMany: return 429;
    case ErrorKind::kUnavailable: return 503;
  }
  return 500;
}

std::string field_path(std::string_view pointer) {
  if (pointer.starts_with('?')) return std::string(pointer.substr(1));
  if (pointer.starts_with("/when/")) return "post_at";
  if (pointer == "/force") return "account_ids";
  std::string path;
  while (pointer.starts_with('/')) {
    pointer.remove_prefix(1);
    const std::string_view segment = pointer.substr(0, pointer.find('/'));
    add(path, segment);
    pointer.remove_prefix(segment.size());
  }
  return path;
}

http::Response error_response(const Error& error) {
  const std::string field = field_path(error.field);
  std::string message = (field.empty() ? "" : field + ": ") + error.detail;
  if (!error.how_to_fix.empty()) message += " " + error.how_to_fix;
  return answer(status_of(error), message, &error);
}

http::Response error_response(const http::OwnRefusal& refusal) {
  // 431, 501, 505 and the like are this server's words for a request that can't be read.
  const bool is_known = refusal.status == 413 || refusal.status == 500;
  return answer(is_known ? refusal.status : 400, refusal.detail, nullptr);
}

http::Response error_response(int status, std::string_view message) { return answer(status, message, nullptr); }

}  // namespace postmypost::api::v4_1
