#include "protocol/doc.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace parley::protocol {
namespace {

using testing::HasSubstr;

const std::filesystem::path kRoot = PARLEY_SOURCE_DIR;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<std::string> reference() {
  const std::string schema = read_file(PARLEY_SCHEMA);
  return write_reference(as_bytes(schema), read_file(kRoot / "protocol/doc_intro.md"));
}

TEST(Reference, TheCommittedPageIsWhatTheSchemaSays) {
  const auto page = reference();
  ASSERT_TRUE(page.has_value()) << page.error().message;
  EXPECT_TRUE(read_file(kRoot / "docs/protocol.md") == *page)
      << "docs/protocol.md is out of date; write it anew:\n"
         "  ninja -C build/dev protocol_reference";
}

TEST(Reference, GivesEachFieldItsTypeLimitAndMeaning) {
  const auto page = reference();
  ASSERT_TRUE(page.has_value());
  EXPECT_THAT(*page, HasSubstr("| `ice_pwd` = 2 | string | 22 to 256 bytes |"));
  EXPECT_THAT(*page, HasSubstr("| `min_version` = 1 | uint32 | 1 to 65535 |"));
  EXPECT_THAT(*page, HasSubstr("| `dtls_fingerprint` = 3 | bytes | 32 bytes | SHA-256 of the"));
  EXPECT_THAT(*page,
              HasSubstr("| `slot_ssrcs` = 7 | repeated uint32 | at most 20 items; each an id"));
  EXPECT_THAT(*page, HasSubstr("| `room` = 1 | [api.RoomInfo](#apiroominfo) |"));
  EXPECT_THAT(*page, HasSubstr("| `INVITATION_USED` | 8 |"));
  EXPECT_THAT(*page, HasSubstr("### control.Ping\n\nNo fields."));
  EXPECT_THAT(*page, HasSubstr("### floor.Mode\n\n| value"));
  EXPECT_THAT(*page, HasSubstr("| `end_of_media_ms` = 9 | optional uint32 | 200 to 10000 |"));
  EXPECT_THAT(*page, HasSubstr("| `floor` = 11 | [floor.Request](#floorrequest) |"));
}

TEST(Reference, NeedsTheWholeSchema) {
  for (const std::string& schema :
       {std::string(), std::string("not a schema"), read_file(PARLEY_SCHEMA).substr(0, 1000)}) {
    const auto page = write_reference(as_bytes(schema), "# Intro\n");
    ASSERT_FALSE(page.has_value());
    EXPECT_EQ(page.error().message, "This is not the compiled schema of the protocol.");
  }
}

}  // namespace
}  // namespace parley::protocol
