// The sink as a child process (sink.cpp): it has a core of its own where there is one, and its memory is not ours.
#pragma once

#include <boost/json.hpp>

#include <filesystem>
#include <string>

#include "base/clock.hpp"

namespace postmypost::bench {

class SinkProcess {
 public:
  explicit SinkProcess(Duration latency);
  ~SinkProcess();
  SinkProcess(const SinkProcess&) = delete;
  SinkProcess& operator=(const SinkProcess&) = delete;

  unsigned short port() const { return port_; }
  std::int64_t count() const { return boost::json::parse(ask("GET", "/count")).at("posts").as_int64(); }
  void forget() const { ask("POST", "/forget"); }
  boost::json::object report() const { return boost::json::parse(ask("GET", "/report")).as_object(); }

 private:
  std::string ask(const char* method, const std::string& path) const;

  int child_ = -1;
  int input_ = -1;  // closing it ends the sink
  unsigned short port_ = 0;
};

}  // namespace postmypost::bench
