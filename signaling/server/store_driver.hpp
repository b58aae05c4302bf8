// Runs a PostgreSQL store on a loop: watches its descriptor, keeps its deadline, tells it the time.
// (The SQLite store has done everything when its calls return.)
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/loop.hpp"
#include "net/poll.hpp"
#include "net/timer.hpp"
#include "signaling/store/postgres_engine.hpp"

namespace parley::signaling {

class StoreDriver {
 public:
  // Waits: for the start; errors as of PostgresEngine::open(). `on_committed` runs in the loop's
  // thread when committed() grew or is_available() changed; it must not destroy this object. `loop`
  // outlives it.
  [[nodiscard]] static Result<std::unique_ptr<StoreDriver>> open(
      net::Loop& loop, const std::string& conninfo, RandomSource& random,
      std::function<void()> on_committed);
  StoreDriver(const StoreDriver&) = delete;
  StoreDriver& operator=(const StoreDriver&) = delete;
  ~StoreDriver() = default;

  [[nodiscard]] PostgresEngine& engine() { return *engine_; }

 private:
  explicit StoreDriver(net::Loop& loop);
  void watch(int fd, bool read, bool write);
  void on_ready();
  void on_due();

  net::Loop& loop_;
  std::unique_ptr<net::Poll> poll_;
  net::Timer timer_;
  std::unique_ptr<PostgresEngine> engine_;  // goes first: it takes its descriptor back
};

}  // namespace parley::signaling
