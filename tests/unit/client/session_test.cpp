#include "client/core/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/client/outbox.hpp"
#include "tests/unit/client/support.hpp"

namespace parley::client {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::events_of;

constexpr std::uint64_t kRoom = 7;

// A server's answers, written out, and the frames the session sends.
struct Script {
  explicit Script(std::string resume_token = {}, std::vector<std::string> rooms = {},
                  std::uint8_t slots = 12)
      : session({.invitation = resume_token.empty() ? "invitation" : "",
                 .resume_token = std::move(resume_token),
                 .display_name = "Anna",
                 .rooms = std::move(rooms),
                 .slots = slots},
                "retry-key") {}

  SessionOrder answer(api::ServerMessage message) {
    const std::string frame = message.SerializeAsString();
    return session.on_frame(as_bytes(frame), at(clock), out);
  }
  // The next frame the session sent.
  api::ClientMessage sent() {
    api::ClientMessage message;
    EXPECT_LT(next_sent, out.frames.size());
    if (next_sent < out.frames.size()) {
      EXPECT_TRUE(message.ParseFromString(out.frames[next_sent++]));
    }
    return message;
  }
  bool is_silent() const { return next_sent == out.frames.size(); }
  void welcome() {
    api::ServerMessage message;
    message.mutable_welcome()->set_version(1);
    message.mutable_welcome()->set_ping_interval_ms(10'000);
    answer(message);
  }
  void sign_in(std::uint32_t transport_id = 0) {
    api::ServerMessage message;
    message.mutable_session()->set_resume_token("token");
    message.mutable_session()->set_transport_id(transport_id);
    api::RoomInfo* room = message.mutable_session()->add_rooms();
    room->set_room_id(kRoom);
    room->set_name("Lobby");
    answer(message);
  }
  SessionOrder joined(std::uint64_t room_id = kRoom, floor::Mode mode = floor::OPEN) {
    api::ClientMessage join;
    EXPECT_TRUE(join.ParseFromString(out.frames.back()));
    EXPECT_EQ(join.join().room_id(), room_id);
    return joined_as(join.request_id(), room_id, mode);
  }
  SessionOrder joined_as(std::uint32_t request_id, std::uint64_t room_id, floor::Mode mode) {
    api::ServerMessage message;
    message.set_request_id(request_id);
    message.mutable_joined()->mutable_room()->set_room_id(room_id);
    message.mutable_joined()->mutable_room()->set_name("Lobby");
    message.mutable_joined()->mutable_policy()->set_mode(mode);
    message.mutable_joined()->set_own_member_id(1);
    return answer(message);
  }
  // A session with these rooms, each named as its number.
  void sign_in_to(std::initializer_list<std::uint64_t> rooms) {
    api::ServerMessage message;
    message.mutable_session()->set_resume_token("token");
    for (const std::uint64_t id : rooms) {
      api::RoomInfo* room = message.mutable_session()->add_rooms();
      room->set_room_id(id);
      room->set_name(std::to_string(id));
    }
    answer(message);
    next_sent = out.frames.size() - 1;  // the Join
  }
  // The first Join of a session with these rooms is the next frame.
  void reach_joining(std::initializer_list<std::uint64_t> rooms) {
    session.on_open(at(clock), out);
    welcome();
    sign_in_to(rooms);
  }
  SessionOrder error(api::Error::Code code, std::uint32_t request_id = 0, bool fatal = false) {
    api::ServerMessage message;
    message.set_request_id(request_id);
    message.mutable_error()->set_code(code);
    message.mutable_error()->set_fatal(fatal);
    return answer(message);
  }
  // From nothing to a granted transport.
  void reach_room() {
    session.on_open(at(clock), out);
    welcome();
    sign_in();
    joined();
    next_sent = out.frames.size();
  }
  std::uint32_t ask_for_transport() {
    api::Connect offer;
    offer.set_ice_ufrag("abcd");
    session.send_offer(offer, at(clock), out);
    return sent().request_id();
  }
  SessionOrder grant(std::uint32_t request_id, std::uint32_t transport_id) {
    api::ServerMessage message;
    message.set_request_id(request_id);
    api::Connected* connected = message.mutable_connected();
    connected->set_transport_id(transport_id);
    connected->set_ice_ufrag("node");
    connected->set_ice_pwd("node-password-of-22-chars");
    connected->set_dtls_fingerprint(std::string(32, 'f'));
    connected->set_uplink_ssrc(9);
    return answer(message);
  }
  void tick(Duration to) {
    clock = to;
    session.tick(at(clock), out);
  }

  Session session;
  ClientOutbox out;
  std::size_t next_sent = 0;
  Duration clock{};
};

TEST(Session, SaysHelloRedeemsTheInvitationJoinsTheFirstRoomAndAsksForMedia) {
  Script script;
  script.session.on_open(at(0s), script.out);
  const api::ClientMessage hello = script.sent();
  EXPECT_EQ(hello.hello().min_version(), 1U);
  EXPECT_NE(hello.request_id(), 0U);
  script.welcome();
  const api::ClientMessage redeem = script.sent();
  EXPECT_EQ(redeem.redeem().invitation(), "invitation");
  EXPECT_EQ(redeem.redeem().display_name(), "Anna");
  EXPECT_EQ(redeem.redeem().retry_key(), "retry-key");
  EXPECT_FALSE(script.session.wants_transport(at(0s).mono));
  script.sign_in();
  EXPECT_EQ(script.sent().join().room_id(), kRoom);
  script.joined();
  EXPECT_TRUE(script.session.wants_transport(at(0s).mono));
  const auto opened = events_of<SessionOpened>(script.out);
  ASSERT_EQ(opened.size(), 1U);
  EXPECT_EQ(opened[0].resume_token, "token");
  EXPECT_FALSE(opened[0].resumed);
  EXPECT_EQ(events_of<RoomJoined>(script.out).size(), 1U);
}

TEST(Session, ResumesWithATokenInsteadOfRedeeming) {
  Script script("older token");
  script.session.on_open(at(0s), script.out);
  script.sent();
  script.welcome();
  EXPECT_EQ(script.sent().resume().resume_token(), "older token");
  script.sign_in();
  EXPECT_TRUE(events_of<SessionOpened>(script.out).at(0).resumed);
}

TEST(Session, KeepsTheTransportWhenTheServerStillHoldsItAfterAReconnect) {
  Script script;
  script.reach_room();
  script.grant(script.ask_for_transport(), 41);
  script.session.on_closed(script.out);
  EXPECT_TRUE(script.out.reconnect_signaling);
  script.session.on_open(at(1s), script.out);
  script.sent();
  script.welcome();
  EXPECT_EQ(script.sent().resume().resume_token(), "token");
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

TEST(Session, AnInvitationThatIsNotTakenEndsTheSessionWithItsOwnError) {
  for (const auto code : {api::Error::INVITATION_INVALID, api::Error::INVITATION_EXPIRED,
                          api::Error::INVITATION_USED}) {
    Script script;
    script.session.on_open(at(0s), script.out);
    script.welcome();
    script.error(code, 2);
    const auto refused = events_of<ServerRefused>(script.out);
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].error.code(), code);
    EXPECT_TRUE(script.session.has_ended());
    EXPECT_FALSE(script.out.reconnect_signaling);
    script.session.on_closed(script.out);
    EXPECT_FALSE(script.out.reconnect_signaling);
  }
}

TEST(Session, ATokenNobodyKnowsEndsTheSession) {
  Script script("old");
  script.session.on_open(at(0s), script.out);
  script.welcome();
  script.error(api::Error::SESSION_UNKNOWN, 2);
  EXPECT_EQ(events_of<ServerRefused>(script.out).at(0).error.code(), api::Error::SESSION_UNKNOWN);
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

TEST(Session, JoinsEveryRoomInSlotsOfItsOwn) {
  Script script;
  script.reach_joining({7, 8, 9});
  EXPECT_EQ(script.sent().join().slots(), 4U);
  EXPECT_TRUE(std::holds_alternative<RoomEntered>(script.joined(7, floor::OPEN)));
  EXPECT_FALSE(script.session.is_joined());
  const api::Join second = script.sent().join();
  EXPECT_EQ(second.room_id(), 8U);
  EXPECT_EQ(second.first_slot(), 4U);
  const std::uint32_t asked = 4;  // hello, redeem, two joins
  script.joined_as(asked, 8, floor::PTT);
  const api::Join narrowed = script.sent().join();
  EXPECT_EQ(narrowed.room_id(), 8U);
  EXPECT_EQ(narrowed.slots(), 2U) << "a radio room needs two, and a room follows";
  const api::Join last = script.sent().join();
  EXPECT_EQ(last.room_id(), 9U);
  EXPECT_EQ(last.first_slot(), 6U);
  EXPECT_EQ(last.slots(), 6U) << "the last room has all that are left";
  script.joined(9, floor::CHAIRED);
  EXPECT_TRUE(script.session.is_joined());
  EXPECT_EQ(script.session.room_ids(), (std::vector<std::uint64_t>{7, 8, 9}));
  EXPECT_EQ(script.session.room_of_slot(3), 7U);
  EXPECT_EQ(script.session.room_of_slot(5), 8U);
  EXPECT_EQ(script.session.room_of_slot(11), 9U);
  EXPECT_EQ(script.session.room_of_slot(12), 0U);
}

TEST(Session, JoinsOnlyTheRoomsOfTheGivenNames) {
  Script script({}, {"9", "8"});
  script.reach_joining({7, 8, 9});
  EXPECT_EQ(script.sent().join().room_id(), 8U);
  script.joined(8);
  script.joined(9);
  EXPECT_TRUE(script.session.is_joined());
}

TEST(Session, ARoomOfAnUnknownNameIsASentence) {
  Script script({}, {"Nowhere"});
  script.session.on_open(at(0s), script.out);
  script.welcome();
  script.sign_in();
  EXPECT_THAT(events_of<ServerRefused>(script.out).at(0).error.message(),
              testing::HasSubstr("of that name"));
}

TEST(Session, RoomsForWhichNoSlotIsLeftAreSkipped) {
  Script script({}, {}, 4);
  script.reach_joining({7, 8});
  script.joined(7, floor::OPEN);
  EXPECT_TRUE(script.session.is_joined());
  EXPECT_EQ(events_of<RoomSkipped>(script.out).at(0).room.room_id(), 8U);
}

TEST(Session, ARoomThatRefusesIsDoneWithoutWhereThereAreOthers) {
  Script script;
  script.reach_joining({7, 8});
  script.joined(7, floor::OPEN);
  script.error(api::Error::ROOM_FULL, 4);
  EXPECT_TRUE(script.session.is_joined());
  EXPECT_EQ(script.session.room_ids(), std::vector<std::uint64_t>{7});
  EXPECT_EQ(events_of<RoomSkipped>(script.out).at(0).room.room_id(), 8U);
  EXPECT_TRUE(events_of<ServerRefused>(script.out).empty());
}

TEST(Session, TheOnlyRoomThatRefusesEndsTheSession) {
  Script script;
  script.reach_joining({7});
  script.error(api::Error::ROOM_FULL, 3);
  EXPECT_EQ(events_of<ServerRefused>(script.out).at(0).error.code(), api::Error::ROOM_FULL);
}

TEST(Session, NewsOfARoomChangeThatRoomOnly) {
  Script script;
  script.reach_joining({7, 8});
  script.joined(7);
  script.joined(8);
  script.out.events.clear();
  api::ServerMessage message;
  message.mutable_member_joined()->set_room_id(8);
  message.mutable_member_joined()->mutable_member()->set_member_id(5);
  script.answer(message);
  EXPECT_TRUE(script.session.room(7).members().empty());
  EXPECT_EQ(script.session.room(8).members().size(), 1U);
  EXPECT_EQ(events_of<RoomChanged>(script.out).at(0).room_id, 8U);
  message.mutable_member_joined()->set_room_id(99);
  script.answer(message);
  EXPECT_EQ(events_of<RoomChanged>(script.out).size(), 1U);
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

TEST(Session, ARoomThatTheServerTakesAwayIsGone) {
  Script script;
  script.reach_joining({7, 8});
  script.joined(7);
  script.joined(8);
  api::ServerMessage message;
  message.mutable_left()->set_room_id(7);
  EXPECT_EQ(std::get<RoomGone>(script.answer(message)).room_id, 7U);
  EXPECT_EQ(script.session.room_ids(), std::vector<std::uint64_t>{8});
}

TEST(Session, ASessionWithoutARoomIsRefusedWithASentence) {
  Script script;
  script.session.on_open(at(0s), script.out);
  script.welcome();
  api::ServerMessage message;
  message.mutable_session()->set_resume_token("token");
  script.answer(message);
  EXPECT_THAT(events_of<ServerRefused>(script.out).at(0).error.message(),
              testing::HasSubstr("no room"));
}

}  // namespace
}  // namespace parley::client
