// The last-byte gate of the egress client, against servers that look at every byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>

#include "base/random.hpp"
#include "http/disclosures.hpp"
#include "http/egress.hpp"
#include "http/sockets.hpp"

namespace postmypost::http {
namespace {

using test::body_of;
using test::Listener;
using test::Wire;
using testing::HasSubstr;
using Transport = Answer::Transport;
using Decide = std::function<void(GateDecision)>;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class TestClock final : public Clock {
 public:
  Instant now() const override { return {}; }
  Duration since_boot() const override { return {boot_.load()}; }
  void advance(Duration d) { boot_ += d.us; }

 private:
  std::atomic<std::int64_t> boot_ = 0;
};

// A gated request under way: `asked` is ready when the gate is, `answer` when it is over.
struct Flight {
  std::promise<Decide> asking;
  std::promise<Answer> answering;
  std::future<Decide> asked = asking.get_future();
  std::future<Answer> answer = answering.get_future();
  std::atomic<int> questions = 0;
};

class GateTest : public testing::Test {
 protected:
  void SetUp() override {
    client_ = make_egress_client(
        {.allow = {"127.0.0.1:" + std::to_string(server_.port())}, .clock = &clock_});
  }

  std::shared_ptr<Flight> begin(OutgoingRequest request) {
    auto flight = std::make_shared<Flight>();
    request.gated = true;
    request.url = "http://127.0.0.1:" + std::to_string(server_.port()) + "/post";
    client_->start(
        vault::Ledger::make("127.0.0.1"), std::move(request),
        [flight](Answer answer) { flight->answering.set_value(std::move(answer)); },
        [flight](Decide decide) {
          ++flight->questions;
          flight->asking.set_value(std::move(decide));
        });
    return flight;
  }
  std::shared_ptr<Flight> post(std::string body, Duration timeout = seconds(30)) {
    return begin({.method = "POST", .body = {std::move(body)}, .timeout = timeout});
  }
  // Reads until nothing more has come for a moment.
  static std::string read_what_comes(Wire& wire) {
    wire.read_to("\r\n\r\n");
    return wire.read_until([](const std::string&) { return false; }, 100);
  }

