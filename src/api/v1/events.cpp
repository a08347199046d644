// The stream of what changes.
#include <charconv>

#include "api/events.hpp"
#include "api/v1/endpoint.hpp"

namespace postmypost::api::v1 {
namespace {

// A text that is no id of ours is none: the client then reads anew by itself.
std::optional<Instant> last_heard(const http::Request& request) {
  const auto text = request.headers.get("Last-Event-ID");
  if (!text) return std::nullopt;
  Instant at;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), at.us);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return at;
}

http::Response listen(Call& call) {
  auto feed = call.with.events.listen(call.me(), last_heard(call.request));
  if (!feed) return problem_response(feed.error(), call.request.id);
  http::Response response{.headers = {}, .feed = std::move(*feed)};
  response.headers.set("Content-Type", "text/event-stream");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Accel-Buffering", "no");  // a proxy that gathers would hold it back
  return response;
}

}  // namespace

Routes event_routes() {
  return {
      {"GET", "/api/v1/events",
       endpoint<listen>(Access::kSession, 200, "Changes of one's publications as they happen (server-sent events)")},
  };
}

}  // namespace postmypost::api::v1
