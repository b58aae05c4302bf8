// parley_sim: plays seeds of the simulated world and checks its invariants.
//
//   parley_sim --seeds N [--first S]   seeds S .. S+N-1 (S is 1), one line per seed that fails
//   parley_sim --seed S                one seed, every event printed, played twice to prove that it
//                                      replays
// Ends with "N passed, N failed"; exit status 1 when a seed failed.
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string_view>

#include "tests/sim/scenario.hpp"

namespace {

bool report(std::uint64_t seed, const parley::sim::Outcome& outcome) {
  if (outcome.violations.empty()) return true;
  std::printf("seed %llu failed; replay with: scripts/test sim --seed %llu\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
  for (const auto& violation : outcome.violations) std::printf("    %s\n", violation.c_str());
  std::fflush(stdout);
  return false;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

int usage() {
  std::fprintf(stderr, "usage: parley_sim --seeds N [--first S] | --seed S\n");
  return 64;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t first = 1;
  std::uint64_t count = 0;
  bool is_single = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    const auto value = number(argv[i + 1]);
    if (!value) return usage();
    if (flag == "--seeds") count = *value;
    if (flag == "--first" || flag == "--seed") first = *value;
    if (flag == "--seed") is_single = true;
  }
  if (is_single) count = 1;
  if (count == 0 || argc % 2 == 0) return usage();

  std::uint64_t failed = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const auto outcome = parley::sim::play(seed, is_single);
    bool is_good = report(seed, outcome);
    if (is_single && parley::sim::play(seed, false).digest != outcome.digest) {
      std::printf("    the seed does not replay: two runs differ\n");
      is_good = false;
    }
    failed += is_good ? 0 : 1;
  }
  std::printf("%llu passed, %llu failed\n", static_cast<unsigned long long>(count - failed),
              static_cast<unsigned long long>(failed));
  return failed == 0 ? 0 : 1;
}
