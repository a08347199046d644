#include "http/egress_transfer.hpp"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

#include "base/encoding.hpp"
#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "http/ascii.hpp"

namespace postmypost::http {
namespace {

constexpr Duration kFreshness = seconds(2);
constexpr Duration kQuietAfterEarlyAnswer = seconds(2);
constexpr std::size_t kAnswerHeaderLimit = 64 << 10;

}  // namespace

Transfer::Transfer(const EgressPolicy& policy, SharedByTransfers& shared, std::uint64_t id,
                   const RecordedDisclosure& disclosure, OutgoingRequest request,
                   EgressClient::Done done, EgressClient::AskGate ask_gate)
    : policy_(policy),
      shared_(shared),
      id_(id),
      disclosed_host_(disclosure.recipient_host()),
      request_(std::move(request)),
      done_(std::move(done)),
      ask_gate_(std::move(ask_gate)) {}

bool Transfer::repeatable() const {
  return !request_.gated && request_.method != "POST" && request_.method != "PATCH";
}

curl_socket_t Transfer::on_open_socket(const curl_sockaddr& target) {
  const auto address = address_of(target.addr);
  const bool allowed = address && policy_.allow.allows(*address, port_of(target.addr));
  if (!allowed && (!address || url_.scheme != "https" || !is_public_address(*address))) {
    address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return shared_.sockets.open(target);
}

// Right before the bytes of a request go out, on each try.
int Transfer::on_request(int remote_port, int local_port) {
  if (request_began_ && !repeatable()) return CURL_PREREQFUNC_ABORT;
  socket_ = shared_.sockets.find(local_port, remote_port);
  if (asks_before_starting()) {
    if (!yes_is_fresh()) {
      withheld_ = "The gate's yes was too old when the connection was ready.";
      return CURL_PREREQFUNC_ABORT;
    }
    FAULT_POINT("egress.before_last_byte");
    gate_ = Gate::kReleased;
  }
  request_began_ = true;
  return CURL_PREREQFUNC_OK;
}

std::size_t Transfer::on_read(char* out, std::size_t size) {
  if (!request_.gated) return body_.read({out, size});
  const std::uint64_t before_last = body_.size() - 1 - std::min(body_.position(), body_.size() - 1);
  if (before_last > 0) {
    const std::size_t got =
        body_.read({out, static_cast<std::size_t>(std::min<std::uint64_t>(size, before_last))});
    return got > 0 ? got : CURL_READFUNC_ABORT;
  }
  if (body_.position() == body_.size()) return 0;
  if (early_) return CURL_READFUNC_PAUSE;
  if (gate_ == Gate::kClosed) want_to_ask();
  if (gate_ != Gate::kOpen) return CURL_READFUNC_PAUSE;
  if (!connection_is_alive()) {
    withheld_ = "The connection broke while the gate was asked.";
  } else if (!yes_is_fresh()) {
    withheld_ = "The gate's yes was too old.";
  }
  if (!withheld_.empty() || body_.read({out, 1}) != 1) return CURL_READFUNC_ABORT;
  FAULT_POINT("egress.before_last_byte");
  gate_ = Gate::kReleased;
  return 1;
}

int Transfer::on_seek(curl_off_t offset, int origin) {
  if (!repeatable() || offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_FAIL;
  body_.rewind();
  return CURL_SEEKFUNC_OK;
}

std::size_t Transfer::on_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kAnswerHeaderLimit) {
    too_large_ = true;
    return 0;
  }
  last_bytes_at_ = policy_.clock.since_boot();
  const std::size_t size = line.size();
  if (header_complete_) return size;  // trailers
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    answer_.headers.clear();
    const std::size_t space = std::min(line.find(' '), line.size() - 1);
    std::from_chars(line.data() + space + 1, line.data() + line.size(), answer_.status);
  } else if (line.empty()) {
    header_complete_ = answer_.status >= 200;
    early_ = header_complete_ && request_.gated && gate_ != Gate::kReleased;
    if (early_) shared_.early.push_back(id_);
  } else if (const std::size_t colon = line.find(':'); colon != line.npos) {
    answer_.headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  return size;
}

std::size_t Transfer::on_body(std::string_view bytes) {
  last_bytes_at_ = policy_.clock.since_boot();
  if (answer_.body.size() + bytes.size() > request_.max_answer) {
    too_large_ = true;
    return 0;
  }
  answer_.body += bytes;
  return bytes.size();
}

void Transfer::want_to_ask() {
  gate_ = Gate::kWanted;
  shared_.wishing.push_back(id_);
}

bool Transfer::take_wish_to_ask() {
  if (gate_ != Gate::kWanted || early_) return false;
  gate_ = Gate::kAsked;
  return true;
}

void Transfer::ask(std::function<void(GateDecision)> decide) { ask_gate_(std::move(decide)); }

bool Transfer::decided(GateDecision decision, Duration at) {
  if (gate_ != Gate::kAsked || early_) return true;
  if (decision == GateDecision::kWithhold) {
    withheld_ = "The gate said no.";
    return false;
  }
  decided_at_ = at;
  gate_ = Gate::kOpen;
  if (added_) curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
  return true;
}

bool Transfer::yes_is_fresh() const {
  return gate_ == Gate::kOpen && policy_.clock.since_boot().us - decided_at_.us < kFreshness.us;
}

// libcurl does not report a connection that ended while the upload was paused; the last byte must
// not follow it.
bool Transfer::connection_is_alive() const {
  pollfd state{.fd = socket_, .events = POLLRDHUP, .revents = 0};
  return ::poll(&state, 1, 0) == 0;
}

std::optional<CURLcode> Transfer::early_answer_ended() const {
  if (!early_) return std::nullopt;
  curl_off_t length = -1, received = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_DOWNLOAD_T, &received);
  if (length >= 0 && received >= length) return CURLE_OK;
  const bool quiet = policy_.clock.since_boot().us - last_bytes_at_.us >= kQuietAfterEarlyAnswer.us;
  return quiet ? std::optional(CURLE_PARTIAL_FILE) : std::nullopt;
}

