#include "client/load/rate_search.hpp"

#include <gtest/gtest.h>

namespace parley::client {
namespace {

// A server that carries everything up to `capacity`; returns the windows that were needed.
int search(RateSearch& search, double capacity) {
  int windows = 0;
  while (const auto rate = search.next()) {
    search.on_result(*rate, *rate <= capacity);
    ++windows;
  }
  return windows;
}

TEST(RateSearches, FindTheHighestRateFromBelow) {
  RateSearch from_below(100);
  EXPECT_LE(search(from_below, 1234), RateSearch::kMaxWindows);
  EXPECT_LE(from_below.highest(), 1234);
  EXPECT_GE(from_below.highest(), 1234 / RateSearch::kPrecision);
}

TEST(RateSearches, FindTheHighestRateFromAbove) {
  RateSearch from_above(5000);
  search(from_above, 1234);
  EXPECT_LE(from_above.highest(), 1234);
  EXPECT_GE(from_above.highest(), 1234 / RateSearch::kPrecision);
}

TEST(RateSearches, GiveUpOnAServerThatCarriesNothing) {
  RateSearch hopeless(1000);
  EXPECT_EQ(search(hopeless, 0), RateSearch::kMaxWindows);
  EXPECT_EQ(hopeless.highest(), 0);
}

TEST(LossOf, CountsWhatDidNotComeInTime) {
  WindowReport report;
  EXPECT_EQ(loss_of(report), 0);
  report.expected = 1000;
  report.forwarded = 990;
  EXPECT_DOUBLE_EQ(loss_of(report), 0.01);
  report.forwarded = 1001;
  EXPECT_EQ(loss_of(report), 0);
}

}  // namespace
}  // namespace parley::client
