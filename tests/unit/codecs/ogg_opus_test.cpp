#include "codecs/ogg_opus.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "codecs/opus.hpp"
#include "tests/unit/codecs/ogg_writer.hpp"

namespace parley::codecs {
namespace {

using Packet = std::vector<std::uint8_t>;

// A valid packet: CELT, 20 ms, one frame of three bytes that names it.
Packet audio(std::uint8_t number) { return {0xf8, number, 0, 0}; }

// The headers and three packets of audio.
void write_recording(OggWriter& writer) {
  writer.add(opus_head(1, 1, 0));
  writer.add(opus_tags());
  writer.add(audio(1));
  writer.add(audio(2));
  writer.add(audio(3), true);
}

Packet joined(const std::vector<Packet>& pages) {
  Packet file;
  for (const Packet& page : pages) file.insert(file.end(), page.begin(), page.end());
  return file;
}

std::string error_of(Bytes file) {
  const auto read = read_ogg_opus(file);
  return read ? "" : read.error().message;
}

TEST(OggOpus, CutsARecordingIntoItsPackets) {
  OggWriter writer(42);
  write_recording(writer);
  const auto read = read_ogg_opus(writer.file());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->channels, 1);
  EXPECT_EQ(read->pre_skip, 312);
  EXPECT_EQ(read->packets, (std::vector<Packet>{audio(1), audio(2), audio(3)}));
}

TEST(OggOpus, ARecordingOfHeadersOnlyHasNoPackets) {
  OggWriter writer(42);
  writer.add(opus_head(1, 2, 0));
  writer.add(opus_tags(), true);
  const auto read = read_ogg_opus(writer.file());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->channels, 2);
  EXPECT_TRUE(read->packets.empty());
}

TEST(OggOpus, APacketMayCrossPages) {
  OggWriter writer(42);
  writer.add(opus_head(1, 1, 0));
  Packet tags = opus_tags();
  tags.resize(200000);  // one page holds 65025 bytes
  writer.add(tags);
  writer.add(audio(1), true);
  ASSERT_GT(writer.pages().size(), 3U);
  EXPECT_EQ(read_ogg_opus(writer.file())->packets.size(), 1U);
}

TEST(OggOpus, PagesOfOtherStreamsArePassedOver) {
  OggWriter writer(42);
  OggWriter other(43);
  write_recording(writer);
  other.add({1, 2, 3});
  auto pages = writer.pages();
  pages.insert(pages.begin() + 3, other.pages()[0]);
  EXPECT_EQ(read_ogg_opus(joined(pages))->packets.size(), 3U);
}

TEST(OggOpus, EveryTruncationIsAnErrorOrEndsBetweenPackets) {
  OggWriter writer(42);
  write_recording(writer);
  const Packet whole = writer.file();
  std::size_t readable = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (read_ogg_opus(Bytes(whole).first(size)).has_value()) ++readable;
  }
  EXPECT_EQ(readable, 3U);  // after the tags, and after the first and second packet
}

TEST(OggOpus, AnyChangedByteIsNoticedByTheChecksum) {
  OggWriter writer(42);
  write_recording(writer);
  for (std::size_t at = 0; at < writer.file().size(); ++at) {
    Packet file = writer.file();
    file[at] ^= 0x10;
    EXPECT_FALSE(read_ogg_opus(file).has_value()) << "byte " << at;
  }
}

TEST(OggOpus, AMissingPageIsAnError) {
  OggWriter writer(42);
  write_recording(writer);
  auto pages = writer.pages();
  pages.erase(pages.begin() + 3);
  EXPECT_EQ(error_of(joined(pages)), "The Ogg file lacks a page.");
}

TEST(OggOpus, APacketThatDoesNotEndIsAnError) {
  OggWriter writer(42);
  writer.add(opus_head(1, 1, 0));
  Packet tags = opus_tags();
  tags.resize(200000);
  writer.add(tags);
  auto pages = writer.pages();
  pages.pop_back();
  EXPECT_EQ(error_of(joined(pages)), "The Ogg file ends in the middle of a packet.");
}

TEST(OggOpus, RefusesOtherHeads) {
  EXPECT_EQ(error_of({}), "This is not an Ogg file.");
  const Packet noise(100, 7);
  EXPECT_FALSE(read_ogg_opus(noise).has_value());
  Packet short_head = opus_head(1, 1, 0);
  short_head.pop_back();
  for (const Packet& head :
       {opus_head(16, 1, 0), opus_head(1, 0, 0), opus_head(1, 3, 0), opus_head(1, 2, 1),
        Packet{'v', 'o', 'r', 'b', 'i', 's'}, short_head}) {
    OggWriter writer(42);
    writer.add(head);
    writer.add(opus_tags());
    EXPECT_FALSE(read_ogg_opus(writer.file()).has_value());
  }
  OggWriter newer(42);
  newer.add(opus_head(15, 1, 0));
  newer.add(opus_tags());
  EXPECT_TRUE(read_ogg_opus(newer.file()).has_value());
}

TEST(OggOpus, RefusesARecordingWithoutTags) {
  OggWriter writer(42);
  writer.add(opus_head(1, 1, 0));
  EXPECT_EQ(error_of(writer.file()), "The Ogg file ends before its audio.");
  writer.add(audio(1));
  EXPECT_EQ(error_of(writer.file()), "The Ogg file lacks its Opus tags.");
}

TEST(OggOpus, RefusesAPacketThatIsNotOpus) {
  for (const Packet& bad :
       {Packet{}, Packet{0xfd, 1, 2, 3}, Packet(kMaxOggPacketBytes + 1, 0xf8)}) {
    OggWriter writer(42);
    writer.add(opus_head(1, 1, 0));
    writer.add(opus_tags());
    writer.add(bad, true);
    EXPECT_EQ(error_of(writer.file()), "The Ogg file carries a packet that is not Opus.");
  }
}

TEST(OggOpus, Takes65536PacketsAndNoMore) {
  OggWriter writer(42);
  writer.add(opus_head(1, 1, 0));
  writer.add(opus_tags());
  for (std::size_t i = 0; i < kMaxOggPackets; ++i) writer.add(audio(1));
  EXPECT_EQ(read_ogg_opus(writer.file())->packets.size(), kMaxOggPackets);
  writer.add(audio(1));
  EXPECT_EQ(error_of(writer.file()), "The Ogg file has more than 65536 packets.");
}

TEST(OggOpus, RefusesMoreThan64MiB) {
  const Packet file(kMaxOggFile + 1);
  EXPECT_EQ(error_of(file), "The Ogg file is larger than 64 MiB.");
}

}  // namespace
}  // namespace parley::codecs
