#include "signaling/admin/events.hpp"

#include <gmock/gmock.h>

#include <array>

#include "tests/unit/admin/office.hpp"

namespace parley::signaling {
namespace {

using test::kMonday;
using testing::ElementsAre;

class AdminEvents : public test::Office {
 protected:
  static constexpr std::size_t kNumber = 0;  // columns of the table
  static constexpr std::size_t kDetail = 9;
  static constexpr std::size_t kHash = 10;

  AdminEvents() {
    for (int i = 1; i <= 10; ++i) house_.user("User " + std::to_string(i));
    rows_ = house_.rows().at("events");
  }
  static admin::Request list(std::uint64_t after, std::uint32_t limit, bool verify = true) {
    admin::Request request;
    request.mutable_list_events()->set_after(after);
    request.mutable_list_events()->set_limit(limit);
    request.mutable_list_events()->set_verify(verify);
    return request;
  }
  // As a store reads them.
  [[nodiscard]] admin::Events read(const admin::Request& request) const {
    const EventRange range = event_range(request);
    std::vector<Row> rows;
    for (const Row& row : rows_) {
      const auto number = static_cast<std::uint64_t>(std::get<std::int64_t>(row[kNumber]));
      if (number > range.after && rows.size() < range.limit) rows.push_back(row);
    }
    return events_answer(request, rows, &house_.directory).events();
  }
  [[nodiscard]] static std::vector<std::uint64_t> numbers(const admin::Events& page) {
    std::vector<std::uint64_t> all;
    for (const auto& event : page.events()) all.push_back(event.number());
    return all;
  }

