#include "lockdown.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <vector>

namespace postmypost::picture_worker {
namespace {

constexpr rlim_t kAddressSpace = 1536UL << 20U;  // of which libraries and threads' stacks are only mapped
constexpr rlim_t kCpuSeconds = 15;

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "no seccomp table for this architecture"
#endif

constexpr auto kRefused = std::to_array<unsigned>({
    __NR_socket, __NR_socketpair, __NR_connect, __NR_bind, __NR_listen, __NR_accept4, __NR_sendto, __NR_sendmsg,
    __NR_execve, __NR_execveat, __NR_ptrace, __NR_process_vm_readv, __NR_process_vm_writev, __NR_mount, __NR_umount2,
    __NR_unlinkat, __NR_renameat2, __NR_mkdirat, __NR_linkat, __NR_symlinkat, __NR_fchmodat, __NR_fchownat,
    __NR_truncate, __NR_kill, __NR_tgkill, __NR_setuid, __NR_setgid, __NR_bpf, __NR_unshare, __NR_setns, __NR_keyctl,
    __NR_userfaultfd, __NR_perf_event_open, __NR_io_uring_setup, __NR_openat2,
#if defined(__x86_64__)
    __NR_unlink, __NR_rename, __NR_mkdir, __NR_rmdir, __NR_link, __NR_symlink, __NR_chmod, __NR_fork, __NR_vfork,
    __NR_creat,
#endif
});

sock_filter statement(unsigned short code, unsigned value) { return {code, 0, 0, value}; }
sock_filter jump(unsigned short code, unsigned value, unsigned char yes, unsigned char no) { return {code, yes, no, value}; }

// Refuses `call` when its flags argument asks for more than reading.
void refuse_open_for_writing(std::vector<sock_filter>& program, unsigned call, unsigned flags_argument) {
  constexpr unsigned kWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
  const auto flags = static_cast<unsigned>(offsetof(seccomp_data, args)) + flags_argument * 8;
  program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4));
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, flags));
  program.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, kWriting, 0, 1));
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
}

// Threads may start, processes may not. clone3 hides its flags behind a pointer: told it does not exist, the C library
// falls back to clone, whose flags can be read.
void refuse_new_processes(std::vector<sock_filter>& program) {
  program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone3, 0, 1));
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
  program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 4));
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)));
  program.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0));
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
}

bool refuse_calls() {
  std::vector<sock_filter> program;
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
  program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
#if defined(__x86_64__)
  // The x32 calls carry the same architecture under other numbers, past every comparison below.
  constexpr unsigned kX32 = 0x40000000;
  program.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, kX32, 0, 1));
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
#endif
  for (const unsigned call : kRefused) {
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
    program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  }
  refuse_new_processes(program);
  refuse_open_for_writing(program, __NR_openat, 2);
#if defined(__x86_64__)
  refuse_open_for_writing(program, __NR_open, 1);
#endif
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

bool limit(__rlimit_resource what, rlim_t most) {
  const rlimit value{most, most};
  return ::setrlimit(what, &value) == 0;
}

}  // namespace

bool lock_down() {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0);
  return limit(RLIMIT_AS, kAddressSpace) && limit(RLIMIT_CPU, kCpuSeconds) && limit(RLIMIT_FSIZE, 0) &&
         limit(RLIMIT_CORE, 0) && refuse_calls();
}

}  // namespace postmypost::picture_worker
