// From an invitation to a session, and taking it up again.
#include <gtest/gtest.h>

#include "tests/unit/signaling_core/desk.hpp"

namespace parley::signaling {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

api::Error::Code error_of(const api::ServerMessage& message) { return message.error().code(); }

TEST(Session, BeginsWithAnInvitation) {
  Desk desk;
  const auto answer = desk.say(desk.greeted(), redeem_message(desk.invitation("Ann")));
  const api::Session& session = answer.session();
  EXPECT_EQ(session.display_name(), "Ann");
  EXPECT_EQ(session.resume_token().size(), kTokenBytes);
  EXPECT_EQ(session.resume_window_s(), 86'400U);
  ASSERT_EQ(session.rooms_size(), 1);
  EXPECT_EQ(session.rooms(0).name(), "Bridge");
  EXPECT_EQ(session.rooms(0).room_id(), kBridge.value);
  EXPECT_EQ(session.transport_id(), 0U);
}

TEST(Session, TakesTheNameThatWasWishedThenTheInvitedThenGuest) {
  Desk desk;
  const auto name_of = [&desk](std::string_view invited, const std::string& wished) {
    const auto answer = desk.say(desk.greeted(), redeem_message(desk.invitation(invited), wished));
    return answer.session().display_name();
  };
  EXPECT_EQ(name_of("Ann", "Annie"), "Annie");
  EXPECT_EQ(name_of("Ann", ""), "Ann");
  EXPECT_EQ(name_of("", ""), "Guest");
}

TEST(Session, RefusesNamesThatWouldDisturbTheScreen) {
  Desk desk;
  const ConnectionId connection = desk.greeted();
  const std::string invitation = desk.invitation("Ann");
  EXPECT_EQ(error_of(desk.say(connection, redeem_message(invitation, "a\nb"))),
            api::Error::MALFORMED);
  EXPECT_TRUE(desk.say(connection, redeem_message(invitation, "Ann")).has_session())
      << "the invitation was not used up";
}

TEST(Session, IsRefusedWithTheReasonOfTheInvitation) {
  Desk desk;
  const ConnectionId connection = desk.greeted();
  const std::string used = desk.invitation();
  ASSERT_TRUE(desk.say(desk.greeted(), redeem_message(used)).has_session());
  EXPECT_EQ(error_of(desk.say(connection, redeem_message(used))), api::Error::INVITATION_USED);

  const std::string expired = desk.invitation("", kBridge, seconds(0));
  EXPECT_EQ(error_of(desk.say(connection, redeem_message(expired))),
            api::Error::INVITATION_EXPIRED);

  std::string forged = desk.invitation();
  forged.back() = static_cast<char>(forged.back() ^ 1);
  EXPECT_EQ(error_of(desk.say(connection, redeem_message(forged))), api::Error::INVITATION_INVALID);

  const std::string elsewhere = desk.invitation("", RoomId{404});
  EXPECT_EQ(error_of(desk.say(connection, redeem_message(elsewhere))), api::Error::ROOM_UNKNOWN);
  EXPECT_FALSE(desk.closed_with(connection));
}

TEST(Session, MayBeginInARoomThatWasMadeWhileTheServerRuns) {
  Desk desk;
  ASSERT_TRUE(desk.store.create_room(RoomId{501}, "Attic"));
  const auto answer = desk.say(desk.greeted(), redeem_message(desk.invitation("Ann", RoomId{501})));
  EXPECT_EQ(answer.session().rooms(0).name(), "Attic");
}

TEST(Session, IsOneForEachConnection) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  EXPECT_EQ(error_of(desk.say(page.connection, redeem_message(desk.invitation()))),
            api::Error::WRONG_STATE);
  EXPECT_EQ(error_of(desk.say(page.connection, resume_message(page.token))),
            api::Error::WRONG_STATE);
}

TEST(Session, IsResumedWithItsTokenWhichChangesEachTime) {
  Desk desk;
  auto page = desk.signed_in("Ann");
  for (int i = 0; i < 5; ++i) {
    desk.close_connection(page.connection);
    const auto next = desk.resumed(page);
    ASSERT_FALSE(next.token.empty());
    EXPECT_NE(next.token, page.token);
    page = next;
  }
  EXPECT_EQ(desk.core->counters().resumed, 5U);
}

TEST(Session, SurvivesALostAnswer) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  (void)desk.resumed(page);
  EXPECT_FALSE(desk.resumed(page).token.empty());
}

