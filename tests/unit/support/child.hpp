// Runs a function in a forked process, for tests that kill it or take its disk away. Only while the
// test itself has no other threads.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <functional>
#include <string>

namespace postmypost::support {

struct Ended {
  bool killed = false;  // by SIGKILL
  int code = -1;
  std::string said;  // what it wrote through `say`
};

class Speaker {
 public:
  explicit Speaker(int pipe) : pipe_(pipe) {}
  // Reaches the parent even if the child is killed right after.
  void say(const std::string& text) const {
    if (::write(pipe_, text.data(), text.size()) < 0) ::_exit(97);
  }

 private:
  int pipe_;
};

inline Ended run_in_child(const std::function<void(const Speaker&)>& body) {
  int ends[2];
  if (::pipe(ends) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    const Speaker speaker(ends[1]);
    try {
      body(speaker);
    } catch (const std::exception& failure) {
      speaker.say(failure.what());
      ::_exit(98);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  Ended ended;
  char bytes[4096];
  for (ssize_t n = 0; (n = ::read(ends[0], bytes, sizeof bytes)) > 0;) {
    ended.said.append(bytes, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  ended.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
  return ended;
}

}  // namespace postmypost::support
