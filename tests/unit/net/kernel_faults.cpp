#include "tests/unit/net/kernel_faults.hpp"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace parley::test {

std::deque<int> send_faults;
int segmentation_error = 0;
int send_calls = 0;

namespace {

// The next planned fault, else "all".
int next_fault(int all) {
  send_calls += 1;
  if (send_faults.empty()) return all;
  const int fault = send_faults.front();
  send_faults.pop_front();
  return fault;
}

}  // namespace
}  // namespace parley::test

extern "C" int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  using namespace parley::test;
  const int fault = next_fault(static_cast<int>(count));
  if (fault < 0) {
    errno = -fault;
    return -1;
  }
  auto take = std::min(count, static_cast<unsigned>(fault));
  if (segmentation_error != 0) {
    const mmsghdr* const refused =
        std::find_if(messages, messages + take,
                     [](const mmsghdr& message) { return message.msg_hdr.msg_controllen > 0; });
    take = static_cast<unsigned>(refused - messages);
    if (take == 0) {
      errno = segmentation_error;
      return -1;
    }
  }
  return static_cast<int>(syscall(SYS_sendmmsg, fd, messages, take, flags));
}

extern "C" ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  using namespace parley::test;
  const int fault = next_fault(1);
  if (fault < 0) {
    errno = -fault;
    return -1;
  }
  return syscall(SYS_sendmsg, fd, message, flags);
}
