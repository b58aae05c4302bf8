// What a flush gives account of when the kernel takes only a part. An executable of its own,
// because kernel_faults.cpp replaces sendmmsg.
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <random>
#include <string>
#include <vector>

#include "net/udp_port.hpp"
#include "net/udp_sender.hpp"
#include "tests/unit/net/kernel_faults.hpp"
#include "tests/unit/net/wait.hpp"

namespace parley::net {
namespace {

using test::run_until;
using test::segmentation_error;
using test::send_faults;

const Endpoint kLoopback{.address = IpAddress::parse("127.0.0.1").value()};

struct Receiver {
  explicit Receiver(Loop& loop)
      : port(UdpPort::open(loop, {.bind = kLoopback}, [this](std::span<Datagram> batch, Now) {
               for (const Datagram& datagram : batch) got.emplace_back(as_text(datagram.bytes));
             }).value()) {}

  std::vector<std::string> got;
  std::unique_ptr<UdpPort> port;
};

class UdpFaults : public ::testing::Test {
 protected:
  static constexpr std::size_t kReceivers = 3;

  void SetUp() override {
    send_faults.clear();
    segmentation_error = 0;
    test::send_calls = 0;
  }
  void push(std::size_t receiver, const std::string& text) {
    const Path path{.remote = receivers_[receiver].port->local_endpoint()};
    ASSERT_TRUE(batch_.push(path, as_bytes(text)));
    given_ += 1;
    sent_[receiver].push_back(text);
  }
  // One packet of each of so many talkers to every receiver.
  void push_talkers(int talkers) {
    for (int talker = 0; talker < talkers; ++talker) {
      for (std::size_t i = 0; i < kReceivers; ++i) push(i, "talker " + std::to_string(talker + 10));
    }
  }
  void flush() {
    sender_->flush(batch_);
    batch_.clear();
  }
  [[nodiscard]] const UdpCounters& counters() const { return sender_->counters(); }
  void expect_exact_account() {
    EXPECT_EQ(given_, counters().packets_out + counters().drop_send_buffer_full +
                          counters().drop_send_refused);
    EXPECT_EQ(counters().send_calls, static_cast<std::uint64_t>(test::send_calls));
    EXPECT_TRUE(run_until(loop_, [&] {
      std::size_t got = 0;
      for (const Receiver& receiver : receivers_) got += receiver.got.size();
      return got >= counters().packets_out;
    }));
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < kReceivers; ++i) {
      // In the order of sending, with gaps.
      auto next = sent_[i].begin();
      for (const std::string& text : receivers_[i].got) {
        bytes += text.size();
        next = std::find(next, sent_[i].end(), text);
        ASSERT_NE(next, sent_[i].end()) << text;
        ++next;
      }
    }
    EXPECT_EQ(bytes, counters().bytes_out);
  }
  void expect_everything_arrived() {
    expect_exact_account();
    for (std::size_t i = 0; i < kReceivers; ++i) EXPECT_EQ(receivers_[i].got, sent_[i]);
  }

