// Accepts connections of programs on this machine at a file of its own, and says whose they are.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>

#include "base/result.hpp"
#include "net/handle.hpp"
#include "net/loop.hpp"

namespace parley::net {

// An accepted connection that nobody uses yet. Destroying it closes it.
struct UnixSocket {
  Loop* loop;
  HandlePtr<uv_pipe_t> handle;
  uid_t user;  // of the other process when it connected, as the kernel knows it (unix(7),
               // SO_PEERCRED)
};

class UnixListener {
 public:
  // The receiver makes a UnixStream of it, or destroys it to refuse.
  using OnAccept = std::function<void(UnixSocket)>;

  // Makes `file` with mode 0600, and its directory with mode 0700 when it is missing. A socket that
  // a dead process has left is replaced. Errors: failed_precondition (somebody listens there, there
  // is a file that is no socket, or others may write to the directory); invalid_argument (the path
  // is too long); io. `on_accept` runs in the loop's thread and must not destroy the listener.
  static Result<std::unique_ptr<UnixListener>> open(Loop& loop, const std::filesystem::path& file,
                                                    OnAccept on_accept);
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;
  ~UnixListener();  // removes the file

 private:
  struct State;
  explicit UnixListener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::net