TEST(Session, IsNotGivenToAnOldTokenOnceItsSuccessorWasUsed) {
  Desk desk;
  const auto old = desk.signed_in("Ann");
  const auto newer = desk.resumed(desk.resumed(old));
  const auto answer = desk.say(desk.greeted(), resume_message(old.token));
  EXPECT_EQ(error_of(answer), api::Error::SESSION_UNKNOWN);
  EXPECT_FALSE(desk.closed_with(newer.connection)) << "and the owner is not disturbed";
}

TEST(Session, IsUnknownToTokensThatAreNotOurs) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  const ConnectionId connection = desk.greeted();
  std::string forged = page.token;
  forged.back() = static_cast<char>(forged.back() ^ 1);
  for (const std::string& token : {std::string("x"), std::string(64, 'x'), forged}) {
    EXPECT_EQ(error_of(desk.say(connection, resume_message(token))), api::Error::SESSION_UNKNOWN);
  }
}

TEST(Session, MovesToTheConnectionThatResumedItLast) {
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

TEST(Session, CanBeResumedForADayAfterItsLastConnection) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  for (int i = 0; i < 30 * 60; ++i) {  // 30 hours, with a message now and then
    desk.say(page.connection, ping_message());
    desk.advance(seconds(29));
    desk.say(page.connection, ping_message());
    desk.advance(seconds(29));
  }
  desk.close_connection(page.connection);
  desk.advance(hours(24) - seconds(1));
  EXPECT_FALSE(desk.resumed(page).token.empty());
}

TEST(Session, IsForgottenWhenItsWindowIsOver) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  desk.close_connection(page.connection);
  desk.now.wall += hours(24);
  EXPECT_TRUE(desk.resumed(page).token.empty());
  EXPECT_EQ(desk.core->counters().sessions, 0U);
  EXPECT_TRUE(desk.store.sessions().value().empty());
}

TEST(Session, IsSweptAwayWhenNobodyComesBack) {
  Desk desk;
  const auto page = desk.signed_in("Ann");
  desk.close_connection(page.connection);
  desk.advance(hours(24) + seconds(61));
  EXPECT_EQ(desk.core->counters().sessions, 0U);
}

TEST(Session, CanBeRedeemedAgainByTheSameClientWhenTheAnswerWasLost) {
  Desk desk;
  const std::string invitation = desk.invitation("Ann");
  const std::string retry_key(16, 'k');
  ASSERT_TRUE(desk.say(desk.greeted(), redeem_message(invitation, "", retry_key)).has_session());
  const auto again = desk.say(desk.greeted(), redeem_message(invitation, "", retry_key));
  ASSERT_TRUE(again.has_session());
  EXPECT_EQ(desk.core->counters().sessions, 1U);
  EXPECT_TRUE(
      desk.say(desk.greeted(), resume_message(again.session().resume_token())).has_session());
}

TEST(Session, CannotBeRedeemedAgainByAnybodyElse) {
  Desk desk;
  const std::string with_key = desk.invitation();
  const std::string without_key = desk.invitation();
  desk.say(desk.greeted(), redeem_message(with_key, "", std::string(16, 'k')));
  desk.say(desk.greeted(), redeem_message(without_key));
  for (const auto& message :
       {redeem_message(with_key, "", std::string(16, 'x')), redeem_message(with_key),
        redeem_message(without_key), redeem_message(without_key, "", std::string(16, 'k'))}) {
    EXPECT_EQ(error_of(desk.say(desk.greeted(), message)), api::Error::INVITATION_USED);
  }
}

}  // namespace
}  // namespace parley::signaling
