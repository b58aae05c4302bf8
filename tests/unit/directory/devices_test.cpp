#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/directory/house.hpp"

namespace parley::signaling {
namespace {

using test::House;
using test::kHour;
using test::kMonday;

class Devices : public testing::Test {
 protected:
  ErrorCode refusal(const std::string& code, std::uint8_t key) {
    return house_.enrol(code, key).error().code;
  }
  [[nodiscard]] DeviceState state(DeviceId device) const {
    return house_.directory.find(device)->state;
  }
  Result<void> revoke(DeviceId device) {
    return house_.run([&](Draft& draft) {
      return house_.directory.revoke_device(device, house_.actor(), draft);
    });
  }
  Result<void> approve(DeviceId device) {
    return house_.run([&](Draft& draft) {
      return house_.directory.approve_device(device, house_.actor(), draft);
    });
  }
  Result<WallTime> renew(DeviceId device, WallTime until) {
    return house_.run([&](Draft& draft) {
      return house_.directory.renew(device, until, 7, house_.actor(), draft);
    });
  }
  [[nodiscard]] std::optional<ErrorCode> trouble(DeviceId device) const {
    const auto allowed = house_.directory.may_sign_in(device, house_.now);
    return allowed ? std::nullopt : std::optional(allowed.error().code);
  }

