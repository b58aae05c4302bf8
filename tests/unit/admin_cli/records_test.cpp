// What one service exports another one imports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/unit/admin_cli/service.hpp"

namespace parley::admin_cli {
namespace {

using test::Ran;
using test::Service;
using testing::HasSubstr;

void furnish(Service& service) {
  service.house().user("Ada", {.is_admin = true});
  service.output({"rooms", "set", "Radio", "--mode", "ptt"});
  service.output({"members", "set", "Radio", "Ada", "--role", "chair"});
}

TEST(AdminRecords, MoveToAnotherService) {
  Service from;
  furnish(from);
  for (int i = 0; i < 5000; ++i) from.house().user("User " + std::to_string(i));
  const std::string file = from.file("all.json").string();
  EXPECT_EQ(from.output({"export", file}), "");
  struct stat found{};
  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600U);
  Service to;
  EXPECT_THAT(to.output({"import", file, "--json"}),
              testing::AllOf(HasSubstr("\"users\": 5001"), HasSubstr("\"memberships\": 1")));
  const auto& directory = to.house().directory;
  EXPECT_EQ(directory.find_room("Radio")->policy.mode(), floor::PTT);
  EXPECT_EQ(directory.users(), from.house().directory.users());
  EXPECT_EQ(directory.memberships_of(directory.find_user("Ada")->id),
            from.house().directory.memberships_of(directory.find_user("Ada")->id));
  EXPECT_THAT(to.output({"import", file, "--json"}), HasSubstr("\"users\": 0")) << "already there";
}

TEST(AdminRecords, GoThroughPipes) {
  Service from;
  furnish(from);
  const std::string text = from.output({"export"});
  Service to;
  EXPECT_THAT(to.output({"import"}, text), HasSubstr("USERS"));
  EXPECT_EQ(to.output({"export", "-"}), text);
}

TEST(AdminRecords, ComeInSeveralRequestsWhereOneIsTooSmall) {
  Service to;
  std::string text = "{\"users\": [";
  constexpr int kUsers = 36'000;  // of some 120 bytes: more than one frame may have
  for (int i = 1; i <= kUsers; ++i) {
    const std::string number = std::to_string(100'000 + i);
    text += (i > 1 ? ",{" : "{") + std::string("\"userId\":\"") + number + "\",\"name\":\"" +
            std::string(50, 'n') + number + "\",\"delegation\":\"" + std::string(50, 'd') +
            "\",\"created\":\"1\"}";
  }
  EXPECT_THAT(to.output({"import", "--json"}, text + "]}"), HasSubstr("\"users\": 36000"));
  EXPECT_EQ(to.house().directory.users().size(), static_cast<std::size_t>(kUsers));
}

TEST(AdminRecords, AreRefusedWhereTheyAreNone) {
  Service service;
  for (const char* text : {"", "[]", "{\"colour\": 1}", "{\"users\": [{\"name\": 7}]}"}) {
    const Ran ran = service.run({"import"}, text);
    EXPECT_EQ(ran.exit, Exit::file) << text;
    EXPECT_THAT(ran.errors, HasSubstr("-: is not what 'export' writes")) << text;
  }
  EXPECT_EQ(service.run({"import", service.file("none").string()}).exit, Exit::file);
  EXPECT_EQ(service.run({"export", service.file("none/below").string()}).exit, Exit::file);
  EXPECT_EQ(service.run({"import"}, "{\"users\": [{\"userId\": \"1\", \"name\": \"\"}]}").exit,
            Exit::usage);
}

}  // namespace
}  // namespace parley::admin_cli
