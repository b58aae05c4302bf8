// parley-admin before a real administrator's desk, with a real socket between them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "admin/program.hpp"
#include "net/loop.hpp"
#include "signaling/server/admin_socket.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/admin/office.hpp"

namespace parley::admin_cli::test {

struct Ran {
  Exit exit;
  std::string out;
  std::string errors;
};

// The command line itself, without a service.
[[nodiscard]] Ran run_alone(std::vector<std::string> arguments, const std::string& input = "");

class Service final : public signaling::test::Office {
 public:
  Service();

  // Runs parley-admin in another thread while this one serves it.
  [[nodiscard]] Ran run(std::vector<std::string> arguments, const std::string& input = "");
  // What it prints; the test fails unless it exits with 0.
  std::string output(std::vector<std::string> arguments, const std::string& input = "");

  signaling::test::House& house() { return house_; }
  signaling::test::Presence& live() { return live_; }
  // As if somebody had taken it out of the store.
  void hide_event(std::uint64_t number) { hidden_ = number; }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const {
    return directory_.path() / name;
  }

 private:
  void TestBody() override {}  // only its members are wanted
  [[nodiscard]] admin::Answer answer(const admin::Request& request);

  parley::test::TemporaryDirectory directory_;
  std::uint64_t hidden_ = 0;
  net::Loop loop_;
  std::unique_ptr<signaling::AdminSocket> socket_;
};

}  // namespace parley::admin_cli::test
