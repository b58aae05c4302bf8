#include "client/core/room_view.hpp"

#include <gtest/gtest.h>

namespace parley::client {
namespace {

constexpr std::uint64_t kRoom = 7;

RoomView enter_as(std::uint32_t own, std::initializer_list<std::uint32_t> channels,
                  SlotPart part = {}) {
  api::Joined joined;
  joined.mutable_room()->set_room_id(kRoom);
  joined.set_own_member_id(own);
  joined.mutable_talkers()->set_room_id(kRoom);
  for (const std::uint32_t member : channels) joined.mutable_talkers()->add_member_ids(member);
  RoomView view;
  view.enter(joined, part);
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

TEST(RoomView, ARoomIsHeardInItsOwnPartOfTheSlots) {
  const RoomView view = enter_as(9, {1, 2, 3, 4, 5}, {.first_slot = 4, .slots = 2});
  EXPECT_EQ(view.member_in_slot(3), 0U);
  EXPECT_EQ(view.member_in_slot(4), 1U);
  EXPECT_EQ(view.member_in_slot(5), 2U);
  EXPECT_EQ(view.member_in_slot(6), 0U) << "the slot of another room";
}

TEST(RoomView, ATalkerHearsTheLastChannelInHisPartToo) {
  const RoomView view = enter_as(2, {1, 2, 3}, {.first_slot = 4, .slots = 2});
  EXPECT_EQ(view.member_in_slot(5), 3U);
}

TEST(RoomView, ShowsAtMostItsLimitOfMembers) {
  RoomView view = enter_as(1, {});
  for (std::uint32_t id = 1; id <= RoomView::kMaxMembers; ++id) {
    EXPECT_TRUE(view.set_member(member(id)));
  }
  EXPECT_FALSE(view.set_member(member(RoomView::kMaxMembers + 1)));
  EXPECT_TRUE(view.set_member(member(5))) << "a change of a known one still comes through";
  EXPECT_EQ(view.members().size(), RoomView::kMaxMembers);
  EXPECT_TRUE(view.remove_member(5));
  EXPECT_TRUE(view.set_member(member(RoomView::kMaxMembers + 1)));
}

}  // namespace
}  // namespace parley::client
