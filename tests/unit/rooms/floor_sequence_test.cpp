#include "signaling/rooms/floor_sequence.hpp"

#include <gtest/gtest.h>

namespace parley::signaling {
namespace {

TEST(FloorSequence, CountsEachStateOnce) {
  FloorSequence sequence;
  EXPECT_TRUE(sequence.on_event(100, 1).is_change);
  EXPECT_FALSE(sequence.on_event(100, 1).is_change) << "a second message about the same state";
  const FloorSequence::Step next = sequence.on_event(100, 2);
  EXPECT_TRUE(next.is_change);
  EXPECT_EQ(next.missed, 0U);
}

TEST(FloorSequence, CountsWhatWasMissed) {
  FloorSequence sequence;
  (void)sequence.on_event(100, 7);
  EXPECT_EQ(sequence.on_event(100, 10).missed, 2U);
  EXPECT_EQ(sequence.on_event(100, 11).missed, 0U);
}

TEST(FloorSequence, BeginsAnywhere) {
  FloorSequence sequence;
  EXPECT_EQ(sequence.on_event(100, 50).missed, 0U) << "nobody was there to be told";
}

TEST(FloorSequence, BeginsAnewWithALaterTerm) {
  FloorSequence sequence;
  (void)sequence.on_event(100, 50);
  const FloorSequence::Step step = sequence.on_event(101, 3);
  EXPECT_TRUE(step.is_change);
  EXPECT_EQ(step.missed, 0U);
}

TEST(FloorSequence, DoesNotGoBack) {
  FloorSequence sequence;
  (void)sequence.on_event(100, 50);
  EXPECT_FALSE(sequence.on_event(99, 60).is_change);
  EXPECT_FALSE(sequence.on_event(100, 49).is_change);
  EXPECT_EQ(sequence.on_event(100, 51).missed, 0U);
}

}  // namespace
}  // namespace parley::signaling
