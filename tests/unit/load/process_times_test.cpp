#include "client/load/process_times.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace parley::client {
namespace {

TEST(ProcessTimesOf, ReadWhatTheKernelWrites) {
  EXPECT_EQ(parse_schedstat("123456789 55 7\n"), 123456789U);
  EXPECT_EQ(parse_schedstat(""), std::nullopt);
  const auto times = parse_stat(
      "42 (a) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 250 130 0 0 20 0 1 0 500 1000 10", 10);
  ASSERT_TRUE(times.has_value());
  EXPECT_EQ(times->user_ns, 2500U);
  EXPECT_EQ(times->system_ns, 1300U);
  EXPECT_FALSE(parse_stat("42 no name", 10).has_value());
  EXPECT_FALSE(parse_stat("42 (cut) S 1 42", 10).has_value());
}

TEST(ProcessTimesOf, ThisProcessGrow) {
  const auto before = read_process_times(getpid());
  ASSERT_TRUE(before.has_value());
  EXPECT_GT(before->run_ns, 0U);
  volatile std::uint64_t work = 0;
  for (int i = 0; i < 1'000'000; ++i) work = work + 1;
  EXPECT_GE(read_process_times(getpid())->run_ns, before->run_ns);
  EXPECT_GT(read_resident_bytes(getpid()).value_or(0), 0U);
}

TEST(ProcessTimesOf, NoProcessAreNone) {
  EXPECT_FALSE(read_process_times(0).has_value());
  EXPECT_FALSE(read_resident_bytes(0).has_value());
}

}  // namespace
}  // namespace parley::client
