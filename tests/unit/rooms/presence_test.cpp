#include "signaling/rooms/presence.hpp"

#include <gtest/gtest.h>

namespace parley::signaling {
namespace {

using std::chrono::seconds;

constexpr Timestamp at(int second) { return Timestamp(seconds(second)); }
constexpr Duration kGrace = seconds(4);

TEST(Presence, LastsWhileThereIsASignOfLife) {
  Presence presence(at(0));
  presence.on_signaling_up();
  EXPECT_EQ(presence.gone_at(kGrace), kNever);
  presence.on_media_alive();
  presence.on_signaling_lost(at(10));
  EXPECT_EQ(presence.gone_at(kGrace), kNever);
  EXPECT_FALSE(presence.has_signaling());
  EXPECT_TRUE(presence.has_media());
}

TEST(Presence, EndsOneGraceAfterTheLastOfBoth) {
  Presence presence(at(0));
  EXPECT_EQ(presence.gone_at(kGrace), at(4));
  presence.on_signaling_up();
  presence.on_signaling_lost(at(10));
  EXPECT_EQ(presence.gone_at(kGrace), at(14));
}

TEST(Presence, CountsASilenceFromItsBeginning) {
  Presence presence(at(0));
  presence.on_media_alive();
  presence.on_signaling_lost(at(10));
  presence.on_media_lost(at(10));  // told at 13
  EXPECT_EQ(presence.gone_at(kGrace), at(14));
}

TEST(Presence, IsNotProlongedByASecondLoss) {
  Presence presence(at(0));
  presence.on_signaling_lost(at(3));
  presence.on_media_lost(at(9));
  EXPECT_EQ(presence.gone_at(kGrace), at(4));
}

}  // namespace
}  // namespace parley::signaling
