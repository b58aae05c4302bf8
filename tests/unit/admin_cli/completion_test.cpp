// What a shell offers, asked of a real one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/unit/admin_cli/service.hpp"

namespace parley::admin_cli {
namespace {

using test::run_alone;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

class Completion : public testing::Test {
 protected:
  Completion() {
    std::ofstream(directory_.path() / "completion") << run_alone({"completion", "bash"}).out;
  }
  // `words` is what stands on the command line so far, the last one unfinished.
  [[nodiscard]] std::vector<std::string> offered(const std::string& words) const {
    const std::string script = "set -eu; source " + (directory_.path() / "completion").string() +
                               "; COMP_WORDS=(parley-admin " + words +
                               "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _parley_admin; "
                               "printf \"%s\\n\" \"${COMPREPLY[@]}\"";
    std::FILE* shell = ::popen(("bash -c '" + script + "'").c_str(), "r");
    std::string text;
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), shell) != nullptr) text += buffer.data();
    EXPECT_EQ(::pclose(shell), 0) << words;
    std::vector<std::string> all;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) all.push_back(line);
    return all;
  }

  parley::test::TemporaryDirectory directory_;
};

TEST_F(Completion, OffersCommandsAndTheirOptions) {
  EXPECT_THAT(offered("\"\""), AllOf(Contains("users"), Contains("status"), Contains("--json")));
  EXPECT_THAT(offered("use"), ElementsAre("users"));
  EXPECT_THAT(offered("rooms \"\""), AllOf(Contains("set"), Not(Contains("users"))));
  EXPECT_THAT(offered("--json rooms set Radio --talk"),
              AllOf(Contains("--talk-limit-s"), Contains("--talkers")));
  EXPECT_THAT(offered("members list --r"), ElementsAre("--room"));
}

TEST_F(Completion, OffersTheWordsOfAnOption) {
  EXPECT_THAT(offered("rooms set Radio --mode cu"), ElementsAre("cut-in"));
  EXPECT_THAT(offered("invite --room A --role dis"), ElementsAre("dispatcher"));
  EXPECT_THAT(offered("invite --room A --tier p"), ElementsAre("priority", "peril"));
}

TEST_F(Completion, IsForBashAndZsh) {
  EXPECT_THAT(run_alone({"completion", "zsh"}).out, testing::HasSubstr("bashcompinit"));
  EXPECT_EQ(run_alone({"completion", "fish"}).exit, Exit::usage);
}

}  // namespace
}  // namespace parley::admin_cli
