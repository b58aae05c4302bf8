// The signaling process dies without a word in a call and starts again; media goes on meanwhile.
#include <gtest/gtest.h>

#include "tests/support/temporary_directory.hpp"
#include "tests/unit/signaling_core/desk.hpp"

namespace parley::signaling {
namespace {

using std::chrono::seconds;

class Restart : public testing::Test {
 protected:
  test::TemporaryDirectory directory_;
  Desk desk_{{}, (directory_.path() / "parley.db").string()};
};

TEST_F(Restart, KeepsSessionsTransportsAndRooms) {
  const auto ann = desk_.talking("Ann");
  const auto ben = desk_.talking("Ben");
  desk_.take_from_node();
  desk_.restart();
  desk_.advance(seconds(1));
  desk_.node_up();
  for (const control::ToNode& message : desk_.take_from_node()) {
    EXPECT_FALSE(message.has_remove_peer() || message.has_leave_room()) << "media is not touched";
  }

  const ConnectionId connection = desk_.greeted();
  const auto session = desk_.say(connection, resume_message(ann.token)).session();
  EXPECT_EQ(session.transport_id(), 1U);
  EXPECT_EQ(session.display_name(), "Ann");
  const auto answer = desk_.say(connection, join_message());
  EXPECT_EQ(answer.joined().own_member_id(), ann.member);
  ASSERT_EQ(answer.joined().members_size(), 2);
  EXPECT_TRUE(answer.joined().members(1).media_connected()) << "Ben is still shown";
  EXPECT_FALSE(desk_.resumed(ben).token.empty());
}

TEST_F(Restart, ShowsMembersAsLongAsTheirMediaFlows) {
  const auto ann = desk_.talking("Ann");
  desk_.talking("Ben");
  desk_.restart();
  desk_.node_up();
  desk_.advance(seconds(60));
  const auto back = desk_.resumed(ann);
  EXPECT_EQ(desk_.say(back.connection, join_message()).joined().members_size(), 2);
}

TEST_F(Restart, ForgetsMembersWhoDiedMeanwhile) {
  const auto ann = desk_.talking("Ann");
  const auto ben = desk_.talking("Ben");
  desk_.restart();
  (void)desk_.node.set_state(ben.peer, control::PeerState::CLOSED);
  desk_.node_up();
  const auto back = desk_.resumed(ann);
  EXPECT_EQ(desk_.say(back.connection, join_message()).joined().members_size(), 2);
  desk_.advance(seconds(4));
  EXPECT_EQ(desk_.say(back.connection, join_message()).joined().members_size(), 1);
}

TEST_F(Restart, KeepsWhatWasAnsweredLastAndWhatWasNot) {
  auto ann = desk_.signed_in("Ann");
  for (int i = 0; i < 6; ++i) {
    const auto answered = desk_.resumed(ann);
    // Every second answer is lost on its way.
    if (i % 2 == 0) ann = answered;
    desk_.restart();
  }
  EXPECT_FALSE(desk_.resumed(ann).token.empty());
}

TEST_F(Restart, DoesNotReviveAnInvitation) {
  const std::string invitation = desk_.invitation();
  desk_.say(desk_.greeted(), redeem_message(invitation));
  desk_.restart();
  const auto answer = desk_.say(desk_.greeted(), redeem_message(invitation));
  EXPECT_EQ(answer.error().code(), api::Error::INVITATION_USED);
}

TEST_F(Restart, DoesNotCostAnInvitationWhoseAnswerWasLost) {
  const std::string invitation = desk_.invitation();
  const std::string retry_key(32, 'k');
  desk_.say(desk_.greeted(), redeem_message(invitation, "", retry_key));
  desk_.restart();
  const auto answer = desk_.say(desk_.greeted(), redeem_message(invitation, "", retry_key));
  EXPECT_TRUE(answer.has_session());
}

TEST_F(Restart, DoesNotReviveWhoLeft) {
  const auto ann = desk_.talking("Ann");
  const auto ben = desk_.talking("Ben");
  desk_.say(ben.connection, leave_message());
  desk_.restart();
  desk_.node_up();
  const auto back = desk_.resumed(ann);
  EXPECT_EQ(desk_.say(back.connection, join_message()).joined().members_size(), 1);
}

TEST_F(Restart, RemembersWhoWasMuted) {
  const auto ann = desk_.in_room("Ann");
  desk_.say(ann.connection, mute_message(true));
  desk_.restart();
  const auto back = desk_.resumed(ann);
  EXPECT_TRUE(desk_.say(back.connection, join_message()).joined().members(0).muted());
}

TEST_F(Restart, OfBothServicesLosesTransportsButNotSessions) {
  const auto ann = desk_.talking("Ann");
  desk_.restart();
  desk_.node.restart();
  desk_.node_up();
  const ConnectionId connection = desk_.greeted();
  const auto session = desk_.say(connection, resume_message(ann.token)).session();
  EXPECT_EQ(session.transport_id(), 0U);
  EXPECT_EQ(desk_.say(connection, connect_message()).connected().transport_id(), 2U)
      << "transport ids go on growing";
}

TEST_F(Restart, TakesTransportsFromTheNodeThatNobodyKnows) {
  const auto ann = desk_.talking("Ann");
  // The process died between AddPeer and its answer.
  desk_.node.answers = false;
  desk_.say(ann.connection, connect_message());
  ASSERT_EQ(desk_.node.peers.size(), 1U);
  desk_.restart();
  desk_.node_up();
  EXPECT_TRUE(desk_.node.peers.empty());
}

TEST_F(Restart, OutlivesAnExpiredSession) {
  const auto ann = desk_.talking("Ann");
  desk_.now.wall += std::chrono::hours(25);
  desk_.restart();
  EXPECT_TRUE(desk_.resumed(ann).token.empty());
}

}  // namespace
}  // namespace parley::signaling
