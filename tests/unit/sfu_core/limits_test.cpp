// Each named limit, and what happens one beyond it.
#include <gtest/gtest.h>

#include "tests/support/test_call.hpp"

namespace parley::sfu {
namespace {

using test::TestCall;
using test::TestPeer;

constexpr RoomId kRoom{7};

TEST(Limits, OnePeerMoreThanTheNodeMayHoldIsRefused) {
  TestCall call({.candidates = {}, .max_peers = 2});
  for (int i = 0; i < 3; ++i) call.add(call.make_peer());
  EXPECT_EQ(call.node().peer_count(), 2U);
  ASSERT_TRUE(call.last_event<PeerRefused>());
  EXPECT_EQ(call.last_event<PeerRefused>()->error.code, ErrorCode::resource_exhausted);
  EXPECT_EQ(call.last_event<PeerRefused>()->request_id, 1U);
  EXPECT_EQ(call.last_event<PeerRefused>()->peer, PeerId{3});
}

TEST(Limits, APeerThatIsThereAlreadyIsRefused) {
  TestCall call;
  TestPeer& peer = call.make_peer();
  call.add(peer);
  call.command(AddPeer{.request_id = 2, .offer = peer.offer()});
  EXPECT_EQ(call.last_event<PeerRefused>()->error.code, ErrorCode::already_exists);
  EXPECT_EQ(call.node().peer_count(), 1U);
}

TEST(Limits, AnOfferWithoutSlotsOrIdOrSsrcIsRefused) {
  TestCall call;
  const PeerOffer good = call.make_peer().offer();
  for (int fault = 0; fault < 3; ++fault) {
    PeerOffer bad = good;
    if (fault == 0) bad.slots = 0;
    if (fault == 1) bad.peer = {};
    if (fault == 2) bad.uplink_ssrc = {};
    call.command(AddPeer{.request_id = 3, .offer = bad});
    ASSERT_TRUE(call.last_event<PeerRefused>());
    EXPECT_EQ(call.last_event<PeerRefused>()->error.code, ErrorCode::invalid_argument);
    (void)call.take_events();
  }
}

TEST(Limits, OneListenerMoreThanARoomMayHoldIsRefusedAndTheOthersStay) {
  TestCall call({.candidates = {}, .max_room_peers = 2});
  TestPeer& anna = call.join(kRoom);
  TestPeer& ben = call.join(kRoom);
  TestPeer& third = call.make_peer();
  call.add(third);
  call.command(JoinRoom{.peer = third.id(), .room = kRoom, .may_send = true, .request_id = 5});
  const auto refused = call.last_event<JoinRefused>();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->peer, third.id());
  EXPECT_EQ(refused->room, kRoom);
  EXPECT_EQ(refused->request_id, 5U);
  call.say(anna, "still here");
  EXPECT_EQ(ben.take_heard().size(), 1U);
}

TEST(Limits, OneRoomMoreThanAPeerMayBeInIsRefused) {
  TestCall call;
  TestPeer& peer = call.join(RoomId{1});
  for (std::uint64_t room = 2; room <= kMaxRoomsPerPeer; ++room) {
    call.command(JoinRoom{.peer = peer.id(), .room = RoomId{room}, .may_send = false});
  }
  EXPECT_FALSE(call.last_event<JoinRefused>());
  call.command(JoinRoom{.peer = peer.id(), .room = RoomId{1000}, .may_send = false});
  EXPECT_TRUE(call.last_event<JoinRefused>());
  EXPECT_EQ(call.node().room_count(), kMaxRoomsPerPeer);
  call.command(JoinRoom{.peer = peer.id(), .room = RoomId{1}, .may_send = false});
  EXPECT_EQ(call.node().room_count(), kMaxRoomsPerPeer) << "joining again is no new room";
}

TEST(Limits, AFullSendBatchIsANamedListenerDrop) {
  TestCall call;
  TestPeer& talker = call.join(kRoom);
  call.join(kRoom);
  WorkerOutbox full{.packets = PacketBatch(16, 1), .events = {}, .close_connections = {}};
  auto voice = talker.make_voice(as_bytes("too much"));
  call.node().receive(talker.path(), voice, call.now(), full);
  EXPECT_EQ(call.counters().listener_drops.of(Drop::send_batch_full), 1U);
  EXPECT_EQ(call.counters().copies_expected, 1U);
}

}  // namespace
}  // namespace parley::sfu
