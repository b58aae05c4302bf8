#include <gmock/gmock.h>

#include "tests/unit/admin/office.hpp"

namespace parley::signaling {
namespace {

using test::kHour;
using test::kMonday;
using testing::ElementsAre;

class AdminRooms : public test::Office {
 protected:
  static admin::Request change(const std::string& name) {
    admin::Request request;
    request.mutable_change_room()->mutable_room()->set_name(name);
    return request;
  }
  static admin::Request set_member(const std::string& room, const std::string& user) {
    admin::Request request;
    request.mutable_set_member()->mutable_room()->set_name(room);
    request.mutable_set_member()->mutable_user()->set_name(user);
    return request;
  }
  [[nodiscard]] static std::vector<std::string> names(const admin::Members& members,
                                                      bool of_rooms) {
    std::vector<std::string> all;
    for (const auto& member : members.members()) {
      all.push_back(of_rooms ? member.room_name() : member.user_name());
    }
    return all;
  }
};

TEST_F(AdminRooms, AreMadeAndShown) {
  admin::Request request;
  admin::Room& wish = *request.mutable_create_room()->mutable_room();
  wish.set_name("Radio");
  wish.mutable_policy()->set_mode(floor::PTT);
  wish.set_cap(7);
  wish.set_has_lobby(true);
  const admin::Room made = ask(request).room();
  EXPECT_EQ(made.policy().mode(), floor::PTT);
  EXPECT_EQ(made.cap(), 7U);
  EXPECT_TRUE(made.has_lobby());
  EXPECT_EQ(refusal(request), "already_exists");
  live_.inside[RoomId{made.room_id()}] = 3;
  request.mutable_show_room()->mutable_room()->set_name("Radio");
  EXPECT_EQ(ask(request).room().present(), 3U);
  request.mutable_list_rooms();
  EXPECT_EQ(ask(request).rooms().rooms(0).present(), 3U);
}

TEST_F(AdminRooms, ChangeInWhatIsPresent) {
  EXPECT_EQ(refusal(change("Radio")), "not_found");
  admin::Request request = change("Radio");
  request.mutable_change_room()->set_creates(true);
  request.mutable_change_room()->set_mode(floor::PTT);
  request.mutable_change_room()->mutable_policy()->set_talk_limit_ms(5000);
  const admin::Room made = ask(request).room();
  EXPECT_EQ(made.name(), "Radio");
  EXPECT_EQ(made.policy().mode(), floor::PTT);

  request = change("Radio");
  request.mutable_change_room()->mutable_policy()->set_queues(false);
  request.mutable_change_room()->set_closes(seconds(kMonday + kHour));
  const admin::Room changed = ask(request).room();
  EXPECT_EQ(changed.room_id(), made.room_id());
  EXPECT_EQ(changed.policy().mode(), floor::PTT);
  EXPECT_EQ(changed.policy().talk_limit_ms(), 5000U);
  EXPECT_FALSE(changed.policy().queues());
  EXPECT_EQ(changed.closes(), seconds(kMonday + kHour));

  request = change("Radio");
  request.mutable_change_room()->set_from_defaults(true);
  request.mutable_change_room()->set_name("Plenary");
  request.mutable_change_room()->set_is_locked(true);
  const admin::Room last = ask(request).room();
  EXPECT_EQ(last.name(), "Plenary");
  EXPECT_EQ(last.policy().SerializeAsString(), "");
  EXPECT_TRUE(last.is_locked());
  EXPECT_EQ(last.closes(), seconds(kMonday + kHour));
}

TEST_F(AdminRooms, HaveRulesThatGoTogether) {
  house_.room("Radio");
  const auto verdict = [&](floor::Mode mode, auto rule) {
    admin::Request request = change("Radio");
    request.mutable_change_room()->set_mode(mode);
    rule(*request.mutable_change_room()->mutable_policy());
    const std::string code = refusal(request);
    request = {};
    request.mutable_create_room()->mutable_room()->set_name("Other");
    floor::Policy& policy = *request.mutable_create_room()->mutable_room()->mutable_policy();
    rule(policy);
    policy.set_mode(mode);
    EXPECT_EQ(refusal(request), code);
    if (code.empty()) {
      request.mutable_remove_room()->mutable_room()->set_name("Other");
      EXPECT_EQ(refusal(request), "");
    }
    return code;
  };
  const auto none = [](floor::Policy&) {};
  const auto talkers = [](std::uint32_t count) {
    return [count](floor::Policy& policy) { policy.set_talkers(count); };
  };
  const auto initiator = [](floor::Policy& policy) { policy.set_initiator(1); };
  EXPECT_EQ(verdict(floor::MULTI, talkers(4)), "");
  EXPECT_EQ(verdict(floor::MULTI, talkers(5)), "invalid_argument");
  EXPECT_EQ(verdict(floor::OPEN, talkers(20)), "");
  EXPECT_EQ(verdict(floor::OPEN, talkers(21)), "invalid_argument");
  EXPECT_EQ(verdict(floor::PTT, talkers(2)), "invalid_argument");
  EXPECT_EQ(verdict(floor::BROADCAST, none), "invalid_argument");
  EXPECT_EQ(verdict(floor::PTT, initiator), "invalid_argument");
  EXPECT_EQ(verdict(floor::BROADCAST, initiator), "");
}

TEST_F(AdminRooms, MembersAreSetInWhatIsPresent) {
  house_.room("Radio");
  house_.user("Anna");
  const admin::Membership made = ask(set_member("Radio", "Anna")).membership();
  EXPECT_EQ(made.role(), floor::TALKER);
  EXPECT_TRUE(made.may_talk());
  EXPECT_EQ(made.max_tier(), floor::EMERGENCY);
  EXPECT_EQ(made.room_name(), "Radio");
  EXPECT_EQ(made.user_name(), "Anna");

  admin::Request request = set_member("Radio", "Anna");
  request.mutable_set_member()->set_role(floor::LISTENER);
  request.mutable_set_member()->set_max_level(9);
  request.mutable_set_member()->set_until(seconds(kMonday + kHour));
  const admin::Membership listener = ask(request).membership();
  EXPECT_FALSE(listener.may_talk());
  EXPECT_EQ(listener.max_level(), 9U);

  request = set_member("Radio", "Anna");
  request.mutable_set_member()->set_may_talk(true);
  request.mutable_set_member()->set_max_tier(floor::PRIORITY);
  const admin::Membership changed = ask(request).membership();
  EXPECT_EQ(changed.role(), floor::LISTENER);
  EXPECT_TRUE(changed.may_talk());
  EXPECT_EQ(changed.max_tier(), floor::PRIORITY);
  EXPECT_EQ(changed.max_level(), 9U);
  EXPECT_EQ(changed.until(), seconds(kMonday + kHour));
  EXPECT_EQ(refusal(set_member("Radio", "Ben")), "not_found");
  EXPECT_EQ(refusal(set_member("Plenary", "Anna")), "not_found");
}

TEST_F(AdminRooms, MembersAreListedByRoomAndByUser) {
  for (const char* const room : {"One", "Two", "Three"}) {
    house_.room(room);
    for (const char* const user : {"Anna", "Ben", "Cleo"}) {
      if (directory().find_user(user) == nullptr) house_.user(user);
      ASSERT_TRUE(ask(set_member(room, user)).has_membership());
    }
  }
  admin::Request request;
  admin::ListMembers& list = *request.mutable_list_members();
  EXPECT_EQ(refusal(request), "invalid_argument");
  list.mutable_user()->set_name("Ben");
  EXPECT_THAT(names(ask(request).members(), true), ElementsAre("One", "Two", "Three"));
  list.mutable_room()->set_name("Two");
  EXPECT_EQ(ask(request).members().members_size(), 3);
  list.mutable_page()->set_limit(2);
  const admin::Members first = ask(request).members();
  EXPECT_TRUE(first.has_more());
  ASSERT_EQ(first.members_size(), 2);
  list.mutable_page()->set_after_id(first.members(1).user_id());
  const admin::Members second = ask(request).members();
  EXPECT_FALSE(second.has_more());
  ASSERT_EQ(second.members_size(), 1);
  EXPECT_GT(second.members(0).user_id(), first.members(1).user_id());
}

TEST_F(AdminRooms, AndMembersAreRemoved) {
  house_.room("Radio");
  house_.user("Anna");
  ASSERT_TRUE(ask(set_member("Radio", "Anna")).has_membership());
  admin::Request member;
  member.mutable_remove_member()->mutable_room()->set_name("Radio");
  member.mutable_remove_member()->mutable_user()->set_name("Anna");
  EXPECT_TRUE(ask(member).has_done());
  EXPECT_EQ(refusal(member), "not_found");
  admin::Request room;
  room.mutable_remove_room()->mutable_room()->set_name("Radio");
  EXPECT_TRUE(ask(room).has_done());
  EXPECT_EQ(refusal(room), "not_found");
}

}  // namespace
}  // namespace parley::signaling
