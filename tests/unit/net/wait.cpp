#include "tests/unit/net/wait.hpp"

#include <atomic>
#include <thread>

#include "net/clock.hpp"
#include "net/handle.hpp"
#include "net/timer.hpp"
#include "net/waker.hpp"

namespace parley::test {
namespace {

struct Waiting {
  net::Loop* loop;
  const std::function<bool()>* done;
  bool is_over = false;

  void look() {
    is_over = is_over || (*done)();
    if (is_over) loop->stop();
  }
};

}  // namespace

bool run_until(net::Loop& loop, const std::function<bool()>& done, Duration limit) {
  Waiting waiting{.loop = &loop, .done = &done};
  net::Timer guard(loop, [&] { waiting.is_over = true; });
  guard.arm(net::read_monotonic() + limit);
  // Looked at before and after the loop waits for the kernel, so after every kind of event.
  const net::HandlePtr<uv_prepare_t> before(new uv_prepare_t);
  uv_prepare_init(loop.raw(), before.get());
  before->data = &waiting;
  uv_prepare_start(before.get(),
                   [](uv_prepare_t* handle) { static_cast<Waiting*>(handle->data)->look(); });
  const net::HandlePtr<uv_check_t> after(new uv_check_t);
  uv_check_init(loop.raw(), after.get());
  after->data = &waiting;
  uv_check_start(after.get(),
                 [](uv_check_t* handle) { static_cast<Waiting*>(handle->data)->look(); });
  loop.run();
  return done();
}

bool serve(net::Loop& loop, const std::function<void()>& work) {
  std::atomic<bool> is_done = false;
  net::Waker waker(loop, [] {});
  std::thread worker([&] {
    work();
    is_done = true;
    waker.wake();
  });
  const bool is_in_time = run_until(loop, [&] { return is_done.load(); });
  worker.join();
  return is_in_time;
}

}  // namespace parley::test
