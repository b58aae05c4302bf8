#include "signaling/identity/display_name.hpp"

#include <gtest/gtest.h>

namespace parley::signaling {
namespace {

TEST(DisplayName, MayBeInAnyScriptOrEmpty) {
  for (const char* name : {"", "Ann", "Zoë van 't Hof", "Дмитрий", "李雷", "👩‍🚀"}) {
    EXPECT_TRUE(is_display_name(name)) << name;
  }
}

TEST(DisplayName, MayHave64BytesAndNot65) {
  EXPECT_TRUE(is_display_name(std::string(64, 'x')));
  EXPECT_FALSE(is_display_name(std::string(65, 'x')));
}

TEST(DisplayName, HasNoControlCharacters) {
  for (const char* name : {"a\nb", "a\tb", "\x7f", "\xc2\x85", "\xe2\x80\xa8"}) {
    EXPECT_FALSE(is_display_name(name));
  }
  EXPECT_FALSE(is_display_name(std::string_view("a\0b", 3)));
}

TEST(DisplayName, CannotTurnTheTextAroundIt) {
  for (const char* name : {"\xe2\x80\xae"
                           "evil",
                           "\xe2\x81\xa6"
                           "x",
                           "\xe2\x80\x8f"}) {
    EXPECT_FALSE(is_display_name(name));
  }
}

TEST(DisplayName, IsRealUtf8) {
  // A lone continuation, a cut sequence, an overlong slash, a surrogate, beyond the last code
  // point.
  for (const char* name :
       {"\x80", "\xe2\x82", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe2(\xa1"}) {
    EXPECT_FALSE(is_display_name(name));
  }
}

}  // namespace
}  // namespace parley::signaling