  std::vector<Row> rows_;
};

TEST_F(AdminEvents, AreReadInPages) {
  const admin::Events first = read(list(0, 4));
  EXPECT_THAT(numbers(first), ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(first.has_more());
  const admin::Events second = read(list(4, 4));
  EXPECT_THAT(numbers(second), ElementsAre(5, 6, 7, 8));
  EXPECT_TRUE(second.has_more());
  const admin::Events third = read(list(8, 2));
  EXPECT_THAT(numbers(third), ElementsAre(9, 10));
  EXPECT_FALSE(third.has_more());
  EXPECT_TRUE(numbers(read(list(10, 4))).empty());
  EXPECT_EQ(read(list(0, 0)).events_size(), 10);
  EXPECT_EQ(event_range(list(0, 0)).limit, 1001U);
}

TEST_F(AdminEvents, SayWhatHappenedAndWhoIsMeantToday) {
  const UserId renamed = house_.directory.find_user("User 3")->id;
  User user = *house_.directory.find(renamed);
  user.name = "Anna";
  ASSERT_TRUE(house_.run(
      [&](Draft& draft) { return house_.directory.change_user(user, house_.actor(), draft); }));
  const admin::Event event = read(list(2, 1)).events(0);
  EXPECT_EQ(event.kind(), admin::Event::USER_CREATED);
  EXPECT_EQ(event.user_id(), renamed.value);
  EXPECT_EQ(event.user_name(), "Anna");
  EXPECT_EQ(event.at_us(), 1'800'000'000'000'000U);
  EXPECT_EQ(event.hash().size(), 32U);
}

TEST_F(AdminEvents, FollowFromEachOther) {
  for (const std::uint64_t after : {0, 1, 4, 9, 10}) {
    EXPECT_EQ(read(list(after, 4)).broken_at(), 0U) << after;
  }
}

TEST_F(AdminEvents, ThatWereChangedAreFound) {
  rows_[4][kDetail] = std::string("forged");
  EXPECT_EQ(read(list(0, 10)).broken_at(), 5U);
  EXPECT_EQ(read(list(4, 1)).broken_at(), 5U);
  EXPECT_EQ(read(list(0, 4)).broken_at(), 0U);
  EXPECT_EQ(read(list(0, 10, false)).broken_at(), 0U) << "nobody asked";
}

TEST_F(AdminEvents, ThatWereChainedAnewAreFoundAtTheSeam) {
  rows_[4][kHash] = Blob(32, 7);
  EXPECT_EQ(read(list(0, 10)).broken_at(), 5U);
  EXPECT_EQ(read(list(5, 10)).broken_at(), 6U);
}

TEST_F(AdminEvents, ThatAreMissingAreFound) {
  rows_.erase(rows_.begin() + 4);
  EXPECT_EQ(read(list(0, 10)).broken_at(), 6U);
  EXPECT_EQ(read(list(5, 10)).broken_at(), 6U) << "the one before the page is gone";
  rows_.erase(rows_.begin());
  EXPECT_EQ(read(list(0, 2)).broken_at(), 2U);
}

TEST_F(AdminEvents, ThatCannotBeReadAreRefused) {
  rows_[4][kHash] = Blob(31);
  const auto answer = events_answer(list(0, 10), rows_);
  EXPECT_EQ(answer.refused().code(), "invalid_argument");
}

TEST_F(AdminEvents, AreNotTheDesksBusiness) {
  EXPECT_TRUE(is_about_events(list(0, 1)));
  EXPECT_FALSE(is_about_events(admin::Request()));
  EXPECT_EQ(refusal(list(0, 1)), "invalid_argument");
}

// Written out, so that neither list can change without the other.
TEST_F(AdminEvents, HaveTheSameNumbersInTheProtocol) {
  using enum EventKind;
  constexpr std::array kinds = {
      std::pair(organisation_created, admin::Event::ORGANISATION_CREATED),
      std::pair(user_created, admin::Event::USER_CREATED),
      std::pair(user_changed, admin::Event::USER_CHANGED),
      std::pair(user_disabled, admin::Event::USER_DISABLED),
      std::pair(user_enabled, admin::Event::USER_ENABLED),
      std::pair(user_removed, admin::Event::USER_REMOVED),
      std::pair(enrolment_created, admin::Event::ENROLMENT_CREATED),
      std::pair(enrolment_withdrawn, admin::Event::ENROLMENT_WITHDRAWN),
      std::pair(device_enrolled, admin::Event::DEVICE_ENROLLED),
      std::pair(device_approved, admin::Event::DEVICE_APPROVED),
      std::pair(device_revoked, admin::Event::DEVICE_REVOKED),
      std::pair(device_renewed, admin::Event::DEVICE_RENEWED),
      std::pair(device_recognised, admin::Event::DEVICE_RECOGNISED),
      std::pair(login, admin::Event::LOGIN),
      std::pair(login_refused, admin::Event::LOGIN_REFUSED),
      std::pair(logout, admin::Event::LOGOUT),
      std::pair(room_created, admin::Event::ROOM_CREATED),
      std::pair(room_changed, admin::Event::ROOM_CHANGED),
      std::pair(room_removed, admin::Event::ROOM_REMOVED),
      std::pair(policy_changed, admin::Event::POLICY_CHANGED),
      std::pair(membership_set, admin::Event::MEMBERSHIP_SET),
      std::pair(membership_removed, admin::Event::MEMBERSHIP_REMOVED),
      std::pair(joined, admin::Event::JOINED),
      std::pair(left, admin::Event::LEFT),
      std::pair(join_refused, admin::Event::JOIN_REFUSED),
      std::pair(waits_in_lobby, admin::Event::WAITS_IN_LOBBY),
      std::pair(admitted, admin::Event::ADMITTED),
      std::pair(turned_away, admin::Event::TURNED_AWAY),
      std::pair(expelled, admin::Event::EXPELLED),
      std::pair(mission_created, admin::Event::MISSION_CREATED),
      std::pair(mission_changed, admin::Event::MISSION_CHANGED),
      std::pair(mission_ended, admin::Event::MISSION_ENDED),
      std::pair(revocation_confirmed, admin::Event::REVOCATION_CONFIRMED),
      std::pair(revocation_unconfirmed, admin::Event::REVOCATION_UNCONFIRMED),
      std::pair(admin_refused, admin::Event::ADMIN_REFUSED),
      std::pair(imported, admin::Event::IMPORTED),
      std::pair(exported, admin::Event::EXPORTED)};
  for (const auto& [kind, message] : kinds) {
    EXPECT_EQ(static_cast<int>(kind), static_cast<int>(message));
  }
  EXPECT_EQ(kinds.size() + 1,
            static_cast<std::size_t>(admin::Event::Kind_descriptor()->value_count()));
}

}  // namespace
}  // namespace parley::signaling
