#include "signaling/audit/event.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace parley::signaling {
namespace {

std::string hex(const EventHash& hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : hash) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text;
}

Event first() {
  return {.number = 1,
          .at = WallTime(std::chrono::seconds(1'800'000'000)),
          .kind = EventKind::membership_set,
          .actor = DeviceId{2},
          .user = UserId{3},
          .device = DeviceId{4},
          .room = RoomId{5},
          .mission = MissionId{6},
          .code = 7,
          .detail = "käse"};
}

// Computed from docs/identity.md by another program.
TEST(Event, ChainsAsTheDocumentSays) {
  const EventHash one = chain({}, first());
  EXPECT_EQ(hex(one), "ec16a575f387700585fc89228339afaac45556cdf41a594bd2e60e5e23f55512");
  const Event second{.number = 2,
                     .at = WallTime(std::chrono::microseconds(1'800'000'000'000'001)),
                     .kind = EventKind::login};
  EXPECT_EQ(hex(chain(one, second)),
            "8b13e98f3485f2e26418608846bc471b61beb4f21bb8b4533c1db638aaccee25");
}

TEST(Event, ChainsEveryFieldAndTheHashBefore) {
  const EventHash one = chain({}, first());
  EXPECT_NE(chain({1}, first()), one);
  const std::function<void(Event&)> changes[] = {
      [](Event& event) { event.number = 2; },
      [](Event& event) { event.at += std::chrono::microseconds(1); },
      [](Event& event) { event.kind = EventKind::membership_removed; },
      [](Event& event) { event.actor = {}; },
      [](Event& event) { event.user = {}; },
      [](Event& event) { event.device = {}; },
      [](Event& event) { event.room = {}; },
      [](Event& event) { event.mission = {}; },
      [](Event& event) { event.code = 0; },
      [](Event& event) { event.detail += " "; },
  };
  for (const auto& change : changes) {
    Event event = first();
    change(event);
    EXPECT_NE(chain({}, event), one);
  }
}

}  // namespace
}  // namespace parley::signaling
