#include "networks/answers.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace postmypost::networks {
std::optional<Verdict> read_transport(const Step& step, const http::Answer& answer) {
  using Transport = http::Answer::Transport;
  const Error unreachable = network_error("network.unreachable", "The network could not be reached.",
                                          "Nothing to do: it is tried again.");
  switch (answer.transport) {
    case Transport::kNotConnected:
    case Transport::kNotReleased: return retry_later(unreachable);
    case Transport::kRefusedByUs:
      return never(network_error("network.address_refused", "This address may not be reached from here: " + answer.error,
                                 "Check the address; the operator can allow it with --egress-allow."));
    case Transport::kLost: return unclear_or_retry(step, "no_answer", unreachable);
    case Transport::kAnswered: break;
  }
  if (!answer.body_complete && step.effect != Effect::kVisible) return retry_later(unreachable);
  return std::nullopt;
}

boost::json::object json_body(const http::Answer& answer) {
  boost::json::error_code broken;
  boost::json::parse_options options;
  options.max_depth = 64;
  boost::json::value value = boost::json::parse(answer.body, broken, {}, options);
  if (broken || !value.is_object()) return {};
  return std::move(value.as_object());
}

std::string text_at(const boost::json::object& object, std::string_view name) {
  const boost::json::value* member = object.if_contains(name);
  return member && member->is_string() ? std::string(member->as_string()) : std::string();
}

Error network_error(std::string code, std::string detail, std::string how_to_fix) {
  return {.kind = ErrorKind::kUpstream, .code = std::move(code), .detail = std::move(detail), .how_to_fix = std::move(how_to_fix)};
}

Error field_error(std::string code, std::string detail, std::string field, std::string how_to_fix) {
  return {.code = std::move(code), .detail = std::move(detail), .field = std::move(field), .how_to_fix = std::move(how_to_fix)};
}

Error refused_by(std::string_view network, std::string_view said, std::string code, std::string how_to_fix) {
  const std::string words = first_graphemes(tidy(said), 200);
  return {.kind = ErrorKind::kUpstream,
          .code = std::move(code),
          .detail = std::string(network) + " refused it" + (words.empty() ? "." : ": " + words),
          .how_to_fix = std::move(how_to_fix),
          .params = {{"said", words}}};
}

NotApplied retry_later(Error error, std::optional<Instant> at) {
  return {.error = std::move(error), .permanent = false, .retry_at = at};
}

NotApplied never(Error error) { return {.error = std::move(error), .permanent = true}; }

NotApplied slow_down(Error error, const http::Answer& answer, const LimitNotation& limits, Instant now) {
  const Reset reset = named_reset(answer, limits, now).value_or(Reset{now + minutes(1), limits.scope});
  return {.error = std::move(error), .permanent = false, .retry_at = reset.at, .scope = reset.scope};
}

std::optional<Instant> retry_after(const http::Answer& answer, Instant now) {
  const auto reset = named_reset(answer, {}, now);
  return reset ? std::optional(reset->at) : std::nullopt;
}

Verdict unclear_or_retry(const Step& step, std::string_view why, Error error) {
  if (step.effect == Effect::kVisible) return Unclear{std::string(why)};
  return retry_later(std::move(error));
}

http::OutgoingRequest get(std::string url, std::string_view bearer) {
  http::OutgoingRequest request{.method = "GET", .url = std::move(url), .headers = {{"Accept", "application/json"}}};
  if (!bearer.empty()) request.headers.emplace_back("Authorization", "Bearer " + std::string(bearer));
  return request;
}

http::OutgoingRequest post_json(std::string url, const boost::json::object& body, std::string_view bearer) {
  http::OutgoingRequest request = get(std::move(url), bearer);
  request.method = "POST";
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = {boost::json::serialize(body)};
  return request;
}

MultipartBody::MultipartBody(std::string_view seed) : boundary_("pmp" + hex(sha256(seed)).substr(0, 40)) {}

void MultipartBody::add(std::string_view name, std::string_view value) {
  pending_ += "--" + boundary_ + "\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
              std::string(value) + "\r\n";
}

void MultipartBody::add_file(std::string_view name, std::string_view filename, std::string_view type, std::string path,
                             std::uint64_t size) {
  pending_ += "--" + boundary_ + "\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"; filename=\"" +
              std::string(filename) + "\"\r\nContent-Type: " + std::string(type) + "\r\n\r\n";
  pieces_.emplace_back(std::move(pending_));
  pieces_.emplace_back(http::FilePiece{std::move(path), size});
  pending_ = "\r\n";
}

std::string MultipartBody::content_type() const { return "multipart/form-data; boundary=" + boundary_; }

// No line end after the closing boundary: its last "-" is the byte the gate holds.
std::vector<http::BodyPiece> MultipartBody::finish() && {
  pieces_.emplace_back(pending_ + "--" + boundary_ + "--");
  return std::move(pieces_);
}

}  // namespace postmypost::networks
