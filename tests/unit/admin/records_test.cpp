#include <gmock/gmock.h>
#include <openssl/sha.h>

#include "base/base64url.hpp"
#include "tests/unit/admin/office.hpp"

namespace parley::signaling {
namespace {

using test::kHour;
using test::kMonday;
using testing::ElementsAre;
using testing::IsEmpty;

// Public keys of ECDSA P-256.
constexpr std::string_view kKeys[] = {
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9vM9ppvFqy-ywUa71iOUVvHLq8QYtK1tAZzsovXBfe1aCAaMg6IiBJnK_"
    "09VwRrUq4beCOUwzXseO64vUKloMg",
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYKlar6fD4yqSPFOJE5RWlJzmPcCdHKnS_GRlScsavkid5V6RGOkCqz9iKY"
    "rB7BwJw-1URjSdf1JzfIRWV9WuyQ"};

// What an administrator carries from one service to another.
class Moving : public test::Office {
 protected:
  DeviceId enrol(UserId user, std::string_view text) {
    NewDevice device{.label = "phone", .public_key = std::string(as_text(*from_base64url(text)))};
    const Bytes key = as_bytes(device.public_key);
    SHA256(key.data(), key.size(), device.key.data());
    return *house_.run([&](Draft& draft) {
      return directory().enrol(house_.link(user), device, house_.actor(), draft);
    });
  }
  // Something of everything.
  void fill() {
    const UserId anna = house_.user(
        "Anna", {.delegation = "Norway", .is_admin = true, .validity = {.from = kMonday - kHour}});
    const UserId guest =
        house_.user("Guest", {.is_guest = true, .validity = {.until = kMonday + kHour}});
    house_.now += std::chrono::microseconds(1);  // records are kept to the second
    phone_ = enrol(anna, kKeys[0]);
    const DeviceId lost = enrol(guest, kKeys[1]);
    RoomRecord rules{.cap = 5, .has_lobby = true};
    rules.policy.set_mode(floor::PTT);
    const RoomId north = house_.room("North", rules);
    const RoomId south = house_.room("South");
    EXPECT_TRUE(house_.run([&](Draft& draft) {
      EXPECT_TRUE(directory().next_member(north, draft));
      EXPECT_TRUE(directory().renew(phone_, kMonday + kHour, 7, house_.actor(), draft));
      EXPECT_TRUE(directory().revoke_device(lost, house_.actor(), draft));
      const MembershipRecord chair{
          .room = south, .user = anna, .rights = {.role = floor::CHAIR, .max_level = 3}};
      EXPECT_TRUE(directory().set_membership(chair, house_.actor(), draft));
      return directory().create_mission({.name = "Bridge"}, {anna, guest}, {south, north},
                                        house_.actor(), draft);
    }));
  }
  static admin::Records export_all(auto ask) {
    admin::Records all;
    admin::Request request;
    admin::Export& wish = *request.mutable_export_records();
    for (;;) {
      admin::Records part = ask(request).records();
      const bool is_last = !part.has_next();
      if (!is_last) *wish.mutable_after() = part.next();
      part.clear_next();
      all.MergeFrom(part);
      if (is_last) return all;
    }
  }
  admin::Records export_all() {
    return export_all([this](const admin::Request& request) { return ask(request); });
  }
  static admin::Request import_of(const admin::Records& records) {
    admin::Request request;
    *request.mutable_import_records()->mutable_records() = records;
    return request;
  }
  // The code word of an import into this service, of records that were changed.
  std::string refusal_of(auto change) {
    admin::Records records = export_all();
    change(records);
    return refusal(import_of(records));
  }

  DeviceId phone_;
};

TEST_F(Moving, GivesTheSamePeopleElsewhere) {
  fill();
  const admin::Records records = export_all();
  EXPECT_EQ(records.users_size(), 2);
  EXPECT_EQ(records.devices_size(), 2);
  EXPECT_EQ(records.rooms_size(), 2);
  EXPECT_EQ(records.missions_size(), 1);
  EXPECT_EQ(records.memberships_size(), 4);

  test::House other;
  AdminDesk desk(other.directory, test::some_defaults());
  const auto ask_other = [&](const admin::Request& request) {
    Draft draft;
    admin::Answer answer = desk.handle(request, other.actor(), live_, draft);
    EXPECT_FALSE(answer.has_refused()) << answer.refused().sentence();
    other.keep(draft);
    return answer;
  };
  const admin::Imported imported = ask_other(import_of(records)).imported();
  EXPECT_EQ(imported.users(), 2U);
  EXPECT_EQ(imported.devices(), 2U);
  EXPECT_EQ(imported.rooms(), 2U);
  EXPECT_EQ(imported.missions(), 1U);
  EXPECT_EQ(imported.memberships(), 4U);
  EXPECT_EQ(export_all(ask_other).SerializeAsString(), records.SerializeAsString());
  EXPECT_TRUE(other.directory.may_sign_in(phone_, house_.now));
  EXPECT_EQ(other.directory.find(phone_)->credential_serial, 7U);
  EXPECT_EQ(other.directory.find_room("North")->next_member, 2U);
  const auto places = other.directory.memberships_of(other.directory.find_user("Anna")->id);
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0].room, other.directory.find_room("South")->id);
}

