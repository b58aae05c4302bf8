// Access is what the directory says now: what is taken away is gone at once, what is given appears.
#include <gtest/gtest.h>

#include "protocol/ticket.hpp"
#include "tests/unit/signaling_core/desk.hpp"

namespace parley::signaling {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

api::Error::Code error_of(const api::ServerMessage& message) { return message.error().code(); }

std::uint64_t seconds_of(WallTime time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<seconds>(time.time_since_epoch()).count());
}

class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    ann_ = desk_.talking("Ann");
    ben_ = desk_.talking("Ben");
    forget();
  }

  void forget() {
    desk_.take(ann_.connection);
    desk_.take(ben_.connection);
    desk_.take_from_node();
  }
  admin::Answer set_member(const Desk::Page& page, RoomId room,
                           const std::function<void(admin::SetMember&)>& change) {
    admin::Request request;
    admin::SetMember& set = *request.mutable_set_member();
    set.mutable_room()->set_id(room.value);
    set.mutable_user()->set_id(page.device->user.value);
    change(set);
    return desk_.administer(request);
  }
  admin::Answer change_room(const std::function<void(admin::ChangeRoom&)>& change) {
    admin::Request request;
    request.mutable_change_room()->mutable_room()->set_id(kBridge.value);
    change(*request.mutable_change_room());
    return desk_.administer(request);
  }
  // What the page was told last of this kind.
  template <class Has>
  api::ServerMessage told(const Desk::Page& page, Has has) {
    for (const auto& message : desk_.take(page.connection)) {
      if (has(message)) return message;
    }
    return {};
  }

  Desk desk_;
  Desk::Page ann_;
  Desk::Page ben_;
};

TEST_F(AccessTest, WhoIsNoMemberAnyMoreIsPutOutAtOnce) {
  admin::Request request;
  request.mutable_remove_member()->mutable_room()->set_id(kBridge.value);
  request.mutable_remove_member()->mutable_user()->set_id(ann_.device->user.value);
  ASSERT_TRUE(desk_.administer(request).has_done());
  const auto node = desk_.take_from_node();
  ASSERT_FALSE(node.empty());
  EXPECT_TRUE(node[0].leave_room().is_expelled());
  const auto own = desk_.take(ann_.connection);
  ASSERT_EQ(own.size(), 2U);
  EXPECT_EQ(own[0].member_left().member_id(), ann_.member) << "he is told himself";
  EXPECT_EQ(own[1].rooms_changed().rooms_size(), 0);
  EXPECT_EQ(desk_.take(ben_.connection).at(0).member_left().reason(), api::MemberLeft::REMOVED);
  EXPECT_EQ(error_of(desk_.say(ann_.connection, join_message())), api::Error::ROOM_UNKNOWN);
  EXPECT_FALSE(desk_.closed_with(ann_.connection));
}

TEST_F(AccessTest, AMembershipThatIsGivenAppears) {
  ASSERT_TRUE(set_member(ann_, kRadio, [](auto&) {}).has_membership());
  const auto changed =
      told(ann_, [](const auto& message) { return message.has_rooms_changed(); }).rooms_changed();
  ASSERT_EQ(changed.rooms_size(), 2);
  EXPECT_EQ(changed.rooms(1).name(), "Radio");
  EXPECT_TRUE(desk_.say(ann_.connection, join_message(kRadio)).has_joined());
}

TEST_F(AccessTest, ANewRoleIsShownAndToldToTheNode) {
  set_member(ann_, kBridge, [](admin::SetMember& set) { set.set_role(floor::CHAIR); });
  const auto shown = told(ben_, [](const auto& message) { return message.has_member_changed(); });
  EXPECT_EQ(shown.member_changed().member().role(), floor::CHAIR);
  const auto node = desk_.take_from_node();
  const auto join = std::ranges::find_if(node, &control::ToNode::has_join_room);
  ASSERT_NE(join, node.end());
  EXPECT_EQ(join->join_room().rights().role(), floor::CHAIR);
}

