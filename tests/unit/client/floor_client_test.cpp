// The floor machine of one device: every state with every event, orders, repeats and losses.
#include "client/core/floor_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/client/support.hpp"

namespace parley::client {
namespace {

using namespace std::chrono_literals;
using test::at;
using Kind = FloorGate::Kind;

constexpr std::uint64_t kRadio = 7;
constexpr std::uint64_t kOther = 8;
constexpr std::uint64_t kOpenRoom = 9;
constexpr std::uint32_t kTerm = 100;

floor::GrantId grant_id(std::uint32_t number, std::uint32_t term = kTerm) {
  floor::GrantId id;
  id.set_term(term);
  id.set_number(number);
  return id;
}

// One device: what it asked for and noticed, with the arbiters played by the test.
struct Device {
  Device() {
    enter(kRadio, floor::PTT);
    enter(kOther, floor::PTT);
  }

  void enter(std::uint64_t room_id, floor::Mode mode) {
    api::Joined joined;
    joined.mutable_room()->set_room_id(room_id);
    joined.mutable_policy()->set_mode(mode);
    joined.mutable_own_rights()->set_may_talk(true);
    client.enter(joined, now(), out);
  }
  [[nodiscard]] Timestamp now() const { return at(clock).mono; }

  bool press(std::uint64_t room_id = kRadio, floor::Tier tier = floor::ROUTINE) {
    return client.press({.room_id = room_id, .tier = tier, .first_timestamp = timestamp + 960},
                        now(), out);
  }
  void release() { client.release(now(), out); }
  // One frame of 20 ms; how many frames leave because of it.
  std::size_t speak() {
    const std::size_t before = out.voice.size();
    timestamp += 960;
    client.on_frame({.opus = {1}, .rtp_timestamp = timestamp, .level = 20}, now(), out);
    return out.voice.size() - before;
  }
  void tick(Duration to) {
    clock = to;
    client.tick(now(), out);
  }

  // ---- the arbiter
  floor::Event event(std::uint64_t room_id) {
    floor::Event made;
    made.set_room_id(room_id);
    made.set_term(term);
    made.set_fseq(message_id);
    made.set_message_id(++message_id);
    return made;
  }
  void hear(const floor::Event& made) { client.on_event(made, now(), out); }
  void granted(std::uint32_t number, std::uint32_t req_id, std::uint64_t room_id = kRadio,
               std::uint32_t limit_ms = 0) {
    floor::Event made = event(room_id);
    made.mutable_granted()->set_req_id(req_id);
    *made.mutable_granted()->mutable_grant() = grant_id(number, term);
    made.mutable_granted()->set_limit_ms(limit_ms);
    hear(made);
  }
  void granted(std::uint32_t number) { granted(number, client.req_id()); }
  void queued(std::uint32_t req_id, std::uint32_t position = 1, std::uint64_t room_id = kRadio) {
    floor::Event made = event(room_id);
    made.mutable_queued()->set_req_id(req_id);
    made.mutable_queued()->set_position(position);
    made.mutable_queued()->set_size(3);
    hear(made);
  }
  void denied(std::uint32_t req_id, floor::Denied::Cause cause, std::uint64_t room_id = kRadio,
              std::uint32_t retry_ms = 0) {
    floor::Event made = event(room_id);
    made.mutable_denied()->set_req_id(req_id);
    made.mutable_denied()->set_cause(cause);
    made.mutable_denied()->set_retry_ms(retry_ms);
    hear(made);
  }
  void revoked(std::uint32_t number, floor::Revoked::Cause cause, std::uint32_t grace_ms) {
    floor::Event made = event(kRadio);
    *made.mutable_revoked()->mutable_grant() = grant_id(number, term);
    made.mutable_revoked()->set_cause(cause);
    made.mutable_revoked()->set_grace_ms(grace_ms);
    hear(made);
  }
  void done(std::uint32_t number, std::uint64_t room_id = kRadio) {
    floor::Event made = event(room_id);
    *made.mutable_done()->mutable_grant() = grant_id(number, term);
    hear(made);
  }
  void offer(std::uint32_t req_id, std::uint32_t press_ms = 2000) {
    floor::Event made = event(kRadio);
    made.mutable_offer()->set_req_id(req_id);
    made.mutable_offer()->set_press_ms(press_ms);
    hear(made);
  }
  // A snapshot for this member: his grant or his place in the queue, 0: none.
  void state(std::uint32_t number, std::uint32_t req_id, std::uint64_t room_id = kRadio) {
    floor::Event made = event(room_id);
    made.mutable_state()->mutable_policy()->set_mode(floor::PTT);
    made.mutable_state()->mutable_own_rights()->set_may_talk(true);
    if (number != 0) *made.mutable_state()->mutable_own_grant() = grant_id(number, term);
    made.mutable_state()->set_own_req_id(req_id);
    hear(made);
  }

  // The answer to its last choice of a talk room.
  void talk_room_set() { client.on_talk_room_set(out.talk_room.value().change_id(), now(), out); }

  // ---- what the device did
  // The requests since the last call.
  std::vector<floor::Request> asked() { return std::exchange(out.requests, {}); }
  [[nodiscard]] Kind gate() const { return client.gate(now()).kind; }
  [[nodiscard]] FloorPhase phase() const { return client.phase(); }
  [[nodiscard]] OwnFloorChanged last_change() const {
    for (auto notice = out.notices.rbegin(); notice != out.notices.rend(); ++notice) {
      if (const auto* change = std::get_if<OwnFloorChanged>(&*notice)) return *change;
    }
    return {};
  }
  [[nodiscard]] std::size_t heard() const {
    return static_cast<std::size_t>(std::ranges::count_if(out.notices, [](const auto& notice) {
      return std::holds_alternative<FloorHeard>(notice);
    }));
  }

