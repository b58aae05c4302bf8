#include <gmock/gmock.h>

#include "tests/unit/admin/office.hpp"

namespace parley::signaling {
namespace {

using test::kHour;
using test::kMonday;

class AdminMissions : public test::Office {
 protected:
  AdminMissions() {
    house_.user("Anna");
    guest_ = house_.user("Guest", {.is_guest = true});
    house_.room("North");
  }
  static admin::Request create(const std::vector<std::string>& rooms) {
    admin::Request request;
    admin::CreateMission& wish = *request.mutable_create_mission();
    wish.set_name("Bridge");
    wish.set_until(static_cast<std::uint64_t>(1'800'000'000 + 3600));
    for (const char* const user : {"Anna", "Guest"}) wish.add_users()->set_name(user);
    for (const std::string& room : rooms) wish.add_rooms()->set_name(room);
    return request;
  }
  static admin::Request end() {
    admin::Request request;
    request.mutable_end_mission()->mutable_mission()->set_name("Bridge");
    return request;
  }

  UserId guest_;
};

TEST_F(AdminMissions, AreMadeAndShown) {
  admin::Request request = create({"North", "South"});
  EXPECT_EQ(refusal(request), "not_found");
  request.mutable_create_mission()->set_create_rooms(true);
  const admin::Mission made = ask(request).mission();
  EXPECT_EQ(made.members_size(), 4);
  EXPECT_EQ(made.room_ids_size(), 2);
  EXPECT_EQ(made.until(), seconds(kMonday + kHour));
  EXPECT_EQ(refusal(request), "already_exists");

  request.mutable_show_mission()->mutable_mission()->set_id(made.mission_id());
  EXPECT_EQ(ask(request).mission().SerializeAsString(), made.SerializeAsString());
  request.mutable_list_missions();
  const admin::Missions list = ask(request).missions();
  ASSERT_EQ(list.missions_size(), 1);
  EXPECT_EQ(list.missions(0).name(), "Bridge");
  EXPECT_EQ(list.missions(0).members_size(), 0);
}

TEST_F(AdminMissions, EndAndTellWhoIsOut) {
  const DeviceId phone = *house_.enrol(house_.link(guest_), 1);
  ASSERT_TRUE(ask(create({"North"})).has_mission());
  const admin::MissionEnded ended = ask(end()).mission_ended();
  EXPECT_TRUE(ended.mission().is_ended());
  EXPECT_EQ(ended.mission().members_size(), 0);
  EXPECT_EQ(ended.revoked_count(), 1U);
  ASSERT_EQ(ended.revoked_size(), 1);
  EXPECT_EQ(ended.revoked(0).device_id(), phone.value);
  EXPECT_EQ(ended.revoked(0).state(), admin::Device::REVOKED);
  EXPECT_EQ(refusal(end()), "failed_precondition");
}

TEST_F(AdminMissions, HaveTenThousandMembershipsAtMost) {
  admin::Request request = create({});
  admin::CreateMission& wish = *request.mutable_create_mission();
  wish.clear_users();
  for (int i = 0; i < 1000; ++i) wish.add_users()->set_name("Anna");
  for (int i = 0; i < 10; ++i) wish.add_rooms()->set_name("North");
  EXPECT_EQ(refusal(request), "");
  wish.set_name("Another");
  wish.add_rooms()->set_name("North");
  EXPECT_EQ(refusal(request), "resource_exhausted");
}

}  // namespace
}  // namespace parley::signaling