TEST_F(AccessTest, AMembershipEndsWithItsTime) {
  const WallTime end = desk_.now.wall + minutes(10);
  set_member(ann_, kBridge, [&](admin::SetMember& set) { set.set_until(seconds_of(end)); });
  forget();
  for (int i = 0; i < 23; ++i) {
    desk_.advance(seconds(26));
    desk_.say(ann_.connection, ping_message());
    desk_.say(ben_.connection, ping_message());
  }
  EXPECT_TRUE(desk_.say(ann_.connection, join_message()).has_joined());
  desk_.advance(seconds(2));
  EXPECT_EQ(error_of(desk_.say(ann_.connection, join_message())), api::Error::ROOM_UNKNOWN);
  const auto left = told(ben_, [](const auto& message) { return message.has_member_left(); });
  EXPECT_EQ(left.member_left().member_id(), ann_.member);
}

TEST_F(AccessTest, ADisabledUserIsOutAndMayComeBackWhenEnabled) {
  admin::Request request;
  request.mutable_change_user()->mutable_user()->set_id(ann_.device->user.value);
  request.mutable_change_user()->set_is_disabled(true);
  desk_.administer(request);
  EXPECT_EQ(error_of(desk_.take(ann_.connection).back()), api::Error::ACCESS_ENDED);
  EXPECT_FALSE(desk_.node.peers.contains(ann_.peer));
  EXPECT_EQ(error_of(desk_.login(desk_.greeted(), *ann_.device)), api::Error::ACCESS_ENDED);
  request.mutable_change_user()->set_is_disabled(false);
  desk_.administer(request);
  EXPECT_TRUE(desk_.login(desk_.greeted(), *ann_.device).has_session());
  EXPECT_EQ(desk_.core->counters().revoked, 1U);
}

TEST_F(AccessTest, ARemovedUserLeavesNothingBehind) {
  admin::Request request;
  request.mutable_remove_user()->mutable_user()->set_id(ann_.device->user.value);
  ASSERT_TRUE(desk_.administer(request).has_done());
  EXPECT_TRUE(desk_.closed_with(ann_.connection).has_value());
  EXPECT_EQ(error_of(desk_.login(desk_.greeted(), *ann_.device)), api::Error::DEVICE_UNKNOWN);
  EXPECT_EQ(desk_.core->counters().sessions, 1U);
  EXPECT_EQ(desk_.core->counters().members, 1U);
}

TEST_F(AccessTest, ARemovedRoomPutsEverybodyOut) {
  admin::Request request;
  request.mutable_remove_room()->mutable_room()->set_id(kBridge.value);
  ASSERT_TRUE(desk_.administer(request).has_done());
  EXPECT_EQ(desk_.core->counters().members, 0U);
  EXPECT_FALSE(desk_.closed_with(ann_.connection));
  EXPECT_EQ(error_of(desk_.say(ann_.connection, join_message())), api::Error::ROOM_UNKNOWN);
}

TEST_F(AccessTest, ARoomHasItsTimesItsLockAndItsCap) {
  const auto eve = desk_.signed_in("Eve");
  const auto join = [&] { return error_of(desk_.say(eve.connection, join_message())); };
  change_room([](admin::ChangeRoom& change) { change.set_is_locked(true); });
  EXPECT_EQ(join(), api::Error::ROOM_LOCKED);
  EXPECT_FALSE(desk_.closed_with(ann_.connection));
  EXPECT_TRUE(desk_.say(ann_.connection, join_message()).has_joined()) << "who is inside stays";
  change_room([](admin::ChangeRoom& change) {
    change.set_is_locked(false);
    change.set_cap(2);
  });
  EXPECT_EQ(join(), api::Error::ROOM_FULL);
  change_room([&](admin::ChangeRoom& change) {
    change.set_cap(0);
    change.set_opens(seconds_of(desk_.now.wall + hours(1)));
  });
  EXPECT_EQ(join(), api::Error::ROOM_CLOSED);
  EXPECT_EQ(desk_.core->counters().members, 0U) << "a closed room is left by all";
}

