#include "client/load/janus_link.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <utility>

namespace parley::client {

JanusLink::JanusLink(int fd) : socket_(fd), buffer_(kMaxReply) {}

Result<std::unique_ptr<JanusLink>> JanusLink::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::invalid_argument, "The path of Janus' socket is empty or too long.");
  }
  path.copy(address.sun_path, path.size());
  const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  std::unique_ptr<JanusLink> link(new JanusLink(fd));
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(ErrorCode::unavailable, "Janus does not listen at " + path + ".");
  }
  return link;
}

Result<void> JanusLink::send(std::string request) {
  if (request.size() > kMaxRequest || waiting_.size() == kMaxWaiting) {
    return fail(ErrorCode::resource_exhausted, "A request to Janus is too long, or one too many.");
  }
  waiting_.push_back(std::move(request));
  poll();
  return {};
}

void JanusLink::poll() {
  while (!waiting_.empty()) {
    const std::string& request = waiting_.front();
    const ssize_t sent = ::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      closed_ = closed_ || (errno != EAGAIN && errno != ENOBUFS);
      return;
    }
    waiting_.pop_front();
  }
}

std::optional<std::string_view> JanusLink::receive() {
  ssize_t size = -1;
  do {
    size = recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
  } while (size < 0 && errno == EINTR);
  if (size > 0) return std::string_view(buffer_.data(), static_cast<std::size_t>(size));
  closed_ = closed_ || size == 0 || errno != EAGAIN;
  return std::nullopt;
}

void JanusLink::wait(Duration limit) {
  pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  static_cast<void>(::poll(&readable, 1, static_cast<int>(limit / std::chrono::milliseconds(1))));
}

}  // namespace parley::client