  Loop loop_;
  std::array<Receiver, kReceivers> receivers_{Receiver(loop_), Receiver(loop_), Receiver(loop_)};
  std::unique_ptr<UdpPort> sender_ = UdpPort::open(loop_, {.bind = kLoopback}, {}).value();
  PacketBatch batch_;
  std::size_t given_ = 0;
  std::array<std::vector<std::string>, kReceivers> sent_;
};

TEST_F(UdpFaults, GoesOnWhereTheKernelStopped) {
  for (int i = 0; i < 300; ++i) push(0, std::string(static_cast<std::size_t>(i), 'x'));
  send_faults = {1, 100, -EINTR, 7};
  flush();
  expect_everything_arrived();
  EXPECT_EQ(counters().send_calls, 5U);
}

TEST_F(UdpFaults, OneThousandAndTwentyFiveMessagesAreTwoCalls) {
  // Each longer than the one before: nothing can be joined.
  for (std::size_t i = 1; i <= UdpSender::kMaxMessages + 1; ++i) push(0, std::string(i, 'x'));
  flush();
  expect_everything_arrived();
  EXPECT_EQ(counters().send_calls, 2U);
  EXPECT_EQ(counters().segmented_out, 0U);
}

TEST_F(UdpFaults, AFullBufferDropsAStepAndIsTriedAgainBehindIt) {
  for (int i = 0; i < 200; ++i)
    push(0, std::to_string(i) + std::string(static_cast<std::size_t>(i), 'x'));
  send_faults = {10, -EAGAIN, -ENOBUFS, 5, -EAGAIN};
  flush();
  expect_exact_account();
  // Message 10 to 73, 74 to 137, 143 to the end.
  EXPECT_EQ(counters().drop_send_buffer_full, 64U + 64U + 57U);
  EXPECT_EQ(counters().packets_out, 15U);
}

TEST_F(UdpFaults, AFullBufferCountsEverySegmentOfAMessage) {
  push_talkers(30);
  send_faults = {1, -EAGAIN};
  flush();
  expect_exact_account();
  EXPECT_EQ(counters().packets_out, 30U);
  EXPECT_EQ(counters().drop_send_buffer_full, 60U);
  EXPECT_EQ(counters().segmented_out, 30U);
}

TEST_F(UdpFaults, ARefusedMessageCountsEverySegment) {
  push_talkers(10);
  send_faults = {1, -EPERM};
  flush();
  expect_exact_account();
  EXPECT_EQ(counters().drop_send_refused, 10U);
  EXPECT_EQ(counters().packets_out, 20U);
  EXPECT_EQ(counters().segmentation_refused, 0U);
}

TEST_F(UdpFaults, WhatCannotBeSegmentedLeavesPacketByPacket) {
  for (const int error : {EIO, EINVAL, EMSGSIZE, ENOPROTOOPT, EOPNOTSUPP}) {
    segmentation_error = error;
    push_talkers(5);
    flush();
  }
  expect_everything_arrived();
  EXPECT_EQ(counters().segmentation_refused, 15U);
  EXPECT_EQ(counters().segmented_out, 0U);
}

TEST_F(UdpFaults, ASinglePacketThatIsRefusedIsNotTriedAgain) {
  push(0, "one");
  push(1, "two");
  send_faults = {-EINVAL};
  flush();
  expect_exact_account();
  EXPECT_EQ(counters().drop_send_refused, 1U);
  EXPECT_EQ(counters().segmentation_refused, 0U);
}

TEST_F(UdpFaults, PacketByPacketTheAccountIsExactToo) {
  push_talkers(5);
  segmentation_error = EIO;
  // The call, then the five packets of the first message; the others as they are.
  send_faults = {-EIO, 1, -EINTR, 1, -EAGAIN, -EPERM, 1};
  flush();
  expect_exact_account();
  EXPECT_EQ(counters().drop_send_buffer_full, 1U);
  EXPECT_EQ(counters().drop_send_refused, 1U);
  EXPECT_EQ(counters().packets_out, 13U);
}

TEST_F(UdpFaults, SegmentationIsGivenUpAfterManyRefusalsInARow) {
  segmentation_error = EIO;
  for (int i = 0; i < UdpSender::kMaxRefusedInARow; ++i) {
    push_talkers(2);
    flush();
  }
  // Found out in the middle of a flush, whose last messages were joined already.
  constexpr int kRefused = UdpSender::kMaxRefusedInARow + 2;
  EXPECT_EQ(counters().segmentation_refused, static_cast<std::uint64_t>(kRefused));
  segmentation_error = 0;
  const std::uint64_t calls = counters().send_calls;
  push_talkers(2);
  flush();
  expect_everything_arrived();
  EXPECT_EQ(counters().send_calls, calls + 1);
  EXPECT_EQ(counters().segmented_out, 0U);
}

TEST_F(UdpFaults, OneMessageThatIsTakenMeansThatSegmentationWorks) {
  for (int i = 0; i < 3 * UdpSender::kMaxRefusedInARow; ++i) {
    segmentation_error = i % 10 == 9 ? 0 : EINVAL;
    push(0, "one");
    push(0, "two");
    flush();
  }
  expect_everything_arrived();
  EXPECT_EQ(counters().segmented_out, 2U * 4U);
}

TEST_F(UdpFaults, WhateverTheKernelDoesEveryPacketIsSentOrCounted) {
  constexpr std::array kErrors = {EAGAIN, ENOBUFS, EINTR,       EPERM,
                                  EINVAL, EIO,     ENETUNREACH, EMSGSIZE};
  std::minstd_rand random(3);
  for (int round = 0; round < 150; ++round) {
    const std::size_t count = random() % 300;
    for (std::size_t i = 0; i < count; ++i) {
      std::string text = std::to_string(given_) + ":";
      text.resize(10 + random() % 3, 'x');
      push(random() % kReceivers, text);
    }
    for (std::size_t i = random() % 6; i > 0; --i) {
      const bool takes_some = random() % 2 == 0;
      send_faults.push_back(takes_some ? static_cast<int>(1 + random() % 40)
                                       : -kErrors[random() % kErrors.size()]);
    }
    segmentation_error = random() % 8 == 0 ? EIO : 0;
    flush();
    expect_exact_account();
  }
  EXPECT_GT(counters().segmented_out, 0U);
  EXPECT_GT(counters().segmentation_refused, 0U);
  EXPECT_GT(counters().drop_send_buffer_full, 0U);
  EXPECT_GT(counters().drop_send_refused, 0U);
}

}  // namespace
}  // namespace parley::net