  TestClock clock_;
  Listener server_;
  std::unique_ptr<EgressClient> client_;
};

TEST_F(GateTest, holds_exactly_the_last_byte_until_the_gate_says_yes) {
  for (const std::string& body :
       {std::string("x"), std::string("{\"text\":\"hello\"}"), std::string(200'000, 'b') + "}"}) {
    auto flight = post(body);
    Wire wire = server_.accept();
    EXPECT_EQ(body_of(read_what_comes(wire)), body.substr(0, body.size() - 1));
    Decide decide = flight->asked.get();
    EXPECT_EQ(body_of(read_what_comes(wire)).size(), body.size() - 1);
    decide(GateDecision::kRelease);
    const std::string seen = wire.read_until(
        [&](const std::string& text) { return body_of(text).size() >= body.size(); });
    EXPECT_EQ(body_of(seen), body);
    EXPECT_THAT(seen, HasSubstr("Content-Length: " + std::to_string(body.size()) + "\r\n"));
    EXPECT_THAT(seen, HasSubstr(" HTTP/1.1\r\n"));
    wire.send(kOk);
    const Answer answer = flight->answer.get();
    EXPECT_EQ(answer.transport, Transport::kAnswered) << answer.error;
    EXPECT_EQ(answer.body, "ok");
    EXPECT_TRUE(answer.released);
    EXPECT_EQ(flight->questions, 1);
    wire.close();
  }
}

TEST_F(GateTest, holds_the_last_byte_of_a_file) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("pmp-gate-" + SystemRandom().token(6));
  std::ofstream(path) << std::string(150'000, 'f');
  auto flight = begin({.method = "POST", .body = {std::string("head"), FilePiece{path, 150'000}}});
  Wire wire = server_.accept();
  EXPECT_EQ(body_of(read_what_comes(wire)).size(), 150'003u);
  flight->asked.get()(GateDecision::kRelease);
  wire.read_until([&](const std::string& text) { return body_of(text).size() == 150'004; });
  wire.send(kOk);
  EXPECT_EQ(flight->answer.get().transport, Transport::kAnswered);
  std::filesystem::remove(path);
}

TEST_F(GateTest, never_completes_a_body_that_the_gate_withheld) {
  auto flight = post("{\"a\":1}");
  Wire wire = server_.accept();
  flight->asked.get()(GateDecision::kWithhold);
  const Answer answer = flight->answer.get();
  EXPECT_EQ(answer.transport, Transport::kNotReleased);
  EXPECT_FALSE(answer.released);
  EXPECT_EQ(body_of(wire.read_all()), "{\"a\":1");
  EXPECT_TRUE(wire.ended());
}

TEST_F(GateTest, takes_a_question_that_is_dropped_for_a_no) {
  auto flight = post("{\"a\":1}");
  Wire wire = server_.accept();
  flight->asked.get();
  EXPECT_EQ(flight->answer.get().transport, Transport::kNotReleased);
}

TEST_F(GateTest, does_not_honour_a_yes_that_is_two_seconds_old) {
  for (const std::string method : {"POST", "DELETE"}) {
    OutgoingRequest request{.method = method};
    if (method == "POST") request.body = {std::string("body")};
    // The word is given while the client's thread is busy in another callback, and time passes
    // meanwhile.
    auto flight = begin(std::move(request));
    Decide decide = flight->asked.get();
    std::promise<void> busy, go_on;
    client_->start(vault::Ledger::make("other.example"), {.url = "https://elsewhere.example/"},
                   [&](const Answer&) {
                     busy.set_value();
                     go_on.get_future().wait();
                   });
    busy.get_future().wait();
    decide(GateDecision::kRelease);
    clock_.advance(seconds(2));
    go_on.set_value();
    const Answer answer = flight->answer.get();
    EXPECT_EQ(answer.transport, Transport::kNotReleased) << method;
    EXPECT_FALSE(answer.released);
    Wire wire = server_.accept();
    EXPECT_EQ(body_of(wire.read_all()), method == "POST" ? "bod" : "");
  }
}

TEST_F(GateTest, calls_a_connection_that_broke_before_the_gate_not_released) {
  auto flight = post(std::string(8 << 20, 'x'));
  Wire wire = server_.accept();
  wire.read_bytes(1000);
  wire.reset();
  const Answer answer = flight->answer.get();
  EXPECT_EQ(answer.transport, Transport::kNotReleased) << answer.error;
  EXPECT_EQ(flight->questions, 0);
}

TEST_F(GateTest, does_not_release_onto_a_connection_that_ended_while_the_gate_was_asked) {
  for (const bool reset : {false, true}) {
    auto flight = post("{\"a\":1}");
    Wire wire = server_.accept();
    EXPECT_EQ(body_of(read_what_comes(wire)), "{\"a\":1");
    Decide decide = flight->asked.get();
    reset ? wire.reset() : wire.close();
    decide(GateDecision::kRelease);
    const Answer answer = flight->answer.get();
    EXPECT_EQ(answer.transport, Transport::kNotReleased) << answer.error;
    EXPECT_FALSE(answer.released);
  }
}

TEST_F(GateTest, is_not_released_when_its_time_is_over_while_the_gate_thinks) {
  auto flight = post("{\"a\":1}", milliseconds(200));
  Wire wire = server_.accept();
  Decide decide = flight->asked.get();
  EXPECT_EQ(flight->answer.get().transport, Transport::kNotReleased);
  decide(GateDecision::kRelease);  // too late, and harmless
  EXPECT_EQ(body_of(wire.read_all()), "{\"a\":1");
}

TEST_F(GateTest, calls_an_answer_lost_after_release_lost) {
  for (const std::string_view cut :
       {"", "HTTP/1.1 200 OK\r\nConte", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}) {
    auto flight = post("{\"a\":1}");
    Wire wire = server_.accept();
    flight->asked.get()(GateDecision::kRelease);
    wire.read_to("{\"a\":1}");
    wire.send(cut);
    wire.close();
    const Answer answer = flight->answer.get();
    EXPECT_EQ(answer.transport, Transport::kLost) << cut;
    EXPECT_TRUE(answer.released);
    EXPECT_FALSE(answer.body_complete);
  }
  auto flight = post("{\"a\":1}", milliseconds(300));
  Wire wire = server_.accept();
  flight->asked.get()(GateDecision::kRelease);
  const Answer answer = flight->answer.get();
  EXPECT_EQ(answer.transport, Transport::kLost);
  EXPECT_TRUE(answer.released);
}

TEST_F(GateTest, reads_a_refusal_that_comes_before_the_body_is_out) {
  auto flight = post(std::string(8 << 20, 'x'));
  Wire wire = server_.accept();
  wire.read_bytes(1000);
  wire.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
  const Answer answer = flight->answer.get();
  EXPECT_EQ(answer.transport, Transport::kAnswered) << answer.error;
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body, "big");
  EXPECT_FALSE(answer.released);
}

TEST_F(GateTest, withdraws_the_question_when_an_answer_comes_before_the_gate) {
  for (const std::string status : {"403 Forbidden", "200 OK"}) {
    for (const std::string close : {"", "Connection: close\r\n"}) {
      auto flight = post("{\"a\":1}");
      Wire wire = server_.accept();
      Decide decide = flight->asked.get();
      wire.send("HTTP/1.1 " + status + "\r\nContent-Length: 3\r\n" + close + "\r\nyes");
      const Answer answer = flight->answer.get();
      EXPECT_EQ(answer.transport, Transport::kAnswered) << answer.error;
      EXPECT_EQ(answer.status, std::stoi(status));
      EXPECT_EQ(answer.body, "yes");
      EXPECT_TRUE(answer.body_complete);
      EXPECT_FALSE(answer.released);
      decide(GateDecision::kRelease);
      EXPECT_EQ(body_of(wire.read_all()), "{\"a\":1");
    }
  }
}

TEST_F(GateTest, asks_before_the_first_byte_when_there_is_no_body) {
  for (const std::string method : {"DELETE", "POST", "GET"}) {
    auto flight = begin({.method = method});
    Decide decide = flight->asked.get();
    EXPECT_FALSE(server_.somebody_comes(50));
    decide(GateDecision::kRelease);
    Wire wire = server_.accept();
    EXPECT_TRUE(wire.read_to("\r\n\r\n").starts_with(method + " /post "));
    wire.send(kOk);
    const Answer answer = flight->answer.get();
    EXPECT_EQ(answer.transport, Transport::kAnswered) << answer.error;
    EXPECT_TRUE(answer.released);
    auto withheld = begin({.method = method});
    withheld->asked.get()(GateDecision::kWithhold);
    EXPECT_EQ(withheld->answer.get().transport, Transport::kNotReleased);
    EXPECT_FALSE(server_.somebody_comes(50));
  }
}

TEST_F(GateTest,
       sends_one_body_to_a_server_that_reads_the_second_request_of_a_connection_and_closes) {
  auto first = post("first");
  Wire wire = server_.accept();
  first->asked.get()(GateDecision::kRelease);
  wire.read_to("first");
  wire.forget();
  wire.send(kOk);
  EXPECT_EQ(first->answer.get().transport, Transport::kAnswered);

  auto second = post("second");
  second->asked.get()(GateDecision::kRelease);
  EXPECT_THAT(wire.read_to("\r\n\r\nsecond"), HasSubstr("POST /post"))
      << "the connection was kept alive";
  wire.close();
  const Answer answer = second->answer.get();
  EXPECT_EQ(answer.transport, Transport::kLost);
  EXPECT_TRUE(answer.released);
  EXPECT_TRUE(server_.hears_nothing(200)) << "no second try";
}

TEST_F(GateTest, refuses_before_anything_is_sent_and_asks_nobody) {
  auto flight = std::make_shared<Flight>();
  client_->start(
      vault::Ledger::make("other.example"),
      {.method = "POST",
       .url = "http://127.0.0.1:" + std::to_string(server_.port()) + "/",
       .body = {std::string("x")},
       .gated = true},
      [flight](Answer answer) { flight->answering.set_value(std::move(answer)); },
      [flight](const Decide&) { ++flight->questions; });
  EXPECT_EQ(flight->answer.get().transport, Transport::kRefusedByUs);
  EXPECT_EQ(flight->questions, 0);
  EXPECT_FALSE(server_.somebody_comes(0));
}

TEST_F(GateTest, survives_a_client_that_ends_while_the_gate_thinks) {
  auto flight = post("{\"a\":1}");
  Wire wire = server_.accept();
  Decide decide = flight->asked.get();
  client_.reset();
  EXPECT_EQ(flight->answer.get().transport, Transport::kNotReleased);
  decide(GateDecision::kRelease);
  EXPECT_EQ(body_of(wire.read_all()), "{\"a\":1");
}

TEST_F(GateTest, holds_many_requests_at_once) {
  std::vector<std::shared_ptr<Flight>> flights;
  std::vector<Wire> wires;
  for (int i = 0; i < 8; ++i) flights.push_back(post("body" + std::to_string(i)));
  for (int i = 0; i < 8; ++i) wires.push_back(server_.accept());
  for (auto& flight : flights) flight->asked.get()(GateDecision::kRelease);
  for (auto& wire : wires) {
    wire.read_until([](const std::string& text) { return body_of(text).size() == 5; });
    wire.send(kOk);
  }
  for (auto& flight : flights) EXPECT_EQ(flight->answer.get().transport, Transport::kAnswered);
}

}  // namespace
}  // namespace postmypost::http
