#include <gmock/gmock.h>

#include "base/base64url.hpp"
#include "tests/unit/admin/office.hpp"

namespace parley::signaling {
namespace {

using test::kHour;
using test::kMonday;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class AdminUsers : public test::Office {
 protected:
  static admin::Request show(std::uint64_t id, const std::string& name) {
    admin::Request request;
    admin::Ref& ref = *request.mutable_show_user()->mutable_user();
    ref.set_id(id);
    ref.set_name(name);
    return request;
  }
  static admin::Request change(const std::string& name) {
    admin::Request request;
    request.mutable_change_user()->mutable_user()->set_name(name);
    return request;
  }
  static admin::Request enrolment(const std::string& name) {
    admin::Request request;
    request.mutable_create_enrolment()->mutable_user()->set_name(name);
    return request;
  }
  static admin::Request about_device(DeviceId device, bool approves) {
    admin::Request request;
    if (approves) {
      request.mutable_approve_device()->set_device_id(device.value);
    } else {
      request.mutable_revoke_device()->set_device_id(device.value);
    }
    return request;
  }
};

TEST_F(AdminUsers, AreMadeAndShown) {
  admin::Request request;
  admin::User& wish = *request.mutable_create_user()->mutable_user();
  wish.set_name("Anna");
  wish.set_delegation("Norway");
  wish.set_is_admin(true);
  wish.set_until(seconds(kMonday + kHour));
  wish.set_user_id(7);  // the service's to set
  const admin::User made = ask(request).user();
  EXPECT_NE(made.user_id(), 7U);
  EXPECT_EQ(made.created(), seconds(kMonday));
  EXPECT_EQ(directory().find_user("Anna")->validity.until, kMonday + kHour);
  EXPECT_EQ(directory().find_user("Anna")->validity.from, std::nullopt);
  for (const auto& answer : {ask(show(made.user_id(), "")), ask(show(0, "Anna"))}) {
    EXPECT_EQ(answer.user_details().user().SerializeAsString(), made.SerializeAsString());
  }
  EXPECT_EQ(refusal(request), "already_exists");
}

TEST_F(AdminUsers, HaveToBeNamed) {
  EXPECT_EQ(refusal(show(0, "")), "invalid_argument");
  EXPECT_EQ(refusal(show(0, "Anna")), "not_found");
  EXPECT_EQ(refusal(show(7, "")), "not_found");
  house_.user("Anna");
  EXPECT_EQ(refusal(show(7, "Anna")), "not_found") << "the number counts";
}

TEST_F(AdminUsers, ChangeInWhatIsPresent) {
  house_.user("Anna", {.delegation = "Norway", .validity = {.until = kMonday + kHour}});
  admin::Request request = change("Anna");
  request.mutable_change_user()->set_name("Anna B.");
  const admin::User renamed = ask(request).user();
  EXPECT_EQ(renamed.name(), "Anna B.");
  EXPECT_EQ(renamed.delegation(), "Norway");
  EXPECT_EQ(renamed.until(), seconds(kMonday + kHour));
  request = change("Anna B.");
  request.mutable_change_user()->set_until(0);
  request.mutable_change_user()->set_delegation("");
  request.mutable_change_user()->set_is_disabled(true);
  const admin::User changed = ask(request).user();
  EXPECT_EQ(changed.until(), 0U);
  EXPECT_EQ(changed.delegation(), "");
  EXPECT_TRUE(changed.is_disabled());
}

TEST_F(AdminUsers, ShowTheirDevicesAndRooms) {
  const UserId anna = house_.user("Anna");
  const DeviceId phone = *house_.enrol(house_.link(anna), 1);
  const RoomId radio = house_.room("Radio");
  ASSERT_TRUE(house_.run([&](Draft& draft) {
    return directory().set_membership({.room = radio, .user = anna}, house_.actor(), draft);
  }));
  live_.online = {phone};
  const admin::UserDetails details = ask(show(anna.value, "")).user_details();
  ASSERT_EQ(details.devices_size(), 1);
  EXPECT_EQ(details.devices(0).user_name(), "Anna");
  EXPECT_TRUE(details.devices(0).is_online());
  EXPECT_TRUE(details.devices(0).public_key().empty());
  ASSERT_EQ(details.memberships_size(), 1);
  EXPECT_EQ(details.memberships(0).room_name(), "Radio");
}

TEST_F(AdminUsers, AreListedInPages) {
  for (const char* const name : {"Anna", "Ben", "Cleo", "Dora", "Emil"}) house_.user(name);
  admin::Request request;
  admin::Page& page = *request.mutable_list_users()->mutable_page();
  page.set_limit(2);
  std::set<std::string> names;
  std::vector<int> sizes;
  bool has_more = true;
  while (has_more) {
    const admin::Users users = ask(request).users();
    ASSERT_FALSE(users.users().empty());
    sizes.push_back(users.users_size());
    for (const auto& user : users.users()) names.insert(user.name());
    page.set_after_id(users.users().rbegin()->user_id());
    has_more = users.has_more();
  }
  EXPECT_THAT(sizes, ElementsAre(2, 2, 1));
  EXPECT_THAT(names, SizeIs(5));
  page.set_limit(5);
  page.set_after_id(0);
  EXPECT_FALSE(ask(request).users().has_more());
  page.set_limit(1001);
  EXPECT_EQ(refusal(request), "invalid_argument");
}

TEST_F(AdminUsers, TheLastAdministratorIsNotRemoved) {
  house_.user("Root", {.is_admin = true});
  admin::Request request;
  request.mutable_remove_user()->mutable_user()->set_name("Root");
  EXPECT_EQ(refusal(request), "failed_precondition");
  house_.user("Other", {.is_admin = true});
  EXPECT_TRUE(ask(request).has_done());
  EXPECT_EQ(directory().find_user("Root"), nullptr);
}

TEST_F(AdminUsers, EnrolByALink) {
  const UserId anna = house_.user("Anna");
  const admin::Links links = ask(enrolment("Anna")).links();
  ASSERT_EQ(links.links_size(), 1);
  const admin::Link& link = links.links(0);
  EXPECT_EQ(link.url(), "https://radio.example.org/#e=" + link.code());
  EXPECT_EQ(link.until(), seconds(kMonday + kHour));
  EXPECT_EQ(link.user().name(), "Anna");
  const auto code = from_base64url(link.code());
  ASSERT_TRUE(code);
  EXPECT_EQ(code->size(), 16U);
  const auto phone = house_.enrol(std::string(as_text(*code)), 1);
  ASSERT_TRUE(phone);
  EXPECT_EQ(directory().find(*phone)->user, anna);
}

TEST_F(AdminUsers, EnrolByALinkOfAnyLifeThatMayBeApproved) {
  house_.user("Anna");
  const std::string first = ask(enrolment("Anna")).links().links(0).code();
  ASSERT_TRUE(house_.enrol(std::string(as_text(*from_base64url(first))), 1));
  admin::Request request = enrolment("Anna");
  request.mutable_create_enrolment()->set_lifetime_s(60);
  request.mutable_create_enrolment()->set_is_approved(true);
  const admin::Link link = ask(request).links().links(0);
  EXPECT_EQ(link.until(), seconds(kMonday) + 60);
  const auto desk = house_.enrol(std::string(as_text(*from_base64url(link.code()))), 2);
  EXPECT_EQ(directory().find(*desk)->state, DeviceState::active);
  EXPECT_EQ(refusal(enrolment("Ben")), "not_found");
}

TEST_F(AdminUsers, DevicesAreApprovedAndRevoked) {
  const UserId anna = house_.user("Anna");
  ASSERT_TRUE(house_.enrol(house_.link(anna), 1));
  const DeviceId desk = *house_.enrol(house_.link(anna), 2);
  EXPECT_EQ(ask(about_device(desk, true)).device().state(), admin::Device::ACTIVE);
  EXPECT_EQ(refusal(about_device(desk, true)), "failed_precondition");
  EXPECT_EQ(ask(about_device(desk, false)).device().state(), admin::Device::REVOKED);
  EXPECT_EQ(directory().find(desk)->state, DeviceState::revoked);
  EXPECT_EQ(refusal(about_device(DeviceId{7}, false)), "not_found");
}

TEST_F(AdminUsers, DevicesAreListedByUserAndState) {
  const UserId anna = house_.user("Anna");
  const UserId ben = house_.user("Ben");
  ASSERT_TRUE(house_.enrol(house_.link(anna), 1));
  const DeviceId waiting = *house_.enrol(house_.link(anna), 2);
  ASSERT_TRUE(house_.enrol(house_.link(ben), 3));
  admin::Request request;
  EXPECT_EQ(refusal(request), "invalid_argument") << "asks for nothing";
  admin::ListDevices& list = *request.mutable_list_devices();
  EXPECT_EQ(ask(request).devices().devices_size(), 3);
  list.mutable_user()->set_name("Anna");
  EXPECT_EQ(ask(request).devices().devices_size(), 2);
  list.mutable_page()->set_limit(1);
  EXPECT_TRUE(ask(request).devices().has_more());
  list.set_state(admin::Device::PENDING);
  const admin::Devices pending = ask(request).devices();
  ASSERT_EQ(pending.devices_size(), 1);
  EXPECT_EQ(pending.devices(0).device_id(), waiting.value);
  EXPECT_FALSE(pending.has_more());
}

}  // namespace
}  // namespace parley::signaling
