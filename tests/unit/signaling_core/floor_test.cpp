// The pipe between members and the floors of their rooms: requests to the node, events from it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/signaling_core/desk.hpp"

namespace parley::signaling {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

floor::Event event_of(std::uint32_t term, std::uint64_t fseq, RoomId room = kRadio) {
  floor::Event event;
  event.set_room_id(room.value);
  event.set_term(term);
  event.set_fseq(fseq);
  return event;
}

floor::Event idle(std::uint32_t term, std::uint64_t fseq) {
  floor::Event event = event_of(term, fseq);
  event.mutable_idle();
  return event;
}

floor::Event taken_by(std::uint32_t member, std::uint32_t term, std::uint64_t fseq) {
  floor::Event event = event_of(term, fseq);
  floor::Holder& holder = *event.mutable_taken()->add_holders();
  holder.set_member_id(member);
  holder.mutable_grant()->set_number(9);
  return event;
}

floor::Event state_with(const floor::Policy& policy) {
  floor::Event event = event_of(100, 1);
  *event.mutable_state()->mutable_policy() = policy;
  return event;
}

// Ann and Ben are in Radio with media.
class Floor : public testing::Test {
 protected:
  Floor() {
    desk_.node_up();
    ann_ = in_radio();
    ben_ = in_radio();
    desk_.take_from_node();
    desk_.take(ann_.connection);
    desk_.take(ben_.connection);
  }

  Desk::Page in_radio() {
    Desk::Page page = desk_.guest_of_both();
    page.member = desk_.say(page.connection, join_message(kRadio)).joined().own_member_id();
    return page;
  }
  // The requests that the node was given since the last call.
  std::vector<control::FloorAsked> take_asked() {
    std::vector<control::FloorAsked> asked;
    for (const control::ToNode& message : desk_.take_from_node()) {
      if (message.has_floor()) asked.push_back(message.floor());
    }
    return asked;
  }
  // The floor events that this client was told since the last call.
  std::vector<floor::Event> take_told(const Desk::Page& page) {
    std::vector<floor::Event> told;
    for (const api::ServerMessage& message : desk_.take(page.connection)) {
      if (message.has_floor()) told.push_back(message.floor());
    }
    return told;
  }
  floor::Policy stored_policy() { return desk_.stored_room(kRadio).policy; }

  Desk desk_;
  Desk::Page ann_;
  Desk::Page ben_;
};

TEST_F(Floor, IsAskedOfTheNodeAsItWasAsked) {
  api::ClientMessage press = press_message(7);
  press.mutable_floor()->mutable_press()->set_tier(floor::PRIORITY);
  press.mutable_floor()->mutable_press()->set_first_timestamp(0);
  desk_.say(ben_.connection, press);
  const auto asked = take_asked();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].member_id(), ben_.member);
  EXPECT_EQ(asked[0].request().SerializeAsString(), press.floor().SerializeAsString());
  EXPECT_THAT(desk_.take(ben_.connection), IsEmpty()) << "the node answers, nobody else";
  EXPECT_EQ(desk_.core->counters().floor_requests, 1U);
}

TEST_F(Floor, IsAskedByMembersOnly) {
  EXPECT_EQ(desk_.say(desk_.greeted(), press_message(1)).error().code(), api::Error::NOT_SIGNED_IN);
  const auto outsider = desk_.in_room("Eve");
  EXPECT_EQ(desk_.say(outsider.connection, press_message(1)).error().code(),
            api::Error::ROOM_UNKNOWN);
  const auto absent = desk_.guest_of_both();
  EXPECT_EQ(desk_.say(absent.connection, press_message(1)).error().code(),
            api::Error::NOT_A_MEMBER);
  api::ClientMessage empty;
  empty.mutable_floor()->set_room_id(kRadio.value);
  EXPECT_EQ(desk_.say(ann_.connection, empty).error().code(), api::Error::UNKNOWN_MESSAGE);
  EXPECT_THAT(take_asked(), IsEmpty());
}