TEST_F(Moving, PassesOverWhatIsThereAlready) {
  fill();
  const admin::Answer answer = ask(import_of(export_all()));
  ASSERT_TRUE(answer.has_imported()) << answer.refused().sentence();
  EXPECT_EQ(answer.imported().SerializeAsString(), "");
}

TEST_F(Moving, IsWrittenDown) {
  fill();
  house_.events.clear();
  ASSERT_TRUE(ask(import_of(export_all())).has_imported());
  ASSERT_EQ(house_.events.size(), 2U);
  EXPECT_EQ(house_.events[0].kind, EventKind::exported);
  EXPECT_EQ(house_.events[1].kind, EventKind::imported);
  EXPECT_EQ(house_.events[1].detail, "users=0 devices=0 rooms=0 missions=0 memberships=0");
}

TEST_F(Moving, RefusesWhatIsThereWithSomethingElse) {
  fill();
  const std::string taken = "already_exists";
  EXPECT_EQ(refusal_of([](auto& all) { all.mutable_users(0)->set_is_disabled(true); }), taken);
  EXPECT_EQ(refusal_of([](auto& all) { all.mutable_users(0)->set_user_id(7); }), taken);
  EXPECT_EQ(refusal_of([](auto& all) { all.mutable_devices(0)->set_label("desk"); }), taken);
  EXPECT_EQ(refusal_of([](auto& all) { all.mutable_devices(0)->set_device_id(7); }), taken);
  EXPECT_EQ(refusal_of([](auto& all) { all.mutable_rooms(0)->set_cap(9); }), taken);
  EXPECT_EQ(refusal_of([](auto& all) { all.mutable_rooms(0)->set_room_id(7); }), taken);
  EXPECT_EQ(refusal_of([](auto& all) { all.mutable_missions(0)->set_is_ended(true); }), taken);
  EXPECT_EQ(refusal_of([](auto& all) { all.mutable_missions(0)->clear_room_ids(); }), taken);
  EXPECT_EQ(refusal_of([](auto& all) { all.mutable_memberships(0)->set_max_level(9); }), taken);
}

TEST_F(Moving, RefusesWhatCannotBe) {
  fill();
  const std::string senseless = "invalid_argument";
  const auto device = [](auto& all) -> admin::Device& {
    all.mutable_devices(0)->set_device_id(7);
    return *all.mutable_devices(0);
  };
  EXPECT_EQ(refusal_of([&](auto& all) { device(all).set_public_key("key"); }), senseless);
  EXPECT_EQ(refusal_of([&](auto& all) { device(all).set_key_fingerprint("x"); }), senseless);
  EXPECT_EQ(refusal_of([](auto& all) { all.mutable_users(0)->set_user_id(0); }), senseless);
  EXPECT_EQ(refusal_of([](auto& all) { all.mutable_users(0)->set_name("a\nb"); }), senseless);
  EXPECT_EQ(refusal_of([](auto& all) { all.mutable_memberships(0)->set_room_id(7); }), "not_found");
  EXPECT_EQ(refusal_of([](auto& all) { all.mutable_memberships(0)->set_user_id(7); }), "not_found");
}

TEST_F(Moving, GoesInPartsWhereThereIsMuch) {
  constexpr int kUsers = 4'500;
  const RoomId room = house_.room("Radio");
  for (int i = 0; i < kUsers; ++i) {
    const UserId user = house_.user("User " + std::to_string(i));
    ASSERT_TRUE(house_.run([&](Draft& draft) {
      return directory().set_membership({.room = room, .user = user}, house_.actor(), draft);
    }));
  }
  std::vector<int> sizes;
  const admin::Records all = export_all([&](const admin::Request& request) {
    const admin::Answer answer = ask(request);
    const admin::Records& part = answer.records();
    sizes.push_back(part.users_size() + part.rooms_size() + part.memberships_size());
    return answer;
  });
  EXPECT_THAT(sizes, ElementsAre(2000, 2000, 2000, 2000, 1001));
  EXPECT_EQ(all.users_size(), kUsers);
  EXPECT_EQ(all.memberships_size(), kUsers);
  std::set<std::uint64_t> users;
  for (const auto& user : all.users()) users.insert(user.user_id());
  EXPECT_EQ(users.size(), std::size_t{kUsers});
}

TEST_F(Moving, TheStatusCounts) {
  fill();
  live_.online = {phone_};
  admin::Request request;
  request.mutable_show_status();
  const admin::Status status = ask(request).status();
  EXPECT_EQ(status.organisation(), "Example");
  EXPECT_EQ(status.authority_fingerprint().size(), 32U);
  EXPECT_EQ(status.users(), 2U);
  EXPECT_EQ(status.guests(), 1U);
  EXPECT_EQ(status.administrators(), 1U);
  EXPECT_EQ(status.devices(), 2U);
  EXPECT_EQ(status.pending_devices(), 0U);
  EXPECT_EQ(status.devices_online(), 1U);
  EXPECT_EQ(status.rooms(), 2U);
  EXPECT_EQ(status.missions(), 1U);
  EXPECT_EQ(status.last_event(), house_.events.size());
  EXPECT_EQ(status.last_hash(), as_text(directory().last_hash()));
}

}  // namespace
}  // namespace parley::signaling
