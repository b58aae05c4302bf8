#include "codecs/ogg_opus.hpp"

#include <ogg/ogg.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "codecs/opus.hpp"

namespace parley::codecs {
namespace {

constexpr std::size_t kHeadSize = 19;
constexpr std::size_t kFeedSize = 16384;

std::unexpected<Error> bad(const char* sentence) {
  return fail(ErrorCode::invalid_argument, sentence);
}

// The bytes of a file as pages. Owns libogg's buffer.
class PageSource {
 public:
  explicit PageSource(Bytes file) : rest_(file) { ogg_sync_init(&sync_); }
  PageSource(const PageSource&) = delete;
  PageSource& operator=(const PageSource&) = delete;
  ~PageSource() { ogg_sync_clear(&sync_); }

  // The next page, valid until the next call; nullopt at the end of the file.
  Result<std::optional<ogg_page>> next() {
    ogg_page page{};
    for (;;) {
      const int found = ogg_sync_pageout(&sync_, &page);
      if (found > 0) return page;
      if (found < 0) return bad("The Ogg file is damaged.");
      if (rest_.empty()) break;
      if (!feed()) return fail(ErrorCode::resource_exhausted, "No memory for the Ogg file.");
    }
    if (sync_.fill != sync_.returned) return bad("The Ogg file ends in the middle of a page.");
    return std::nullopt;
  }

 private:
  bool feed() {
    const std::size_t count = std::min(rest_.size(), kFeedSize);
    char* room = ogg_sync_buffer(&sync_, static_cast<long>(count));
    if (room == nullptr) return false;
    std::memcpy(room, rest_.data(), count);
    rest_ = rest_.subspan(count);
    return ogg_sync_wrote(&sync_, static_cast<long>(count)) == 0;
  }

  Bytes rest_;
  ogg_sync_state sync_{};
};

// The packets of one logical stream. Owns libogg's buffer.
class PacketSource {
 public:
  explicit PacketSource(int serial) { ogg_stream_init(&stream_, serial); }
  PacketSource(const PacketSource&) = delete;
  PacketSource& operator=(const PacketSource&) = delete;
  ~PacketSource() { ogg_stream_clear(&stream_); }

  bool add(ogg_page& page) { return ogg_stream_pagein(&stream_, &page) == 0; }
  // 1: `packet` is the next, valid until add(); 0: another page is needed; -1: a page is missing.
  int next(ogg_packet& packet) { return ogg_stream_packetout(&stream_, &packet); }
  // A packet that began and did not end.
  [[nodiscard]] bool has_rest() const { return stream_.body_fill > stream_.body_returned; }

 private:
  ogg_stream_state stream_{};
};

// The headers come first: OpusHead, then OpusTags (RFC 7845 3), then audio.
class Reading {
 public:
  Result<void> on_packet(Bytes packet) {
    const std::size_t index = seen_++;
    if (index == 0) return on_head(packet);
    if (index == 1) return on_tags(packet);
    return on_audio(packet);
  }
  Result<OggOpus> finish() && {
    if (seen_ < 2) return bad("The Ogg file ends before its audio.");
    return std::move(result_);
  }

 private:
  // RFC 7845 5.1. The low half of the version may grow; channels are mono or stereo in family 0.
  Result<void> on_head(Bytes packet) {
    ByteReader reader(packet);
    const bool is_head = as_text(reader.take(8)) == "OpusHead" && packet.size() >= kHeadSize;
    if (!is_head || reader.u8() >> 4 != 0) return bad("The Ogg file does not carry Opus.");
    result_.channels = reader.u8();
    const std::uint8_t skip_low = reader.u8();
    result_.pre_skip = static_cast<std::uint16_t>(reader.u8() << 8 | skip_low);
    reader.skip(6);  // the original rate and the gain do not matter to a voice call
    const std::uint8_t family = reader.u8();
    if (family != 0 || result_.channels < 1 || result_.channels > 2) {
      return bad("The Ogg file has more than two channels.");
    }
    return {};
  }
  // Titles and comments are not read.
  static Result<void> on_tags(Bytes packet) {
    if (as_text(packet.first(std::min<std::size_t>(packet.size(), 8))) != "OpusTags") {
      return bad("The Ogg file lacks its Opus tags.");
    }
    return {};
  }
  Result<void> on_audio(Bytes packet) {
    if (packet.size() > kMaxOggPacketBytes || !inspect_opus(packet)) {
      return bad("The Ogg file carries a packet that is not Opus.");
    }
    if (result_.packets.size() == kMaxOggPackets) {
      return bad("The Ogg file has more than 65536 packets.");
    }
    result_.packets.emplace_back(packet.begin(), packet.end());
    return {};
  }

  OggOpus result_;
  std::size_t seen_ = 0;
};

// Every packet that this page completes.
Result<void> read_page(PacketSource& packets, ogg_page& page, Reading& reading) {
  if (!packets.add(page)) return bad("The Ogg file is damaged.");
  ogg_packet packet{};
  for (int found = packets.next(packet); found != 0; found = packets.next(packet)) {
    if (found < 0) return bad("The Ogg file lacks a page.");
    const auto size = static_cast<std::size_t>(packet.bytes);
    if (const auto read = reading.on_packet(Bytes(packet.packet, size)); !read) return read;
  }
  return {};
}

}  // namespace

Result<OggOpus> read_ogg_opus(Bytes file) {
  if (file.size() > kMaxOggFile) return bad("The Ogg file is larger than 64 MiB.");
  PageSource pages(file);
  auto page = pages.next();
  if (!page) return std::unexpected(page.error());
  if (!*page) return bad("This is not an Ogg file.");
  const int serial = ogg_page_serialno(&**page);
  PacketSource packets(serial);
  Reading reading;
  while (*page) {
    if (ogg_page_serialno(&**page) == serial) {
      if (const auto read = read_page(packets, **page, reading); !read) {
        return std::unexpected(read.error());
      }
    }
    page = pages.next();
    if (!page) return std::unexpected(page.error());
  }
  if (packets.has_rest()) return bad("The Ogg file ends in the middle of a packet.");
  return std::move(reading).finish();
}

}  // namespace parley::codecs