TEST_F(Floor, IsToldToOneMember) {
  floor::Event granted = event_of(100, 2);
  granted.mutable_granted()->set_req_id(7);
  granted.set_message_id(11);
  desk_.tell_floor(ben_.member, granted);
  const auto told = take_told(ben_);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].SerializeAsString(), granted.SerializeAsString()) << "as the node said it";
  EXPECT_THAT(take_told(ann_), IsEmpty());
}

TEST_F(Floor, IsToldToAllWhoAreThere) {
  const auto absent = desk_.guest_of_both();
  desk_.close_connection(ben_.connection);
  desk_.tell_floor(0, idle(100, 2));
  EXPECT_THAT(take_told(ann_), SizeIs(1));
  EXPECT_THAT(take_told(ben_), IsEmpty()) << "no connection";
  EXPECT_THAT(take_told(absent), IsEmpty()) << "not in the room";
}

TEST_F(Floor, OfUnknownRoomsAndMembersIsPassedOver) {
  desk_.tell_floor(99, idle(100, 2));
  desk_.tell_floor(0, event_of(100, 2, RoomId{404}));
  EXPECT_THAT(take_told(ann_), IsEmpty());
}

// ---- (a) snapshots ----------------------------------------------------------------------------

TEST_F(Floor, IsAskedForItsStateAfterAJoin) {
  const auto guest = in_radio();
  const auto asked = take_asked();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].member_id(), guest.member);
  EXPECT_EQ(asked[0].request().room_id(), kRadio.value);
  EXPECT_TRUE(asked[0].request().has_snapshot());
}

TEST_F(Floor, IsAskedForItsStateAfterAResume) {
  desk_.close_connection(ben_.connection);
  desk_.resumed(ben_);
  const auto asked = take_asked();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].member_id(), ben_.member);
  EXPECT_TRUE(asked[0].request().has_snapshot());
}

TEST_F(Floor, IsAskedForItsStateWhenTheLinkIsBackByWhoIsThere) {
  desk_.close_connection(ben_.connection);
  desk_.node_down();
  desk_.node_up();
  const auto asked = take_asked();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].member_id(), ann_.member);
}

TEST_F(Floor, IsNotAskedForItsStateWithoutMedia) {
  desk_.say(ann_.connection, disconnect_message());
  desk_.say(ann_.connection, join_message(kRadio));
  EXPECT_THAT(take_asked(), IsEmpty());
}

// ---- (b) rules --------------------------------------------------------------------------------

TEST_F(Floor, KeepsTheRulesThatTheNodeTells) {
  floor::Policy changed;
  changed.set_mode(floor::CHAIRED);
  changed.set_talk_limit_ms(90'000);
  desk_.tell_floor(0, state_with(changed));
  EXPECT_EQ(stored_policy().SerializeAsString(), changed.SerializeAsString());
  const auto guest = desk_.guest_of_both();
  desk_.take_from_node();
  const auto joined = desk_.say(guest.connection, join_message(kRadio)).joined();
  EXPECT_EQ(joined.policy().mode(), floor::CHAIRED);
  EXPECT_EQ(desk_.take_from_node().at(0).join_room().policy().mode(), floor::CHAIRED);
}

TEST_F(Floor, KeepsItsRulesWhenASnapshotIsTold) {
  floor::Policy other;
  other.set_mode(floor::DUAL);
  desk_.tell_floor(ann_.member, state_with(other));
  EXPECT_EQ(stored_policy().mode(), floor::PTT);
  desk_.tell_floor(0, event_of(100, 1));
  EXPECT_EQ(stored_policy().mode(), floor::PTT);
}

TEST_F(Floor, TakesUpTheRulesOfTheCommandLineOnceTheRoomIsEmpty) {
  admin::Request request;
  request.mutable_change_room()->mutable_room()->set_id(kRadio.value);
  request.mutable_change_room()->set_mode(floor::DUAL);
  ASSERT_TRUE(desk_.administer(request).has_room());
  const auto rejoin = [&] {
    return desk_.say(ann_.connection, join_message(kRadio)).joined().policy().mode();
  };
  desk_.say(ann_.connection, leave_message(kRadio));
  EXPECT_EQ(rejoin(), floor::PTT) << "Ben is still there, and the node goes by the older rules";
  desk_.say(ann_.connection, leave_message(kRadio));
  desk_.say(ben_.connection, leave_message(kRadio));
  EXPECT_EQ(rejoin(), floor::DUAL);
}

// ---- (c) no node ------------------------------------------------------------------------------

// The link has broken, the node forwards: voice is the press there, and no word of ours may end it.
TEST_F(Floor, PressIsLeftToTheVoiceWhileTheNodeMayStillForward) {
  desk_.node_down();
  desk_.say(ann_.connection, press_message(7));
  EXPECT_THAT(take_told(ann_), IsEmpty());
  EXPECT_EQ(desk_.core->counters().floor_denied, 0U);
}

TEST_F(Floor, IsDeniedWhenNoNodeIsThere) {
  desk_.node_down();
  desk_.advance(std::chrono::seconds(10));  // for so long media is taken to be alive
  desk_.say(ann_.connection, press_message(7));
  const auto told = take_told(ann_);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].room_id(), kRadio.value);
  EXPECT_EQ(told[0].term(), 0U);
  EXPECT_EQ(told[0].denied().req_id(), 7U);
  EXPECT_EQ(told[0].denied().cause(), floor::Denied::NO_RESOURCES);
  EXPECT_THAT(take_asked(), IsEmpty());
  EXPECT_EQ(desk_.core->counters().floor_denied, 1U);
}