  // ---- states, from a fresh device
  std::uint32_t to_asking() {
    press();
    return client.req_id();
  }
  std::uint32_t to_queued() {
    const std::uint32_t req_id = to_asking();
    queued(req_id);
    return req_id;
  }
  void to_granted(std::uint32_t number = 1) { granted(number, to_asking()); }
  void to_revoking() {
    to_granted();
    revoked(1, floor::Revoked::PREEMPTED, 800);
  }
  void to_denied() { denied(to_asking(), floor::Denied::ANOTHER_TALKS); }
  void to_ended() {
    to_granted();
    revoked(1, floor::Revoked::CUT_BY_CHAIR, 0);
  }

  FloorClient client{41};
  FloorOutput out;
  Duration clock{};
  std::uint32_t timestamp = 0;
  std::uint32_t term = kTerm;
  std::uint64_t message_id = 0;
};

bool has_press(const std::vector<floor::Request>& requests) {
  return std::ranges::any_of(requests, [](const auto& request) { return request.has_press(); });
}

// ---- pressing -----------------------------------------------------------------------------------

TEST(FloorClient, APressAsksAtOnceAndItsVoiceLeavesAheadOfTheAnswer) {
  Device device;
  ASSERT_TRUE(device.press());
  const auto asked = device.asked();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].room_id(), kRadio);
  EXPECT_EQ(asked[0].press().req_id(), 41U);
  EXPECT_EQ(asked[0].press().first_timestamp(), 960U);
  EXPECT_EQ(device.phase(), FloorPhase::asking);
  EXPECT_EQ(device.speak(), 1U);
  EXPECT_EQ(device.client.gate(device.now()), (FloorGate{Kind::pass, kRadio}));
}

TEST(FloorClient, APressCarriesItsTierItsLevelAndItsLatch) {
  Device device;
  device.client.press({.room_id = kRadio, .tier = floor::PRIORITY, .level = 9, .hands_free = true},
                      device.now(), device.out);
  const floor::Press press = device.asked().at(0).press();
  EXPECT_EQ(press.tier(), floor::PRIORITY);
  EXPECT_EQ(press.level(), 9U);
  EXPECT_TRUE(press.hands_free());
  EXPECT_FALSE(press.has_first_timestamp());
}

TEST(FloorClient, APressIsRepeatedWithTheSameIdUntilItIsAnswered) {
  Device device;
  const std::uint32_t req_id = device.to_asking();
  device.asked();
  EXPECT_EQ(device.client.deadline(), at(FloorClient::kPressRepeat).mono);
  device.tick(FloorClient::kPressRepeat - 1ms);
  EXPECT_TRUE(device.asked().empty());
  device.tick(FloorClient::kPressRepeat);
  EXPECT_EQ(device.asked().at(0).press().req_id(), req_id);
  device.tick(2 * FloorClient::kPressRepeat);
  EXPECT_EQ(device.asked().at(0).press().req_id(), req_id);
  device.queued(req_id);
  EXPECT_EQ(device.client.deadline(), kNever);
}

TEST(FloorClient, EachPressHasANewId) {
  Device device;
  const std::uint32_t first = device.to_asking();
  device.release();
  EXPECT_NE(device.to_asking(), first);
}

TEST(FloorClient, IdsGoRoundWithoutZero) {
  Device device;
  device.client = FloorClient(UINT32_MAX);
  device.enter(kRadio, floor::PTT);
  EXPECT_EQ(device.to_asking(), UINT32_MAX);
  device.release();
  EXPECT_EQ(device.to_asking(), 1U);
}

TEST(FloorClient, AnOpenRoomOrAnUnknownOneIsNotPressedIn) {
  Device device;
  device.enter(kOpenRoom, floor::OPEN);
  device.asked();
  EXPECT_FALSE(device.press(kOpenRoom));
  EXPECT_FALSE(device.press(12345));
  EXPECT_TRUE(device.asked().empty());
  EXPECT_EQ(device.phase(), FloorPhase::idle);
}

TEST(FloorClient, WithoutAPressNothingLeaves) {
  Device device;
  EXPECT_EQ(device.speak(), 0U);
  EXPECT_EQ(device.gate(), Kind::shut);
  device.press();
  EXPECT_EQ(device.speak(), 1U) << "and nothing of before";
}

// ---- answers ------------------------------------------------------------------------------------

