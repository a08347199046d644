// What the picture worker may no longer do once it is locked down, tried in a child of the test.
#include "lockdown.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>

namespace postmypost::picture_worker {
namespace {

// The error number of one raw call made inside the lock: 0 when it went through, -signal when it ended the child.
int error_inside(const std::function<long()>& call) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!lock_down()) ::_exit(200);
    errno = 0;
    const long got = call();
    ::_exit(got < 0 ? errno : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(Lockdown, no_network_no_program_no_process) {
  EXPECT_EQ(error_inside([] { return ::syscall(SYS_socket, 2, 1, 0); }), EPERM);
  EXPECT_EQ(error_inside([] { return ::syscall(SYS_execve, "/bin/true", nullptr, nullptr); }), EPERM);
  EXPECT_EQ(error_inside([] { return ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }), EPERM);
  EXPECT_EQ(error_inside([] { return ::syscall(SYS_clone3, nullptr, 0); }), ENOSYS);
}

TEST(Lockdown, files_are_opened_for_reading_only) {
  EXPECT_EQ(error_inside([] { return ::syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY); }), 0);
  EXPECT_EQ(error_inside([] { return ::syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY); }), EPERM);
  EXPECT_EQ(error_inside([] { return ::syscall(SYS_openat2, AT_FDCWD, "/dev/null", nullptr, 0); }), EPERM);
}

#if defined(__x86_64__)
TEST(Lockdown, the_other_numbers_of_the_same_calls_end_the_process) {
  EXPECT_EQ(error_inside([] { return ::syscall(0x40000000 + SYS_socket, 2, 1, 0); }), -SIGSYS);
}
#endif

}  // namespace
}  // namespace postmypost::picture_worker