void Transfer::pass_fault_points() {
  if (passed_last_byte_ || gate_ != Gate::kReleased) return;
  curl_off_t sent = 0;
  long requested = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
  curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &requested);
  if (requested == 0 || static_cast<std::uint64_t>(sent) < body_.size()) return;
  passed_last_byte_ = true;
  FAULT_POINT("egress.after_last_byte");
}

Answer Transfer::conclude(CURLcode code, std::string_view why) {
  using Transport = Answer::Transport;
  Answer answer = std::move(answer_);
  answer.released = gate_ == Gate::kReleased;
  if (!header_complete_) answer.status = 0, answer.headers.clear(), answer.body.clear();
  if (!why.empty()) {
    answer.error = why;
  } else if (!withheld_.empty()) {
    answer.error = withheld_;
  } else if (too_large_) {
    answer.error = "The answer is larger than we take.";
  } else if (code != CURLE_OK) {
    answer.error = error_[0] != '\0' ? error_ : curl_easy_strerror(code);
  }
  if (!refusal_.empty()) {
    answer.error = refusal_;
    answer.transport = Transport::kRefusedByUs;
  } else if (!withheld_.empty()) {
    answer.transport = Transport::kNotReleased;
  } else if (!request_began_) {
    answer.transport = Transport::kNotConnected;
    if (address_refused_) {
      answer.transport = Transport::kRefusedByUs;
      answer.error = "The host has an address that outgoing requests may not reach.";
    } else if (request_.gated && !added_) {
      answer.transport = Transport::kNotReleased;
    }
  } else if (code == CURLE_OK && header_complete_) {
    answer.transport = Transport::kAnswered;
    answer.body_complete = true;
  } else if (header_complete_ && (!request_.gated || early_)) {
    answer.transport = Transport::kAnswered;
  } else {
    answer.transport =
        request_.gated && !answer.released ? Transport::kNotReleased : Transport::kLost;
  }
  return answer;
}

std::string Transfer::without_secret(std::string text) const {
  if (request_.keep_secret.empty()) return text;
  for (const std::string& secret : {request_.keep_secret, percent_encoded(request_.keep_secret)}) {
    for (std::size_t at = text.find(secret); at != text.npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "[secret]");
      at += 8;
    }
  }
  return text;
}

void Transfer::finish(CURLcode code, std::string_view why) {
  Answer answer = conclude(code, why);
  answer.error = without_secret(std::move(answer.error));
  if (request_.gated) FAULT_POINT("egress.after_answer");
  try {
    done_(std::move(answer));
  } catch (const std::exception& e) {
    log::error("egress.callback_threw", {{"what", e.what()}});
  }
}

}  // namespace postmypost::http
