#include "net/unix_client.hpp"

#include <sys/time.h>

#include <array>
#include <cerrno>
#include <utility>

#include "net/frame_cutter.hpp"
#include "net/unix_address.hpp"

namespace parley::net {
namespace {

Error problem_of_connect(const std::filesystem::path& file, int number) {
  if (number == ENOENT || number == ECONNREFUSED) {
    return {.code = ErrorCode::unavailable, .message = file.string() + ": nobody listens there"};
  }
  return {.code = ErrorCode::io, .message = unix_problem(file, "cannot be opened", number)};
}

// All of it, as far as the other side takes it: what it had to say against it can still be read.
void write_all(int fd, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
}

}  // namespace

UnixClient::UnixClient(std::filesystem::path file, std::unique_ptr<Descriptor> socket)
    : file_(std::move(file)), socket_(std::move(socket)) {}

Result<UnixClient> UnixClient::connect(const std::filesystem::path& file,
                                       std::chrono::seconds timeout) {
  const auto address = to_unix_address(file);
  if (!address) return std::unexpected(address.error());
  auto socket = std::make_unique<Descriptor>(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{.tv_sec = timeout.count(), .tv_usec = 0};
  ::setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket->get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(socket->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) !=
      0) {
    return std::unexpected(problem_of_connect(file, errno));
  }
  return UnixClient(file, std::move(socket));
}

Result<std::vector<std::uint8_t>> UnixClient::exchange(Bytes message,
                                                       std::size_t max_answer_bytes) {
  std::vector<std::uint8_t> frame(kFrameHeader + message.size());
  ByteWriter writer(frame);
  writer.u32(static_cast<std::uint32_t>(message.size()));
  writer.bytes(message);
  write_all(socket_->get(), frame);
  std::array<std::uint8_t, kFrameHeader> header{};
  if (const auto got = read(header); !got) return std::unexpected(got.error());
  const std::size_t size = ByteReader(header).u32();
  if (size > max_answer_bytes) {
    return fail(ErrorCode::resource_exhausted,
                file_.string() + ": an answer of " + std::to_string(size) + " bytes is too long");
  }
  std::vector<std::uint8_t> answer(size);
  if (const auto got = read(answer); !got) return std::unexpected(got.error());
  return answer;
}

Result<void> UnixClient::read(MutableBytes into) {
  while (!into.empty()) {
    const ssize_t got = ::recv(socket_->get(), into.data(), into.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0)
      return fail(ErrorCode::unavailable, file_.string() + ": the service closed the connection");
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return fail(ErrorCode::unavailable, file_.string() + ": the service does not answer in time");
    }
    if (got < 0) return fail(ErrorCode::unavailable, unix_problem(file_, "connection lost", errno));
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace parley::net
