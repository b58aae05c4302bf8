// A voice packet of an established room allocates nothing, from the socket's buffer to the batch,
// on one worker and over several. Counts every allocation of the process, of C and C++ alike.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "sfu/forwarding/pre_roll.hpp"
#include "tests/support/counting_malloc.hpp"
#include "tests/support/floor_call.hpp"
#include "tests/support/test_call.hpp"

namespace parley::sfu {
namespace {

using test::allocations;
using test::TestCall;
using test::TestPeer;

constexpr std::size_t kPackets = 100;
constexpr std::size_t kListeners = 20;

TEST(Allocation, ForwardingAVoicePacketAllocatesNothing) {
  TestCall call;
  constexpr RoomId kRoom{7};
  TestPeer& talker = call.join(kRoom);
  for (std::size_t i = 0; i < kListeners; ++i) call.join(kRoom);
  for (int i = 0; i < 10; ++i) call.say(talker, "established");

  std::vector<std::vector<std::uint8_t>> packets;
  for (std::size_t i = 0; i < kPackets; ++i) {
    packets.push_back(talker.make_voice(as_bytes("twenty ms")));
  }
  const std::uint64_t sent_before = call.counters().copies_out;
  const std::size_t before = allocations;
  for (auto& packet : packets) {
    call.node().receive(talker.path(), packet, call.now(), call.outbox());
    call.outbox().packets.clear();
  }
  const std::size_t spent = allocations - before;
  EXPECT_EQ(call.counters().copies_out - sent_before, kPackets * kListeners);
  EXPECT_EQ(spent, 0U);
}

TEST(Allocation, HandingAVoicePacketToAnotherWorkerAllocatesNothing) {
  TestCall call({}, 1, 2);
  constexpr RoomId kRoom{7};
  constexpr WorkerIndex kLeg{1};
  TestPeer& talker = call.join(kRoom);
  for (std::size_t i = 0; i < kListeners; ++i) {
    call.join(kRoom, false, {.id = {}, .path = {}, .worker = kLeg});
  }
  for (int i = 0; i < 10; ++i) call.say(talker, "established");

  std::vector<std::vector<std::uint8_t>> packets;
  for (std::size_t i = 0; i < kPackets; ++i) {
    packets.push_back(talker.make_voice(as_bytes("twenty ms")));
  }
  const std::uint64_t sent_before = call.counters(kLeg).copies_out;
  std::vector<OutgoingMessage>& messages = call.outbox().to_workers;
  const std::size_t before = allocations;
  for (auto& packet : packets) {
    call.node().receive(talker.path(), packet, call.now(), call.outbox());
    ASSERT_EQ(messages.size(), 1U);
    const WorkerMessage message = std::move(messages.front().message);
    messages.clear();
    call.node(kLeg).on_message(message, call.now(), call.outbox());
    call.outbox().packets.clear();
  }
  const std::size_t spent = allocations - before;
  EXPECT_EQ(call.counters(kLeg).copies_out - sent_before, kPackets * kListeners);
  EXPECT_EQ(spent, 0U);
}

// A talker at the gate: packets that pass, and packets that are held back and forgotten.
TEST(Allocation, APacketAtTheGateAllocatesNothing) {
  test::FloorCall floor;
  TestCall& call = floor.call();
  constexpr RoomId kRoom{7};
  TestPeer& talker = floor.join(kRoom);
  TestPeer& waiting = floor.join(kRoom);
  for (std::size_t i = 0; i < kListeners; ++i) floor.join(kRoom);
  floor.press(talker, kRoom, 1, talker.next_timestamp());
  for (int i = 0; i < 10; ++i) floor.say(talker, "established");
  for (int i = 0; i < 10; ++i) floor.say(waiting, "established");

  std::vector<std::vector<std::uint8_t>> granted;
  std::vector<std::vector<std::uint8_t>> held;
  for (std::size_t i = 0; i < kPackets; ++i) {
    granted.push_back(talker.make_voice(as_bytes("twenty ms")));
    held.push_back(waiting.make_voice(as_bytes("twenty ms")));
  }
  const std::uint64_t sent_before = call.counters().copies_out;
  const std::size_t before = allocations;
  for (std::size_t i = 0; i < kPackets; ++i) {
    call.node().receive(talker.path(), granted[i], call.now(), call.outbox());
    call.node().receive(waiting.path(), held[i], call.now(), call.outbox());
    call.outbox().packets.clear();
  }
  const std::size_t spent = allocations - before;
  EXPECT_EQ(call.counters().copies_out - sent_before, kPackets * (kListeners + 1));
  EXPECT_EQ(call.counters().held, PreRoll::kMaxPackets);
  EXPECT_EQ(call.dropped(Drop::pre_roll_lost), kPackets + 10 - PreRoll::kMaxPackets);
  EXPECT_EQ(spent, 0U);
}

TEST(Allocation, JunkFromStrangersAllocatesNothing) {
  TestCall call;
  call.join(RoomId{7});
  const Path stranger{.remote = {.address = *IpAddress::parse("198.51.100.66"), .port = 6666}};
  std::vector<std::uint8_t> junk(200);
  const std::size_t before = allocations;
  for (int i = 0; i < 1000; ++i) {
    call.random().fill(junk);
    junk[0] = static_cast<std::uint8_t>(i);
    call.node().receive(stranger, junk, call.now(), call.outbox());
  }
  EXPECT_EQ(allocations - before, 0U);
}

}  // namespace
}  // namespace parley::sfu
