// From a link to a device, and from a device to its session.
#include <gtest/gtest.h>

#include "tests/unit/signaling_core/desk.hpp"

namespace parley::signaling {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

api::Error::Code error_of(const api::ServerMessage& message) { return message.error().code(); }

TEST(Enrolment, MakesADeviceThatMaySignIn) {
  Desk desk;
  const ConnectionId connection = desk.greeted();
  TestDevice device = desk.new_device();
  const auto enrolled = desk.enrol(connection, device, desk.invitation("Ann")).enrolled();
  EXPECT_EQ(enrolled.display_name(), "Ann");
  EXPECT_EQ(enrolled.authority(), as_text(desk.authority.certificate()));
  const auto credential = desk.authority.verify(as_bytes(enrolled.credential()), desk.now.wall);
  ASSERT_TRUE(credential.has_value());
  EXPECT_EQ(credential->device.value, enrolled.device_id());
  EXPECT_EQ(credential->name, "Ann");
  EXPECT_EQ(credential->not_after, desk.now.wall + hours(24));

  const auto session = desk.login(connection, device).session();
  EXPECT_EQ(session.display_name(), "Ann");
  EXPECT_EQ(session.device_id(), enrolled.device_id());
  ASSERT_EQ(session.rooms_size(), 1);
  EXPECT_EQ(session.rooms(0).name(), "Bridge");
  EXPECT_EQ(session.rooms(0).room_id(), kBridge.value);
  EXPECT_EQ(session.transport_id(), 0U);
  EXPECT_TRUE(session.credential().empty()) << "the new one is good for a day";
}

TEST(Enrolment, LetsAGuestChooseHisNameButNoOther) {
  Desk desk;
  const auto name_of = [&desk](std::string_view invited, const std::string& wished) {
    TestDevice device = desk.new_device();
    return desk.enrol(desk.greeted(), device, desk.invitation(invited), wished)
        .enrolled()
        .display_name();
  };
  EXPECT_EQ(name_of("", "Annie"), "Annie");
  EXPECT_EQ(name_of("", "Annie"), "Annie 2");
  EXPECT_EQ(name_of("Ann", "Bob"), "Ann");
  EXPECT_NE(name_of("", "a\nb"), "a\nb");
}

TEST(Enrolment, IsRefusedWithTheReason) {
  Desk desk;
  const ConnectionId connection = desk.greeted();
  TestDevice device = desk.new_device();
  const std::string used = desk.invitation();
  TestDevice other = desk.new_device();
  ASSERT_TRUE(desk.enrol(desk.greeted(), other, used).has_enrolled());
  EXPECT_EQ(error_of(desk.enrol(connection, device, used)), api::Error::INVITATION_USED);

  const std::string expired = desk.invitation("", kBridge, seconds(1));
  desk.now.wall += seconds(1);
  EXPECT_EQ(error_of(desk.enrol(connection, device, expired)), api::Error::INVITATION_EXPIRED);

  EXPECT_EQ(error_of(desk.enrol(connection, device, std::string(16, 'x'))),
            api::Error::INVITATION_INVALID);
  EXPECT_FALSE(desk.closed_with(connection));
}

TEST(Enrolment, MayBeAskedForAgainWithTheSameKeyWhenTheAnswerWasLost) {
  Desk desk;
  TestDevice device = desk.new_device();
  const std::string code = desk.invitation("Ann");
  const auto first = desk.enrol(desk.greeted(), device, code).enrolled();
  const ConnectionId connection = desk.greeted();
  const auto again = desk.enrol(connection, device, code).enrolled();
  EXPECT_EQ(again.device_id(), first.device_id());
  EXPECT_TRUE(desk.login(connection, device).has_session());
  EXPECT_EQ(desk.core->counters().sessions, 1U);
}

TEST(Enrolment, NeedsASignatureOfThisKeyForThisConnection) {
  Desk desk;
  const ConnectionId connection = desk.greeted();
  const ConnectionId elsewhere = desk.greeted();
  const TestDevice device = desk.new_device();
  const TestDevice thief = desk.new_device();
  const std::string code = desk.invitation();
  auto stolen = enrol_message(device, desk.challenge(connection), code);
  EXPECT_EQ(error_of(desk.say(elsewhere, stolen)), api::Error::SIGNATURE_INVALID);
  stolen.mutable_enrol()->set_public_key(std::string(as_text(thief.key.public_key())));
  EXPECT_EQ(error_of(desk.say(connection, stolen)), api::Error::SIGNATURE_INVALID);
  stolen.mutable_enrol()->set_public_key(std::string(91, '0'));
  EXPECT_EQ(error_of(desk.say(connection, stolen)), api::Error::MALFORMED);
  EXPECT_TRUE(
      desk.say(connection, enrol_message(device, desk.challenge(connection), code)).has_enrolled())
      << "the link was not used up";
}

TEST(Session, IsOneForEachConnection) {
  Desk desk;
  auto page = desk.signed_in("Ann");
  EXPECT_EQ(error_of(desk.enrol(page.connection, *page.device, desk.invitation())),
            api::Error::WRONG_STATE);
  EXPECT_EQ(error_of(desk.login(page.connection, *page.device)), api::Error::WRONG_STATE);
}

TEST(Session, IsTakenUpAgainAsOftenAsNeeded) {
  Desk desk;
  auto page = desk.signed_in("Ann");
  for (int i = 0; i < 5; ++i) {
    desk.close_connection(page.connection);
    page = desk.resumed(page);
    ASSERT_FALSE(page.connection.is_none());
  }
  EXPECT_EQ(desk.core->counters().logins, 6U);
}

TEST(Session, MovesToTheConnectionThatSignedInLast) {
  Desk desk;
  const auto old = desk.in_room("Ann");
  const auto ben = desk.in_room("Ben");
  desk.take(old.connection);
  desk.take(ben.connection);
  const auto next = desk.resumed(old);
  const auto told = desk.take(old.connection);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(error_of(told[0]), api::Error::SESSION_REPLACED);
  EXPECT_TRUE(told[0].error().fatal());
  EXPECT_TRUE(desk.closed_with(old.connection).has_value());
  desk.close_connection(old.connection);
  desk.advance(seconds(10));
  EXPECT_TRUE(desk.take(ben.connection).empty()) << "nobody saw anything of it";
  EXPECT_TRUE(desk.say(next.connection, join_message()).has_joined());
}

// ---- what is no proof ---------------------------------------------------------------------------

TEST(Login, IsRefusedWithoutTheKey) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  TestDevice thief = desk.new_device();
  thief.credential = page.device->credential;
  EXPECT_EQ(error_of(desk.login(desk.greeted(), thief)), api::Error::SIGNATURE_INVALID);
}

