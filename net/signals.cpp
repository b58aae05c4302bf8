#include "net/signals.hpp"

#include <csignal>
#include <utility>

#include "base/check.hpp"

namespace parley::net {
namespace {

constexpr std::array kNumbers = {SIGTERM, SIGINT, SIGHUP};  // in the order of Signal

Signal to_signal(int number) {
  if (number == SIGTERM) return Signal::terminate;
  return number == SIGINT ? Signal::interrupt : Signal::hang_up;
}

}  // namespace

Signals::Signals(Loop& loop, std::function<void(Signal)> on_signal)
    : on_signal_(std::move(on_signal)) {
  for (std::size_t i = 0; i < handles_.size(); ++i) {
    handles_[i].reset(new uv_signal_t);
    PARLEY_CHECK(uv_signal_init(loop.raw(), handles_[i].get()) == 0);
    handles_[i]->data = this;
    const int started = uv_signal_start(
        handles_[i].get(),
        [](uv_signal_t* handle, int number) {
          if (handle->data == nullptr) return;
          static_cast<Signals*>(handle->data)->on_signal_(to_signal(number));
        },
        kNumbers[i]);
    PARLEY_CHECK(started == 0);
  }
}

}  // namespace parley::net
