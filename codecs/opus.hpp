// Opus (RFC 6716) over libopus: an encoder and a decoder that own their state, and a look into
// packets without decoding them. Library parley_codecs_audio: clients only, never the media node
// (P1 of the security rules). No clock, no threads; one handle belongs to one stream and one
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"

struct OpusEncoder;  // of libopus
struct OpusDecoder;

namespace parley::codecs {

inline constexpr std::uint32_t kAudioRate = 48000;    // Hz, everywhere in Parley
inline constexpr std::size_t kFrameSamples = 960;     // 20 ms, mono
inline constexpr std::size_t kMaxOpusSamples = 5760;  // 120 ms, the longest packet (RFC 6716 3.1)
inline constexpr std::size_t kMaxOpusPacket = 1275;   // bytes of one frame (RFC 6716 3.4, R2)

using AudioFrame = std::span<const std::int16_t, kFrameSamples>;

struct OpusSettings {
  std::uint32_t bitrate_bps = 32000;        // 6000 to 128000; more costs every listener's downlink
  std::uint8_t expected_loss_percent = 10;  // 0 to 100; more spends more of the bitrate on FEC
  // True: nearly empty packets while nobody speaks. False where packet sizes must tell nothing.
  bool has_dtx = false;
  // True: every packet has the same size (E5 of the security rules).
  bool has_constant_bitrate = false;
};

// 48 kHz mono, 20 ms packets, tuned for voice, in-band FEC on.
class OpusEncoderHandle {
 public:
  // invalid_argument: a setting outside its range. io: libopus refused.
  static Result<OpusEncoderHandle> create(const OpusSettings& settings);
  // Encodes one frame into `out` (kMaxOpusPacket bytes always suffice); returns the packet's size.
  // invalid_argument: `out` is empty. io: `out` is too small, or libopus refused.
  Result<std::size_t> encode(AudioFrame frame, MutableBytes out);
  // What the receivers report; adapts how much FEC is sent. Clamped to 100.
  void set_expected_loss(std::uint8_t percent);

 private:
  struct Free {
    void operator()(OpusEncoder* encoder) const;
  };
  explicit OpusEncoderHandle(OpusEncoder* encoder) : encoder_(encoder) {}
  std::unique_ptr<OpusEncoder, Free> encoder_;
};

// 48 kHz mono; a stereo packet is mixed down. Never fails the stream: after an error the next
// packet decodes normally.
class OpusDecoderHandle {
 public:
  static Result<OpusDecoderHandle> create();
  // Decodes one packet; returns the samples written. `out` holds the packet's samples
  // (kMaxOpusSamples always suffice). invalid_argument: not an Opus packet, or `out` too small.
  Result<std::size_t> decode(Bytes packet, std::span<std::int16_t> out);
  // Restores the lost packet just before `next` from its in-band FEC, or conceals it when `next`
  // carries none. Fills `out`: its size is the lost duration, a multiple of 2.5 ms (120 samples).
  // Call decode(next) afterwards.
  Result<std::size_t> decode_lost_from(Bytes next, std::span<std::int16_t> out);
  // Fills `out` (as above) for a packet that is lost without a successor.
  Result<std::size_t> conceal(std::span<std::int16_t> out);

 private:
  struct Free {
    void operator()(OpusDecoder* decoder) const;
  };
  explicit OpusDecoderHandle(OpusDecoder* decoder) : decoder_(decoder) {}
  Result<std::size_t> decode_with(Bytes packet, std::span<std::int16_t> out, bool from_fec);
  std::unique_ptr<OpusDecoder, Free> decoder_;
};

struct OpusPacketInfo {
  std::size_t samples;  // per channel at 48 kHz, 120 to kMaxOpusSamples
  std::size_t frames;
  bool is_stereo;
  bool is_silence;  // DTX: no frame carries more than one byte
};
// Reads the table of contents and the frame lengths (RFC 6716 3). invalid_argument: not an Opus
// packet.
[[nodiscard]] Result<OpusPacketInfo> inspect_opus(Bytes packet);

}  // namespace parley::codecs