TEST(Login, IsGoodForOneConnectionAndOneHost) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  const ConnectionId first = desk.greeted();
  const ConnectionId second = desk.greeted();
  const auto recorded = login_message(*page.device, desk.challenge(first));
  EXPECT_EQ(error_of(desk.say(second, recorded)), api::Error::SIGNATURE_INVALID);
  EXPECT_TRUE(desk.say(first, recorded).has_session());

  desk.core.reset();
  desk.config.hosts = {"elsewhere.test", "another.test"};
  desk.restart();
  EXPECT_EQ(error_of(desk.login(desk.greeted(), *page.device)), api::Error::SIGNATURE_INVALID);
  desk.config.hosts.emplace_back(kHost);
  desk.restart();
  EXPECT_TRUE(desk.login(desk.greeted(), *page.device).has_session());
}

TEST(Login, IsFinallyRefusedWithACredentialOfSomebodyElse) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  const auto foreign = Authority::create("Parley", desk.random, desk.now.wall);
  auto credential = desk.authority.verify(as_bytes(page.device->credential), desk.now.wall);
  TestDevice forged = desk.new_device();
  credential->public_key = forged.key.public_key();
  const auto try_with = [&](const Authority& authority) {
    const ConnectionId connection = desk.greeted();
    forged.credential = as_text(authority.issue(*credential).value());
    const auto answer = desk.login(connection, forged);
    EXPECT_TRUE(answer.error().fatal());
    EXPECT_TRUE(desk.closed_with(connection).has_value());
    return error_of(answer);
  };
  EXPECT_EQ(try_with(*foreign), api::Error::DEVICE_UNKNOWN);
  EXPECT_EQ(try_with(desk.authority), api::Error::DEVICE_UNKNOWN) << "of our own, for another key";
  EXPECT_FALSE(desk.closed_with(page.connection)) << "and the owner is not disturbed";
}

