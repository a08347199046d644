// One request on its way through libcurl: the options of its easy handle, the callbacks, the state
// of its gate, and the verdict on how it ended.
//
// Everything happens on the client's thread. Facts about libcurl 7.88 that this leans on:
// - the read callback is called again only when everything it gave before is written to the socket,
//   so the call that would get the last byte is the moment when all the others are out;
// - libcurl repeats a request by itself when a reused connection ends without an answer; it asks
//   the seek callback to rewind the body, and gives up with CURLE_SEND_FAIL_REWIND when that fails;
//   the pre-request callback runs before every such try, which is how a second one is caught even
//   when there is no body;
// - while the upload is paused a transfer is never reported as done, and neither is the end of its
//   connection, so both are looked for.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/addresses.hpp"
#include "http/body_reader.hpp"
#include "http/egress.hpp"

namespace postmypost::http {

struct EgressPolicy {
  EgressOptions options;
  AllowList allow;
  const Clock& clock;
};

// The client's sockets. libcurl does not tell a transfer which one it uses, only its ports.
class OpenSockets {
 public:
  curl_socket_t open(const curl_sockaddr& address);
  void close(curl_socket_t socket);
  curl_socket_t find(int local_port, int remote_port);  // CURL_SOCKET_BAD when there is none

 private:
  using Ports = std::pair<int, int>;  // local, remote

  std::map<Ports, curl_socket_t> by_ports_;  // of those that were found once
  std::vector<curl_socket_t> others_;        // not connected yet, or never asked for
};

// What the transfers of one client have together.
struct SharedByTransfers {
  OpenSockets sockets;
  std::vector<std::uint64_t> wishing;  // those that want to ask the gate
  std::vector<std::uint64_t> early;    // those whose answer began before the gate
};

class Transfer {
 public:
  Transfer(const EgressPolicy& policy, SharedByTransfers& shared, std::uint64_t id,
           const RecordedDisclosure& disclosure, OutgoingRequest request, EgressClient::Done done,
           EgressClient::AskGate ask_gate);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  std::uint64_t id() const { return id_; }
  // Opens files and sets the handle up. False: it is refused, finish it.
  bool prepare();
  CURL* easy() const { return easy_.get(); }
  bool gated() const { return request_.gated; }
  // A gated request without a body is asked for before it is handed to libcurl.
  bool asks_before_starting() const { return request_.gated && body_.size() == 0; }

  // Takes the wish to ask the gate, if there is one; the caller then asks.
  bool take_wish_to_ask();
  void ask(std::function<void(GateDecision)> decide);
  // The gate's word. False: the transfer has to be ended now.
  bool decided(GateDecision decision, Duration at);
  bool was_started() const { return added_; }
  void mark_added() { added_ = true; }

  // How an answer that began before the gate ended, once it did: CURLE_OK when complete,
  // CURLE_PARTIAL_FILE when nothing more came for a while.
  std::optional<CURLcode> early_answer_ended() const;

  void pass_fault_points();
  void finish(CURLcode code, std::string_view why = {});  // calls `done`

 private:
  enum class Gate { kClosed, kWanted, kAsked, kOpen, kReleased, kWithdrawn };

  void want_to_ask();
  void set_up_handle();
  void set_up_method();
  bool add_headers();
  void refuse(std::string why);
  bool repeatable() const;
  bool yes_is_fresh() const;
  bool connection_is_alive() const;
  Answer conclude(CURLcode code, std::string_view why);
  std::string without_secret(std::string text) const;

  std::size_t on_read(char* out, std::size_t size);
  std::size_t on_header(std::string_view line);
  std::size_t on_body(std::string_view bytes);
  int on_seek(curl_off_t offset, int origin);
  int on_request(int remote_port, int local_port);
  curl_socket_t on_open_socket(const curl_sockaddr& address);

  const EgressPolicy& policy_;
  SharedByTransfers& shared_;
  std::uint64_t id_;
  std::string disclosed_host_;
  OutgoingRequest request_;
  EgressClient::Done done_;
  EgressClient::AskGate ask_gate_;

  UrlParts url_ = {};
  BodyReader body_ = {};
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_{nullptr, &curl_easy_cleanup};
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_{nullptr,
                                                                       &curl_slist_free_all};
  char error_[CURL_ERROR_SIZE] = "";

  Gate gate_ = Gate::kClosed;
  Duration decided_at_{};
  std::string refusal_ = {};                // set: nothing was sent, by our policy
  std::string withheld_ = {};               // set: why the last byte stayed here
  curl_socket_t socket_ = CURL_SOCKET_BAD;  // of the connection in use
  bool address_refused_ = false;            // at least one address was not acceptable
  bool added_ = false;                      // libcurl has it
  bool request_began_ = false;              // bytes may have gone out
  bool early_ = false;                      // an answer began before the last byte was let go
  bool passed_last_byte_ = false;           // the fault point
  bool too_large_ = false;

  Answer answer_ = {};
  bool header_complete_ = false;
  std::size_t header_bytes_ = 0;
  Duration last_bytes_at_{};
};

}  // namespace postmypost::http