TEST(FloorClient, AGrantOpensTheGateAndTellsTheLimit) {
  Device device;
  const std::uint32_t req_id = device.to_asking();
  device.granted(5, req_id, kRadio, 30'000);
  EXPECT_EQ(
      device.last_change(),
      (OwnFloorChanged{.room_id = kRadio, .phase = FloorPhase::granted, .until = at(30s).mono}));
  EXPECT_EQ(device.client.grant().number(), 5U);
  EXPECT_EQ(device.speak(), 1U);
  EXPECT_EQ(device.client.deadline(), kNever);
}

TEST(FloorClient, InTheQueueTheNewest300MsAreHeldBackAndLeaveWithTheGrant) {
  Device device;
  const std::uint32_t req_id = device.to_queued();
  EXPECT_EQ(
      device.last_change(),
      (OwnFloorChanged{.room_id = kRadio, .phase = FloorPhase::queued, .position = 1, .size = 3}));
  for (int i = 0; i < 40; ++i) EXPECT_EQ(device.speak(), 0U);
  EXPECT_EQ(device.gate(), Kind::hold);
  device.granted(1, req_id);
  ASSERT_EQ(device.out.voice.size(), 15U);
  EXPECT_EQ(device.out.voice.front().rtp_timestamp, 26U * 960);
  EXPECT_EQ(device.out.voice.back().rtp_timestamp, 40U * 960);
  EXPECT_EQ(device.speak(), 1U);
}

TEST(FloorClient, PositionsInTheQueueAreTold) {
  Device device;
  const std::uint32_t req_id = device.to_queued();
  device.queued(req_id, 2);
  EXPECT_EQ(device.last_change().position, 2U);
}

TEST(FloorClient, ADenialShutsTheGateUntilTheNextPress) {
  Device device;
  device.to_denied();
  EXPECT_EQ(device.phase(), FloorPhase::denied);
  EXPECT_EQ(device.last_change().cause, 1U);
  EXPECT_EQ(device.speak(), 0U);
  EXPECT_EQ(device.client.deadline(), kNever);
  device.asked();
  device.release();
  EXPECT_TRUE(device.asked().empty()) << "there is nothing to give back";
  device.press();
  EXPECT_EQ(device.speak(), 1U);
}

TEST(FloorClient, SignalingsOwnDenialCountsWithoutATerm) {
  Device device;
  const std::uint32_t req_id = device.to_asking();
  device.term = 0;
  device.message_id = 0;
  floor::Event made;
  made.set_room_id(kRadio);
  made.mutable_denied()->set_req_id(req_id);
  made.mutable_denied()->set_cause(floor::Denied::NO_RESOURCES);
  device.hear(made);
  EXPECT_EQ(device.phase(), FloorPhase::denied);
}

TEST(FloorClient, AFloorThatMovesIsAskedAgainWithANewIdAfterTheRetryTime) {
  Device device;
  const std::uint32_t req_id = device.to_asking();
  device.denied(req_id, floor::Denied::FROZEN, kRadio, 400);
  EXPECT_EQ(device.phase(), FloorPhase::asking);
  EXPECT_EQ(device.gate(), Kind::hold) << "nobody holds voice for it meanwhile";
  device.speak();
  device.asked();
  device.tick(399ms);
  EXPECT_TRUE(device.asked().empty());
  device.tick(400ms);
  const auto asked = device.asked();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_NE(asked[0].press().req_id(), req_id);
  EXPECT_EQ(device.out.voice.size(), 1U) << "what was held back follows the press";
}

TEST(FloorClient, ADenialOfSomethingElseChangesNothing) {
  Device device;
  device.to_asking();
  device.denied(0, floor::Denied::NO_PERMISSION);
  device.denied(999, floor::Denied::ANOTHER_TALKS);
  EXPECT_EQ(device.phase(), FloorPhase::asking);
}

// ---- the end of a burst -------------------------------------------------------------------------

TEST(FloorClient, AReleaseNamesTheGrantAndItsLastFrame) {
  Device device;
  device.to_granted(3);
  device.speak();
  device.speak();
  device.asked();
  device.release();
  const auto asked = device.asked();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].release().grant().number(), 3U);
  EXPECT_EQ(asked[0].release().last_timestamp(), 1920U);
  EXPECT_EQ(device.phase(), FloorPhase::idle);
  EXPECT_EQ(device.speak(), 0U);
}

TEST(FloorClient, AReleaseWithoutAFrameNamesNone) {
  Device device;
  device.to_granted();
  device.asked();
  device.release();
  EXPECT_FALSE(device.asked().at(0).release().has_last_timestamp());
}

TEST(FloorClient, AnEndWithoutAnAnswerIsSaidAgainWithASnapshot) {
  Device device;
  device.to_granted(3);
  device.release();
  device.asked();
  device.tick(FloorClient::kCloseRepeat);
  const auto asked = device.asked();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].release().grant().number(), 3U);
  EXPECT_TRUE(asked[1].has_snapshot());
  device.done(3);
  EXPECT_EQ(device.client.deadline(), kNever);
}

TEST(FloorClient, WhatWasNotGrantedIsTakenBack) {
  for (const bool is_queued : {false, true}) {
    Device device;
    const std::uint32_t req_id = is_queued ? device.to_queued() : device.to_asking();
    device.asked();
    device.release();
    const auto asked = device.asked();
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].cancel().req_id(), req_id);
    device.state(0, 0);
    EXPECT_EQ(device.client.deadline() == kNever, is_queued)
        << "a State may be older than a press that has no answer";
    device.denied(req_id, floor::Denied::OTHER);
    EXPECT_EQ(device.client.deadline(), kNever);
  }
}

TEST(FloorClient, AStateThatComesLateEnoughEndsAPressThatWasNeverAnswered) {
  Device device;
  device.to_asking();
  device.release();
  device.tick(FloorClient::kCloseRepeat);
  device.state(0, 0);
  EXPECT_EQ(device.client.deadline(), kNever);
}

TEST(FloorClient, AGrantAfterTheButtonWentUpIsGivenBackAtOnce) {
  Device device;
  const std::uint32_t req_id = device.to_asking();
  device.speak();
  device.release();
  device.asked();
  device.granted(4, req_id);
  const auto asked = device.asked();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].release().grant().number(), 4U);
  EXPECT_EQ(asked[0].release().last_timestamp(), 960U);
  EXPECT_EQ(device.phase(), FloorPhase::idle);
  device.done(4);
  EXPECT_EQ(device.client.deadline(), kNever);
}

TEST(FloorClient, AGrantOfAnEarlierPressIsNotTakenForTheOneThatIsOn) {
  Device device;
  const std::uint32_t first = device.to_asking();
  device.press(kRadio, floor::COMMAND);  // replaces it
  const std::uint32_t second = device.client.req_id();
  device.release();
  const std::uint32_t third = device.to_asking();
  device.asked();
  device.granted(1, first);
  device.granted(1, second);
  EXPECT_EQ(device.phase(), FloorPhase::asking);
  const auto asked = device.asked();
  ASSERT_EQ(asked.size(), 1U) << "one grant, given back once";
  EXPECT_EQ(asked[0].release().grant().number(), 1U);
  device.done(1);
  device.granted(2, third);
  EXPECT_EQ(device.phase(), FloorPhase::granted);
  EXPECT_EQ(device.client.deadline(), kNever);
}

TEST(FloorClient, AGrantNobodyAskedForIsGivenBack) {
  Device device;
  device.granted(4, 0);
  EXPECT_EQ(device.asked().at(0).release().grant().number(), 4U);
}

TEST(FloorClient, AGrantThatIsAlreadyGivenBackOrOverIsNotGivenBackAgain) {
  Device device;
  const std::uint32_t req_id = device.to_asking();
  device.granted(4, req_id);
  device.release();
  device.asked();
  device.granted(4, req_id);  // the answer to a repeated press
  EXPECT_TRUE(device.asked().empty());
  device.done(4);
  device.granted(4, req_id);
  EXPECT_TRUE(device.asked().empty());
}

