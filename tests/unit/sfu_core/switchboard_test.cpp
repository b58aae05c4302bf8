// The control protocol as the node speaks it.
#include "sfu/core/switchboard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>

#include "protocol/limits.hpp"
#include "protocol/ticket.hpp"
#include "tests/support/seeded_random.hpp"

namespace parley::sfu {
namespace {

using control::FromNode;
using control::NodeError;
using control::PeerState;
using control::ToNode;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SwitchboardTest : public testing::Test {
 protected:
  SwitchboardTest() { use({.node_name = "node-1", .boot_id = 99, .workers = 2, .max_peers = 4}); }

  void use(const SwitchboardConfig& config) {
    board = std::make_unique<Switchboard>(config);
    ToNode welcome;
    welcome.mutable_welcome()->set_version(protocol::kMaxVersion);
    welcome.mutable_welcome()->set_ticket_key(mint.public_key().data(), mint.public_key().size());
    send(welcome);
  }

  void send(const ToNode& message) {
    out = {};
    board->on_message(message, {}, out);
    for (const FromNode& answer : out.to_signaling) {
      EXPECT_EQ(protocol::find_violation(answer), "");
    }
  }
  void event(std::uint16_t worker, const WorkerEvent& event) {
    out = {};
    board->on_worker_event(WorkerIndex{worker}, event, {}, out);
  }
  void add(std::uint64_t peer, std::uint64_t home, std::uint32_t request = 1) {
    ToNode message;
    message.set_request_id(request);
    message.mutable_add_peer()->set_peer_id(peer);
    message.mutable_add_peer()->set_home_room_id(home);
    api::Connect& offer = *message.mutable_add_peer()->mutable_offer();
    offer.set_ice_ufrag("ufrag");
    offer.set_ice_pwd("0123456789012345678901");
    offer.set_dtls_fingerprint(std::string(32, 'f'));
    offer.set_opus_payload_type(111);
    offer.set_audio_level_extension_id(3);
    offer.set_uplink_ssrc(1234);
    offer.set_slots(4);
    protocol::Ticket ticket{.peer = PeerId{peer},
                            .device = DeviceId{1},
                            .boot_id = 99,
                            .not_after = WallTime(protocol::kTicketLife)};
    ticket.fingerprint.fill('f');
    message.mutable_add_peer()->set_ticket(mint.mint(ticket));
    send(message);
  }
  void added(std::uint64_t peer, std::uint32_t request = 1) {
    event(0, PeerAdded{.request_id = request, .peer = PeerId{peer}, .answer = answer()});
  }
  static PeerAnswer answer() {
    return {.ice_ufrag = "abcd",
            .ice_pwd = "0123456789012345678901",
            .fingerprint = {},
            .candidates = {{.is_tcp = true,
                            .endpoint = {.address = *IpAddress::parse("192.0.2.1"), .port = 5000},
                            .priority = 7,
                            .foundation = "2"}},
            .uplink_ssrc = Ssrc{1234},
            .slot_ssrcs = {Ssrc{1}, Ssrc{2}}};
  }
  // Member N is peer N, unless it is told otherwise.
  static ToNode join_message(std::uint64_t peer, std::uint64_t room, std::uint32_t request = 8,
                             floor::Mode mode = floor::OPEN) {
    ToNode message;
    message.set_request_id(request);
    control::JoinRoom& join = *message.mutable_join_room();
    join.set_peer_id(peer);
    join.set_room_id(room);
    join.set_member_id(static_cast<std::uint32_t>(peer));
    join.mutable_rights()->set_may_talk(true);
    join.mutable_policy()->set_mode(mode);
    return message;
  }
  void join(std::uint64_t peer, std::uint64_t room, std::uint32_t request = 8,
            floor::Mode mode = floor::OPEN) {
    send(join_message(peer, room, request, mode));
  }
  template <class Command>
  std::vector<std::pair<std::uint16_t, Command>> commands() const {
    std::vector<std::pair<std::uint16_t, Command>> found;
    for (const auto& [worker, command] : out.to_workers) {
      if (const auto* one = std::get_if<Command>(&command)) found.emplace_back(worker.value, *one);
    }
    return found;
  }
  void leave(std::uint64_t peer, std::uint64_t room) {
    ToNode message;
    message.mutable_leave_room()->set_peer_id(peer);
    message.mutable_leave_room()->set_room_id(room);
    send(message);
  }
  void remove(std::uint64_t peer) {
    ToNode message;
    message.mutable_remove_peer()->set_peer_id(peer);
    send(message);
  }
  void expect_error(NodeError::Code code, std::uint32_t request) {
    ASSERT_THAT(out.to_signaling, SizeIs(1));
    ASSERT_TRUE(out.to_signaling[0].has_error());
    EXPECT_EQ(out.to_signaling[0].error().code(), code);
    EXPECT_EQ(out.to_signaling[0].request_id(), request);
    EXPECT_FALSE(out.to_signaling[0].error().message().empty());
    EXPECT_THAT(out.to_workers, IsEmpty());
  }
  std::uint16_t worker_told() const { return out.to_workers.at(0).first.value; }

  test::SeededRandom random{1};
  protocol::TicketMint mint{random};
  std::unique_ptr<Switchboard> board;
  SwitchboardOutbox out;
};

TEST_F(SwitchboardTest, AFreshLinkGetsHelloAndAnEmptySnapshot) {
  board->on_link_up({}, out);
  ASSERT_THAT(out.to_signaling, SizeIs(2));
  const control::NodeHello& hello = out.to_signaling[0].hello();
  EXPECT_EQ(hello.node_name(), "node-1");
  EXPECT_EQ(hello.boot_id(), 99U);
  EXPECT_EQ(hello.workers(), 2U);
  EXPECT_EQ(hello.max_peers(), 4U);
  EXPECT_EQ(hello.max_version(), protocol::kMaxVersion);
  EXPECT_TRUE(out.to_signaling[1].has_snapshot_end());
  for (const FromNode& message : out.to_signaling) {
    EXPECT_EQ(protocol::find_violation(message), "");
  }
}

TEST_F(SwitchboardTest, AnOfferGoesToAWorkerAndItsAnswerBack) {
  add(5, 70, 33);
  ASSERT_THAT(out.to_workers, SizeIs(1));
  const auto& command = std::get<AddPeer>(out.to_workers[0].second);
  EXPECT_EQ(command.request_id, 33U);
  EXPECT_EQ(command.offer.peer, PeerId{5});
  EXPECT_EQ(command.offer.ice_ufrag, "ufrag");
  EXPECT_EQ(command.offer.fingerprint[31], 'f');
  EXPECT_EQ(command.offer.opus_payload_type, 111);
  EXPECT_EQ(command.offer.audio_level_extension_id, 3);
  EXPECT_EQ(command.offer.uplink_ssrc, Ssrc{1234});
  EXPECT_EQ(command.offer.slots, 4);
  added(5, 33);
  ASSERT_THAT(out.to_signaling, SizeIs(1));
  EXPECT_EQ(out.to_signaling[0].request_id(), 33U);
  const control::PeerAdded& message = out.to_signaling[0].peer_added();
  EXPECT_EQ(message.peer_id(), 5U);
  EXPECT_EQ(message.answer().candidates(0).address(), "192.0.2.1");
  EXPECT_EQ(message.answer().candidates(0).protocol(), api::Candidate::TCP_PASSIVE);
  EXPECT_THAT(message.answer().slot_ssrcs(), ElementsAre(1, 2));
}

TEST_F(SwitchboardTest, PeersOfOneRoomShareAWorkerAndNewRoomsGoWhereItIsQuiet) {
  add(1, 70);
  const std::uint16_t first = worker_told();
  add(2, 70);
  EXPECT_EQ(worker_told(), first);
  add(3, 71);
  EXPECT_NE(worker_told(), first);
  add(4, 71);
  EXPECT_NE(worker_told(), first);
}

TEST_F(SwitchboardTest, OnePeerTooManyIsRefused) {
  for (std::uint64_t peer = 1; peer <= 4; ++peer) add(peer, 70);
  add(5, 70, 50);
  expect_error(NodeError::FULL, 50);
  EXPECT_EQ(board->peer_count(), 4U);
  remove(1);
  add(5, 70, 51);
  EXPECT_THAT(out.to_workers, SizeIs(1));
}

TEST_F(SwitchboardTest, TheSamePeerTwiceIsRefused) {
  add(1, 70);
  add(1, 70, 51);
  expect_error(NodeError::PEER_EXISTS, 51);
}

TEST_F(SwitchboardTest, APeerWithoutIdIsRefused) {
  add(0, 70, 52);
  expect_error(NodeError::LIMIT_EXCEEDED, 52);
  add(1, 0, 53);
  expect_error(NodeError::LIMIT_EXCEEDED, 53);
}

TEST_F(SwitchboardTest, ARefusalOfTheWorkerIsToldAndForgotten) {
  add(1, 70, 9);
  event(0, PeerRefused{.request_id = 9,
                       .peer = PeerId{1},
                       .error = {.code = ErrorCode::resource_exhausted, .message = "Full."}});
  expect_error(NodeError::FULL, 9);
  EXPECT_EQ(board->peer_count(), 0U);
}

TEST_F(SwitchboardTest, APeerRemovedBeforeItWasReadyIsAnsweredOnce) {
  add(1, 70, 9);
  remove(1);
  EXPECT_THAT(out.to_workers, SizeIs(1));
  ASSERT_THAT(out.to_signaling, SizeIs(1));
  EXPECT_EQ(out.to_signaling[0].error().code(), NodeError::PEER_UNKNOWN);
  EXPECT_EQ(out.to_signaling[0].request_id(), 9U);
  added(1, 9);
  EXPECT_THAT(out.to_signaling, IsEmpty());
}

TEST_F(SwitchboardTest, JoinAndLeaveReachTheWorkerOfThePeer) {
  add(1, 70);
  const std::uint16_t worker = worker_told();
  join(1, 70);
  EXPECT_EQ(worker_told(), worker);
  ASSERT_THAT(out.to_workers, SizeIs(2));
  EXPECT_EQ(std::get<AddMember>(out.to_workers[0].second).member, MemberId{1});
  const auto& joined = std::get<JoinRoom>(out.to_workers[1].second);
  EXPECT_EQ(joined.room, RoomId{70});
  EXPECT_TRUE(joined.may_send);
  leave(1, 70);
  EXPECT_THAT(commands<LeaveRoom>(), SizeIs(1));
  EXPECT_THAT(commands<RemoveMember>(), SizeIs(1));
  leave(1, 70);
  EXPECT_THAT(out.to_workers, IsEmpty()) << "not inside any more";
}

TEST_F(SwitchboardTest, ThePeerOfAnotherWorkerGetsALegOfTheRoom) {
  add(1, 70);
  const std::uint16_t home = worker_told();
  add(2, 71);
  const std::uint16_t other = worker_told();
  ASSERT_NE(home, other);
  join(1, 70);
  join(2, 70, 12);
  ASSERT_THAT(out.to_workers, SizeIs(3));
  EXPECT_EQ(out.to_workers[0].first.value, home);
  const auto& member = std::get<AddMember>(out.to_workers[0].second);
  EXPECT_EQ(member.worker, WorkerIndex{other}) << "the home knows where each member lives";
  EXPECT_EQ(out.to_workers[1].first.value, home) << "the home knows its leg before voice is asked";
  const auto& opened = std::get<OpenLeg>(out.to_workers[1].second);
  EXPECT_EQ(opened.room, RoomId{70});
  EXPECT_EQ(opened.worker, WorkerIndex{other});
  EXPECT_EQ(out.to_workers[2].first.value, other);
  EXPECT_EQ(std::get<JoinRoom>(out.to_workers[2].second).home, WorkerIndex{home});
}

TEST_F(SwitchboardTest, ALegIsOpenedOnceAndClosedAfterItsLastMember) {
  add(1, 70);
  const std::uint16_t home = worker_told();
  join(1, 70);
  add(2, 71);
  add(3, 71);
  join(2, 70);
  EXPECT_THAT(commands<OpenLeg>(), SizeIs(1));
  join(3, 70);
  EXPECT_THAT(commands<OpenLeg>(), IsEmpty()) << "the leg is open";
  leave(2, 70);
  EXPECT_THAT(commands<CloseLeg>(), IsEmpty()) << "one member is left there";
  event(1, PeerClosed{.peer = PeerId{3}, .reason = "consent expired"});
  ASSERT_THAT(commands<CloseLeg>(), SizeIs(1));
  EXPECT_EQ(commands<CloseLeg>()[0].first, home);
  EXPECT_EQ(commands<CloseLeg>()[0].second.room, RoomId{70});
}

TEST_F(SwitchboardTest, ARoomTooLargeForItsHomeSpreadsOverAllWorkers) {
  use({.node_name = "node-1", .boot_id = 99, .workers = 2, .max_peers = 1000});
  std::array<std::size_t, 2> peers{};
  for (std::uint64_t peer = 1; peer <= 300; ++peer) {
    add(peer, 70);
    ++peers.at(worker_told());
  }
  EXPECT_EQ(std::max(peers[0], peers[1]) - std::min(peers[0], peers[1]), 64U);
}

TEST_F(SwitchboardTest, ARoomHoldsAsManyAsItMayOverAllWorkers) {
  use({.node_name = "node-1", .boot_id = 99, .workers = 2, .max_room_peers = 2});
  add(1, 70);
  add(2, 71);
  add(3, 72);
  join(1, 70);
  join(2, 70);
  join(3, 70, 15);
  expect_error(NodeError::FULL, 15);
  join(2, 70, 16);
  EXPECT_THAT(out.to_signaling, IsEmpty()) << "joining again is no new member";
}

TEST_F(SwitchboardTest, AnUnknownPeerCannotJoin) {
  join(1, 70, 13);
  expect_error(NodeError::PEER_UNKNOWN, 13);
}

TEST_F(SwitchboardTest, ARefusedJoinIsUndone) {
  add(1, 70);
  join(1, 71, 14);
  event(0, JoinRefused{.request_id = 14,
                       .peer = PeerId{1},
                       .room = RoomId{71},
                       .error = {.code = ErrorCode::resource_exhausted, .message = "Full."}});
  EXPECT_EQ(out.to_signaling.at(0).error().code(), NodeError::FULL);
  EXPECT_EQ(out.to_signaling.at(0).request_id(), 14U);
  EXPECT_THAT(commands<RemoveMember>(), SizeIs(1));
  out = {};
  board->on_link_up({}, out);
  EXPECT_EQ(out.to_signaling[1].peer_snapshot().room_ids_size(), 0);
}

TEST_F(SwitchboardTest, ARoomStaysWithItsWorkerUntilNobodyUsesIt) {
  add(1, 70);
  join(1, 80);
  const std::uint16_t first = worker_told();
  remove(1);
  add(2, 90);
  EXPECT_EQ(worker_told(), first) << "both workers are idle again: the first is taken";
  add(3, 80);
  EXPECT_NE(worker_told(), first) << "room 80 was forgotten and is placed anew";
}

TEST_F(SwitchboardTest, StatesOfAPeerAreTold) {
  add(1, 70);
  event(0, PeerConnected{.peer = PeerId{1}});
  EXPECT_EQ(out.to_signaling.at(0).peer_state().state(), PeerState::CONNECTED);
  event(0, PeerStalled{.peer = PeerId{1}});
  EXPECT_EQ(out.to_signaling.at(0).peer_state().state(), PeerState::STALLED);
  event(0, PeerClosed{.peer = PeerId{1}, .reason = "consent expired"});
  EXPECT_EQ(out.to_signaling.at(0).peer_state().state(), PeerState::CLOSED);
  EXPECT_EQ(out.to_signaling.at(0).peer_state().reason(), "consent expired");
  EXPECT_EQ(board->peer_count(), 0U);
  event(0, PeerConnected{.peer = PeerId{1}});
  EXPECT_THAT(out.to_signaling, IsEmpty()) << "forgotten peers have no state";
}

TEST_F(SwitchboardTest, ARestartedSignalingLearnsPeersRoomsAndTalkers) {
  add(1, 70);
  added(1);
  join(1, 70);
  event(0, PeerConnected{.peer = PeerId{1}});
  event(0, TalkersChanged{.room = RoomId{70}, .channels = {PeerId{1}, {}, {}, {}, {}}});
  EXPECT_THAT(out.to_signaling.at(0).talkers().peer_ids(), ElementsAre(1, 0, 0, 0, 0));
  out = {};
  board->on_link_down({}, out);
  EXPECT_THAT(commands<SetLink>(), SizeIs(2)) << "of all that, floors alone notice";
  out = {};
  board->on_link_up({}, out);
  ASSERT_THAT(out.to_signaling, SizeIs(4));
  EXPECT_TRUE(out.to_signaling[0].has_hello());
  EXPECT_EQ(out.to_signaling[1].peer_snapshot().peer_id(), 1U);
  EXPECT_EQ(out.to_signaling[1].peer_snapshot().state(), PeerState::CONNECTED);
  EXPECT_THAT(out.to_signaling[1].peer_snapshot().room_ids(), ElementsAre(70));
  EXPECT_TRUE(out.to_signaling[2].has_snapshot_end());
  EXPECT_EQ(out.to_signaling[3].talkers().room_id(), 70U);
  EXPECT_THAT(out.to_signaling[3].talkers().peer_ids(), ElementsAre(1, 0, 0, 0, 0));
  EXPECT_EQ(commands<SetLink>().size(), out.to_workers.size()) << "media never notices";
}

TEST_F(SwitchboardTest, APingIsAnsweredAndAnUnknownMessageRefused) {
  ToNode ping;
  ping.set_request_id(4);
  ping.mutable_ping();
  send(ping);
  ASSERT_THAT(out.to_signaling, SizeIs(1));
  EXPECT_TRUE(out.to_signaling[0].has_pong());
  EXPECT_EQ(out.to_signaling[0].request_id(), 4U);
  ToNode unknown;
  unknown.set_request_id(6);
  send(unknown);
  expect_error(NodeError::UNKNOWN_MESSAGE, 6);
}

TEST_F(SwitchboardTest, AVersionNobodyAgreedToIsRefused) {
  ToNode welcome;
  welcome.set_request_id(2);
  welcome.mutable_welcome()->set_version(protocol::kMaxVersion);
  welcome.mutable_welcome()->set_ticket_key(std::string(32, 'k'));
  send(welcome);
  EXPECT_THAT(out.to_signaling, IsEmpty());
  welcome.mutable_welcome()->set_version(protocol::kMaxVersion + 1);
  send(welcome);
  expect_error(NodeError::UNSUPPORTED_VERSION, 2);
}

}  // namespace
}  // namespace parley::sfu
