// What a user does with his own devices: a further one waits, is let in, and can be put out.
#include <gtest/gtest.h>

#include "signaling/identity/sha256.hpp"
#include "tests/unit/signaling_core/desk.hpp"

namespace parley::signaling {
namespace {

api::Error::Code error_of(const api::ServerMessage& message) { return message.error().code(); }

api::ClientMessage approve_message(DeviceId device) {
  api::ClientMessage message;
  message.mutable_approve_device()->set_device_id(device.value);
  return message;
}

api::ClientMessage revoke_message(DeviceId device) {
  api::ClientMessage message;
  message.mutable_revoke_device()->set_device_id(device.value);
  return message;
}

// Ann with her phone in the room, and a desk of hers that asks to be let in.
class Devices : public testing::Test {
 protected:
  Devices() {
    ann_ = desk_.talking("Ann");
    desk_.take(ann_.connection);
    waiting_ = desk_.greeted();
    code_ = desk_.link_for(ann_.device->user);
  }

  Desk desk_;
  Desk::Page ann_;
  TestDevice second_ = desk_.new_device();
  ConnectionId waiting_;
  std::string code_;
};

TEST_F(Devices, AFurtherOneWaitsForAnother) {
  const auto enrolled = desk_.enrol(waiting_, second_, code_).enrolled();
  EXPECT_TRUE(enrolled.credential().empty());
  const auto told = desk_.take(ann_.connection);
  ASSERT_EQ(told.size(), 1U);
  ASSERT_EQ(told[0].devices().devices_size(), 2);
  const auto& list = told[0].devices().devices();
  const auto pending = std::ranges::find(list, second_.id.value, &api::Device::device_id);
  ASSERT_NE(pending, list.end());
  EXPECT_EQ(pending->state(), api::Device::PENDING);
  EXPECT_EQ(pending->label(), "test");
  EXPECT_EQ(pending->key_fingerprint(), as_text(sha256(second_.key.public_key())));

  EXPECT_TRUE(desk_.enrol(waiting_, second_, code_).enrolled().credential().empty())
      << "asking again changes nothing";
  EXPECT_TRUE(desk_.take(ann_.connection).empty());
}

TEST_F(Devices, AnApprovedOneIsLetIn) {
  desk_.enrol(waiting_, second_, code_);
  const auto answer = desk_.say(ann_.connection, approve_message(second_.id));
  EXPECT_EQ(answer.devices().devices_size(), 2);
  EXPECT_FALSE(desk_.enrol(waiting_, second_, code_).enrolled().credential().empty());
  EXPECT_TRUE(desk_.login(waiting_, second_).has_session());
  const auto joined = desk_.say(waiting_, join_message()).joined();
  ASSERT_EQ(joined.members_size(), 2) << "each device that hears is shown";
  EXPECT_EQ(joined.members(0).user_id(), joined.members(1).user_id());
  EXPECT_EQ(joined.members(1).device_label(), "test");
  EXPECT_EQ(error_of(desk_.say(ann_.connection, approve_message(second_.id))),
            api::Error::DEVICE_NOT_FOUND);
}

TEST_F(Devices, OneThatTheAdministratorApprovedBeforehandDoesNotWait) {
  const std::string code = desk_.link_for(ann_.device->user, true);
  EXPECT_FALSE(desk_.enrol(waiting_, second_, code).enrolled().credential().empty());
}

TEST_F(Devices, ALostPhoneIsOutAtOnceAndForEver) {
  const std::string code = desk_.link_for(ann_.device->user, true);
  desk_.enrol(waiting_, second_, code);
  desk_.login(waiting_, second_);
  const auto ben = desk_.in_room("Ben");
  desk_.take(ben.connection);
  desk_.take_from_node();

  const auto answer = desk_.say(waiting_, revoke_message(ann_.device->id));
  EXPECT_EQ(answer.devices().devices_size(), 2);
  bool has_left = false;
  bool is_removed = false;
  for (const control::ToNode& message : desk_.take_from_node()) {
    has_left |= message.leave_room().is_expelled();
    is_removed |= PeerId{message.remove_peer().peer_id()} == ann_.peer;
  }
  EXPECT_TRUE(has_left && is_removed);
  EXPECT_FALSE(desk_.node.peers.contains(ann_.peer));
  EXPECT_EQ(desk_.take(ben.connection).at(0).member_left().reason(), api::MemberLeft::REMOVED);
  EXPECT_EQ(error_of(desk_.take(ann_.connection).back()), api::Error::DEVICE_UNKNOWN);
  EXPECT_TRUE(desk_.closed_with(ann_.connection).has_value());
  EXPECT_EQ(error_of(desk_.login(desk_.greeted(), *ann_.device)), api::Error::DEVICE_UNKNOWN);
  // Nor does the key come back with another link.
  const std::string another = desk_.link_for(ann_.device->user, true);
  EXPECT_TRUE(desk_.enrol(desk_.greeted(), *ann_.device, another).has_error());
}

TEST_F(Devices, MayPutItselfOut) {
  desk_.say(ann_.connection, revoke_message(ann_.device->id));
  EXPECT_TRUE(desk_.closed_with(ann_.connection).has_value());
  EXPECT_EQ(desk_.core->counters().sessions, 0U);
}

TEST_F(Devices, OfOthersAreNobodysBusiness) {
  const auto eve = desk_.signed_in("Eve");
  desk_.enrol(waiting_, second_, code_);
  for (const DeviceId id : {ann_.device->id, second_.id, DeviceId{}, DeviceId{99}}) {
    EXPECT_EQ(error_of(desk_.say(eve.connection, revoke_message(id))),
              api::Error::DEVICE_NOT_FOUND);
    EXPECT_EQ(error_of(desk_.say(eve.connection, approve_message(id))),
              api::Error::DEVICE_NOT_FOUND);
  }
  api::ClientMessage list;
  list.mutable_list_devices();
  EXPECT_EQ(desk_.say(eve.connection, list).devices().devices_size(), 1);
  EXPECT_FALSE(desk_.closed_with(ann_.connection));
}

}  // namespace
}  // namespace parley::signaling
