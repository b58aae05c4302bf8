// Runs a PostgreSQL engine by hand: waits for its descriptor, and lets its pauses pass at once.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "signaling/store/postgres_engine.hpp"
#include "tests/support/seeded_random.hpp"

namespace parley::test {

class HandDriver {
 public:
  explicit HandDriver(std::uint64_t seed) : random_(seed) {}
  HandDriver(const HandDriver&) = delete;
  HandDriver& operator=(const HandDriver&) = delete;

  [[nodiscard]] Result<void> open(const std::string& conninfo);
  [[nodiscard]] signaling::PostgresEngine& engine() { return *engine_; }
  void close() { engine_.reset(); }

  // Until `done()`; false: after many attempts it is not, or nothing more will happen.
  [[nodiscard]] bool run_until(const std::function<bool()>& done);
  // The descriptor is ready, or so it is told.
  void be_ready() { engine_->on_ready(now_); }
  // Time passes, and nothing happens.
  void wait(Duration time);
  [[nodiscard]] Timestamp now() const { return now_; }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool wants_write() const { return write_; }
  [[nodiscard]] int told() const { return told_; }  // calls of on_committed

 private:
  [[nodiscard]] bool wait_for_descriptor() const;

  SeededRandom random_;
  int fd_ = -1;
  bool read_ = false;
  bool write_ = false;
  int told_ = 0;
  Timestamp now_{std::chrono::hours(1)};
  std::unique_ptr<signaling::PostgresEngine> engine_;
};

}  // namespace parley::test
