#include "http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "http/sockets.hpp"

namespace postmypost::http {
namespace {

using test::body_of;
using test::status_of;
using test::Wire;
using testing::HasSubstr;
using testing::Not;

class ServerTest : public testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    options.port = 0;
    options.threads = 2;
    options.grace = seconds(5);
    auto server = serve(
        std::move(options), [this](const Request& request) { return handle(request); }, random_);
    ASSERT_TRUE(server) << server.error().detail;
    server_ = std::move(*server);
  }

  Response handle(const Request& request) {
    ++handled_;
    if (request.path == "/throws") throw std::runtime_error("secret inside");
    if (request.path == "/file") {
      Response response{.file = file_};
      response.headers.set("Content-Type", "application/octet-stream");
      return response;
    }
    if (request.path == "/tagged") {
      Response response = Response::text(200, "text/plain", "tagged");
      response.headers.set("ETag", "\"v1\"");
      return response;
    }
    if (request.path == "/injected") {
      Response response;
      response.headers.set("Location", "/a\r\nSet-Cookie: a=b");
      return response;
    }
    if (request.path == "/tracked") {
      Response response;
      response.headers.add("set-cookie", "visitor=1; Path=/");
      return response;
    }
    if (request.path == "/waits") {
      entered_.set_value();
      leave_.get_future().wait();
    }
    return Response::text(
        200, "text/plain",
        request.method + " " + request.path + " [" + request.body + "] " + request.peer);
  }

  std::string exchange(std::string_view bytes) {
    Wire wire = Wire::to_port(server_->port());
    wire.send(bytes);
    return wire.read_all();
  }
  std::string get(std::string_view path, std::string_view headers = "") {
    return exchange("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" +
                    std::string(headers) + "\r\n");
  }

  SystemRandom random_;
  std::filesystem::path file_;
  std::atomic<int> handled_ = 0;
  std::promise<void> entered_, leave_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, answers_with_length_and_request_id) {
  start();
  const std::string answer = get("/hello%20world?x=1");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_THAT(answer, HasSubstr("Content-Length: "));
  EXPECT_THAT(answer, HasSubstr("X-Request-Id: "));
  EXPECT_EQ(body_of(answer), "GET /hello world [] 127.0.0.1");
}