TEST(Login, IsRefusedToAChangedCredential) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  for (std::size_t at = 0; at < page.device->credential.size(); at += 7) {
    TestDevice changed{.key = client::DeviceKey::load(page.device->key.private_pem()).value(),
                       .credential = page.device->credential};
    changed.credential[at] = static_cast<char>(changed.credential[at] ^ 0x10);
    const auto answer = desk.login(desk.greeted(), changed);
    EXPECT_TRUE(answer.has_error()) << at;
  }
}

// ---- credentials --------------------------------------------------------------------------------

TEST(Credential, IsRenewedWhileConnectedWhenHalfOfItIsOver) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  desk.take(page.connection);
  const WallTime begin = desk.now.wall;
  std::vector<std::string> told;
  while (desk.now.wall < begin + hours(12) + minutes(2)) {  // with a message now and then
    ASSERT_TRUE(told.empty() || desk.now.wall >= begin + hours(12));
    desk.advance(seconds(29));
    desk.say(page.connection, ping_message());
    for (const auto& message : desk.take(page.connection)) {
      if (message.has_credential_renewed()) {
        told.push_back(message.credential_renewed().credential());
      }
    }
  }
  ASSERT_EQ(told.size(), 1U);
  const auto renewed = desk.authority.verify(as_bytes(told[0]), desk.now.wall);
  ASSERT_TRUE(renewed.has_value());
  EXPECT_EQ(renewed->not_after, begin + hours(25)) << "not later than the guest himself";
}

TEST(Credential, IsRenewedAtALoginWithOneThatIsOver) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  desk.close_connection(page.connection);
  desk.now.wall += hours(48);
  EXPECT_EQ(error_of(desk.login(desk.greeted(), *page.device)), api::Error::ACCESS_ENDED)
      << "a guest of one day";
  const UserId user = page.device->user;
  admin::Request request;
  request.mutable_change_user()->mutable_user()->set_id(user.value);
  request.mutable_change_user()->set_until(0);
  ASSERT_FALSE(desk.administer(request).has_refused());
  const auto session = desk.login(desk.greeted(), *page.device).session();
  EXPECT_FALSE(session.credential().empty());
  EXPECT_TRUE(desk.authority.verify(as_bytes(session.credential()), desk.now.wall).has_value());
}

TEST(Credential, IsDeadWhenItWasNotRenewedForTooLong) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  desk.close_connection(page.connection);
  desk.now.wall += hours(24) + desk.config.renewal_window;
  EXPECT_EQ(error_of(desk.login(desk.greeted(), *page.device)), api::Error::CREDENTIAL_EXPIRED);
}

// ---- budgets ------------------------------------------------------------------------------------

TEST(Login, HasABudgetForEachDevice) {
  Desk desk;
  auto page = desk.signed_in("Ann");
  api::ServerMessage answer;
  for (int i = 0; i < 30 && !answer.has_error(); ++i) {
    answer = desk.login(desk.greeted(), *page.device);
  }
  EXPECT_EQ(error_of(answer), api::Error::RATE_LIMITED);
  desk.advance(seconds(2));
  EXPECT_TRUE(desk.login(desk.greeted(), *page.device).has_session());
}

}  // namespace
}  // namespace parley::signaling
