// The microphone of a client without one: a recording, sent 20 ms at a time as Opus packets. Pure;
// the owner calls next() once per 20 ms.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "codecs/opus.hpp"

namespace parley::client {

// RMS of a frame in -dBov: 0 is the loudest possible square wave, 127 silence (RFC 6464 4.1).
[[nodiscard]] std::uint8_t audio_level(std::span<const std::int16_t> samples);

class AudioSource {
 public:
  struct Packet {
    Bytes opus;  // valid until the next call
    std::uint8_t level;
  };

  // `wav`: the bytes of a WAV file. Errors: those of codecs::read_wav.
  static Result<AudioSource> from_wav(Bytes wav, bool loops);
  // `ogg`: the bytes of an Ogg/Opus file. Packets of 20 ms are sent as they are; a file with others
  // is decoded and encoded anew.
  static Result<AudioSource> from_ogg_opus(Bytes ogg, bool loops);

  // nullopt: the recording is over.
  [[nodiscard]] std::optional<Packet> next();
  [[nodiscard]] bool is_over() const { return !loops_ && position_ >= frame_count(); }

 private:
  AudioSource(codecs::OpusEncoderHandle encoder, codecs::OpusDecoderHandle decoder, bool loops)
      : encoder_(std::move(encoder)), decoder_(std::move(decoder)), loops_(loops) {}
  static Result<AudioSource> create(bool loops);
  [[nodiscard]] std::size_t frame_count() const;
  [[nodiscard]] std::optional<Packet> next_encoded();
  [[nodiscard]] std::optional<Packet> next_packet();

  codecs::OpusEncoderHandle encoder_;
  codecs::OpusDecoderHandle decoder_;  // only to learn the level of a ready packet
  bool loops_;
  std::vector<std::int16_t> samples_;               // whole frames; or
  std::vector<std::vector<std::uint8_t>> packets_;  // 20 ms each
  std::size_t position_ = 0;                        // next frame
  std::vector<std::uint8_t> encoded_;
};

}  // namespace parley::client
