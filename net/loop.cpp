#include "net/loop.hpp"

#include <csignal>

#include "base/check.hpp"

namespace parley::net {

Loop::Loop() : read_buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(kReadBuffer)) {
  std::signal(SIGPIPE, SIG_IGN);
  PARLEY_CHECK(uv_loop_init(&loop_) == 0);
}

Loop::~Loop() {
  // Our wrappers have begun to close their handles; a foreign library may have left some open.
  uv_walk(
      &loop_,
      [](uv_handle_t* handle, void*) {
        if (uv_is_closing(handle) == 0) uv_close(handle, nullptr);
      },
      nullptr);
  while (uv_run(&loop_, UV_RUN_DEFAULT) != 0) {
  }
  PARLEY_CHECK(uv_loop_close(&loop_) == 0);
}

void Loop::run() { uv_run(&loop_, UV_RUN_DEFAULT); }

void Loop::poll() { uv_run(&loop_, UV_RUN_NOWAIT); }

void Loop::stop() { uv_stop(&loop_); }

}  // namespace parley::net
