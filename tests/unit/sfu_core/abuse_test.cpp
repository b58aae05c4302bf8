// Hostile input, from strangers and from members, leaves a call untouched.
#include <gtest/gtest.h>

#include "tests/support/test_call.hpp"

namespace parley::sfu {
namespace {

using test::TestCall;
using test::TestPeer;

constexpr RoomId kRoom{7};

const Path kStranger{.remote = {.address = *IpAddress::parse("198.51.100.66"), .port = 6666}};

class Abuse : public testing::Test {
 protected:
  void still_works() {
    (void)listener.take_heard();
    call.say(talker, "still here");
    EXPECT_EQ(listener.take_heard().size(), 1U);
    EXPECT_EQ(listener.decrypt_errors(), 0U);
  }

  TestCall call;
  TestPeer& talker = call.join(kRoom);
  TestPeer& listener = call.join(kRoom);
};

TEST_F(Abuse, AStrangerIsNeverAnsweredWhateverHeSends) {
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::uint8_t> junk(call.random().next_u32() % 200);
    call.random().fill(junk);
    if (!junk.empty() && i % 2 == 0) junk[0] = static_cast<std::uint8_t>(i);
    auto& out = call.outbox();
    call.node().receive(kStranger, junk, call.now(), out);
    ASSERT_TRUE(out.packets.empty());
    ASSERT_TRUE(out.events.empty());
  }
  EXPECT_EQ(call.node().peer_count(), 2U);
  still_works();
}

TEST_F(Abuse, ACheckWithAForgedPasswordProvesNothing) {
  std::vector<std::uint8_t> forged = talker.make_check();
  forged[forged.size() - 20] ^= 1U;  // inside MESSAGE-INTEGRITY
  call.node().receive(kStranger, forged, call.now(), call.outbox());
  EXPECT_TRUE(call.outbox().packets.empty());
  std::vector<std::uint8_t> voice = talker.make_voice(as_bytes("stolen path"));
  call.node().receive(kStranger, voice, call.now(), call.outbox());
  EXPECT_EQ(call.dropped(Drop::unknown_path), 1U);
  still_works();
}

TEST_F(Abuse, AnUnknownUfragIsANamedDrop) {
  std::vector<std::uint8_t> check = talker.make_check();
  call.command(RemovePeer{.peer = talker.id()});
  call.send_from(kStranger, check);
  EXPECT_EQ(call.dropped(Drop::stun_unknown_ufrag), 1U) << "a ufrag dies with its peer";
}

TEST_F(Abuse, AMemberCannotTakeTheAddressOfAnother) {
  call.send_from(listener.path(), talker.make_check());
  EXPECT_EQ(call.dropped(Drop::stun_unexpected), 1U);
  still_works();
}

TEST_F(Abuse, AnAddressWhoseOwnerIsSilentMayBeReused) {
  call.stop_checks();
  call.pass(std::chrono::seconds(6));
  TestPeer& next = call.make_peer({.id = {}, .path = listener.path()});
  listener.move_to(kStranger);
  call.add(next);
  EXPECT_TRUE(call.connect(next));
}

TEST_F(Abuse, JunkFromAMembersAddressIsDroppedByName) {
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::uint8_t> junk(1 + call.random().next_u32() % 200);
    call.random().fill(junk);
    if (i % 2 == 0) junk[0] = 0x80;  // looks like RTP
    call.send_from(talker.path(), std::move(junk));
    if (i % 1000 == 0) still_works();
  }
  still_works();
  EXPECT_EQ(call.node().peer_count(), 2U);
}

TEST_F(Abuse, DtlsRecordsOfAllLengthsAndEpochsEndNoSession) {
  for (std::uint8_t type = 20; type <= 23; ++type) {
    for (std::uint8_t epoch = 0; epoch <= 2; ++epoch) {
      for (std::uint8_t length = 0; length <= 64; ++length) {
        std::vector<std::uint8_t> record = {type, 0xfe, 0xfd, 0, epoch, 0,     0,
                                            0,    0,    0,    9, 0,     length};
        record.resize(record.size() + length, 0x2a);
        call.send_from(talker.path(), std::move(record));
      }
    }
  }
  EXPECT_EQ(call.node().peer_count(), 2U);
  still_works();
}

TEST_F(Abuse, TruncatedGoodPacketsAreDropped) {
  const std::vector<std::uint8_t> voice = talker.make_voice(as_bytes("all of it"));
  const std::vector<std::uint8_t> check = talker.make_check();
  for (const auto* whole : {&voice, &check}) {
    for (std::size_t size = 0; size < whole->size(); ++size) {
      call.send_from(talker.path(), {whole->begin(), whole->begin() + static_cast<long>(size)});
    }
  }
  EXPECT_TRUE(listener.take_heard().empty());
  still_works();
}

TEST_F(Abuse, ReplayedVoiceIsNotForwardedTwice) {
  const auto voice = talker.make_voice(as_bytes("once"));
  for (int i = 0; i < 5; ++i) call.send(talker, voice);
  EXPECT_EQ(listener.take_heard().size(), 1U);
  EXPECT_EQ(call.dropped(Drop::srtp_replay), 4U);
}

TEST_F(Abuse, AnotherPayloadTypeOrAnEmptyPayloadIsANamedDrop) {
  call.say(talker, "");
  EXPECT_EQ(call.dropped(Drop::empty_payload), 1U);
  still_works();
}

TEST_F(Abuse, APeerKeepsAFewPathsOnly) {
  for (std::uint16_t port = 1000; port < 1100; ++port) {
    Path path = talker.path();
    path.remote.port = port;
    call.send_from(path, talker.make_check(false));
  }
  // The first of them was forgotten: what comes from there is a stranger's again.
  Path first = talker.path();
  first.remote.port = 1000;
  const std::uint64_t before = call.dropped(Drop::unknown_path);
  call.send_from(first, talker.make_voice(as_bytes("from a forgotten path")));
  EXPECT_EQ(call.dropped(Drop::unknown_path), before + 1);
  still_works();
}

}  // namespace
}  // namespace parley::sfu
