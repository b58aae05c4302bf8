// Builds Ogg pages for tests, with libogg's own writer.
#pragma once

#include <ogg/ogg.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace parley::codecs {

class OggWriter {
 public:
  explicit OggWriter(int serial) { ogg_stream_init(&stream_, serial); }
  OggWriter(const OggWriter&) = delete;
  OggWriter& operator=(const OggWriter&) = delete;
  ~OggWriter() { ogg_stream_clear(&stream_); }

  // Each packet ends its page, so that tests can cut between pages.
  void add(std::vector<std::uint8_t> content, bool is_last = false) {
    ogg_packet packet{};
    packet.packet = content.data();
    packet.bytes = static_cast<long>(content.size());
    packet.b_o_s = count_ == 0 ? 1 : 0;
    packet.e_o_s = is_last ? 1 : 0;
    packet.granulepos = count_ * 960;
    packet.packetno = count_++;
    ogg_stream_packetin(&stream_, &packet);
    ogg_page page{};
    while (ogg_stream_flush(&stream_, &page) != 0) pages_.push_back(bytes_of(page));
  }

  [[nodiscard]] const std::vector<std::vector<std::uint8_t>>& pages() const { return pages_; }
  [[nodiscard]] std::vector<std::uint8_t> file() const {
    std::vector<std::uint8_t> whole;
    for (const auto& page : pages_) whole.insert(whole.end(), page.begin(), page.end());
    return whole;
  }

 private:
  static std::vector<std::uint8_t> bytes_of(const ogg_page& page) {
    std::vector<std::uint8_t> bytes(page.header, page.header + page.header_len);
    bytes.insert(bytes.end(), page.body, page.body + page.body_len);
    return bytes;
  }
  ogg_stream_state stream_{};
  ogg_int64_t count_ = 0;
  std::vector<std::vector<std::uint8_t>> pages_;
};

// OpusHead (RFC 7845 5.1).
inline std::vector<std::uint8_t> opus_head(std::uint8_t version, std::uint8_t channels,
                                           std::uint8_t family) {
  // Pre-skip 312, original rate 48 kHz, gain 0.
  return {'O',  'p',  'u',  's',  'H', 'e', 'a', 'd', version, channels,
          0x38, 0x01, 0x80, 0xbb, 0,   0,   0,   0,   family};
}

// OpusTags without any comment (RFC 7845 5.2).
inline std::vector<std::uint8_t> opus_tags() {
  return {'O', 'p', 'u', 's', 'T', 'a', 'g', 's', 0, 0, 0, 0, 0, 0, 0, 0};
}

}  // namespace parley::codecs
