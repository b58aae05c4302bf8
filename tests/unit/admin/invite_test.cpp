#include <gmock/gmock.h>

#include "base/base64url.hpp"
#include "tests/unit/admin/office.hpp"

namespace parley::signaling {
namespace {

using test::kHour;
using test::kMonday;
using testing::ElementsAre;
using testing::IsEmpty;

class Inviting : public test::Office {
 protected:
  static admin::Request to(const std::vector<std::string>& rooms, const std::string& name) {
    admin::Request request;
    for (const std::string& room : rooms) {
      request.mutable_invite()->add_rooms()->mutable_room()->set_name(room);
    }
    request.mutable_invite()->set_name(name);
    return request;
  }
  admin::Link one_link(const admin::Request& request) {
    const admin::Links links = ask(request).links();
    EXPECT_EQ(links.links_size(), 1);
    return links.links_size() == 1 ? links.links(0) : admin::Link();
  }
  std::vector<std::string> names(const admin::Request& request) {
    std::vector<std::string> all;
    const admin::Links links = ask(request).links();
    for (const admin::Link& link : links.links()) all.push_back(link.user().name());
    return all;
  }

  RoomId radio_ = house_.room("Radio");
};

TEST_F(Inviting, MakesAGuestWithANameAndALink) {
  house_.room("Plenary");
  admin::Request request = to({"Radio", "Plenary"}, "Zoë");
  request.mutable_invite()->set_delegation("Norway");
  admin::Invite::Room& plenary = *request.mutable_invite()->mutable_rooms(1);
  plenary.set_role(floor::LISTENER);
  plenary.set_max_tier(floor::ROUTINE);
  plenary.set_max_level(3);
  const admin::Link link = one_link(request);
  EXPECT_EQ(link.url(), "https://radio.example.org/#e=" + link.code());
  EXPECT_FALSE(link.chooses_name());
  EXPECT_TRUE(link.user().is_guest());
  EXPECT_EQ(link.user().delegation(), "Norway");
  const auto rooms = directory().memberships_of(UserId{link.user().user_id()});
  ASSERT_EQ(rooms.size(), 2U);
  EXPECT_EQ(rooms[0].room, radio_);
  EXPECT_EQ(rooms[0].rights, MemberRights{});
  EXPECT_EQ(
      rooms[1].rights,
      (MemberRights{
          .role = floor::LISTENER, .may_talk = false, .max_tier = floor::ROUTINE, .max_level = 3}));
}

TEST_F(Inviting, LeavesTheNameToTheGuest) {
  const admin::Link link = one_link(to({"Radio"}, ""));
  EXPECT_EQ(link.url(), "https://radio.example.org/#i=" + link.code());
  EXPECT_TRUE(link.chooses_name());
  Draft draft;
  const NewDevice phone{.label = "phone", .display_name = "Zoë", .key = KeyFingerprint{1}};
  const auto code = *from_base64url(link.code());
  ASSERT_TRUE(directory().enrol(as_text(code), phone, house_.actor(), draft));
  EXPECT_EQ(directory().find(UserId{link.user().user_id()})->name, "Zoë");
}

TEST_F(Inviting, RefusesANameThatIsTaken) {
  house_.user("Anna");
  EXPECT_EQ(refusal(to({"Radio"}, "Anna")), "already_exists");
}

TEST_F(Inviting, RefusesWhatLeadsNowhere) {
  EXPECT_EQ(refusal(to({}, "Zoë")), "invalid_argument");
  EXPECT_EQ(refusal(to({"Radio", "Radio"}, "Zoë")), "invalid_argument");
  EXPECT_EQ(refusal(to({"Plenary"}, "Zoë")), "not_found");
  EXPECT_EQ(directory().find_user("Zoë"), nullptr);
}

TEST_F(Inviting, MakesRoomsWhereItMay) {
  admin::Request request = to({"Radio", "Plenary"}, "Zoë");
  request.mutable_invite()->set_create_rooms(true);
  const admin::Link link = one_link(request);
  ASSERT_NE(directory().find_room("Plenary"), nullptr);
  EXPECT_NE(directory().find_membership(directory().find_room("Plenary")->id,
                                        UserId{link.user().user_id()}),
            nullptr);
  request.mutable_invite()->mutable_rooms(1)->mutable_room()->set_id(7);
  EXPECT_EQ(refusal(request), "not_found") << "a number cannot be made";
}

TEST_F(Inviting, LastsUntilSomeTimeAfterTheLink) {
  const admin::Link link = one_link(to({"Radio"}, "Zoë"));
  EXPECT_EQ(link.until(), seconds(kMonday + kHour));
  EXPECT_EQ(link.user().until(), seconds(kMonday + 3 * kHour));

  admin::Request later = to({"Radio"}, "Later");
  later.mutable_invite()->set_from(seconds(kMonday + 10 * kHour));
  EXPECT_EQ(one_link(later).user().until(), seconds(kMonday + 12 * kHour));

  admin::Request exact = to({"Radio"}, "Exact");
  exact.mutable_invite()->set_until(seconds(kMonday + 5 * kHour));
  exact.mutable_invite()->set_lifetime_s(60);
  const admin::Link brief = one_link(exact);
  EXPECT_EQ(brief.until(), seconds(kMonday) + 60);
  EXPECT_EQ(brief.user().until(), seconds(kMonday + 5 * kHour));

  admin::Request over = to({"Radio"}, "Over");
  over.mutable_invite()->set_until(seconds(kMonday));
  EXPECT_EQ(refusal(over), "invalid_argument");
}

TEST_F(Inviting, MakesAsManyAsAreWanted) {
  admin::Request named = to({"Radio"}, "Bot");
  named.mutable_invite()->set_count(3);
  EXPECT_THAT(names(named), ElementsAre("Bot", "Bot 2", "Bot 3"));
  admin::Request nameless = to({"Radio"}, "");
  nameless.mutable_invite()->set_count(2);
  EXPECT_THAT(names(nameless), ElementsAre("Guest", "Guest 2"));
  EXPECT_EQ(directory().member_count(radio_), 5U);
  nameless.mutable_invite()->set_count(1001);
  EXPECT_EQ(refusal(nameless), "invalid_argument");
}

TEST_F(Inviting, GivesCodesAloneWithoutAPublicUrl) {
  AdminDesk desk(house_.directory, {});
  Draft draft;
  const auto answer = desk.handle(to({"Radio"}, "Zoë"), house_.actor(), live_, draft);
  ASSERT_EQ(answer.links().links_size(), 1);
  EXPECT_THAT(answer.links().links(0).url(), IsEmpty());
  EXPECT_EQ(from_base64url(answer.links().links(0).code())->size(), 16U);
}

}  // namespace
}  // namespace parley::signaling