TEST(FloorClient, ADoneWhileTheButtonIsDownEndsTheBurst) {
  Device device;
  device.to_granted();
  device.done(1);
  EXPECT_EQ(device.phase(), FloorPhase::ended);
  EXPECT_EQ(device.speak(), 0U);
  device.asked();
  device.release();
  EXPECT_TRUE(device.asked().empty());
}

TEST(FloorClient, TooManyUnansweredEndsRefuseAPress) {
  Device device;
  for (std::size_t i = 0; i < FloorClient::kMaxClosings; ++i) {
    ASSERT_TRUE(device.press());
    device.release();
  }
  EXPECT_FALSE(device.press());
}

TEST(FloorClient, WhileSignalingIsAwayPressesDoNotAddUp) {
  Device device;
  device.client.on_signaling_lost();
  for (std::size_t i = 0; i < 2 * FloorClient::kMaxClosings; ++i) {
    ASSERT_TRUE(device.press());
    device.release();
  }
}

// ---- revoked ------------------------------------------------------------------------------------

TEST(FloorClient, VoicePassesUntilTheGraceIsOver) {
  Device device;
  device.to_revoking();
  EXPECT_EQ(
      device.last_change(),
      (OwnFloorChanged{
          .room_id = kRadio, .phase = FloorPhase::revoking, .cause = 4, .until = at(800ms).mono}));
  device.clock = 799ms;
  EXPECT_EQ(device.speak(), 1U);
  device.tick(800ms);
  EXPECT_EQ(device.phase(), FloorPhase::ended);
  EXPECT_EQ(device.speak(), 0U);
}

TEST(FloorClient, AReleaseInTheGraceIsARelease) {
  Device device;
  device.to_revoking();
  device.asked();
  device.release();
  EXPECT_EQ(device.asked().at(0).release().grant().number(), 1U);
}

TEST(FloorClient, WithoutGraceTheGateShutsAtOnce) {
  Device device;
  device.to_granted();
  device.revoked(1, floor::Revoked::CUT_BY_CHAIR, 0);
  EXPECT_EQ(device.phase(), FloorPhase::ended);
  EXPECT_EQ(device.last_change().cause, 34U);
  EXPECT_EQ(device.speak(), 0U);
}

TEST(FloorClient, ARevocationOfAnotherGrantChangesNothing) {
  Device device;
  device.to_granted(2);
  device.revoked(1, floor::Revoked::TOO_LONG, 0);
  EXPECT_EQ(device.phase(), FloorPhase::granted);
}

TEST(FloorClient, AWarningTellsTheTimeLeft) {
  Device device;
  device.to_granted();
  floor::Event made = device.event(kRadio);
  *made.mutable_warning()->mutable_grant() = grant_id(1);
  made.mutable_warning()->set_left_ms(5000);
  device.clock = 25s;
  device.hear(made);
  EXPECT_EQ(device.last_change().until, at(30s).mono);
}

// ---- a press on top of a press ------------------------------------------------------------------

TEST(FloorClient, WhoTalksCanAskForMoreWithoutStopping) {
  Device device;
  device.to_granted();
  device.asked();
  device.press(kRadio, floor::EMERGENCY);
  EXPECT_EQ(device.asked().at(0).press().tier(), floor::EMERGENCY);
  EXPECT_EQ(device.phase(), FloorPhase::granted);
  EXPECT_EQ(device.speak(), 1U);
  device.denied(device.client.req_id(), floor::Denied::NO_PERMISSION);
  EXPECT_EQ(device.phase(), FloorPhase::granted);
  EXPECT_EQ(device.client.deadline(), kNever);
}

TEST(FloorClient, WhoWaitsAndPressesAgainKeepsWhatIsHeldBack) {
  Device device;
  device.to_queued();
  device.speak();
  device.press(kRadio, floor::COMMAND);
  EXPECT_EQ(device.asked().back().press().first_timestamp(), 960U);
  device.speak();
  EXPECT_EQ(device.out.voice.size(), 2U);
}

// ---- offers -------------------------------------------------------------------------------------

TEST(FloorClient, AnOfferToAButtonThatIsDownIsTakenAtOnce) {
  Device device;
  const std::uint32_t req_id = device.to_queued();
  device.asked();
  device.offer(req_id);
  EXPECT_EQ(device.asked().at(0).press().req_id(), req_id);
  EXPECT_EQ(device.phase(), FloorPhase::asking);
}

TEST(FloorClient, AnOfferIsTakenByPressingWithItsId) {
  Device device;
  device.offer(77);
  EXPECT_EQ(device.phase(), FloorPhase::offered);
  EXPECT_EQ(device.last_change().until, at(2s).mono);
  device.press();
  EXPECT_EQ(device.asked().at(0).press().req_id(), 77U);
}

TEST(FloorClient, AnOfferWithoutAnIdIsTakenByANewPress) {
  Device device;
  device.offer(0);
  device.press();
  EXPECT_EQ(device.asked().at(0).press().req_id(), 41U);
}

TEST(FloorClient, AnOfferEndsWithItsTime) {
  Device device;
  device.offer(77);
  EXPECT_EQ(device.client.deadline(), at(2s).mono);
  device.tick(2s);
  EXPECT_EQ(device.phase(), FloorPhase::idle);
  device.press();
  EXPECT_NE(device.asked().at(0).press().req_id(), 77U);
}

TEST(FloorClient, AnOfferCanBeTurnedDown) {
  Device device;
  device.offer(77);
  device.client.cancel(device.now(), device.out);
  EXPECT_EQ(device.asked().at(0).cancel().req_id(), 77U);
  EXPECT_EQ(device.phase(), FloorPhase::idle);
}

TEST(FloorClient, AnOfferForAPressThatWasTakenBackIsNone) {
  Device device;
  const std::uint32_t req_id = device.to_queued();
  device.release();
  device.offer(req_id);
  EXPECT_EQ(device.phase(), FloorPhase::idle);
}