TEST_F(Floor, IsDeniedWithoutMedia) {
  desk_.say(ann_.connection, disconnect_message());
  desk_.take(ann_.connection);
  desk_.say(ann_.connection, press_message(7));
  EXPECT_EQ(take_told(ann_).at(0).denied().cause(), floor::Denied::NO_RESOURCES);
}

TEST_F(Floor, DeniesWhatAnArbiterWouldAnswerAndNothingElse) {
  desk_.node_down();
  api::ClientMessage message;
  floor::Request& request = *message.mutable_floor();
  request.set_room_id(kRadio.value);
  const auto is_denied = [&] {
    desk_.say(ann_.connection, message);
    const auto told = take_told(ann_);
    return !told.empty() && told[0].denied().req_id() == 0;
  };
  request.mutable_cut();
  EXPECT_TRUE(is_denied());
  request.mutable_set_emergency()->set_id(1);
  EXPECT_TRUE(is_denied());
  request.mutable_clear_emergency()->set_id(1);
  EXPECT_TRUE(is_denied());
  request.mutable_give();
  EXPECT_TRUE(is_denied());
  request.mutable_extend()->set_by_ms(1000);
  EXPECT_TRUE(is_denied());
  request.mutable_order();
  EXPECT_TRUE(is_denied());
  request.mutable_bar();
  EXPECT_TRUE(is_denied());
  request.mutable_set_policy();
  EXPECT_TRUE(is_denied());
  request.mutable_release();
  EXPECT_FALSE(is_denied());
  request.mutable_cancel()->set_req_id(1);
  EXPECT_FALSE(is_denied());
  request.mutable_snapshot();
  EXPECT_FALSE(is_denied());
}

// ---- (d) the log ------------------------------------------------------------------------------

