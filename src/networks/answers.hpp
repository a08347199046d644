// What every connector needs to read an answer: the transport's verdict, JSON members, resets of rate limits.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "networks/network.hpp"

namespace postmypost::networks {

// The verdict when no whole answer came: nothing was sent, nothing was released, or nobody can know.
// Null when the answer is there to be read.
std::optional<Verdict> read_transport(const Step& step, const http::Answer& answer);

// The body as an object; empty when it is none.
boost::json::object json_body(const http::Answer& answer);
std::string text_at(const boost::json::object& object, std::string_view name);  // "" when absent or no text

Error network_error(std::string code, std::string detail, std::string how_to_fix);
// What a person typed is wrong; `field` is the member's pointer.
Error field_error(std::string code, std::string detail, std::string field, std::string how_to_fix);
// For an error whose words come from the network: its text is shown, shortened, as what the network said.
Error refused_by(std::string_view network, std::string_view said, std::string code, std::string how_to_fix);

NotApplied retry_later(Error error, std::optional<Instant> at = {});
NotApplied never(Error error);

// A refusal to take more for now: waits until the reset that it names (limits.hpp), or as long as any other failure.
NotApplied slow_down(Error error, const http::Answer& answer, const LimitNotation& limits, Instant now);
// The time that `Retry-After` alone names.
std::optional<Instant> retry_after(const http::Answer& answer, Instant now);

// A 5xx or anything else that proves nothing about a visible step.
Verdict unclear_or_retry(const Step& step, std::string_view why, Error error);

http::OutgoingRequest get(std::string url, std::string_view bearer = {});
http::OutgoingRequest post_json(std::string url, const boost::json::object& body, std::string_view bearer = {});

// multipart/form-data whose last byte is inside the closing boundary, as the gate needs it.
class MultipartBody {
 public:
  explicit MultipartBody(std::string_view seed);  // deterministic boundary: a retry sends the same bytes
  void add(std::string_view name, std::string_view value);
  void add_file(std::string_view name, std::string_view filename, std::string_view type, std::string path,
                std::uint64_t size);
  std::string content_type() const;
  std::vector<http::BodyPiece> finish() &&;

 private:
  std::string boundary_;
  std::string pending_;
  std::vector<http::BodyPiece> pieces_;
};

}  // namespace postmypost::networks
