// Who this client is: enrolment, approval, login, and renewal of the credential.
#include <gtest/gtest.h>

#include "tests/unit/client/session_script.hpp"

namespace parley::client {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::at;
using test::events_of;

std::string_view public_key() { return as_text(test::device_key().public_key()); }

void expect_enrolment(const api::ClientMessage& message, const std::string& challenge) {
  ASSERT_TRUE(message.has_enrol());
  EXPECT_EQ(message.enrol().invitation(), kInvitation);
  EXPECT_EQ(message.enrol().public_key(), public_key());
  EXPECT_TRUE(test::is_signature(
      test::device_key().public_key(),
      "parley enrol 1\0talk.example.org\0"s + challenge + std::string(public_key()),
      message.enrol().signature()));
}

void expect_login(const api::ClientMessage& message, const std::string& credential,
                  const std::string& challenge) {
  ASSERT_TRUE(message.has_login());
  EXPECT_EQ(message.login().credential(), credential);
  EXPECT_TRUE(test::is_signature(test::device_key().public_key(),
                                 "parley login 1\0talk.example.org\0"s + challenge + credential,
                                 message.login().signature()));
}

std::vector<std::string> received(const Script& script) {
  std::vector<std::string> credentials;
  for (const auto& event : events_of<CredentialReceived>(script.out)) {
    credentials.push_back(event.credential);
  }
  return credentials;
}

TEST(SignIn, EnrolsLogsInOnTheSameConnectionJoinsAndAsksForMedia) {
  Script script("");
  script.session.on_open(at(0s), script.out);
  const api::ClientMessage hello = script.sent();
  EXPECT_EQ(hello.hello().min_version(), 2U);
  EXPECT_NE(hello.request_id(), 0U);
  script.welcome();
  const api::ClientMessage enrol = script.sent();
  expect_enrolment(enrol, kChallenge);
  EXPECT_EQ(enrol.enrol().label(), "bench");
  EXPECT_EQ(enrol.enrol().display_name(), "Anna");
  script.enrolled("first");
  expect_login(script.sent(), "first", kChallenge);
  EXPECT_EQ(received(script), std::vector<std::string>{"first"});
  EXPECT_FALSE(script.session.wants_transport(at(0s).mono));
  script.sign_in();
  EXPECT_FALSE(events_of<SessionOpened>(script.out).at(0).resumed);
  EXPECT_EQ(script.sent().join().room_id(), kRoom);
  script.joined();
  EXPECT_TRUE(script.session.wants_transport(at(0s).mono));
  EXPECT_EQ(events_of<RoomJoined>(script.out).size(), 1U);
}

TEST(SignIn, WithACredentialThereIsNoEnrolment) {
  Script script("kept");
  script.greet();
  expect_login(script.sent(), "kept", kChallenge);
  script.sign_in();
  EXPECT_TRUE(events_of<SessionOpened>(script.out).at(0).resumed);
  EXPECT_TRUE(received(script).empty());
}

TEST(SignIn, ALostAnswerToTheEnrolmentIsAskedForAgainWithTheSameKey) {
  Script script("");
  script.greet();
  script.session.on_closed(script.out);
  const std::string other(32, 'd');
  script.greet(other);
  expect_enrolment(script.sent(), other);
}

TEST(SignIn, AnEnrolmentThatIsNotAnsweredEndsTheConnection) {
  Script script("");
  script.greet();
  script.tick(Session::kAnswerLimit - 1ms);
  EXPECT_FALSE(script.out.reconnect_signaling);
  script.tick(Session::kAnswerLimit);
  EXPECT_TRUE(script.out.reconnect_signaling);
}

TEST(SignIn, AnInvitationThatWasAcceptedIsNotUsedAgain) {
  Script script("");
  script.greet();
  script.enrolled("first");
  script.session.on_closed(script.out);  // the answer to Login is lost
  const std::string other(32, 'd');
  script.greet(other);
  expect_login(script.sent(), "first", other);
  script.sign_in();
  EXPECT_FALSE(events_of<SessionOpened>(script.out).at(0).resumed) << "the first of this key";
  script.session.on_closed(script.out);
  script.greet();
  script.sign_in();
  EXPECT_TRUE(events_of<SessionOpened>(script.out).at(1).resumed);
}

TEST(SignIn, ADeviceThatWaitsForApprovalAsksEveryThreeSecondsAndSaysSoOnce) {
  Script script("");
  script.greet();
  script.sent();
  script.enrolled("");
  const auto pending = events_of<DevicePending>(script.out);
  ASSERT_EQ(pending.size(), 1U);
  EXPECT_EQ(pending[0].device_id, 5U);
  EXPECT_EQ(pending[0].digits, test::device_key().eight_digits());
  EXPECT_TRUE(received(script).empty());
  EXPECT_EQ(script.session.deadline(), at(Session::kPendingRetry).mono);
  script.tick(Session::kPendingRetry - 1ms);
  EXPECT_TRUE(script.is_silent());
  script.tick(Session::kPendingRetry);
  expect_enrolment(script.sent(), kChallenge);
  script.enrolled("");
  script.tick(2 * Session::kPendingRetry);
  script.sent();
  script.enrolled("first");
  expect_login(script.sent(), "first", kChallenge);
  EXPECT_EQ(events_of<DevicePending>(script.out).size(), 1U);
}

TEST(SignIn, ADeviceThatWaitsGoesOnWaitingOnANewConnection) {
  Script script("");
  script.greet();
  script.enrolled("");
  script.error(api::Error::NOT_SIGNED_IN, 0, true);  // it took too long
  EXPECT_TRUE(script.out.reconnect_signaling);
  EXPECT_EQ(script.session.deadline(), kNever);
  const std::string other(32, 'd');
  script.greet(other);
  expect_enrolment(script.sent(), other);
  script.enrolled("");
  EXPECT_EQ(events_of<DevicePending>(script.out).size(), 1U);
}

TEST(SignIn, ARenewedCredentialIsKeptAndShownNextTime) {
  Script script("old");
  script.greet();
  script.sign_in();
  api::ServerMessage message;
  message.mutable_credential_renewed()->set_credential("newer");
  script.answer(message);
  EXPECT_EQ(received(script), std::vector<std::string>{"newer"});
  script.session.on_closed(script.out);
  script.greet();
  expect_login(script.sent(), "newer", kChallenge);
  message.Clear();
  Script::fill(message);
  message.mutable_session()->set_credential("newest");
  message.mutable_session()->add_rooms()->set_room_id(kRoom);
  message.mutable_session()->mutable_rooms(0)->set_name("Lobby");
  script.answer(message);
  EXPECT_EQ(received(script), (std::vector<std::string>{"newer", "newest"}));
  script.session.on_closed(script.out);
  script.greet();
  expect_login(script.sent(), "newest", kChallenge);
}

TEST(SignIn, AnInvitationThatIsNotTakenEndsTheSessionWithItsOwnError) {
  for (const auto code :
       {api::Error::INVITATION_INVALID, api::Error::INVITATION_EXPIRED, api::Error::INVITATION_USED,
        api::Error::TOO_MANY_DEVICES, api::Error::SIGNATURE_INVALID}) {
    Script script("");
    script.greet();
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

TEST(SignIn, ALoginThatIsRefusedEndsTheSession) {
  for (const auto code :
       {api::Error::DEVICE_UNKNOWN, api::Error::CREDENTIAL_EXPIRED, api::Error::ACCESS_ENDED}) {
    Script script("kept");
    script.greet();
    script.error(code, 2, true);
    EXPECT_EQ(events_of<ServerRefused>(script.out).at(0).error.code(), code);
    EXPECT_TRUE(script.session.has_ended());
    EXPECT_FALSE(script.out.reconnect_signaling);
  }
}

TEST(SignIn, ADeviceThatIsRevokedInTheRoomIsOut) {
  Script script;
  script.reach_room();
  script.error(api::Error::DEVICE_UNKNOWN, 0, true);
  EXPECT_TRUE(script.session.has_ended());
  EXPECT_EQ(script.session.deadline(), kNever);
}

TEST(SignIn, WhileTheStoreIsAwayItIsTriedAgain) {
  for (const char* credential : {"", "kept"}) {
    Script script(credential);
    script.greet();
    script.error(api::Error::STORE_UNAVAILABLE, 2);
    EXPECT_TRUE(script.out.reconnect_signaling);
    EXPECT_TRUE(events_of<ServerRefused>(script.out).empty());
  }
}

TEST(SignIn, AnswersThatNobodyAskedForChangeNothing) {
  Script script("kept");
  script.greet();
  script.sent();
  script.enrolled("foreign");
  EXPECT_TRUE(script.is_silent());
  api::ServerMessage message;
  message.mutable_credential_renewed()->set_credential("foreign");
  script.answer(message);
  EXPECT_TRUE(received(script).empty()) << "not before it is signed in";
}

}  // namespace
}  // namespace parley::client
