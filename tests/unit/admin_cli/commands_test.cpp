// Each command of parley-admin, as an operator types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "admin/names.hpp"
#include "tests/unit/admin_cli/service.hpp"

namespace parley::admin_cli {
namespace {

using signaling::test::kHour;
using signaling::test::kMonday;
using test::Ran;
using test::run_alone;
using test::Service;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using Words = std::vector<std::string>;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(AdminUsers, AreMadeShownChangedAndRemoved) {
  Service service;
  EXPECT_THAT(service.output({"users", "create", "Ada", "--admin", "--delegation", "Norway"}),
              HasSubstr("Ada   admin"));
  service.output({"users", "create", "Eva", "--until", "8h", "--may-create-rooms"});
  const signaling::User& eva = *service.house().directory.find_user("Eva");
  EXPECT_EQ(eva.validity.until, kMonday + 8 * kHour);
  EXPECT_TRUE(eva.may_create_rooms);
  EXPECT_FALSE(eva.is_admin);
  service.output({"users", "change", "Eva", "--name", "Eve", "--until", "never", "--disabled"});
  const signaling::User& eve = *service.house().directory.find_user("Eve");
  EXPECT_FALSE(eve.validity.until.has_value());
  EXPECT_TRUE(eve.is_disabled);
  EXPECT_TRUE(eve.may_create_rooms) << "was not named";
  service.output(
      {"users", "change", id_text(eve.id.value), "--no-disabled", "--no-may-create-rooms"});
  EXPECT_FALSE(service.house().directory.find_user("Eve")->is_disabled);
  EXPECT_FALSE(service.house().directory.find_user("Eve")->may_create_rooms);
  EXPECT_THAT(lines_of(service.output({"users", "list"})), testing::SizeIs(3));
  EXPECT_EQ(service.output({"users"}), service.output({"users", "list"}));
  EXPECT_EQ(service.output({"users", "remove", "Eve"}), "");
  EXPECT_EQ(service.house().directory.find_user("Eve"), nullptr);
}

TEST(AdminUsers, AreListedOverManyPages) {
  Service service;
  for (int i = 0; i < 2001; ++i) service.house().user("User " + std::to_string(i));
  const std::string all = service.output({"users", "list"});
  EXPECT_THAT(lines_of(all), testing::SizeIs(2002));
  for (const char* name : {"User 0 ", "User 1000 ", "User 2000 "})
    EXPECT_THAT(all, HasSubstr(name));
  EXPECT_THAT(service.output({"users", "list", "--json"}), HasSubstr("\"hasMore\": false"));
}

TEST(AdminRooms, AreMadeAndChangedByOneCommand) {
  Service service;
  EXPECT_THAT(service.output({"rooms", "set", "Radio"}), HasSubstr("open"));
  service.output({"rooms", "set", "Radio", "--mode", "ptt", "--talk-limit-s", "20", "--no-queue",
                  "--max-tier", "peril", "--preempt-by-level", "--cap", "50", "--locked"});
  const auto room = [&] { return *service.house().directory.find_room("Radio"); };
  EXPECT_EQ(room().policy.mode(), floor::PTT);
  EXPECT_EQ(room().policy.talk_limit_ms(), 20'000U);
  EXPECT_TRUE(room().policy.has_queues());
  EXPECT_FALSE(room().policy.queues());
  EXPECT_TRUE(room().policy.preempts_by_level());
  EXPECT_EQ(room().policy.max_tier(), floor::PERIL);
  EXPECT_EQ(room().cap, 50U);
  EXPECT_TRUE(room().is_locked);
  EXPECT_THAT(service.output({"rooms", "show", "Radio"}),
              testing::AllOf(HasSubstr("talk_limit_ms:    20000\n"), HasSubstr("locked\n")));
  service.output({"rooms", "set", "Radio", "--defaults", "--mode", "open", "--talkers", "6"});
  EXPECT_FALSE(room().policy.has_talk_limit_ms());
  EXPECT_EQ(room().policy.talkers(), 6U);
  EXPECT_EQ(room().cap, 50U) << "is no rule of the floor";
  service.output({"rooms", "set", id_text(room().id.value), "--no-locked", "--opens", "1h"});
  EXPECT_FALSE(room().is_locked);
  EXPECT_EQ(room().open.from, kMonday + kHour);
  EXPECT_THAT(service.output({"rooms", "list"}), HasSubstr("open  Radio"));
  service.output({"rooms", "remove", "Radio"});
  EXPECT_EQ(service.house().directory.find_room("Radio"), nullptr);
}

TEST(AdminRooms, KnowNoRulesThatDoNotGoTogether) {
  Service service;
  for (const Words& refused : std::vector<Words>{{"--mode", "ptt", "--talkers", "3"},
                                                 {"--mode", "multi", "--talkers", "5"},
                                                 {"--mode", "broadcast"},
                                                 {"--mode", "ptt", "--initiator", "1"}}) {
    Words words{"rooms", "set", "Radio"};
    words.insert(words.end(), refused.begin(), refused.end());
    const Ran ran = service.run(words);
    EXPECT_EQ(ran.exit, Exit::refused) << ran.errors;
    EXPECT_THAT(ran.errors, StartsWith("parley-admin: "));
  }
  EXPECT_EQ(service.house().directory.find_room("Radio"), nullptr);
}

TEST(AdminMembers, AreSetListedAndRemoved) {
  Service service;
  service.house().user("Ada");
  service.house().room("Radio");
  service.output({"members", "set", "Radio", "Ada", "--role", "dispatcher", "--tier", "command",
                  "--level", "7"});
  service.output({"members", "set", "Radio", "Ada", "--no-may-talk", "--until", "2d"});
  const auto member = [&] {
    return service.house().directory.members_of(service.house().directory.find_room("Radio")->id);
  };
  ASSERT_EQ(member().size(), 1U);
  EXPECT_EQ(member()[0].rights.role, floor::DISPATCHER);
  EXPECT_EQ(member()[0].rights.max_level, 7);
  EXPECT_FALSE(member()[0].rights.may_talk);
  EXPECT_EQ(member()[0].validity.until, kMonday + 48 * kHour);
  EXPECT_THAT(service.output({"members", "list", "--room", "Radio"}), HasSubstr("Radio  Ada"));
  EXPECT_THAT(service.output({"members", "list", "--user", "Ada"}), HasSubstr("dispatcher"));
  EXPECT_THAT(service.output({"users", "show", "Ada"}), HasSubstr("Radio  Ada"));
  service.output({"members", "remove", "Radio", "Ada"});
  EXPECT_TRUE(member().empty());
  EXPECT_EQ(run_alone({"members", "list"}).exit, Exit::usage) << "of whom?";
}

TEST(AdminDevices, AreApprovedAndRevoked) {
  Service service;
  const UserId ada = service.house().user("Ada");
  const DeviceId first = service.house().enrol(service.house().link(ada), 1).value();
  const DeviceId second = service.house().enrol(service.house().link(ada), 2).value();
  service.live().online.insert(first);
  EXPECT_THAT(service.output({"devices", "list", "--user", "Ada", "--state", "active"}),
              testing::AllOf(HasSubstr("phone  active  yes"), Not(HasSubstr("pending"))));
  EXPECT_THAT(service.output({"devices", "approve", id_text(second.value)}), HasSubstr("active"));
  EXPECT_THAT(service.output({"devices", "revoke", std::to_string(first.value)}),
              HasSubstr("revoked"));
  EXPECT_THAT(lines_of(service.output({"devices", "list"})), testing::SizeIs(3));
  EXPECT_EQ(run_alone({"devices", "revoke", "phone"}).exit, Exit::usage);
}

TEST(AdminLinks, AreForOneDeviceOfSomebody) {
  Service service;
  const UserId ada = service.house().user("Ada");
  const std::string link = service.output({"enrol", "Ada", "--lifetime", "30m"});
  EXPECT_THAT(link, testing::MatchesRegex("https://radio.example.org/#e=[A-Za-z0-9_-]{22}\n"));
  EXPECT_THAT(service.output({"enrol", "Ada", "--url", "https://b.example:1"}),
              StartsWith("https://b.example:1/#e="));
  EXPECT_THAT(service.output({"enrol", "Ada", "--lifetime-s", "60", "--json"}),
              HasSubstr("\"until\": \"1800000060\""));
  EXPECT_EQ(run_alone({"enrol", "Ada", "--lifetime", "366d"}).exit, Exit::usage);
  EXPECT_EQ(service.run({"enrol", "Nobody"}).exit, Exit::refused);
  EXPECT_NE(service.house().directory.find(ada), nullptr);
}

TEST(AdminInvite, MakesGuestsWithRightsInSeveralRooms) {
  Service service;
  service.house().room("Radio");
  const std::string link =
      service.output({"invite", "--room", "Radio", "--room", "Lobby", "--create-room", "--role",
                      "dispatcher", "--role", "listener", "--tier", "command", "--name", "Ada"});
  EXPECT_THAT(link, StartsWith("https://radio.example.org/#e="));
  const auto& directory = service.house().directory;
  const signaling::User& ada = *directory.find_user("Ada");
  EXPECT_TRUE(ada.is_guest);
  const auto members = directory.memberships_of(ada.id);
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0].room, directory.find_room("Radio")->id);
  EXPECT_EQ(members[0].rights.role, floor::DISPATCHER);
  EXPECT_EQ(members[1].rights.role, floor::LISTENER);
  EXPECT_FALSE(members[1].rights.may_talk);
  EXPECT_EQ(members[1].rights.max_tier, floor::COMMAND) << "one value is for all rooms";
}

TEST(AdminInvite, MakesSeveralLinksAtOnce) {
  Service service;
  service.house().room("Lobby");
  const auto links = lines_of(service.output({"invite", "--room", "Lobby", "--count", "3"}));
  EXPECT_THAT(links, testing::SizeIs(3));
  EXPECT_THAT(links, testing::Each(StartsWith("https://radio.example.org/#i=")));
  EXPECT_NE(links[0], links[1]);
}

TEST(AdminInvite, RefusesANameThatIsTaken) {
  Service service;
  service.house().room("Lobby");
  service.output({"invite", "--room", "Lobby", "--name", "Ada"});
  const Ran again = service.run({"invite", "--room", "Lobby", "--name", "Ada"});
  EXPECT_EQ(again.exit, Exit::refused);
  EXPECT_THAT(again.errors, HasSubstr("name is taken"));
  const Ran json = service.run({"--json", "invite", "--room", "Lobby", "--name", "Ada"});
  EXPECT_EQ(json.exit, Exit::refused);
  EXPECT_THAT(json.out, HasSubstr("\"code\": \"already_exists\""));
  EXPECT_EQ(service.run({"invite", "--room", "Attic"}).exit, Exit::refused) << "no such room";
}

TEST(AdminInvite, RefusesWrongUsageBeforeItAsks) {
  for (const Words& wrong : std::vector<Words>{
           {},
           {"--room", "A", "--role", "king"},
           {"--room", "A", "--tier", "highest"},
           {"--room", "A", "--level", "16"},
           {"--room", "A", "--count", "0"},
           {"--room", "A", "--room", "B", "--room", "C", "--role", "chair", "--role", "talker"},
           {"--room", "A", "--until", "tomorrow"},
           {"--room", "A", "--lifetime", "8h", "--lifetime-s", "60"}}) {
    Words words{"invite"};
    words.insert(words.end(), wrong.begin(), wrong.end());
    const Ran ran = run_alone(words);
    EXPECT_EQ(ran.exit, Exit::usage) << ran.errors;
    EXPECT_NE(ran.errors, "");
  }
  Service service;
  const Ran long_name = service.run({"users", "create", std::string(65, 'x')});
  EXPECT_EQ(long_name.exit, Exit::usage);
  EXPECT_THAT(long_name.errors, HasSubstr("64"));
}

TEST(AdminMissions, BeginShowAndEnd) {
  Service service;
  service.house().user("Ada");
  service.house().user("Eva");
  service.output({"missions", "create", "Storm", "--user", "Ada", "--user", "Eva", "--room", "Deck",
                  "--create-room", "--until", "2d"});
  EXPECT_THAT(service.output({"missions", "list"}), HasSubstr("Storm  open"));
  EXPECT_THAT(service.output({"missions", "show", "Storm"}),
              testing::AllOf(HasSubstr("Deck  Ada"), HasSubstr("Deck  Eva")));
  EXPECT_THAT(service.output({"missions", "end", "Storm"}),
              StartsWith("ended Storm; devices revoked: 0\n"));
  EXPECT_THAT(service.output({"missions", "list"}), HasSubstr("Storm  ended"));
}

TEST(AdminEvents, AreListedOverManyPages) {
  Service service;
  for (int i = 1; i <= 2500; ++i) service.house().user("User " + std::to_string(i));
  const auto all = lines_of(service.output({"events"}));
  ASSERT_EQ(all.size(), 2500U);
  EXPECT_THAT(all[0], StartsWith("1 2027-01-15T08:00:00Z user-created user=0x"));
  EXPECT_THAT(all[2499], StartsWith("2500 "));
  EXPECT_THAT(lines_of(service.output({"events", "--last", "2"})),
              ElementsAre(StartsWith("2499 "), StartsWith("2500 ")));
  EXPECT_THAT(lines_of(service.output({"events", "--after", "10", "--limit", "1"})),
              ElementsAre(StartsWith("11 ")));
  EXPECT_THAT(lines_of(service.output({"events", "--limit", "1500", "--json"})),
              testing::AllOf(testing::SizeIs(1500), testing::Each(StartsWith("{\"number\":\""))));
  EXPECT_THAT(service.output({"events", "--verify"}), StartsWith("events: 2500, "));
}

TEST(AdminEvents, TellWhereTheChainIsBroken) {
  Service service;
  for (int i = 1; i <= 3; ++i) service.house().user("User " + std::to_string(i));
  service.hide_event(2);
  const Ran ran = service.run({"events", "--verify"});
  EXPECT_EQ(ran.exit, Exit::broken);
  EXPECT_THAT(ran.errors, HasSubstr("event 3 does not follow"));
  const Ran json = service.run({"events", "--verify", "--json"});
  EXPECT_EQ(json.exit, Exit::broken);
  EXPECT_THAT(lines_of(json.out), testing::SizeIs(2));
}

TEST(AdminStatus, CountsWhoIsThere) {
  Service service;
  service.house().user("Ada", {.is_admin = true});
  EXPECT_THAT(service.output({"status"}), testing::AllOf(HasSubstr("organisation:     Example\n"),
                                                         HasSubstr("administrators:   1\n")));
  EXPECT_THAT(service.output({"status", "--json"}), HasSubstr("\"administrators\": 1"));
}

TEST(AdminProgram, SaysThatNoServiceIsThere) {
  const parley::test::TemporaryDirectory directory;
  const std::string socket = (directory.path() / "x.sock").string();
  const Ran ran = run_alone({"status", "--socket", socket});
  EXPECT_EQ(ran.exit, Exit::unreachable);
  EXPECT_THAT(ran.errors,
              HasSubstr(socket + ": nobody listens there; is parley-signaling running?"));
}

TEST(AdminProgram, FindsTheSocketByTheConfiguration) {
  Service service;
  const auto write = [&](const char* text) { std::ofstream(service.file("s.yaml")) << text; };
  const Words status{"status", "--config", service.file("s.yaml").string()};
  write("admin: {socket: elsewhere.sock}\n");
  EXPECT_THAT(run_alone(status).errors, HasSubstr(service.file("elsewhere.sock").string()));
  write("admin: {sucket: x}\n");
  const Ran wrong = run_alone(status);
  EXPECT_EQ(wrong.exit, Exit::file);
  EXPECT_THAT(wrong.errors, HasSubstr("s.yaml:1: 'admin.sucket' is not a known key"));
  EXPECT_EQ(run_alone({"status", "--config", "a", "--socket", "b"}).exit, Exit::usage);
}

TEST(AdminProgram, HelpsAndNamesItsVersion) {
  EXPECT_EQ(run_alone({"--version"}).out, "parley-admin 1.2.3\n");
  EXPECT_THAT(run_alone({"--help"}).out, testing::AllOf(HasSubstr("missions"), HasSubstr("5 the")));
  EXPECT_EQ(run_alone({"rooms", "set", "--help"}).exit, Exit::ok);
  for (const Words& wrong : std::vector<Words>{{},
                                               {"dance"},
                                               {"members"},
                                               {"users", "list", "x"},
                                               {"rooms", "set"},
                                               {"rooms", "set", "A", "--mode", "x"},
                                               {"rooms", "set", "A", "--talk-limit-s", "3601"}}) {
    EXPECT_EQ(run_alone(wrong).exit, Exit::usage);
  }
  EXPECT_THAT(run_alone({"roles"}).out,
              testing::AllOf(HasSubstr("dispatcher"), HasSubstr("cut-in")));
  EXPECT_THAT(run_alone({"roles", "--json"}).out, HasSubstr("\"roles\": [\"talker\", "));
}

}  // namespace
}  // namespace parley::admin_cli
