#include "net/unix_listener.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/check.hpp"
#include "net/descriptor.hpp"
#include "net/unix_address.hpp"

namespace parley::net {
namespace {

constexpr int kBacklog = 16;
constexpr mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;

int new_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

Result<void> prepare_directory(const std::filesystem::path& file) {
  const std::filesystem::path directory = file.has_parent_path() ? file.parent_path() : ".";
  struct stat found{};
  if (::stat(directory.c_str(), &found) != 0) {
    std::error_code ignored;  // what is still missing shows at mkdir
    std::filesystem::create_directories(directory.parent_path(), ignored);
    if (::mkdir(directory.c_str(), 0700) == 0) return {};
    return fail(ErrorCode::io, unix_problem(directory, "cannot be made", errno));
  }
  if ((found.st_mode & kOthersMayWrite) == 0) return {};
  return fail(ErrorCode::failed_precondition,
              directory.string() + ": others may write to the directory of the socket");
}

// Removes what a process that is gone has left there.
Result<void> make_room(const std::filesystem::path& file, const sockaddr_un& address) {
  struct stat found{};
  if (::lstat(file.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) {
    return fail(ErrorCode::failed_precondition, file.string() + ": exists and is no socket");
  }
  const Descriptor probe(new_socket());
  if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno != ECONNREFUSED) {
    return fail(ErrorCode::failed_precondition, file.string() + ": another process listens there");
  }
  if (::unlink(file.c_str()) == 0) return {};
  return fail(ErrorCode::io, unix_problem(file, "cannot be replaced", errno));
}

}  // namespace

struct UnixListener::State {
  ~State() {
    if (!file.empty()) ::unlink(file.c_str());
  }
  Result<void> listen(const std::filesystem::path& at, const sockaddr_un& address);
  void on_connection(int status);

  Loop* loop;
  OnAccept on_accept;
  std::filesystem::path file = {};  // empty: not made
  HandlePtr<uv_pipe_t> handle;
};

UnixListener::UnixListener(std::unique_ptr<State> state) : state_(std::move(state)) {}

UnixListener::~UnixListener() = default;

Result<std::unique_ptr<UnixListener>> UnixListener::open(Loop& loop,
                                                         const std::filesystem::path& file,
                                                         OnAccept on_accept) {
  const auto address = to_unix_address(file);
  if (!address) return std::unexpected(address.error());
  Result<void> prepared = prepare_directory(file);
  if (prepared) prepared = make_room(file, *address);
  if (!prepared) return std::unexpected(prepared.error());
  HandlePtr<uv_pipe_t> handle(new uv_pipe_t);
  PARLEY_CHECK(uv_pipe_init(loop.raw(), handle.get(), 0) == 0);
  auto state = std::unique_ptr<State>(
      new State{.loop = &loop, .on_accept = std::move(on_accept), .handle = std::move(handle)});
  if (auto listening = state->listen(file, *address); !listening) {
    return std::unexpected(listening.error());
  }
  return std::unique_ptr<UnixListener>(new UnixListener(std::move(state)));
}

Result<void> UnixListener::State::listen(const std::filesystem::path& at,
                                         const sockaddr_un& address) {
  const int fd = new_socket();
  // The mode of the socket before bind() is the mode its file is made with: never wider for a
  // moment.
  if (fd < 0 || ::fchmod(fd, 0600) != 0 || uv_pipe_open(handle.get(), fd) != 0) {
    if (fd >= 0) ::close(fd);
    return fail(ErrorCode::io, at.string() + ": no socket can be made");
  }
  handle->data = this;
  if (::bind(fd, generic(address), sizeof address) != 0) {
    return fail(ErrorCode::io, unix_problem(at, "cannot be made", errno));
  }
  file = at;
  const int status = uv_listen(reinterpret_cast<uv_stream_t*>(handle.get()), kBacklog,
                               [](uv_stream_t* server, int ready) {
                                 if (server->data == nullptr) return;
                                 static_cast<State*>(server->data)->on_connection(ready);
                               });
  if (status == 0) return {};
  return fail(ErrorCode::io, unix_problem(at, "cannot listen", -status));
}

void UnixListener::State::on_connection(int status) {
  if (status != 0) return;  // out of descriptors: the client tries again
  HandlePtr<uv_pipe_t> accepted(new uv_pipe_t);
  PARLEY_CHECK(uv_pipe_init(loop->raw(), accepted.get(), 0) == 0);
  accepted->data = nullptr;
  if (uv_accept(reinterpret_cast<uv_stream_t*>(handle.get()),
                reinterpret_cast<uv_stream_t*>(accepted.get())) != 0) {
    return;
  }
  uv_os_fd_t fd = -1;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (uv_fileno(reinterpret_cast<uv_handle_t*>(accepted.get()), &fd) != 0 ||
      ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return;
  }
  on_accept({.loop = loop, .handle = std::move(accepted), .user = peer.uid});
}

}  // namespace parley::net