TEST_F(AccessTest, AHundredJoinsAgainstACapEndAtTheCap) {
  change_room([](admin::ChangeRoom& change) { change.set_cap(50); });
  int inside = 2;
  for (int i = 0; i < 98; ++i) {
    const auto page = desk_.signed_in("");
    inside += desk_.say(page.connection, join_message()).has_joined() ? 1 : 0;
  }
  EXPECT_EQ(inside, 50);
  EXPECT_EQ(desk_.core->counters().members, 50U);
}

TEST_F(AccessTest, ARenamedUserIsShownUnderHisNewName) {
  admin::Request request;
  request.mutable_change_user()->mutable_user()->set_id(ann_.device->user.value);
  request.mutable_change_user()->set_name("Anna");
  desk_.administer(request);
  const auto shown = told(ben_, [](const auto& message) { return message.has_member_changed(); });
  EXPECT_EQ(shown.member_changed().member().name(), "Anna");
}

// ---- the node -----------------------------------------------------------------------------------

TEST_F(AccessTest, EveryPeerHasATicketForItsCertificate) {
  desk_.say(ann_.connection, connect_message());
  const auto node = desk_.take_from_node();
  const auto add = std::ranges::find_if(node, &control::ToNode::has_add_peer);
  ASSERT_NE(add, node.end());
  protocol::TicketKey key{};
  ASSERT_EQ(desk_.node.ticket_key.size(), key.size());
  std::ranges::copy(as_bytes(desk_.node.ticket_key), key.begin());
  const auto ticket =
      protocol::verify_ticket(as_bytes(add->add_peer().ticket()), key, desk_.now.wall);
  ASSERT_TRUE(ticket.has_value()) << ticket.error().message;
  EXPECT_EQ(ticket->peer.value, add->add_peer().peer_id());
  EXPECT_EQ(ticket->device, ann_.device->id);
  EXPECT_EQ(as_text(ticket->fingerprint), add->add_peer().offer().dtls_fingerprint());
}

TEST_F(AccessTest, LeasesAreRenewedEveryTenSeconds) {
  desk_.advance(seconds(35));
  int renewals = 0;
  for (const control::ToNode& message : desk_.take_from_node()) {
    if (!message.has_renew_leases()) continue;
    ++renewals;
    EXPECT_EQ(message.renew_leases().peer_ids_size(), 2);
  }
  EXPECT_EQ(renewals, 3);
}

// ---- the audit trail ----------------------------------------------------------------------------

TEST_F(AccessTest, EveryDecisionIsWrittenDown) {
  desk_.say(ann_.connection, leave_message());
  TestDevice thief = desk_.new_device();
  thief.credential = ann_.device->credential;
  for (int i = 0; i < 7; ++i) desk_.login(desk_.greeted(), thief);
  desk_.advance(seconds(61));
  admin::Request request;
  request.mutable_list_events();
  const admin::Answer answer = desk_.administer(request);
  std::map<std::uint32_t, int> kinds;
  for (const admin::Event& event : answer.events().events()) {
    ++kinds[static_cast<std::uint32_t>(event.kind())];
  }
  const auto count = [&](EventKind kind) { return kinds[static_cast<std::uint32_t>(kind)]; };
  EXPECT_EQ(count(EventKind::user_created), 2);
  EXPECT_EQ(count(EventKind::device_enrolled), 2);
  EXPECT_EQ(count(EventKind::login), 2);
  EXPECT_EQ(count(EventKind::joined), 2);
  EXPECT_EQ(count(EventKind::left) + count(EventKind::expelled), 1);
  EXPECT_EQ(count(EventKind::login_refused), 1) << "seven of one kind are one row with a count";
}

}  // namespace
}  // namespace parley::signaling
