#include "http/egress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "base/random.hpp"
#include "http/disclosures.hpp"
#include "http/sockets.hpp"

namespace postmypost::http {
namespace {

using test::Listener;
using test::Wire;
using testing::HasSubstr;
using testing::Not;
using Transport = Answer::Transport;

class EgressTest : public testing::Test {
 protected:
  void SetUp() override {
    client_ = make_egress_client({.allow = {"127.0.0.1:" + std::to_string(server_.port())}});
  }

  std::string url(std::string_view path = "/") {
    return "http://127.0.0.1:" + std::to_string(server_.port()) + std::string(path);
  }
  Answer perform(OutgoingRequest request, std::string host = "127.0.0.1") {
    return client_->perform(vault::Ledger::make(std::move(host)), std::move(request));
  }
  std::future<Answer> begin(OutgoingRequest request, std::string host = "127.0.0.1") {
    auto promise = std::make_shared<std::promise<Answer>>();
    client_->start(vault::Ledger::make(std::move(host)), std::move(request),
                   [promise](Answer answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }
  // One exchange on a new connection: the request as the server saw it, and the answer as the
  // client did.
  std::pair<std::string, Answer> exchange(OutgoingRequest request, std::string_view reply,
                                          std::string_view mark) {
    auto answer = begin(std::move(request));
    Wire wire = server_.accept();
    std::string seen = wire.read_to(mark);
    wire.send(reply);
    wire.close();
    return {std::move(seen), answer.get()};
  }

  SystemRandom random_;
  Listener server_;
  std::unique_ptr<EgressClient> client_;
};

TEST_F(EgressTest, sends_exactly_what_it_was_given_and_returns_the_answer) {
  const auto [seen, answer] =
      exchange({.method = "POST",
                .url = url("/a/../b?x=%20"),
                .headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}},
                .body = {std::string("{\"a\":"), std::string("1}")}},
               "HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok", "1}");
  EXPECT_THAT(seen, HasSubstr("POST /a/../b?x=%20 HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("Host: 127.0.0.1:"));
  EXPECT_THAT(seen, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(seen, HasSubstr("X-Empty:"));
  EXPECT_THAT(seen, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("Expect")));
  EXPECT_THAT(seen, HasSubstr("{\"a\":1}"));
  EXPECT_EQ(answer.transport, Transport::kAnswered) << answer.error;
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.header("x-a"), "b");
  EXPECT_EQ(answer.body, "ok");
  EXPECT_TRUE(answer.body_complete);
}

TEST_F(EgressTest, says_no_content_type_when_it_was_given_none) {
  const auto [seen, answer] = exchange({.method = "POST", .url = url(), .body = {std::string("x")}},
                                       "HTTP/1.1 204 No\r\n\r\n", "\r\n\r\nx");
  EXPECT_THAT(seen, Not(HasSubstr("Content-Type")));
  EXPECT_EQ(answer.status, 204);
}

TEST_F(EgressTest, uses_the_method_it_was_given) {
  for (const std::string method : {"GET", "DELETE", "PUT", "PATCH", "POST", "OPTIONS"}) {
    const auto [seen, answer] =
        exchange({.method = method, .url = url()}, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                 "\r\n\r\n");
    EXPECT_TRUE(seen.starts_with(method + " / ")) << seen;
    EXPECT_EQ(answer.transport, Transport::kAnswered) << answer.error;
  }
}

TEST_F(EgressTest, streams_files_and_refuses_one_that_changed) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("pmp-egress-" + random_.token(6));
  std::string content(300'000, 'f');
  content += "END";
  std::ofstream(path) << content;
  const OutgoingRequest request{
      .method = "POST",
      .url = url(),
      .body = {std::string("before-"), FilePiece{path, content.size()}, std::string("-AFTER")}};
  const auto [seen, answer] =
      exchange(request, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "-AFTER");
  EXPECT_EQ(test::body_of(seen), "before-" + content + "-AFTER");
  EXPECT_EQ(answer.status, 200);
  std::ofstream(path) << "other";
  EXPECT_EQ(perform(request).transport, Transport::kRefusedByUs);
  std::filesystem::remove(path);
  EXPECT_EQ(perform(request).transport, Transport::kRefusedByUs);
  EXPECT_FALSE(server_.somebody_comes(0));
}

TEST_F(EgressTest, refuses_a_request_to_any_host_but_the_disclosed_one) {
  const Answer answer = perform({.url = url()}, "bsky.social");
  EXPECT_EQ(answer.transport, Transport::kRefusedByUs);
  EXPECT_FALSE(server_.somebody_comes(0));
}

TEST_F(EgressTest, refuses_names_that_resolve_to_the_inside) {
  const std::string port = std::to_string(server_.port());
  auto strict = make_egress_client({});
  const std::vector<std::string> targets = {"https://localhost:" + port + "/",
                                            "https://localhost/",
                                            "https://127.0.0.1:" + port + "/",
                                            "https://[::1]:" + port + "/",
                                            "https://10.0.0.1/",
                                            "https://169.254.169.254/latest/meta-data",
                                            "http://localhost:" + port + "/",
                                            "http://127.0.0.1:" + port + "/"};
  for (const std::string& target : targets) {
    const Answer answer =
        strict->perform(vault::Ledger::make(parse_url(target)->host), {.url = target});
    EXPECT_EQ(answer.transport, Transport::kRefusedByUs) << target << " " << answer.error;
  }
  EXPECT_FALSE(server_.somebody_comes(0));
}

TEST_F(EgressTest, checks_exceptions_on_the_address_it_connects_to) {
  Listener other;
  auto client = make_egress_client({.allow = {"10.9.8.7:" + std::to_string(other.port())}});
  const std::string target = "http://localhost:" + std::to_string(other.port()) + "/";
  EXPECT_EQ(client->perform(vault::Ledger::make("localhost"), {.url = target}).transport,
            Transport::kRefusedByUs);
  EXPECT_FALSE(other.somebody_comes(0));

  auto local = make_egress_client({.allow = {"localhost:" + std::to_string(other.port())}});
  auto answer = std::async(std::launch::async, [&] {
    return local->perform(vault::Ledger::make("localhost"), {.url = target});
  });
  Wire wire = other.accept();
  wire.read_to("\r\n\r\n");
  wire.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(answer.get().status, 200);
}

TEST_F(EgressTest, refuses_plain_http_user_info_odd_hosts_ports_schemes_and_headers) {
  for (const std::string target :
       {"http://example.org/", "https://a@example.org/", "https://0x7f.1/", "https://2130706433/",
        "https://example.org:25/", "file:///etc/passwd", "gopher://example.org/", "nonsense"}) {
    const auto parts = parse_url(target);
    const Answer answer = perform({.url = target}, parts ? parts->host : "example.org");
    EXPECT_EQ(answer.transport, Transport::kRefusedByUs) << target;
  }
  for (const auto& header :
       std::vector<std::pair<std::string, std::string>>{{"X", "a\r\nY: b"},
                                                        {"X Y", "a"},
                                                        {"Host", "evil"},
                                                        {"Content-Length", "1"},
                                                        {"Transfer-Encoding", "chunked"}}) {
    EXPECT_EQ(perform({.url = url(), .headers = {header}}).transport, Transport::kRefusedByUs)
        << header.first;
  }
  EXPECT_EQ(perform({.method = "GET / HTTP/1.1\r\nX:", .url = url()}).transport,
            Transport::kRefusedByUs);
  EXPECT_FALSE(server_.somebody_comes(0));
}

TEST_F(EgressTest, follows_no_redirect) {
  const auto [seen, answer] = exchange(
      {.method = "POST", .url = url(), .body = {std::string("x")}},
      "HTTP/1.1 307 Moved\r\nLocation: " + url("/elsewhere") + "\r\nContent-Length: 0\r\n\r\n",
      "\r\n\r\nx");
  EXPECT_EQ(answer.status, 307);
  EXPECT_EQ(answer.header("Location"), url("/elsewhere"));
  EXPECT_FALSE(server_.somebody_comes(0));
}

TEST_F(EgressTest, says_when_nobody_listens) {
  unsigned short free_port = 0;
  {
    Listener gone;
    free_port = gone.port();
  }
  auto client = make_egress_client({.allow = {"127.0.0.1:" + std::to_string(free_port)}});
  const Answer answer =
      client->perform(vault::Ledger::make("127.0.0.1"),
                      {.url = "http://127.0.0.1:" + std::to_string(free_port) + "/"});
  EXPECT_EQ(answer.transport, Transport::kNotConnected);
}

TEST_F(EgressTest, caps_an_endless_body) {
  auto answer = begin({.url = url(), .max_answer = 100'000});
  Wire wire = server_.accept();
  wire.read_to("\r\n\r\n");
  wire.send("HTTP/1.1 200 OK\r\n\r\n");
  while (wire.send(std::string(65536, 'y'))) {
  }
  const Answer got = answer.get();
  EXPECT_EQ(got.transport, Transport::kAnswered);
  EXPECT_FALSE(got.body_complete);
  EXPECT_LE(got.body.size(), 100'000u);
}

TEST_F(EgressTest, caps_endless_headers) {
  auto answer = begin({.url = url()});
  Wire wire = server_.accept();
  wire.read_to("\r\n\r\n");
  wire.send("HTTP/1.1 200 OK\r\n");
  while (wire.send("X: " + std::string(1000, 'z') + "\r\n")) {
  }
  EXPECT_EQ(answer.get().transport, Transport::kLost);
}

// 200 MB of zeros in deflate's fixed code: one literal, then the longest match at distance one over
// and over.
std::string gzip_bomb() {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  unsigned bits = 0;
  int count = 0;
  const auto put = [&](unsigned value, int size) {  // least significant bit first
    bits |= value << count;
    for (count += size; count >= 8; count -= 8, bits >>= 8) out += static_cast<char>(bits & 0xff);
  };
  const auto put_code = [&](unsigned code, int size) {  // Huffman codes: most significant bit first
    for (int i = size - 1; i >= 0; --i) put(code >> i & 1, 1);
  };
  put(1, 1), put(1, 2);
  put_code(0x30, 8);
  for (int i = 0; i < 800'000; ++i) put_code(0b11000101, 8), put_code(0, 5);
  put_code(0, 7), put(0, 7);
  return out;
}

TEST_F(EgressTest, caps_what_a_gzip_bomb_becomes) {
  const std::string bomb = gzip_bomb();
  const auto [seen, answer] =
      exchange({.url = url(), .max_answer = 1 << 20},
               "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
                   std::to_string(bomb.size()) + "\r\n\r\n" + bomb,
               "\r\n\r\n");
  EXPECT_EQ(answer.transport, Transport::kAnswered);
  EXPECT_FALSE(answer.body_complete);
  EXPECT_LE(answer.body.size(), 1u << 20);
  EXPECT_THAT(answer.error, HasSubstr("larger"));
}

TEST_F(EgressTest, ends_a_silent_and_a_dripping_server_by_its_timeout) {
  auto silent = begin({.url = url(), .timeout = milliseconds(200)});
  Wire wire = server_.accept();
  EXPECT_EQ(silent.get().transport, Transport::kLost);
  auto dripping = begin({.url = url(), .timeout = milliseconds(300)});
  Wire other = server_.accept();
  other.read_to("\r\n\r\n");
  other.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
  while (dripping.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready)
    other.send("x");
  const Answer answer = dripping.get();
  EXPECT_EQ(answer.transport, Transport::kAnswered);
  EXPECT_FALSE(answer.body_complete);
}

TEST_F(EgressTest, calls_garbage_and_a_cut_header_lost) {
  EXPECT_EQ(
      exchange({.url = url()}, std::string("\0\1\2hello\r\n\r\n", 12), "\r\n\r\n").second.transport,
      Transport::kLost);
  EXPECT_EQ(exchange({.url = url()}, "HTTP/1.1 200 OK\r\nContent-Le", "\r\n\r\n").second.transport,
            Transport::kLost);
  EXPECT_EQ(exchange({.url = url()}, "", "\r\n\r\n").second.transport, Transport::kLost);
}

TEST_F(EgressTest, keeps_secrets_out_of_error_texts) {
  const Answer answer = perform(
      {.url = url("/bot123:abc/send"), .timeout = milliseconds(100), .keep_secret = "127.0.0.1"},
      "other.example");
  EXPECT_THAT(answer.error, Not(HasSubstr("127.0.0.1")));
  unsigned short free_port = 0;
  {
    Listener gone;
    free_port = gone.port();
  }
  auto client = make_egress_client({.allow = {"127.0.0.1:" + std::to_string(free_port)}});
  const Answer refused =
      client->perform(vault::Ledger::make("127.0.0.1"),
                      {.url = "http://127.0.0.1:" + std::to_string(free_port) + "/",
                       .keep_secret = std::to_string(free_port)});
  EXPECT_THAT(refused.error, Not(HasSubstr(std::to_string(free_port))));
  EXPECT_THAT(refused.error, HasSubstr("[secret]"));
}

TEST_F(EgressTest, never_sends_a_post_twice) {
  for (const std::string body : {"x", ""}) {
    auto first = begin({.method = "GET", .url = url("/warm")});
    Wire wire = server_.accept();
    wire.read_to("\r\n\r\n");
    wire.forget();
    wire.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    first.get();
    OutgoingRequest request{.method = "POST", .url = url("/once")};
    if (!body.empty()) request.body = {body};
    auto second = begin(std::move(request));
    if (body.empty()) {
      Wire fresh = server_.accept();  // a bodiless POST never rides on an old connection
      EXPECT_THAT(fresh.read_to("\r\n\r\n"), HasSubstr("POST /once"));
      fresh.close();
    } else {
      EXPECT_THAT(wire.read_to("\r\n\r\nx"), HasSubstr("POST /once"));
      wire.close();
    }
    EXPECT_EQ(second.get().transport, Transport::kLost);
    EXPECT_TRUE(server_.hears_nothing(100));
  }
}

TEST_F(EgressTest, fails_what_is_in_flight_when_it_ends) {
  auto answer = begin({.url = url()});
  Wire wire = server_.accept();
  wire.read_to("\r\n\r\n");
  client_.reset();
  EXPECT_EQ(answer.get().transport, Transport::kLost);
}

TEST_F(EgressTest, serves_many_requests_at_once) {
  std::thread answering([this] {
    for (int served = 0; served < 40;) {
      Wire wire = server_.accept();
      while (served < 40) {
        const std::string text = wire.read_to("\r\n\r\n");
        if (text.empty() || wire.ended()) break;
        wire.forget();
        wire.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        ++served;
        break;
      }
    }
  });
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 40; ++i) answers.push_back(begin({.url = url()}));
  for (auto& answer : answers) EXPECT_EQ(answer.get().body, "ok");
  answering.join();
}

}  // namespace
}  // namespace postmypost::http