// ---- several rooms ------------------------------------------------------------------------------

TEST(FloorClient, VoiceForAnotherRoomWaitsUntilTheLastBurstIsOver) {
  Device device;
  device.to_granted(1);
  device.speak();
  device.press(kOther);
  const auto asked = device.asked();
  EXPECT_TRUE(asked[asked.size() - 2].has_release()) << "one button, one press";
  EXPECT_EQ(asked.back().room_id(), kOther);
  EXPECT_EQ(device.speak(), 0U);
  device.granted(1, device.client.req_id(), kOther);
  EXPECT_EQ(device.speak(), 0U) << "granted there, and not yet over here";
  device.done(1, kRadio);
  EXPECT_EQ(device.out.voice.size(), 3U);
  EXPECT_EQ(device.speak(), 1U);
}

TEST(FloorClient, VoiceForAnotherRoomWaitsForTheDenialOfAPressThatWasTakenBack) {
  Device device;
  const std::uint32_t req_id = device.to_asking();
  device.speak();
  device.press(kOther);
  EXPECT_EQ(device.speak(), 0U);
  device.denied(req_id, floor::Denied::ANOTHER_TALKS, kRadio);
  EXPECT_EQ(device.out.voice.size(), 2U);
}

TEST(FloorClient, VoiceForAnotherRoomWaitsForTheDoneOfALateGrant) {
  Device device;
  const std::uint32_t req_id = device.to_asking();
  device.press(kOther);
  device.speak();
  device.granted(9, req_id, kRadio);
  EXPECT_EQ(device.out.voice.size(), 0U);
  device.state(0, 0, kOther);
  EXPECT_EQ(device.out.voice.size(), 0U) << "another room's State says nothing about this one";
  device.done(9, kRadio);
  EXPECT_EQ(device.out.voice.size(), 1U);
}

TEST(FloorClient, AStateTellsThatALostDoneHasHappened) {
  Device device;
  device.to_granted(1);
  device.press(kOther);
  device.speak();
  device.clock = FloorClient::kCloseRepeat - 1ms;
  device.state(0, 0, kRadio);
  EXPECT_EQ(device.out.voice.size(), 0U) << "it may be in its tail";
  device.clock = FloorClient::kCloseRepeat;
  device.state(0, 0, kRadio);
  EXPECT_EQ(device.out.voice.size(), 1U);
}

TEST(FloorClient, APressAgainInTheSameRoomDoesNotWaitForTheTail) {
  Device device;
  device.to_granted(1);
  device.speak();
  device.release();
  device.press();
  EXPECT_EQ(device.speak(), 1U);
}

TEST(FloorClient, FromAnOpenRoomNothingLeavesForAPressElsewhere) {
  Device device;
  device.client = FloorClient(41);
  device.enter(kOpenRoom, floor::OPEN);
  device.enter(kRadio, floor::PTT);
  EXPECT_EQ(device.speak(), 1U) << "open microphone";
  device.press(kRadio);
  EXPECT_EQ(device.speak(), 0U);
  device.denied(device.client.req_id(), floor::Denied::OTHER);
  EXPECT_EQ(device.speak(), 0U);
  device.release();
  EXPECT_EQ(device.speak(), 1U);
}

TEST(FloorClient, AfterAnOpenTalkRoomVoiceWaitsUntilTheNodeKnowsTheNewOne) {
  for (const bool is_granted : {false, true}) {
    Device device;
    device.client = FloorClient(41);
    device.enter(kOpenRoom, floor::OPEN);
    device.enter(kRadio, floor::PTT);
    ASSERT_TRUE(device.client.set_talk_room(kRadio, device.now(), device.out));
    EXPECT_EQ(device.out.talk_room.value().room_id(), kRadio);
    EXPECT_EQ(device.speak(), 0U) << "no open microphone in a radio room";
    device.press(kRadio);
    EXPECT_EQ(device.speak(), 0U);
    if (is_granted) {
      device.granted(1);
    } else {
      device.state(0, 0);
      EXPECT_EQ(device.out.voice.size(), 0U) << "its worker may not know yet";
      device.talk_room_set();
    }
    EXPECT_EQ(device.out.voice.size(), 1U);
  }
}

TEST(FloorClient, AnOpenRoomIsTalkedInWhenTheNodeKnowsAndTheLastBurstIsOver) {
  Device device;
  device.enter(kOpenRoom, floor::OPEN);
  device.to_granted();
  ASSERT_TRUE(device.client.set_talk_room(kOpenRoom, device.now(), device.out));
  EXPECT_TRUE(device.asked().back().has_release());
  device.talk_room_set();
  EXPECT_EQ(device.speak(), 0U);
  device.done(1);
  EXPECT_EQ(device.speak(), 1U);
}

TEST(FloorClient, TheNewTalkRoomHearsNothingThatWasSaidForTheOldOne) {
  Device device;
  device.client = FloorClient(41);
  device.enter(kOpenRoom, floor::OPEN);
  device.enter(kRadio, floor::PTT);
  EXPECT_EQ(device.speak(), 1U);
  const std::uint32_t last = device.out.voice.back().rtp_timestamp;
  ASSERT_TRUE(device.client.set_talk_room(kRadio, device.now(), device.out));
  EXPECT_EQ(device.out.talk_room.value().first_timestamp(), last + 1);
}

TEST(FloorClient, TheAnswerToAnEarlierChoiceOfTheSameRoomDoesNotCount) {
  Device device;
  device.client = FloorClient(41);
  device.enter(kOpenRoom, floor::OPEN);
  device.enter(kOther, floor::OPEN);
  ASSERT_TRUE(device.client.set_talk_room(kOther, device.now(), device.out));
  const std::uint32_t earlier = device.out.talk_room.value().change_id();
  ASSERT_TRUE(device.client.set_talk_room(kOpenRoom, device.now(), device.out));
  ASSERT_TRUE(device.client.set_talk_room(kOther, device.now(), device.out));
  device.client.on_talk_room_set(earlier, device.now(), device.out);
  EXPECT_EQ(device.speak(), 0U);
  device.talk_room_set();
  EXPECT_EQ(device.speak(), 1U);
}

