#include "client/core/room_view.hpp"

#include <gtest/gtest.h>

namespace parley::client {
namespace {

constexpr std::uint64_t kRoom = 7;

RoomView enter_as(std::uint32_t own, std::initializer_list<std::uint32_t> channels) {
  api::Joined joined;
  joined.mutable_room()->set_room_id(kRoom);
  joined.set_own_member_id(own);
  joined.mutable_talkers()->set_room_id(kRoom);
  for (const std::uint32_t member : channels) joined.mutable_talkers()->add_member_ids(member);
  RoomView view;
  view.enter(joined);
  return view;
}

api::Member member(std::uint32_t id) {
  api::Member made;
  made.set_member_id(id);
  return made;
}

TEST(RoomView, AListenerHearsChannelCInSlotC) {
  const RoomView view = enter_as(9, {1, 2, 0, 4, 5});
  EXPECT_EQ(view.member_in_slot(0), 1U);
  EXPECT_EQ(view.member_in_slot(1), 2U);
  EXPECT_EQ(view.member_in_slot(2), 0U);
  EXPECT_EQ(view.member_in_slot(3), 4U);
  EXPECT_EQ(view.member_in_slot(4), 0U) << "the last channel has no slot of its own";
}

TEST(RoomView, ATalkerHearsTheLastChannelInHisOwnSlot) {
  const RoomView view = enter_as(2, {1, 2, 3, 4, 5});
  EXPECT_EQ(view.member_in_slot(0), 1U);
  EXPECT_EQ(view.member_in_slot(1), 5U);
  EXPECT_EQ(view.member_in_slot(2), 3U);
}

TEST(RoomView, TheTalkerOfTheLastChannelHearsAllOthersInTheirSlots) {
  const RoomView view = enter_as(5, {1, 2, 3, 4, 5});
  for (std::uint8_t slot = 0; slot < 4; ++slot) EXPECT_EQ(view.member_in_slot(slot), slot + 1U);
}

TEST(RoomView, WithoutTalkersNobodyIsHeard) {
  EXPECT_EQ(enter_as(1, {}).member_in_slot(0), 0U);
  EXPECT_EQ(RoomView().member_in_slot(0), 0U);
}

TEST(RoomView, MessagesAboutOtherRoomsChangeNothing) {
  RoomView view = enter_as(1, {1, 0});
  EXPECT_FALSE(view.set_member(8, member(3)));
  EXPECT_FALSE(view.remove_member(8, 1));
  api::Talkers talkers;
  talkers.set_room_id(8);
  EXPECT_FALSE(view.set_talkers(talkers));
  EXPECT_TRUE(view.members().empty());
}

TEST(RoomView, ShowsAtMostItsLimitOfMembers) {
  RoomView view = enter_as(1, {});
  for (std::uint32_t id = 1; id <= RoomView::kMaxMembers; ++id) {
    EXPECT_TRUE(view.set_member(kRoom, member(id)));
  }
  EXPECT_FALSE(view.set_member(kRoom, member(RoomView::kMaxMembers + 1)));
  EXPECT_TRUE(view.set_member(kRoom, member(5))) << "a change of a known one still comes through";
  EXPECT_EQ(view.members().size(), RoomView::kMaxMembers);
  EXPECT_TRUE(view.remove_member(kRoom, 5));
  EXPECT_TRUE(view.set_member(kRoom, member(RoomView::kMaxMembers + 1)));
}

}  // namespace
}  // namespace parley::client
