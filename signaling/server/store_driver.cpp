#include "signaling/server/store_driver.hpp"

#include <utility>

#include "net/clock.hpp"

namespace parley::signaling {

Result<std::unique_ptr<StoreDriver>> StoreDriver::open(net::Loop& loop, const std::string& conninfo,
                                                       RandomSource& random,
                                                       std::function<void()> on_committed) {
  std::unique_ptr<StoreDriver> driver(new StoreDriver(loop));
  PostgresHooks hooks{.watch = [self = driver.get()](int fd, bool read,
                                                     bool write) { self->watch(fd, read, write); },
                      .on_committed = std::move(on_committed)};
  Result<std::unique_ptr<PostgresEngine>> engine =
      PostgresEngine::open(conninfo, random, std::move(hooks));
  if (!engine) return std::unexpected(engine.error());
  driver->engine_ = std::move(*engine);
  return driver;
}

StoreDriver::StoreDriver(net::Loop& loop) : loop_(loop), timer_(loop, [this] { on_due(); }) {}

void StoreDriver::watch(int fd, bool read, bool write) {
  if (poll_ != nullptr && poll_->fd() != fd) poll_.reset();
  if (fd < 0) return;
  if (poll_ == nullptr) poll_ = std::make_unique<net::Poll>(loop_, fd, [this] { on_ready(); });
  poll_->watch(read, write);
}

void StoreDriver::on_ready() {
  engine_->on_ready(net::read_monotonic());
  timer_.arm(engine_->deadline());
}

void StoreDriver::on_due() {
  engine_->tick(net::read_monotonic());
  timer_.arm(engine_->deadline());
}

}  // namespace parley::signaling
