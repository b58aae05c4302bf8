// An administrator's desk over a directory that is stored as a service would store it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "signaling/admin/admin_desk.hpp"
#include "tests/unit/directory/house.hpp"

namespace parley::signaling::test {

// Who is here, as the test says.
struct Presence final : LiveView {
  [[nodiscard]] bool is_online(DeviceId device) const override { return online.contains(device); }
  [[nodiscard]] std::uint32_t present(RoomId room) const override {
    const auto found = inside.find(room);
    return found == inside.end() ? 0 : found->second;
  }
  std::set<DeviceId> online;
  std::map<RoomId, std::uint32_t> inside;
};

inline AdminDefaults some_defaults() {
  return {.public_url = "https://radio.example.org",
          .organisation = "Example",
          .authority_fingerprint = {1, 2, 3},
          .link_life = kHour,
          .guest_life = 2 * kHour};
}

class Office : public testing::Test {
 protected:
  // A refusal leaves nothing behind.
  admin::Answer ask(const admin::Request& request) {
    Draft draft;
    admin::Answer answer = desk_.handle(request, house_.actor(), live_, draft);
    if (answer.has_refused()) {
      house_.directory.undo(draft);
    } else {
      house_.keep(draft);
    }
    return answer;
  }
  // The code word of the refusal; empty: it was not refused.
  std::string refusal(const admin::Request& request) {
    admin::Answer answer = ask(request);
    if (answer.has_refused()) {
      EXPECT_FALSE(answer.refused().sentence().empty());
    }
    return answer.refused().code();
  }

  Directory& directory() { return house_.directory; }
  static std::uint64_t seconds(WallTime time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
  }

  House house_;
  Presence live_;
  AdminDesk desk_{house_.directory, some_defaults()};
};

}  // namespace parley::signaling::test
