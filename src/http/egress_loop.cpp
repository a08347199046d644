#include "http/egress_loop.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace postmypost::http {
namespace {

constexpr std::size_t kEvents = 256;

std::uint32_t events_of(int what) {
  return (what & CURL_POLL_IN ? std::uint32_t{EPOLLIN} : 0U) | (what & CURL_POLL_OUT ? std::uint32_t{EPOLLOUT} : 0U);
}

int happened(std::uint32_t events) {
  return (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
         (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
}

}  // namespace

EgressLoop::EgressLoop(int bell)
    : poll_(::epoll_create1(EPOLL_CLOEXEC)), bell_(bell), multi_(curl_multi_init(), &curl_multi_cleanup) {
  epoll_event rings{.events = EPOLLIN, .data = {.fd = bell}};
  if (poll_ < 0 || ::epoll_ctl(poll_, EPOLL_CTL_ADD, bell, &rings) != 0) throw std::runtime_error("epoll does not start");
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(
      multi_.get(), CURLMOPT_SOCKETFUNCTION,
      +[](CURL*, curl_socket_t socket, int what, void* self, void* known) -> int {
        static_cast<EgressLoop*>(self)->watch(socket, what, known != nullptr);
        return 0;
      });
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(
      multi_.get(), CURLMOPT_TIMERFUNCTION, +[](CURLM*, long after_ms, void* self) -> int {
        auto& loop = *static_cast<EgressLoop*>(self);
        loop.alarm_.reset();
        if (after_ms >= 0) loop.alarm_ = Clock::now() + std::chrono::milliseconds(after_ms);
        return 0;
      });
}

EgressLoop::~EgressLoop() {
  multi_.reset();  // closes connections, and says so to `watch`
  ::close(poll_);
}

void EgressLoop::watch(curl_socket_t socket, int what, bool known) {
  epoll_event event{.events = events_of(what), .data = {.fd = socket}};
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(poll_, EPOLL_CTL_DEL, socket, &event);
    return;
  }
  ::epoll_ctl(poll_, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
  if (!known) curl_multi_assign(multi_.get(), socket, this);
}

void EgressLoop::turn(std::chrono::milliseconds at_most) {
  auto wait = at_most;
  if (alarm_) wait = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(*alarm_ - Clock::now()), {}, at_most);
  std::array<epoll_event, kEvents> events;
  const int count = ::epoll_wait(poll_, events.data(), kEvents, static_cast<int>(wait.count()));
  int running = 0;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd != bell_) curl_multi_socket_action(multi_.get(), event.data.fd, happened(event.events), &running);
  }
  if (alarm_ && *alarm_ <= Clock::now()) {
    alarm_.reset();
    curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
  }
}

}  // namespace postmypost::http
