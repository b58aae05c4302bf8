// The only clock of these tests. libssl asks gettimeofday; virtual_time.cpp answers with
// `clock_now`.
#pragma once

#include "base/time.hpp"

namespace parley::test {

inline constexpr Timestamp kStart{std::chrono::hours(1)};
inline Timestamp clock_now = kStart;
inline Duration clock_step{0};  // how far each look at the clock moves it: a slow machine

inline void advance(Duration by) { clock_now += by; }

}  // namespace parley::test
