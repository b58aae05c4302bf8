// Processor time and memory of another process, from /proc.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace parley::client {

struct ProcessTimes {
  std::uint64_t run_ns = 0;   // of all its threads, exact (schedstat)
  std::uint64_t user_ns = 0;  // in steps of the kernel's tick: for the proportion of both
  std::uint64_t system_ns = 0;
};

// nullopt: there is no such process.
[[nodiscard]] std::optional<ProcessTimes> read_process_times(int pid);
[[nodiscard]] std::optional<std::uint64_t> read_resident_bytes(int pid);

// Processor time of this process so far.
[[nodiscard]] Duration own_cpu();

// The texts of /proc, parsed. Pure.
[[nodiscard]] std::optional<std::uint64_t> parse_schedstat(std::string_view text);
[[nodiscard]] std::optional<ProcessTimes> parse_stat(std::string_view text, std::uint64_t tick_ns);

}  // namespace parley::client
