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
  const auto session = desk_.login(connection, *ann.device).session();
  EXPECT_EQ(session.transport_id(), 1U);
  EXPECT_EQ(session.display_name(), "Ann");
  const auto answer = desk_.say(connection, join_message());
  EXPECT_EQ(answer.joined().own_member_id(), ann.member);
  ASSERT_EQ(answer.joined().members_size(), 2);
  EXPECT_TRUE(answer.joined().members(1).media_connected()) << "Ben is still shown";
  EXPECT_FALSE(desk_.resumed(ben).connection.is_none());
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

TEST_F(Restart, DoesNotReviveALink) {
  const std::string code = desk_.invitation();
  TestDevice device = desk_.new_device();
  ASSERT_TRUE(desk_.enrol(desk_.greeted(), device, code).has_enrolled());
  desk_.restart();
  TestDevice other = desk_.new_device();
  EXPECT_EQ(desk_.enrol(desk_.greeted(), other, code).error().code(), api::Error::INVITATION_USED);
  EXPECT_TRUE(desk_.enrol(desk_.greeted(), device, code).has_enrolled())
      << "but a lost answer costs nothing";
}

TEST_F(Restart, KeepsARevocation) {
  const auto ann = desk_.in_room("Ann");
  admin::Request request;
  request.mutable_revoke_device()->set_device_id(ann.device->id.value);
  ASSERT_TRUE(desk_.administer(request).has_device());
  desk_.restart();
  EXPECT_EQ(desk_.login(desk_.greeted(), *ann.device).error().code(), api::Error::DEVICE_UNKNOWN);
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
  const auto session = desk_.login(connection, *ann.device).session();
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

TEST_F(Restart, PutsOutWhoseTimeWasOverMeanwhile) {
  const auto ann = desk_.talking("Ann");
  desk_.now.wall += std::chrono::hours(26);
  desk_.restart();
  desk_.node_up();
  EXPECT_TRUE(desk_.node.peers.empty());
  EXPECT_TRUE(desk_.resumed(ann).connection.is_none());
}

}  // namespace
}  // namespace parley::signaling