TEST(FloorClient, TheTalkRoomIsSaidAgainUntilItIsAnswered) {
  Device device;
  ASSERT_TRUE(device.client.set_talk_room(kOther, device.now(), device.out));
  const std::uint32_t change_id = device.out.talk_room.value().change_id();
  device.out.talk_room.reset();
  device.tick(FloorClient::kCloseRepeat);
  EXPECT_EQ(device.out.talk_room.value().change_id(), change_id);
  device.out.talk_room.reset();
  device.client.on_signaling_lost();
  EXPECT_EQ(device.client.deadline(), kNever);
  device.enter(kOther, floor::PTT);
  EXPECT_EQ(device.out.talk_room.value().room_id(), kOther);
  device.talk_room_set();
  EXPECT_EQ(device.client.deadline(), kNever);
}

TEST(FloorClient, TheTalkRoomIsNotChangedWhileNobodyCanBeTold) {
  Device device;
  device.client.on_signaling_lost();
  EXPECT_FALSE(device.client.set_talk_room(kOther, device.now(), device.out));
  EXPECT_FALSE(device.client.set_talk_room(12345, device.now(), device.out));
  EXPECT_EQ(device.client.talk_room(), kRadio);
}

TEST(FloorClient, ANewTransportHasToBeToldTheChosenTalkRoom) {
  Device device;
  ASSERT_TRUE(device.client.set_talk_room(kOther, device.now(), device.out));
  device.talk_room_set();
  device.client.on_new_transport(device.now());
  device.out.talk_room.reset();
  device.tick(0s);
  EXPECT_EQ(device.out.talk_room.value().room_id(), kOther);
}

TEST(FloorClient, LeavingARoomEndsWhatWasOnThere) {
  Device device;
  device.to_granted();
  device.client.leave(kRadio, device.out);
  EXPECT_EQ(device.phase(), FloorPhase::idle);
  EXPECT_EQ(device.client.floor_of(kRadio), nullptr);
  device.asked();
  device.press(kOther);
  EXPECT_EQ(device.speak(), 1U);
}

// ---- late, doubled and foreign events -----------------------------------------------------------

TEST(FloorClient, DuplicatesAndOlderTermsAreIgnored) {
  Device device;
  const std::uint32_t req_id = device.to_asking();
  floor::Event granted = device.event(kRadio);
  granted.mutable_granted()->set_req_id(req_id);
  *granted.mutable_granted()->mutable_grant() = grant_id(1);
  device.hear(granted);
  const std::size_t heard = device.heard();
  device.release();
  device.asked();
  device.hear(granted);
  EXPECT_EQ(device.heard(), heard);
  EXPECT_TRUE(device.asked().empty());
  granted.set_term(kTerm - 1);
  granted.set_message_id(granted.message_id() + 100);
  device.hear(granted);
  EXPECT_EQ(device.heard(), heard);
}

TEST(FloorClient, EventsOfARoomItIsNotInAreIgnored) {
  Device device;
  floor::Event foreign = device.event(12345);
  foreign.mutable_idle();
  device.hear(foreign);
  EXPECT_EQ(device.heard(), 0U);
}

TEST(FloorClient, ANewTermAsksForASnapshotWhichDecides) {
  for (const bool still_holds : {false, true}) {
    Device device;
    device.to_granted(1);
    device.asked();
    device.term = kTerm + 1;
    device.message_id = 0;
    floor::Event idle = device.event(kRadio);
    idle.mutable_idle();
    device.hear(idle);
    EXPECT_TRUE(device.asked().at(0).has_snapshot());
    device.state(still_holds ? 1 : 0, 0);
    EXPECT_EQ(device.phase(), still_holds ? FloorPhase::granted : FloorPhase::ended);
    EXPECT_EQ(device.speak(), still_holds ? 1U : 0U);
  }
}

TEST(FloorClient, TheFirstTermNeedsNoSnapshot) {
  Device device;
  floor::Event idle = device.event(kRadio);
  idle.mutable_idle();
  device.hear(idle);
  EXPECT_TRUE(device.asked().empty());
}

TEST(FloorClient, ANewTermForgetsTheEndsOfTheOldOne) {
  Device device;
  device.to_granted(1);
  device.press(kOther);
  device.speak();
  device.term = kTerm + 1;
  device.message_id = 0;
  floor::Event idle = device.event(kRadio);
  idle.mutable_idle();
  device.hear(idle);
  EXPECT_EQ(device.out.voice.size(), 1U);
}

TEST(FloorClient, AQueueThatWasForgottenIsAskedForAgain) {
  Device device;
  const std::uint32_t req_id = device.to_queued();
  device.asked();
  device.state(0, req_id);
  EXPECT_EQ(device.phase(), FloorPhase::queued);
  EXPECT_TRUE(device.asked().empty());
  device.state(0, 0);
  EXPECT_EQ(device.phase(), FloorPhase::asking);
  EXPECT_EQ(device.asked().at(0).press().req_id(), req_id);
}

TEST(FloorClient, AGrantOrAPlaceThatOnlyTheStateKnowsIsGivenBack) {
  Device device;
  device.state(6, 0);
  EXPECT_EQ(device.asked().at(0).release().grant().number(), 6U);
  device.done(6);
  device.state(0, 88);
  EXPECT_EQ(device.asked().at(0).cancel().req_id(), 88U);
  device.queued(89);
  EXPECT_EQ(device.asked().at(0).cancel().req_id(), 89U);
}

TEST(FloorClient, AGrantThatOnlyTheStateKnowsIsTakenByAButtonThatIsDown) {
  Device device;
  const std::uint32_t req_id = device.to_queued();
  device.speak();
  device.state(6, req_id);
  EXPECT_EQ(device.phase(), FloorPhase::granted);
  EXPECT_EQ(device.out.voice.size(), 1U);
}

