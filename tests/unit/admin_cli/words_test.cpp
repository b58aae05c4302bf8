// What stands on a command line and in a table: times, ids, names.
#include <gtest/gtest.h>

#include "admin/names.hpp"
#include "admin/table.hpp"
#include "admin/times.hpp"

namespace parley::admin_cli {
namespace {

using std::chrono::seconds;

constexpr WallTime kNow{seconds(1'000'000)};

TEST(AdminTimes, ReadsDurations) {
  const std::pair<const char*, std::int64_t> good[] = {
      {"90s", 90}, {"30m", 1800}, {"8h", 28800}, {"2d", 172800}, {"1h30m", 5400}, {"2w", 1209600}};
  for (const auto& [text, expected] : good) {
    EXPECT_EQ(parse_duration(text).value_or(seconds(-1)), seconds(expected)) << text;
  }
  for (const char* bad : {"", "0s", "8", "h", "8h5", "-8h", "8 h", "8y", "1.5h", "4294967296s",
                          "36526d", "9999999w"}) {
    EXPECT_FALSE(parse_duration(bad).has_value()) << bad;
  }
}

TEST(AdminTimes, ReadsMoments) {
  const std::pair<const char*, std::uint64_t> good[] = {
      {"never", 0},
      {"8h", 1'028'800},
      {"2026-11-22", 1'795'305'600},
      {"2026-11-22T09:30", 1'795'339'800},
      {"2026-11-22 09:30", 1'795'339'800},
      {"2026-11-22T09:30:05Z", 1'795'339'805},
      {"2026-11-22T09:30+02:00", 1'795'332'600},
      {"2026-11-22T09:30-02:00", 1'795'347'000},
      {"2028-02-29", 1'835'395'200},
      {"9999-12-31T23:59:59Z", 253'402'300'799},
  };
  for (const auto& [text, expected] : good) {
    EXPECT_EQ(parse_moment(text, kNow).value_or(1), expected) << text;
  }
  for (const char* bad : {"", "now", "2026-13-01", "2026-02-30", "2026-1-1", "2026-11-22T24:00",
                          "2026-11-22T09", "2026-11-22T09:30:61", "2026-11-22T09:30+2",
                          "2026-11-22T09:30Zx", "1970-01-01", "22.11.2026", "2026-11-22T"}) {
    EXPECT_FALSE(parse_moment(bad, kNow).has_value()) << bad;
  }
}

TEST(AdminTimes, WritesWhatItReads) {
  EXPECT_EQ(moment_text(0), "-");
  for (const char* text :
       {"2026-11-22T09:30:05Z", "1970-01-01T00:00:01Z", "9999-12-31T23:59:59Z"}) {
    EXPECT_EQ(moment_text(parse_moment(text, kNow).value()), text);
  }
}

TEST(AdminNames, TellsIdsFromNames) {
  EXPECT_EQ(parse_ref("0x00000000000000ff")->id(), 255U);
  EXPECT_EQ(parse_ref("id:255")->id(), 255U);
  for (const char* name : {"255", "0xff", "Lobby", "0x00000000000000fg", "0x00000000000000ff0"}) {
    EXPECT_EQ(parse_ref(name)->name(), name);
    EXPECT_EQ(parse_ref(name)->id(), 0U);
  }
  for (const char* bad : {"", "id:", "id:x", "id:0", "0x0000000000000000"}) {
    EXPECT_FALSE(parse_ref(bad).has_value()) << bad;
  }
  EXPECT_EQ(parse_id("18446744073709551615").value_or(0), 0xFFFFFFFFFFFFFFFFU);
  EXPECT_EQ(parse_id(id_text(0xFFFFFFFFFFFFFFFFU)).value_or(0), 0xFFFFFFFFFFFFFFFFU);
  for (const char* bad : {"", "0", "-1", "18446744073709551616", "phone"}) {
    EXPECT_FALSE(parse_id(bad).has_value()) << bad;
  }
  EXPECT_EQ(id_text(0), "-");
}

TEST(AdminNames, ShowsTheDigitsThatPeopleCompare) {
  EXPECT_EQ(digits_text(std::string("\0\0\0\1rest", 8)), "0000 0001");
  EXPECT_EQ(digits_text("\xff\xff\xff\xff"), "9496 7295");
  EXPECT_EQ(hex_text(std::string("\0\xab", 2)), "00ab");
}

TEST(AdminTable, AlignsCharactersNotBytes) {
  Table table{"A", "B"};
  table.add({"Zoë", "1"});
  table.add({"Anna", ""});
  EXPECT_EQ(table.text(), "A     B\nZoë   1\nAnna  -\n");
}

TEST(AdminTable, GivesNoOrdersToATerminal) {
  EXPECT_EQ(harmless("a\x1b[2Jb\r\nc\x7f"), "a?[2Jb??c?");
  EXPECT_EQ(harmless("\xc2\x9b"
                     "31m \xc2\xa0 Zo\xc3\xab"),
            "?31m \xc2\xa0 Zo\xc3\xab");
}

}  // namespace
}  // namespace parley::admin_cli
