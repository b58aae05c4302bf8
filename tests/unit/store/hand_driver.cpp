#include "tests/unit/store/hand_driver.hpp"

#include <poll.h>

#include <algorithm>

namespace parley::test {

using signaling::PostgresEngine;

Result<void> HandDriver::open(const std::string& conninfo) {
  auto opened = PostgresEngine::open(conninfo, random_,
                                     {.watch =
                                          [this](int fd, bool read, bool write) {
                                            fd_ = fd;
                                            read_ = read;
                                            write_ = write;
                                          },
                                      .on_committed = [this] { ++told_; }});
  if (!opened) return std::unexpected(opened.error());
  engine_ = std::move(*opened);
  return {};
}

bool HandDriver::run_until(const std::function<bool()>& done) {
  constexpr int kMaxSteps = 100'000;
  constexpr int kMaxPauses = 100;
  int pauses = 0;
  for (int step = 0; step < kMaxSteps; ++step) {
    if (done()) return true;
    if (fd_ >= 0) {
      if (!wait_for_descriptor()) return false;
      engine_->on_ready(now_);
    } else {
      if (engine_->deadline() == kNever || ++pauses > kMaxPauses) return false;
      wait(engine_->deadline() - now_);
    }
  }
  return false;
}

void HandDriver::wait(Duration time) {
  now_ += std::max(time, Duration::zero());
  engine_->tick(now_);
}

bool HandDriver::wait_for_descriptor() const {
  constexpr int kLimitMs = 20'000;
  const int events = (read_ ? POLLIN : 0) | (write_ ? POLLOUT : 0);
  pollfd waiting{.fd = fd_, .events = static_cast<short>(events), .revents = 0};
  return ::poll(&waiting, 1, kLimitMs) == 1;
}

}  // namespace parley::test
