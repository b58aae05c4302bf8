// A transaction that has not the shape of its tables is a mistake of ours, in every engine.
#include <gtest/gtest.h>

#include "tests/unit/store/sample_rows.hpp"

namespace parley::signaling {
namespace {

using namespace parley::test;

TEST(Changes, HaveTheColumnsOfTheirTable) {
  EXPECT_TRUE(check_changes({put_user(user_row(1, "Ann"))}));
  Row row = user_row(1, "Ann");
  row.pop_back();
  EXPECT_DEATH(static_cast<void>(check_changes({put_user(row)})), "");
  EXPECT_DEATH(static_cast<void>(check_changes({put_user(room_row(1, "Deck", {1}))})), "");
  EXPECT_DEATH(static_cast<void>(check_changes({remove(tables::kUsers, row)})), "");
}

TEST(Changes, RemoveNothingThatIsAppendOnly) {
  EXPECT_TRUE(check_changes({put_event(event_row(1))}));
  EXPECT_DEATH(static_cast<void>(check_changes({remove(tables::kEvents, {number(1)})})), "");
}

TEST(Tables, AreFoundByTheirName) {
  EXPECT_EQ(find_table("stays"), &tables::kStays);
  EXPECT_EQ(find_table("commits"), nullptr);
}

}  // namespace
}  // namespace parley::signaling
