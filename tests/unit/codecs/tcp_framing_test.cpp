#include "codecs/tcp_framing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace parley::codecs {
namespace {

using Packet = std::vector<std::uint8_t>;

void append_frame(std::vector<std::uint8_t>& stream, const Packet& packet) {
  stream.push_back(static_cast<std::uint8_t>(packet.size() >> 8));
  stream.push_back(static_cast<std::uint8_t>(packet.size()));
  stream.insert(stream.end(), packet.begin(), packet.end());
}

void take_all(TcpDeframer& deframer, std::vector<Packet>& into) {
  while (const auto packet = deframer.next()) into.emplace_back(packet->begin(), packet->end());
}

const std::vector<Packet> kPackets{{1, 2, 3}, {4}, Packet(300, 5), {6, 7}};

std::vector<std::uint8_t> stream_of(const std::vector<Packet>& packets) {
  std::vector<std::uint8_t> stream;
  for (const Packet& packet : packets) append_frame(stream, packet);
  return stream;
}

TEST(TcpDeframer, CutsAWholeStream) {
  auto stream = stream_of(kPackets);
  TcpDeframer deframer;
  std::vector<Packet> cut;
  deframer.feed(stream);
  take_all(deframer, cut);
  EXPECT_EQ(cut, kPackets);
}

TEST(TcpDeframer, CutsAStreamSplitAtEveryByte) {
  const auto whole = stream_of(kPackets);
  for (std::size_t split = 0; split <= whole.size(); ++split) {
    auto stream = whole;
    TcpDeframer deframer;
    std::vector<Packet> cut;
    deframer.feed(MutableBytes(stream).first(split));
    take_all(deframer, cut);
    deframer.feed(MutableBytes(stream).subspan(split));
    take_all(deframer, cut);
    EXPECT_EQ(cut, kPackets) << "split at " << split;
  }
}

TEST(TcpDeframer, CutsAStreamOfSmallPieces) {
  for (std::size_t piece = 1; piece < 10; ++piece) {
    auto stream = stream_of(kPackets);
    TcpDeframer deframer;
    std::vector<Packet> cut;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      deframer.feed(MutableBytes(stream).subspan(at, std::min(piece, stream.size() - at)));
      take_all(deframer, cut);
    }
    EXPECT_EQ(cut, kPackets) << "pieces of " << piece;
  }
}

TEST(TcpDeframer, EmptyFramesCarryNothing) {
  auto stream = stream_of({{}, {1}, {}, {}, {2}, {}});
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    TcpDeframer deframer;
    std::vector<Packet> cut;
    deframer.feed(MutableBytes(stream).first(split));
    take_all(deframer, cut);
    deframer.feed(MutableBytes(stream).subspan(split));
    take_all(deframer, cut);
    EXPECT_EQ(cut, (std::vector<Packet>{{1}, {2}})) << "split at " << split;
    EXPECT_FALSE(deframer.is_broken());
  }
}

TEST(TcpDeframer, TakesTheLargestDatagramInAnyPieces) {
  const std::vector<Packet> largest{Packet(kMaxDatagram, 9)};
  for (const std::size_t split : {0UZ, 1UZ, 2UZ, 3UZ, kMaxDatagram + 1, kMaxDatagram + 2}) {
    auto stream = stream_of(largest);
    TcpDeframer deframer;
    std::vector<Packet> cut;
    deframer.feed(MutableBytes(stream).first(split));
    take_all(deframer, cut);
    deframer.feed(MutableBytes(stream).subspan(split));
    take_all(deframer, cut);
    EXPECT_EQ(cut, largest) << "split at " << split;
  }
}

TEST(TcpDeframer, IsBrokenForGoodByAFrameOneByteLonger) {
  for (const std::size_t split : {0UZ, 1UZ, 2UZ, 100UZ}) {
    auto stream = stream_of({Packet(kMaxDatagram + 1, 9)});
    TcpDeframer deframer;
    std::vector<Packet> cut;
    deframer.feed(MutableBytes(stream).first(split));
    take_all(deframer, cut);
    deframer.feed(MutableBytes(stream).subspan(split));
    take_all(deframer, cut);
    EXPECT_TRUE(deframer.is_broken());
    auto good = stream_of(kPackets);
    deframer.feed(good);
    take_all(deframer, cut);
    EXPECT_TRUE(cut.empty());
  }
}

TEST(TcpDeframer, PacketsMayBeWrittenInPlace) {
  auto stream = stream_of({{1, 2}, {3, 4}});
  TcpDeframer deframer;
  deframer.feed(stream);
  const auto first = deframer.next();
  ASSERT_TRUE(first.has_value());
  std::ranges::fill(*first, std::uint8_t{0xff});
  const auto second = deframer.next();
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ((*second)[0], 3);
}

}  // namespace
}  // namespace parley::codecs