TEST(FloorClient, AStateForAllChangesThePolicyAndNothingElse) {
  Device device;
  device.to_granted();
  floor::Event changed = device.event(kRadio);
  changed.mutable_state()->mutable_policy()->set_mode(floor::CUT_IN);
  device.hear(changed);
  EXPECT_EQ(device.phase(), FloorPhase::granted);
  EXPECT_EQ(device.client.floor_of(kRadio)->policy().mode(), floor::CUT_IN);
  EXPECT_TRUE(device.client.floor_of(kRadio)->own_rights().may_talk());
}

TEST(FloorClient, ARoomThatBecomesOpenNeedsNoPress) {
  Device device;
  device.to_queued();
  floor::Event changed = device.event(kRadio);
  changed.mutable_state()->mutable_policy()->set_mode(floor::OPEN);
  device.hear(changed);
  EXPECT_EQ(device.phase(), FloorPhase::idle);
  EXPECT_EQ(device.speak(), 1U);
}

TEST(FloorClient, WhoHoldsTheFloorIsKnown) {
  Device device;
  floor::Event taken = device.event(kRadio);
  taken.mutable_taken()->add_holders()->set_member_id(3);
  device.hear(taken);
  EXPECT_EQ(device.client.floor_of(kRadio)->holders(0).member_id(), 3U);
  floor::Event idle = device.event(kRadio);
  idle.mutable_idle();
  device.hear(idle);
  EXPECT_EQ(device.client.floor_of(kRadio)->holders_size(), 0);
  floor::Event emergency = device.event(kRadio);
  emergency.mutable_emergency()->set_id(5);
  device.hear(emergency);
  EXPECT_EQ(device.client.floor_of(kRadio)->emergency().id(), 5U);
  floor::Event queue = device.event(kRadio);
  queue.mutable_queue()->add_waiting()->set_member_id(4);
  device.hear(queue);
  EXPECT_EQ(device.client.floor_of(kRadio)->queue().waiting(0).member_id(), 4U);
}

// ---- signaling goes and comes -------------------------------------------------------------------

TEST(FloorClient, WhileSignalingIsAwayVoiceInTheTalkRoomIsThePress) {
  Device device;
  device.client.on_signaling_lost();
  ASSERT_TRUE(device.press());
  EXPECT_TRUE(device.asked().empty());
  EXPECT_EQ(device.client.deadline(), kNever);
  EXPECT_EQ(device.speak(), 1U);
}

TEST(FloorClient, WhileSignalingIsAwayNothingLeavesForARoomTheNodeDoesNotExpect) {
  Device device;
  device.client.on_signaling_lost();
  device.press(kOther);
  EXPECT_EQ(device.speak(), 0U);
  device.asked();
  device.enter(kRadio, floor::PTT);
  device.enter(kOther, floor::PTT);
  EXPECT_TRUE(has_press(device.asked()));
  EXPECT_EQ(device.speak(), 2U);
}

TEST(FloorClient, AGrantInAnotherRoomMakesItTheTalkRoomOfTheNodeToo) {
  Device device;
  device.press(kOther);
  device.granted(1, device.client.req_id(), kOther);
  device.client.on_signaling_lost();
  EXPECT_EQ(device.speak(), 1U);
}

TEST(FloorClient, WhoTalksOrWaitsGoesOnTalkingWhileSignalingIsAway) {
  for (const bool is_queued : {false, true}) {
    Device device;
    if (is_queued) {
      device.to_queued();
      device.queued(device.client.req_id());
      device.press();  // sure of the talk room: it is the first
    } else {
      device.to_granted();
    }
    device.client.on_signaling_lost();
    EXPECT_EQ(device.speak(), 1U);
  }
}

TEST(FloorClient, BackAgainAnUnansweredPressAndAnUnansweredEndAreSaidAgain) {
  Device device;
  device.to_granted(1);
  device.client.on_signaling_lost();
  device.release();
  device.press();
  EXPECT_EQ(device.asked().size(), 1U) << "only what was asked before";
  device.clock = 700ms;
  device.enter(kRadio, floor::PTT);
  const auto asked = device.asked();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[0].release().grant().number(), 1U);
  EXPECT_TRUE(asked[1].has_snapshot());
  EXPECT_TRUE(asked[2].has_press());
}

TEST(FloorClient, BackAgainTheStateEndsAPressThatWasTakenBackMeanwhile) {
  Device device;
  device.client.on_signaling_lost();
  device.press();
  device.speak();
  device.release();
  device.enter(kRadio, floor::PTT);
  device.enter(kOther, floor::PTT);
  device.press(kOther);
  EXPECT_EQ(device.speak(), 0U) << "the voice may have been a press";
  device.state(5, 0, kRadio);
  EXPECT_EQ(device.speak(), 0U) << "it was";
  device.done(5, kRadio);
  device.state(0, 0, kRadio);
  EXPECT_EQ(device.out.voice.size(), 3U);
}

TEST(FloorClient, BackAgainABurstThatTimedOutIsOver) {
  Device device;
  device.to_granted();
  device.client.on_signaling_lost();
  device.enter(kRadio, floor::PTT);
  device.state(0, 0);
  EXPECT_EQ(device.phase(), FloorPhase::ended);
}

// ---- every state and every event ----------------------------------------------------------------

// The table that docs/floor.md gives for a client: phase, event, phase that follows.
struct Row {
  const char* name;
  void (*reach)(Device&);
  void (*happen)(Device&);
  FloorPhase then;
};

std::uint32_t req_of(Device& device) { return device.client.req_id(); }

const auto kIdle = [](Device&) {};
const auto kAsking = [](Device& device) { device.to_asking(); };
const auto kQueued = [](Device& device) { device.to_queued(); };
const auto kGranted = [](Device& device) { device.to_granted(); };
const auto kRevoking = [](Device& device) { device.to_revoking(); };
const auto kDenied = [](Device& device) { device.to_denied(); };
const auto kEnded = [](Device& device) { device.to_ended(); };
const auto kOffered = [](Device& device) { device.offer(77); };

