// libcurl's multi handle on epoll: a turn costs by what happened, not by how many transfers are in flight.
//
// Belongs to one thread.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <optional>

namespace postmypost::http {

class EgressLoop {
 public:
  // `bell` is an eventfd that ends a turn's wait.
  explicit EgressLoop(int bell);
  ~EgressLoop();
  EgressLoop(const EgressLoop&) = delete;
  EgressLoop& operator=(const EgressLoop&) = delete;

  CURLM* multi() const { return multi_.get(); }
  // Waits for sockets, libcurl's timer, the bell or `at_most`, and lets libcurl do what is to be done.
  void turn(std::chrono::milliseconds at_most);

 private:
  using Clock = std::chrono::steady_clock;  // libcurl's own; the gate's is another matter

  void watch(curl_socket_t socket, int what, bool known);

  int poll_;
  int bell_;
  std::optional<Clock::time_point> alarm_ = {};
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_;
};

}  // namespace postmypost::http
