#include "sfu/node/sandbox.hpp"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

namespace parley::sfu {
namespace {

struct FreeFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FreeFilter>;

#define CALL(name) SCMP_SYS(name)

constexpr std::array kMemoryAndThreads = {
    CALL(brk),          CALL(munmap),         CALL(mremap),          CALL(madvise),
    CALL(futex),        CALL(rseq),           CALL(set_robust_list), CALL(sched_yield),
    CALL(exit),         CALL(exit_group),     CALL(restart_syscall), CALL(sched_getaffinity),
    CALL(membarrier),   CALL(getpid),         CALL(gettid),          CALL(tgkill),
    CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn),    CALL(sigaltstack),
    CALL(getrandom),    CALL(sysinfo),        CALL(uname),           CALL(getrusage),
};
constexpr std::array kTime = {
    CALL(clock_gettime), CALL(clock_getres), CALL(gettimeofday),
    CALL(time),          CALL(nanosleep),    CALL(clock_nanosleep),
};
constexpr std::array kLoops = {
    CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_wait), CALL(epoll_pwait), CALL(eventfd2),
    CALL(pipe2),         CALL(poll),      CALL(ppoll),      CALL(select),      CALL(pselect6),
};
constexpr std::array kSockets = {
    CALL(bind),       CALL(connect),    CALL(listen),      CALL(accept),      CALL(accept4),
    CALL(getsockopt), CALL(setsockopt), CALL(getsockname), CALL(getpeername), CALL(shutdown),
    CALL(sendto),     CALL(sendmsg),    CALL(sendmmsg),    CALL(recvfrom),    CALL(recvmsg),
    CALL(recvmmsg),   CALL(fcntl),      CALL(ioctl),
};
constexpr std::array kDescriptors = {
    CALL(read),       CALL(readv),      CALL(pread64), CALL(write),     CALL(writev),
    CALL(lseek),      CALL(close),      CALL(fstat),   CALL(stat),      CALL(lstat),
    CALL(statx),      CALL(newfstatat), CALL(access),  CALL(faccessat), CALL(faccessat2),
    CALL(getdents64), CALL(readlink),
};
constexpr std::array kFamilies = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

#undef CALL

// Adds rules until one fails.
class Rules {
 public:
  explicit Rules(scmp_filter_ctx filter) : filter_(filter) {}

  template <std::size_t Count>
  void allow_all(const std::array<int, Count>& calls) {
    for (const int call : calls) add(SCMP_ACT_ALLOW, call);
  }
  template <class... Conditions>
  void add(std::uint32_t action, int call, Conditions... conditions) {
    if (error_ != 0) return;
    const std::array<scmp_arg_cmp, sizeof...(conditions)> all = {conditions...};
    error_ = seccomp_rule_add_array(filter_, action, call, all.size(), all.data());
  }
  void set(scmp_filter_attr attribute, std::uint32_t value) {
    if (error_ == 0) error_ = seccomp_attr_set(filter_, attribute, value);
  }
  void load() {
    if (error_ == 0) error_ = seccomp_load(filter_);
  }
  [[nodiscard]] int error() const { return -error_; }

 private:
  scmp_filter_ctx filter_;
  int error_ = 0;
};

constexpr scmp_arg_cmp without(unsigned argument, std::uint64_t bits) {
  return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = bits, .datum_b = 0};
}
constexpr scmp_arg_cmp equal(unsigned argument, std::uint64_t value) {
  return {.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}
constexpr scmp_arg_cmp having(unsigned argument, std::uint64_t bits) {
  return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = bits, .datum_b = bits};
}

// Certificates are read again after SIGHUP, names are resolved by what /etc says.
void allow_reading(Rules& rules) {
  constexpr std::uint64_t kWrites = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(open), without(1, kWrites));
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(openat), without(2, kWrites));
}

// Memory for code is refused and not fatal: a library that would load another one does without.
void allow_memory_without_code(Rules& rules) {
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    rules.add(SCMP_ACT_ALLOW, call, without(2, PROT_EXEC));
    rules.add(SCMP_ACT_ERRNO(EPERM), call, having(2, PROT_EXEC));
  }
}

// Threads, of which libuv makes some at the first name it resolves; never processes. The flags of
// clone3 are out of a filter's sight, so that glibc has to use clone.
void allow_threads(Rules& rules) {
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(clone), having(0, CLONE_THREAD | CLONE_VM));
  rules.add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(prctl), equal(0, PR_SET_NAME));
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), equal(2, 0));  // reads
}

}  // namespace

Result<void> enter_sandbox() {
  const Filter filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter) return fail(ErrorCode::unavailable, "The list of system calls cannot be made.");
  Rules rules(filter.get());
  rules.set(SCMP_FLTATR_CTL_TSYNC, 1);     // every thread
  rules.set(SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree, not a list: each call passes it
  // Nobody else's code runs here that could read across a branch; the cure would slow every branch.
  rules.set(SCMP_FLTATR_CTL_SSB, 1);
  rules.allow_all(kMemoryAndThreads);
  rules.allow_all(kTime);
  rules.allow_all(kLoops);
  rules.allow_all(kSockets);
  rules.allow_all(kDescriptors);
  for (const int family : kFamilies) {
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(socket), equal(0, static_cast<std::uint64_t>(family)));
  }
  allow_reading(rules);
  allow_memory_without_code(rules);
  allow_threads(rules);
  rules.load();
  if (rules.error() == 0) return {};
  return fail(ErrorCode::unavailable, "The kernel takes no list of system calls (" +
                                          std::string(strerror(rules.error())) +
                                          "): allow it, or set process.sandbox to false.");
}

}  // namespace parley::sfu
