#include "sink_process.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>

namespace postmypost::bench {

SinkProcess::SinkProcess(Duration latency) {
  std::array<int, 2> input{}, output{};
  if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  std::string program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "postmypost-bench-sink";
  std::array<char*, 2> arguments{program.data(), nullptr};
  const int failed = ::posix_spawn(&child_, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(input[0]);
  ::close(output[1]);
  input_ = input[1];
  if (failed != 0) throw std::runtime_error(program + " does not start");
  const std::unique_ptr<FILE, decltype(&::fclose)> words(::fdopen(output[0], "r"), &::fclose);
  if (std::fscanf(words.get(), "%hu", &port_) != 1) throw std::runtime_error("the sink says no port");
  ask("POST", "/latency/" + std::to_string(latency.us / 1000));
}

SinkProcess::~SinkProcess() {
  ::close(input_);
  ::waitpid(child_, nullptr, 0);
}

std::string SinkProcess::ask(const char* method, const std::string& path) const {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(), &curl_easy_cleanup);
  std::string body;
  curl_easy_setopt(easy.get(), CURLOPT_URL, ("http://127.0.0.1:" + std::to_string(port_) + path).c_str());
  curl_easy_setopt(easy.get(), CURLOPT_CUSTOMREQUEST, method);
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(
      easy.get(), CURLOPT_WRITEFUNCTION, +[](char* p, std::size_t, std::size_t n, void* to) -> std::size_t {
        static_cast<std::string*>(to)->append(p, n);
        return n;
      });
  if (curl_easy_perform(easy.get()) != CURLE_OK) throw std::runtime_error("the sink does not answer");
  return body;
}

}  // namespace postmypost::bench
