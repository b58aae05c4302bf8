// The signals an operator sends to a service, as events of its main loop.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "net/handle.hpp"
#include "net/loop.hpp"

namespace parley::net {

enum class Signal : std::uint8_t {
  terminate,  // SIGTERM: end politely
  interrupt,  // SIGINT, Ctrl-C: end politely
  hang_up,    // SIGHUP: read certificates again
};

class Signals {
 public:
  // One per process. `on_signal` runs in the loop's thread.
  Signals(Loop& loop, std::function<void(Signal)> on_signal);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() = default;

 private:
  std::function<void(Signal)> on_signal_;
  std::array<HandlePtr<uv_signal_t>, 3> handles_;
};

}  // namespace parley::net