TEST_F(ServerTest, keeps_the_connection_and_answers_pipelined_requests_in_order) {
  start();
  Wire wire = Wire::to_port(server_->port());
  wire.send(
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
      "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
      "chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(wire.read_answer(), HasSubstr("POST /1 [abc]"));
  EXPECT_THAT(wire.read_answer(), HasSubstr("POST /2 [def]"));
  EXPECT_THAT(wire.read_answer(), HasSubstr("GET /3 []"));
  wire.send("GET /4 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(wire.read_answer(), HasSubstr("GET /4 []"));
}

TEST_F(ServerTest, reads_a_request_that_comes_byte_by_byte) {
  start();
  Wire wire = Wire::to_port(server_->port());
  for (const char c :
       std::string_view("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok")) {
    wire.send(std::string_view(&c, 1));
  }
  EXPECT_THAT(wire.read_answer(), HasSubstr("POST /slow [ok]"));
}

TEST_F(ServerTest, answers_head_without_a_body_but_with_its_length) {
  start();
  const std::string answer = exchange("HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_THAT(answer, HasSubstr("Content-Length: 20\r\n"));
  EXPECT_EQ(body_of(answer), "");
}

TEST_F(ServerTest, refuses_what_two_parsers_could_read_differently) {
  start();
  const std::pair<std::string, int> corpus[] = {
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: "
       "3\r\n\r\n0\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nabc", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\nabc", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       400},
      {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\vchunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
       "chunked\r\n\r\nfffffffffffffffff\r\nxy\r\n0\r\n\r\n",
       400},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tfolded\r\n\r\n", 400},
      {std::string("GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n", 38), 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n: a\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nnonsense\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 505},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
      {"GET /\r\n\r\n", 400},
      {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /../etc HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /a/%2e%2e/b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /a/%2e HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /a%0ab HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /a% HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /%c0%ae%c0%ae/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /?a=%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /\xd0\xb0 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\n", 417},
      {"\x16\x03\x01\x02\r\n\r\n", 400},
  };
  for (const auto& [bytes, status] : corpus) {
    const std::string answer = exchange(bytes);
    EXPECT_EQ(status_of(answer), status) << bytes << "\n" << answer;
    EXPECT_THAT(answer, HasSubstr("Connection: close")) << bytes;
    EXPECT_THAT(answer, HasSubstr("application/problem+json")) << bytes;
    EXPECT_THAT(answer, HasSubstr("\"request_id\":\"")) << bytes;
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(ServerTest, does_not_take_trailers_for_headers) {
  start();
  const std::string answer = exchange(
      "POST /t HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
      "1\r\nx\r\n0\r\nHost: b\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n");
  EXPECT_EQ(body_of(answer), "POST /t [x] 127.0.0.1");
}

TEST_F(ServerTest, limits_header_and_body_and_still_says_why) {
  start({.body_limit = [](std::string_view, std::string_view path) {
    return path == "/big" ? 100u : 10u;
  }});
  EXPECT_EQ(status_of(exchange("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') +
                               "\r\n\r\n")),
            431);
  EXPECT_EQ(status_of(exchange("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(5'000'000, 'x'))),
            431);
  const std::string big(3'000'000, 'x');
  const std::string refused =
      exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(big.size()) +
               "\r\n\r\n" + big);
  EXPECT_EQ(status_of(refused), 413);
  EXPECT_THAT(refused, HasSubstr("http.body_too_large"));
  EXPECT_THAT(refused, HasSubstr("10 bytes"));
  EXPECT_EQ(
      status_of(exchange(
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\n"
          "abcdef\r\n0\r\n\r\n")),
      413);
  EXPECT_EQ(status_of(exchange(
                "POST /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 11\r\n\r\n"
                "abcdefghijk")),
            200);
  EXPECT_EQ(handled_, 1);
}

TEST_F(ServerTest, gives_refusals_the_shape_that_an_address_wants) {
  start({.body_limit = [](std::string_view, std::string_view) { return 10u; },
         .own_refusal = [](std::string_view target, const OwnRefusal& refusal) -> std::optional<Response> {
           if (!target.starts_with("/own")) return std::nullopt;
           return Response::text(refusal.status, "text/plain", "own " + std::string(refusal.code));
         }});
  const std::string lengths = " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_THAT(exchange("POST /own?a=1" + lengths), HasSubstr("own http.malformed"));
  EXPECT_THAT(exchange("POST /other" + lengths), HasSubstr("problem+json"));
  EXPECT_THAT(exchange("POST /own HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n"), HasSubstr("own http.body_too_large"));
  EXPECT_THAT(exchange("GET /own HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), HasSubstr("own http.host"));
  EXPECT_THAT(exchange("GET /own%2f HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("own http.target"));
  EXPECT_THAT(exchange("GET /own HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"),
              HasSubstr("own http.header_too_large"));
  EXPECT_THAT(exchange("nonsense\r\n\r\n"), HasSubstr("problem+json"));
}

TEST_F(ServerTest, tells_a_waiting_client_to_continue_only_when_it_will_take_the_body) {
  start({.body_limit = [](std::string_view, std::string_view) { return 10u; }});
  Wire wire = Wire::to_port(server_->port());
  wire.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(wire.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  wire.forget();
  wire.send("ok");
  EXPECT_THAT(wire.read_answer(), HasSubstr("[ok]"));
  Wire other = Wire::to_port(server_->port());
  other.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(status_of(other.read_to("\r\n\r\n")), 413);
}

TEST_F(ServerTest, turns_an_exception_into_a_500_that_tells_nothing) {
  start();
  const std::string answer = get("/throws");
  EXPECT_EQ(status_of(answer), 500);
  EXPECT_THAT(answer, Not(HasSubstr("secret")));
  EXPECT_EQ(status_of(get("/injected")), 500);
  EXPECT_THAT(get("/injected"), Not(HasSubstr("Set-Cookie")));
}

TEST_F(ServerTest, sends_no_cookie_that_is_not_declared) {
  start();
  const std::string answer = get("/tracked");
  EXPECT_EQ(status_of(answer), 500);
  EXPECT_THAT(answer, Not(HasSubstr("visitor")));
}

TEST_F(ServerTest, answers_304_for_an_etag_the_client_has) {
  start();
  EXPECT_EQ(status_of(get("/tagged", "If-None-Match: \"v0\"\r\n")), 200);
  const std::string answer = get("/tagged", "If-None-Match: \"v0\", W/\"v1\"\r\n");
  EXPECT_EQ(status_of(answer), 304);
  EXPECT_THAT(answer, Not(HasSubstr("Content-Length")));
  EXPECT_EQ(body_of(answer), "");
}

TEST_F(ServerTest, sends_files_whole_in_ranges_and_not_again) {
  start();
  file_ = std::filesystem::temp_directory_path() / ("pmp-http-" + random_.token(6));
  std::string content;
  for (int i = 0; i < 300'000; ++i) content += static_cast<char>('a' + i % 26);
  std::ofstream(file_) << content;

  const std::string whole = get("/file");
  EXPECT_EQ(status_of(whole), 200);
  EXPECT_EQ(body_of(whole), content);
  const std::size_t at = whole.find("ETag: ");
  ASSERT_NE(at, whole.npos);
  const std::string etag = whole.substr(at + 6, whole.find('\r', at) - at - 6);
  EXPECT_EQ(status_of(get("/file", "If-None-Match: " + etag + "\r\n")), 304);

  const std::string part = get("/file", "Range: bytes=10-19\r\n");
  EXPECT_EQ(status_of(part), 206);
  EXPECT_THAT(part, HasSubstr("Content-Range: bytes 10-19/300000"));
  EXPECT_EQ(body_of(part), content.substr(10, 10));
  EXPECT_EQ(body_of(get("/file", "Range: bytes=-5\r\n")), content.substr(299'995));
  EXPECT_EQ(body_of(get("/file", "Range: bytes=200000-\r\n")), content.substr(200'000));
  EXPECT_EQ(body_of(get("/file", "Range: bytes=299999-999999\r\n")), content.substr(299'999));
  EXPECT_EQ(status_of(get("/file", "Range: bytes=300000-\r\n")), 416);
  EXPECT_EQ(status_of(get("/file", "Range: bytes=0-1,5-6\r\n")), 200);
  EXPECT_EQ(status_of(get("/file", "Range: bytes=9-1\r\n")), 200);
  EXPECT_EQ(status_of(get("/file", "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n")), 200);
  EXPECT_EQ(status_of(get("/file", "Range: bytes=0-1\r\nIf-Range: " + etag + "\r\n")), 206);
  const std::string head = exchange("HEAD /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: 300000"));
  EXPECT_EQ(body_of(head), "");

  std::filesystem::remove(file_);
  EXPECT_EQ(status_of(get("/file")), 404);
  file_ = std::filesystem::temp_directory_path();
  EXPECT_EQ(status_of(get("/file")), 404);
}

TEST_F(ServerTest, believes_forwarded_addresses_only_from_trusted_proxies) {
  start();
  EXPECT_THAT(get("/", "X-Forwarded-For: 9.9.9.9\r\n"), HasSubstr("] 127.0.0.1"));
  start({.trusted_proxies = {"127.0.0.1", "10.0.0.1"}});
  EXPECT_THAT(get("/", "X-Forwarded-For: 6.6.6.6, 9.9.9.9, 10.0.0.1\r\n"), HasSubstr("] 9.9.9.9"));
  EXPECT_THAT(get("/", "X-Forwarded-For: unix\r\n"), HasSubstr("] 127.0.0.1"));
}

TEST_F(ServerTest, closes_connections_that_dawdle) {
  start({.idle_timeout = milliseconds(60), .request_timeout = milliseconds(60)});
  Wire idle = Wire::to_port(server_->port());
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_TRUE(idle.ended());
  Wire half = Wire::to_port(server_->port());
  half.send("GET / HTTP/1.1\r\nHo");
  EXPECT_EQ(half.read_all(), "");
  EXPECT_TRUE(half.ended());
}

TEST_F(ServerTest, lets_a_running_request_finish_when_it_stops) {
  start();
  Wire busy = Wire::to_port(server_->port());
  busy.send("GET /waits HTTP/1.1\r\nHost: a\r\n\r\n");
  entered_.get_future().wait();
  Wire idle = Wire::to_port(server_->port());
  const unsigned short port = server_->port();
  std::thread stopping([this] { server_->stop(); });
  idle.read_all();
  EXPECT_TRUE(idle.ended());
  EXPECT_THROW(Wire::to_port(port), std::runtime_error);
  leave_.set_value();
  const std::string answer = busy.read_all();
  stopping.join();
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
}

TEST_F(ServerTest, names_the_address_that_is_in_use) {
  start();
  auto second =
      serve({.port = server_->port()}, [](const Request&) { return Response{}; }, random_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "listen.in_use");
  EXPECT_THAT(second.error().detail, HasSubstr(std::to_string(server_->port())));
}

TEST_F(ServerTest, listens_on_a_private_unix_socket_and_replaces_only_a_dead_one) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("pmp-http-" + random_.token(6));
  {
    const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(dead);
  }
  start({.host = "", .unix_socket = path});
  struct stat facts{};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  Wire wire = Wire::to_socket(path);
  wire.send("GET /u HTTP/1.1\r\nHost: local\r\n\r\n");
  EXPECT_THAT(wire.read_answer(), HasSubstr("GET /u [] unix"));
  auto second =
      serve({.host = "", .unix_socket = path}, [](const Request&) { return Response{}; }, random_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "listen.in_use");
  EXPECT_TRUE(std::filesystem::exists(path));
  server_->stop();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ServerTest, never_removes_a_file_that_is_no_socket) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("pmp-http-" + random_.token(6));
  std::ofstream(path) << "precious";
  auto server =
      serve({.host = "", .unix_socket = path}, [](const Request&) { return Response{}; }, random_);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, "listen.refused");
  EXPECT_TRUE(std::filesystem::exists(path));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace postmypost::http
