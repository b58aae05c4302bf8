#include "client/load/percentiles.hpp"

#include <algorithm>

namespace parley::client {

Percentiles percentiles_of(std::vector<Duration> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const auto rank = [&](std::size_t percent) {
    const std::size_t place = (values.size() * percent + 99) / 100;
    return values[std::max<std::size_t>(place, 1) - 1];
  };
  return {.count = values.size(),
          .p50 = rank(50),
          .p95 = rank(95),
          .p99 = rank(99),
          .max = values.back()};
}

}  // namespace parley::client
