// Requests and answers of our own server, as plain values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postmypost::http {

// Header names are matched without regard to case; the first of a kind wins (the parser refuses
// duplicates of Host, Content-Length and Transfer-Encoding).
class Headers {
 public:
  void set(std::string name, std::string value);  // replaces
  void add(std::string name, std::string value);
  std::optional<std::string_view> get(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

struct Request {
  std::string method;  // "GET"
  std::string target;  // as sent: "/api/v1/projects?x=1"
  std::string path;    // percent-decoded once, no "..", no NUL: "/api/v1/projects"
  std::vector<std::pair<std::string, std::string>> query;  // decoded
  Headers headers;
  std::string body;
  // Address of the client, from X-Forwarded-For only when the peer is a trusted proxy. Exactly
  // "unix" for the 0600 socket, which no network client can make it say.
  std::string peer;
  std::string id;  // request id, also in the answer's X-Request-Id and the log

  std::optional<std::string_view> query_value(std::string_view name) const;
  std::optional<std::string_view> cookie(std::string_view name) const;
};

// A body that is made while it is sent. Called on handler threads, one call at a time; destroyed when
// the answer is over, sent or not.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual std::uint64_t size() const = 0;
  // The next bytes, at most so many; none when the source broke: the connection is then cut.
  virtual std::string read(std::size_t most) = 0;
};

// A body that goes on as long as somebody listens (an event stream). Called on the server's loop, so
// it answers at once; destroyed when the connection is over.
class Feed {
 public:
  virtual ~Feed() = default;
  // What is to be sent now, perhaps nothing; none when the stream is over.
  virtual std::optional<std::string> next() = 0;
};

struct Response {
  int status = 200;
  Headers headers = {};
  std::string body = {};
  std::optional<std::filesystem::path> file =
      {};  // sent instead of `body`, with Range and ETag support
  std::shared_ptr<BodySource> source = {};  // sent instead of `body`, as a whole
  std::shared_ptr<Feed> feed = {};          // sent instead of `body` until it, the client or the server ends

  static Response text(int status, std::string_view type, std::string body);
  static Response redirect(int status, std::string_view location);
};

}  // namespace postmypost::http