TEST_F(Floor, IsLoggedOncePerChangeInOrder) {
  floor::Event granted = event_of(100, 2);
  granted.mutable_granted()->mutable_grant()->set_number(9);
  desk_.tell_floor(ben_.member, granted);
  desk_.tell_floor(0, taken_by(ben_.member, 100, 2));  // the same state
  floor::Event revoked = event_of(100, 3);
  revoked.mutable_revoked()->mutable_grant()->set_number(9);
  revoked.mutable_revoked()->set_cause(floor::Revoked::TOO_LONG);
  desk_.tell_floor(ben_.member, revoked);
  desk_.tell_floor(0, idle(100, 6));
  desk_.tell_floor(0, taken_by(ann_.member, 101, 1));

  std::vector<std::string> lines;
  for (const auto& change : desk_.floor_log) {
    EXPECT_EQ(change.room, kRadio);
    lines.push_back(std::to_string(change.term) + "." + std::to_string(change.fseq) + " " +
                    std::string(change.event) + " member " + std::to_string(change.member) +
                    " grant " + std::to_string(change.grant) + " cause " +
                    std::to_string(change.cause) + " missed " + std::to_string(change.missed));
  }
  EXPECT_THAT(lines, ElementsAre("100.2 granted member 2 grant 9 cause 0 missed 0",
                                 "100.3 revoked member 2 grant 9 cause 2 missed 0",
                                 "100.6 idle member 0 grant 0 cause 0 missed 2",
                                 "101.1 taken member 1 grant 9 cause 0 missed 0"));
  EXPECT_EQ(desk_.core->counters().floor_missed, 2U);
  EXPECT_EQ(desk_.core->counters().floor_events, 5U);
}

// ---- rates ------------------------------------------------------------------------------------

TEST_F(Floor, IsAskedFasterThanRoomsAreEntered) {
  for (std::uint32_t i = 1; i <= 100; ++i) desk_.say(ann_.connection, press_message(i));
  EXPECT_THAT(take_asked(), SizeIs(100));
  EXPECT_EQ(desk_.say(ann_.connection, press_message(101)).error().code(),
            api::Error::RATE_LIMITED);
  EXPECT_EQ(desk_.core->counters().floor_limited, 1U);
  EXPECT_TRUE(desk_.say(ann_.connection, ping_message()).has_pong()) << "a limit of its own";
  desk_.advance(std::chrono::milliseconds(20));
  EXPECT_FALSE(desk_.say(ann_.connection, press_message(102)).has_error());
  EXPECT_TRUE(desk_.say(ann_.connection, press_message(103)).has_error());
}

TEST_F(Floor, ClosesTheConnectionOfAFlooder) {
  for (std::uint32_t i = 1; i <= 200; ++i) desk_.say(ann_.connection, press_message(i));
  EXPECT_EQ(desk_.closed_with(ann_.connection), CloseCode::policy);
  EXPECT_THAT(take_asked(), SizeIs(100));
}

// ---- whether a member can reach us ------------------------------------------------------------

class SignalingState : public Floor {
 protected:
  // For this peer, in order.
  std::vector<bool> take_states(PeerId peer) {
    std::vector<bool> states;
    for (const control::ToNode& message : desk_.take_from_node()) {
      if (PeerId{message.signaling_state().peer_id()} != peer) continue;
      states.push_back(message.signaling_state().is_connected());
    }
    return states;
  }
};

TEST_F(SignalingState, IsToldWhenAConnectionEndsAndWhenItIsBack) {
  desk_.close_connection(ben_.connection);
  EXPECT_THAT(take_states(ben_.peer), ElementsAre(false));
  desk_.resumed(ben_);
  EXPECT_THAT(take_states(ben_.peer), ElementsAre(true));
}

TEST_F(SignalingState, EndsWithTrueWhenAConnectionIsReplaced) {
  desk_.resumed(ben_);
  EXPECT_EQ(take_states(ben_.peer).back(), true);
}

TEST_F(SignalingState, IsToldWithEachTransport) {
  desk_.connect_media(ben_);
  EXPECT_THAT(take_states(ben_.peer), ElementsAre(true));
}

TEST_F(SignalingState, IsToldAgainWithANewLink) {
  desk_.close_connection(ben_.connection);
  desk_.node_down();
  desk_.take_from_node();
  desk_.node_up();
  std::map<std::uint64_t, bool> states;
  for (const control::ToNode& message : desk_.take_from_node()) {
    if (!message.has_signaling_state()) continue;
    states[message.signaling_state().peer_id()] = message.signaling_state().is_connected();
  }
  EXPECT_THAT(states, testing::UnorderedElementsAre(std::pair(ann_.peer.value, true),
                                                    std::pair(ben_.peer.value, false)));
}

}  // namespace
}  // namespace parley::signaling
