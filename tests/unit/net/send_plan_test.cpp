#include "net/send_plan.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace parley::net {
namespace {

Path to(std::uint16_t port) {
  return {.remote = {.address = IpAddress::parse("192.0.2.1").value(), .port = port}};
}

// A batch that is planned, and its runs as lists of entries.
struct Planned {
  explicit Planned(std::size_t packets = 256) : batch(8U << 20, packets) {}

  void push(const Path& path, std::size_t size) {
    ASSERT_TRUE(batch.push(path, std::vector<std::uint8_t>(size, 1)));
  }
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> runs(bool with_segments = true) {
    plan.make(batch.entries(), 0, with_segments);
    std::vector<std::vector<std::uint32_t>> all;
    for (const SendPlan::Run& run : plan.runs()) {
      auto& entries = all.emplace_back();
      std::uint32_t bytes = 0;
      for (std::uint32_t i = 0, entry = run.first; i < run.segments; ++i) {
        entries.push_back(entry);
        bytes += batch.entries()[entry].size;
        if (i + 1 < run.segments) entry = plan.next(entry);
      }
      EXPECT_EQ(entries.back(), run.last);
      EXPECT_EQ(bytes, run.bytes);
    }
    return all;
  }

  PacketBatch batch;
  SendPlan plan;
};

using Runs = std::vector<std::vector<std::uint32_t>>;

TEST(SendPlan, JoinsDatagramsToOneDestinationThatAreNotNeighbours) {
  Planned planned;
  for (int talker = 0; talker < 3; ++talker) {
    for (std::uint16_t listener = 1; listener <= 2; ++listener) planned.push(to(listener), 100);
  }
  EXPECT_EQ(planned.runs(), (Runs{{0, 2, 4}, {1, 3, 5}}));
  EXPECT_EQ(planned.runs(false), (Runs{{0}, {1}, {2}, {3}, {4}, {5}}));
}

TEST(SendPlan, EndsARunWithAShorterDatagramAndBeginsAnotherWithALongerOne) {
  Planned planned;
  for (const std::size_t size : {100, 100, 90, 90, 100, 100}) planned.push(to(1), size);
  EXPECT_EQ(planned.runs(), (Runs{{0, 1, 2}, {3}, {4, 5}}));
}

TEST(SendPlan, NeverJoinsAnEmptyDatagram) {
  Planned planned;
  for (const std::size_t size : {100, 0, 0, 100}) planned.push(to(1), size);
  EXPECT_EQ(planned.runs(), (Runs{{0}, {1}, {2}, {3}}));
}

TEST(SendPlan, TellsDestinationsApartByPortAddressAndFamily) {
  Planned planned;
  Path v6 = to(1);
  v6.remote.address.is_v6 = true;
  Path other = to(1);
  other.remote.address.bytes[15] = 1;
  for (const Path& path : {to(1), to(2), v6, other}) planned.push(path, 10);
  EXPECT_EQ(planned.runs(), (Runs{{0}, {1}, {2}, {3}}));
}

TEST(SendPlan, LeavesOutTcpAndOtherSockets) {
  Planned planned;
  Path tcp = to(1);
  tcp.connection = 5;
  Path elsewhere = to(1);
  elsewhere.local = 1;
  for (const Path& path : {tcp, to(1), elsewhere, to(1)}) planned.push(path, 10);
  EXPECT_EQ(planned.runs(), (Runs{{1, 3}}));
}

TEST(SendPlan, JoinsAtMostSoManySegments) {
  Planned planned;
  for (std::uint32_t i = 0; i < SendPlan::kMaxSegments + 1; ++i) planned.push(to(1), 10);
  const Runs runs = planned.runs();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].size(), SendPlan::kMaxSegments);
  EXPECT_EQ(runs[1].size(), 1U);
}

TEST(SendPlan, JoinsAtMostWhatADatagramCarries) {
  Planned planned;
  for (int i = 0; i < 60; ++i) planned.push(to(1), SendPlan::kMaxSegment);
  const Runs runs = planned.runs();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].size(), SendPlan::kMaxMessage / SendPlan::kMaxSegment);
}

TEST(SendPlan, JoinsNothingThatMayNotFitThePath) {
  Planned planned;
  for (int i = 0; i < 2; ++i) planned.push(to(1), SendPlan::kMaxSegment + 1);
  EXPECT_EQ(planned.runs(), (Runs{{0}, {1}}));
}

TEST(SendPlan, OfManyDestinationsEveryOneFindsItsOwn) {
  constexpr std::uint16_t kListeners = SendPlan::kMaxEntries / 2;
  Planned planned(SendPlan::kMaxEntries);
  for (int talker = 0; talker < 2; ++talker) {
    for (std::uint16_t i = 0; i < kListeners; ++i) planned.push(to(i), 20);
  }
  const Runs runs = planned.runs();
  // A few destinations may find no slot near theirs; they leave alone, in order.
  EXPECT_GE(runs.size(), kListeners);
  EXPECT_LE(runs.size(), kListeners + kListeners / 100U);
  std::size_t planned_entries = 0;
  for (const auto& run : runs) {
    planned_entries += run.size();
    if (run.size() == 2) {
      EXPECT_EQ(run[0] + kListeners, run[1]);
    }
  }
  EXPECT_EQ(planned_entries, SendPlan::kMaxEntries);
}

TEST(SendPlan, ForgetsThePlanBefore) {
  Planned planned;
  planned.push(to(1), 10);
  // More plans than there are generations of slots.
  for (int i = 0; i < 70'000; ++i) planned.plan.make(planned.batch.entries(), 0, true);
  planned.push(to(2), 10);
  planned.push(to(1), 10);
  EXPECT_EQ(planned.runs(), (Runs{{0, 2}, {1}}));
  planned.batch.clear();
  planned.push(to(2), 10);
  planned.push(to(1), 10);
  EXPECT_EQ(planned.runs(), (Runs{{0}, {1}}));
  planned.batch.clear();
  EXPECT_EQ(planned.runs(), Runs{});
}

TEST(SendPlan, KeepsTheOrderOfEveryDestinationWhateverTheSizes) {
  std::minstd_rand random(7);
  for (int round = 0; round < 200; ++round) {
    Planned planned;
    const std::size_t count = random() % 200;
    for (std::size_t i = 0; i < count; ++i) {
      planned.push(to(static_cast<std::uint16_t>(random() % 8)), 98 + random() % 4);
    }
    std::vector<std::vector<std::uint32_t>> order(8);
    std::size_t entries = 0;
    for (const auto& run : planned.runs()) {
      const auto all = planned.batch.entries();
      for (const std::uint32_t entry : run) {
        auto& before = order[all[entry].path.remote.port];
        ASSERT_TRUE(before.empty() || before.back() < entry);
        before.push_back(entry);
        entries += 1;
        ASSERT_EQ(all[entry].path.remote.port, all[run[0]].path.remote.port);
        ASSERT_TRUE(entry == run.back() || all[entry].size == all[run[0]].size);
        ASSERT_LE(all[entry].size, all[run[0]].size);
      }
    }
    ASSERT_EQ(entries, count);
  }
}

}  // namespace
}  // namespace parley::net
