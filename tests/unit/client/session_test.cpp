#include "client/core/session.hpp"

#include <gtest/gtest.h>

#include "tests/unit/client/session_script.hpp"

namespace parley::client {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::events_of;

TEST(Session, KeepsTheTransportWhenTheServerStillHoldsItAfterAReconnect) {
  Script script;
  script.reach_room();
  script.grant(script.ask_for_transport(), 41);
  script.session.on_closed(script.out);
  EXPECT_TRUE(script.out.reconnect_signaling);
  script.session.on_open(at(1s), script.out);
  script.sent();
  script.welcome();
  EXPECT_EQ(script.sent().login().credential(), "credential");
  script.sign_in(41);
  script.joined();
  EXPECT_FALSE(script.session.wants_transport(at(2s).mono));
}

TEST(Session, AsksForANewTransportWhenTheServerHoldsAnotherOrNone) {
  for (const std::uint32_t held_by_server : {0U, 40U, 42U}) {
    Script script;
    script.reach_room();
    script.grant(script.ask_for_transport(), 41);
    script.session.on_closed(script.out);
    script.session.on_open(at(1s), script.out);
    script.welcome();
    script.sign_in(held_by_server);
    script.joined();
    EXPECT_TRUE(script.session.wants_transport(at(1s).mono)) << held_by_server;
  }
}

TEST(Session, AsksAgainWhenTheConnectionWasLostBeforeTheTransportWasGranted) {
  Script script;
  script.reach_room();
  script.ask_for_transport();
  script.session.on_closed(script.out);
  script.session.on_open(at(1s), script.out);
  script.welcome();
  script.sign_in(41);  // the server granted it, and the answer was lost
  script.joined();
  EXPECT_TRUE(script.session.wants_transport(at(1s).mono));
}

TEST(Session, ConnectsAnewAtOnceWhenTheServerSaysThatMediaIsLost) {
  Script script;
  script.reach_room();
  script.grant(script.ask_for_transport(), 41);
  api::ServerMessage message;
  message.mutable_media_lost()->set_transport_id(40);
  EXPECT_TRUE(std::holds_alternative<NothingToDo>(script.answer(message)));
  EXPECT_FALSE(script.session.wants_transport(at(0s).mono));
  message.mutable_media_lost()->set_transport_id(41);
  EXPECT_TRUE(std::holds_alternative<TransportGone>(script.answer(message)));
  EXPECT_TRUE(script.session.wants_transport(at(0s).mono));
}

TEST(Session, TriesAgainWithBackOffWhileNoMediaNodeIsThere) {
  Script script;
  script.reach_room();
  script.error(api::Error::NO_MEDIA_NODE, script.ask_for_transport());
  EXPECT_FALSE(script.session.wants_transport(at(0s).mono));
  EXPECT_TRUE(script.session.wants_transport(at(Session::kFirstRetry).mono));
  EXPECT_EQ(script.session.deadline(), at(Session::kFirstRetry).mono);
  for (int i = 0; i < 10; ++i) {
    script.error(api::Error::NO_MEDIA_NODE, script.ask_for_transport());
  }
  EXPECT_FALSE(script.session.wants_transport(at(Session::kLongestRetry - 1ms).mono));
  EXPECT_TRUE(script.session.wants_transport(at(Session::kLongestRetry).mono));
  EXPECT_TRUE(events_of<ServerRefused>(script.out).empty());
}

TEST(Session, AnAnswerToAnOlderRequestForMediaIsIgnored) {
  Script script;
  script.reach_room();
  const std::uint32_t first = script.ask_for_transport();
  script.error(api::Error::MEDIA_REFUSED, first);
  const std::uint32_t second = script.ask_for_transport();
  EXPECT_TRUE(std::holds_alternative<NothingToDo>(script.grant(first, 41)));
  EXPECT_TRUE(std::holds_alternative<TransportGranted>(script.grant(second, 42)));
}

TEST(Session, BeingReplacedElsewhereEndsTheSessionInsteadOfFightingForIt) {
  Script script;
  script.reach_room();
  script.error(api::Error::SESSION_REPLACED, 0, true);
  EXPECT_TRUE(script.session.has_ended());
  EXPECT_FALSE(script.out.reconnect_signaling);
}

TEST(Session, AServerThatClosesOrIsBusyIsAskedAgainLater) {
  for (const auto code :
       {api::Error::SERVER_CLOSING, api::Error::SERVER_FULL, api::Error::RATE_LIMITED}) {
    Script script;
    script.reach_room();
    script.error(code, 0, true);
    EXPECT_TRUE(script.out.reconnect_signaling);
    EXPECT_TRUE(events_of<ServerRefused>(script.out).empty());
  }
}

TEST(Session, AServerThatDoesNotAnswerIsLeft) {
  Script script;
  script.session.on_open(at(0s), script.out);
  EXPECT_EQ(script.session.deadline(), at(Session::kAnswerLimit).mono);
  script.tick(Session::kAnswerLimit - 1ms);
  EXPECT_FALSE(script.out.reconnect_signaling);
  script.tick(Session::kAnswerLimit);
  EXPECT_TRUE(script.out.reconnect_signaling);
}

TEST(Session, PingsAnIdleConnectionAndLeavesItWhenNoFrameComesBack) {
  Script script;
  script.reach_room();
  script.grant(script.ask_for_transport(), 41);
  script.tick(9s);
  EXPECT_TRUE(script.is_silent());
  script.tick(19s);
  EXPECT_TRUE(script.sent().has_ping());
  script.tick(28s);
  EXPECT_FALSE(script.out.reconnect_signaling);
  script.tick(29s);
  EXPECT_TRUE(script.out.reconnect_signaling);
}

TEST(Session, APongKeepsTheConnection) {
  Script script;
  script.reach_room();
  script.grant(script.ask_for_transport(), 41);
  script.tick(1s);
  script.tick(11s);
  EXPECT_TRUE(script.sent().has_ping());
  api::ServerMessage pong;
  pong.mutable_pong();
  script.clock = 12s;
  script.answer(pong);
  script.tick(21s + 999ms);
  EXPECT_FALSE(script.out.reconnect_signaling);
  EXPECT_TRUE(script.is_silent());
  script.tick(22s);
  EXPECT_TRUE(script.sent().has_ping());
}

TEST(Session, AFrameThatIsNoMessageOfTheProtocolEndsTheConnectionNotTheSession) {
  Script script;
  script.reach_room();
  const std::string noise = "\xff\xff\xff\xff";
  EXPECT_TRUE(std::holds_alternative<NothingToDo>(
      script.session.on_frame(as_bytes(noise), at(0s), script.out)));
  EXPECT_TRUE(script.out.reconnect_signaling);
  EXPECT_FALSE(script.session.has_ended());
}

TEST(Session, SaysThatItIsMutedAgainAfterAReconnect) {
  Script script;
  script.reach_room();
  script.session.set_muted(true, script.out);
  EXPECT_TRUE(script.sent().set_muted().muted());
  script.session.on_closed(script.out);
  script.session.on_open(at(1s), script.out);
  script.welcome();
  script.sign_in();
  script.next_sent = script.out.frames.size();
  script.joined();
  EXPECT_TRUE(script.sent().set_muted().muted());
}

TEST(Session, LeavesTheRoomAndIsNotDrawnBack) {
  Script script;
  script.reach_room();
  script.session.leave(script.out);
  EXPECT_EQ(script.sent().leave().room_id(), kRoom);
  EXPECT_TRUE(script.sent().has_disconnect());
  script.session.on_closed(script.out);
  EXPECT_FALSE(script.out.reconnect_signaling);
  EXPECT_EQ(script.session.deadline(), kNever);
}

TEST(Session, FloorEventsAreForTheOwner) {
  Script script;
  script.reach_room();
  api::ServerMessage message;
  message.mutable_floor()->set_room_id(kRoom);
  message.mutable_floor()->mutable_idle();
  const SessionOrder order = script.answer(message);
  EXPECT_EQ(std::get<FloorTold>(order).event.room_id(), kRoom);
}

TEST(Session, HandsOutThatTheTalkRoomIsSet) {
  Script script;
  script.reach_room();
  api::ServerMessage message;
  message.mutable_talk_room_set()->set_change_id(7);
  EXPECT_EQ(std::get<TalkRoomConfirmed>(script.answer(message)).change_id, 7U);
}

TEST(Session, AsksForTheFloorTheTalkRoomAndTheHand) {
  Script script;
  floor::Request request;
  request.set_room_id(kRoom);
  request.mutable_press()->set_req_id(5);
  script.session.ask_floor(request, script.out);
  api::SetTalkRoom set;
  set.set_room_id(kRoom);
  script.session.set_talk_room(set, script.out);
  script.session.set_hand(kRoom, true, script.out);
  EXPECT_TRUE(script.is_silent()) << "not before it is in the room";
  script.reach_room();
  script.session.ask_floor(request, script.out);
  EXPECT_EQ(script.sent().floor().press().req_id(), 5U);
  script.session.set_talk_room(set, script.out);
  EXPECT_EQ(script.sent().set_talk_room().room_id(), kRoom);
  script.session.set_hand(kRoom, true, script.out);
  EXPECT_TRUE(script.sent().set_hand().raised());
}

}  // namespace
}  // namespace parley::client
