// Runs a loop until something has happened, without sleeping and with a limit.
#pragma once

#include <chrono>
#include <functional>

#include "base/time.hpp"
#include "net/loop.hpp"

namespace parley::test {

// Generous: a loaded machine must not fail a test; a right program never waits for it.
inline constexpr Duration kLimit = std::chrono::seconds(20);

// Handles events of `loop` until `done()`; false when the limit passed first.
[[nodiscard]] bool run_until(net::Loop& loop, const std::function<bool()>& done,
                             Duration limit = kLimit);

// Does `work` in another thread while this one runs `loop`; false when the limit passed first, and
// then waits for it all the same.
[[nodiscard]] bool serve(net::Loop& loop, const std::function<void()>& work);

}  // namespace parley::test