const auto kPress = [](Device& device) { device.press(); };
const auto kRelease = [](Device& device) { device.release(); };
const auto kCancel = [](Device& device) { device.client.cancel(device.now(), device.out); };
const auto kGrant = [](Device& device) { device.granted(2, req_of(device)); };
const auto kQueue = [](Device& device) { device.queued(req_of(device)); };
const auto kDeny = [](Device& device) {
  device.denied(req_of(device), floor::Denied::ANOTHER_TALKS);
};
const auto kRevoke = [](Device& device) { device.revoked(1, floor::Revoked::TOO_LONG, 3000); };
const auto kCut = [](Device& device) { device.revoked(1, floor::Revoked::CUT_BY_CHAIR, 0); };
const auto kOffer = [](Device& device) { device.offer(req_of(device)); };
const auto kDone = [](Device& device) { device.done(1); };
const auto kNothing = [](Device& device) { device.state(0, 0); };
const auto kLost = [](Device& device) { device.client.on_signaling_lost(); };

TEST(FloorClient, EveryStateAnswersEveryEvent) {
  using enum FloorPhase;
  const Row rows[] = {
      {"idle press", kIdle, kPress, asking},
      {"idle release", kIdle, kRelease, idle},
      {"idle cancel", kIdle, kCancel, idle},
      {"idle grant", kIdle, kGrant, idle},
      {"idle queued", kIdle, kQueue, idle},
      {"idle denied", kIdle, kDeny, idle},
      {"idle revoked", kIdle, kRevoke, idle},
      {"idle offer", kIdle, kOffer, offered},
      {"idle done", kIdle, kDone, idle},
      {"idle state", kIdle, kNothing, idle},
      {"asking press", kAsking, kPress, asking},
      {"asking release", kAsking, kRelease, idle},
      {"asking cancel", kAsking, kCancel, idle},
      {"asking grant", kAsking, kGrant, granted},
      {"asking queued", kAsking, kQueue, queued},
      {"asking denied", kAsking, kDeny, denied},
      {"asking revoked", kAsking, kRevoke, asking},
      {"asking offer", kAsking, kOffer, asking},
      {"asking done", kAsking, kDone, asking},
      {"asking state", kAsking, kNothing, asking},
      {"asking lost", kAsking, kLost, asking},
      {"queued press", kQueued, kPress, asking},
      {"queued release", kQueued, kRelease, idle},
      {"queued cancel", kQueued, kCancel, idle},
      {"queued grant", kQueued, kGrant, granted},
      {"queued queued", kQueued, kQueue, queued},
      {"queued denied", kQueued, kDeny, denied},
      {"queued revoked", kQueued, kRevoke, queued},
      {"queued offer", kQueued, kOffer, asking},
      {"queued done", kQueued, kDone, queued},
      {"queued state", kQueued, kNothing, asking},
      {"queued lost", kQueued, kLost, queued},
      {"granted press", kGranted, kPress, granted},
      {"granted release", kGranted, kRelease, idle},
      {"granted cancel", kGranted, kCancel, idle},
      {"granted grant", kGranted, kGrant, granted},
      {"granted queued", kGranted, kQueue, granted},
      {"granted denied", kGranted, kDeny, granted},
      {"granted revoked", kGranted, kRevoke, revoking},
      {"granted cut", kGranted, kCut, ended},
      {"granted offer", kGranted, kOffer, granted},
      {"granted done", kGranted, kDone, ended},
      {"granted state", kGranted, kNothing, ended},
      {"granted lost", kGranted, kLost, granted},
      {"revoking press", kRevoking, kPress, revoking},
      {"revoking release", kRevoking, kRelease, idle},
      {"revoking cancel", kRevoking, kCancel, idle},
      {"revoking queued", kRevoking, kQueue, revoking},
      {"revoking denied", kRevoking, kDeny, revoking},
      {"revoking revoked", kRevoking, kRevoke, revoking},
      {"revoking cut", kRevoking, kCut, ended},
      {"revoking offer", kRevoking, kOffer, revoking},
      {"revoking done", kRevoking, kDone, ended},
      {"revoking state", kRevoking, kNothing, ended},
      {"revoking lost", kRevoking, kLost, revoking},
      {"denied press", kDenied, kPress, asking},
      {"denied release", kDenied, kRelease, idle},
      {"denied cancel", kDenied, kCancel, idle},
      {"denied grant", kDenied, kGrant, denied},
      {"denied queued", kDenied, kQueue, denied},
      {"denied denied", kDenied, kDeny, denied},
      {"denied revoked", kDenied, kRevoke, denied},
      {"denied offer", kDenied, kOffer, denied},
      {"denied done", kDenied, kDone, denied},
      {"denied state", kDenied, kNothing, denied},
      {"denied lost", kDenied, kLost, denied},
      {"ended press", kEnded, kPress, asking},
      {"ended release", kEnded, kRelease, idle},
      {"ended cancel", kEnded, kCancel, idle},
      {"ended grant", kEnded, kGrant, ended},
      {"ended queued", kEnded, kQueue, ended},
      {"ended denied", kEnded, kDeny, ended},
      {"ended revoked", kEnded, kRevoke, ended},
      {"ended done", kEnded, kDone, ended},
      {"ended state", kEnded, kNothing, ended},
      {"ended lost", kEnded, kLost, ended},
      {"offered press", kOffered, kPress, asking},
      {"offered release", kOffered, kRelease, offered},
      {"offered cancel", kOffered, kCancel, idle},
      {"offered lost", kOffered, kLost, offered},
  };
  for (const Row& row : rows) {
    Device device;
    row.reach(device);
    row.happen(device);
    EXPECT_EQ(device.phase(), row.then) << row.name;
    const bool may_send = row.then == asking || row.then == granted || row.then == revoking;
    const bool is_queued_and_away = row.happen == +kLost && row.then == queued;
    EXPECT_EQ(device.speak() > 0, may_send || is_queued_and_away) << row.name;
  }
}

}  // namespace
}  // namespace parley::client