  House house_;
  UserId anna_ = house_.user("Anna");
};

TEST_F(Devices, TheFirstIsActiveAtOnce) {
  const DeviceId phone = *house_.enrol(house_.link(anna_), 1);
  EXPECT_EQ(state(phone), DeviceState::active);
  EXPECT_EQ(trouble(phone), std::nullopt);
  EXPECT_EQ(house_.directory.find_device(KeyFingerprint{1})->id, phone);
}

TEST_F(Devices, AFurtherOneWaitsForApproval) {
  ASSERT_TRUE(house_.enrol(house_.link(anna_), 1));
  const DeviceId desk = *house_.enrol(house_.link(anna_), 2);
  EXPECT_EQ(state(desk), DeviceState::pending);
  EXPECT_EQ(trouble(desk), ErrorCode::failed_precondition);
  ASSERT_TRUE(approve(desk));
  EXPECT_EQ(trouble(desk), std::nullopt);
  EXPECT_EQ(approve(desk).error().code, ErrorCode::failed_precondition);
}

TEST_F(Devices, AFurtherOneByAnApprovedLinkDoesNotWait) {
  ASSERT_TRUE(house_.enrol(house_.link(anna_), 1));
  EXPECT_EQ(state(*house_.enrol(house_.link(anna_, true), 2)), DeviceState::active);
}

TEST_F(Devices, TheOneAfterALostOneIsActiveAtOnce) {
  const DeviceId lost = *house_.enrol(house_.link(anna_), 1);
  ASSERT_TRUE(revoke(lost));
  EXPECT_EQ(state(*house_.enrol(house_.link(anna_), 2)), DeviceState::active);
}

TEST_F(Devices, ALinkWorksOnceButForWhoUsedIt) {
  const std::string link = house_.link(anna_);
  const DeviceId phone = *house_.enrol(link, 1);
  EXPECT_EQ(refusal(link, 2), ErrorCode::already_used);
  EXPECT_EQ(house_.enrol(link, 1), phone);
}

TEST_F(Devices, ALinkEnds) {
  const std::string link = house_.link(anna_);
  house_.now += kHour - std::chrono::microseconds(1);
  const std::string other = house_.link(anna_);
  house_.now += std::chrono::microseconds(1);
  EXPECT_EQ(refusal(link, 1), ErrorCode::expired);
  EXPECT_TRUE(house_.enrol(other, 1));
}

TEST_F(Devices, ALinkMustBeTrue) {
  std::string link = house_.link(anna_);
  link[0] = static_cast<char>(link[0] ^ 1);
  EXPECT_EQ(refusal(link, 1), ErrorCode::unauthenticated);
  EXPECT_EQ(refusal("", 1), ErrorCode::unauthenticated);
}

TEST_F(Devices, TheCodeOfALinkIsNotStored) {
  const std::string link = house_.link(anna_);
  for (const auto& [table, rows] : house_.rows()) {
    for (const Row& row : rows) {
      for (const Value& value : row) {
        if (const auto* blob = std::get_if<Blob>(&value)) {
          EXPECT_NE(std::string(blob->begin(), blob->end()), link) << table;
        }
      }
    }
  }
}

TEST_F(Devices, AKeyIsOneDeviceForEver) {
  const DeviceId phone = *house_.enrol(house_.link(anna_), 1);
  ASSERT_TRUE(revoke(phone));
  EXPECT_EQ(refusal(house_.link(anna_), 1), ErrorCode::already_exists);
  EXPECT_EQ(trouble(phone), ErrorCode::unauthenticated);
  EXPECT_EQ(approve(phone).error().code, ErrorCode::failed_precondition);
  EXPECT_EQ(renew(phone, kMonday + kHour).error().code, ErrorCode::unauthenticated);
}

TEST_F(Devices, AreSixteenOfAUser) {
  for (std::uint8_t key = 1; key <= 16; ++key) ASSERT_TRUE(house_.enrol(house_.link(anna_), key));
  EXPECT_EQ(refusal(house_.link(anna_), 17), ErrorCode::resource_exhausted);
}

TEST_F(Devices, SignInNoLongerThanTheirUser) {
  const DeviceId phone = *house_.enrol(house_.link(anna_), 1);
  User anna = *house_.directory.find(anna_);
  const auto change = [&] {
    ASSERT_TRUE(house_.run(
        [&](Draft& draft) { return house_.directory.change_user(anna, house_.actor(), draft); }));
  };
  anna.validity.until = house_.now + kHour;
  change();
  EXPECT_EQ(renew(phone, house_.now + 24 * kHour), kMonday + kHour);
  house_.now += kHour;
  EXPECT_EQ(trouble(phone), ErrorCode::expired);
  anna.validity = {};
  anna.is_disabled = true;
  change();
  EXPECT_EQ(trouble(phone), ErrorCode::unauthenticated);
}

// How guests are called who choose their names.
class Guests : public Devices {
 protected:
  std::string choose(const std::string& name, bool may_choose = true) {
    const UserId guest = house_.user("Guest", {.is_guest = true});
    const std::string link = *house_.run([&](Draft& draft) {
      return house_.directory.create_enrolment(
          guest, {.until = house_.now + kHour, .chooses_name = may_choose}, house_.actor(), draft);
    });
    const NewDevice phone{.label = "phone", .display_name = name, .key = KeyFingerprint{++keys_}};
    EXPECT_TRUE(house_.run(
        [&](Draft& draft) { return house_.directory.enrol(link, phone, house_.actor(), draft); }));
    std::string given = house_.directory.find(guest)->name;
    User renamed = *house_.directory.find(guest);
    if (given == "Guest") renamed.name = "Guest before " + std::to_string(keys_);
    EXPECT_TRUE(house_.run([&](Draft& draft) {
      return house_.directory.change_user(renamed, house_.actor(), draft);
    }));
    return given;
  }
  std::uint8_t keys_ = 0;
};

TEST_F(Guests, ChooseTheirNames) {
  EXPECT_EQ(choose("Zoë"), "Zoë");
  EXPECT_EQ(choose("Zoë"), "Zoë 2");
  EXPECT_EQ(choose("Zoë"), "Zoë 3");
  EXPECT_EQ(choose("Anna"), "Anna 2");
}

TEST_F(Guests, KeepTheirOwnWhereTheyChooseNone) {
  EXPECT_EQ(choose("Guest"), "Guest");
  EXPECT_EQ(choose(""), "Guest");
  EXPECT_EQ(choose("a\nb"), "Guest");
  EXPECT_EQ(choose(std::string(65, 'x')), "Guest");
  EXPECT_EQ(choose("Zoë", false), "Guest");
}

TEST_F(Guests, HaveNoHalfACharacterInTheirNames) {
  std::string name;
  for (int i = 0; i < 32; ++i) name += "ë";
  EXPECT_EQ(choose(name), name);
  EXPECT_EQ(choose(name), name.substr(0, 62) + " 2");
  // The cut would be in the middle of one.
  const std::string odd = "x" + name.substr(2) + "y";
  EXPECT_EQ(choose(odd), odd);
  EXPECT_EQ(choose(odd), odd.substr(0, 61) + " 2");
}

TEST_F(Guests, AreForgottenAWeekAfterTheirTime) {
  const auto forget = [&] {
    Draft draft;
    return house_.directory.forget_over_guests(house_.now, draft);
  };
  house_.user("Member", {.validity = {.until = kMonday + kHour}});
  const UserId guest =
      house_.user("Visitor", {.is_guest = true, .validity = {.until = kMonday + kHour}});
  const DeviceId phone = *house_.enrol(house_.link(guest), 1);
  house_.now = kMonday + kHour + std::chrono::days(7) - std::chrono::microseconds(1);
  EXPECT_EQ(forget(), 0U);
  house_.now += std::chrono::microseconds(1);
  EXPECT_EQ(forget(), 1U);
  EXPECT_EQ(house_.directory.find(guest), nullptr);
  EXPECT_EQ(house_.directory.find(phone), nullptr);
  EXPECT_EQ(forget(), 0U);
}

TEST_F(Devices, OldLinksAreForgotten) {
  house_.link(anna_);
  EXPECT_EQ(house_.rows().at("enrolments").size(), 1U);
  house_.now += kHour;
  house_.link(anna_);
  EXPECT_EQ(house_.rows().at("enrolments").size(), 1U);
}

TEST_F(Devices, OpenLinksAreBounded) {
  House house({.open_enrolments = 1});
  const UserId anna = house.user("Anna");
  house.link(anna);
  const auto second = house.run([&](Draft& draft) {
    return house.directory.create_enrolment(anna, {.until = house.now + kHour}, house.actor(),
                                            draft);
  });
  EXPECT_EQ(second.error().code, ErrorCode::resource_exhausted);
}

TEST_F(Devices, OfNobodyAreUnknown) {
  EXPECT_EQ(trouble(DeviceId{7}), ErrorCode::unauthenticated);
  EXPECT_EQ(revoke(DeviceId{7}).error().code, ErrorCode::not_found);
  EXPECT_EQ(approve(DeviceId{7}).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace parley::signaling
