#include "client/media/audio_source.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "codecs/ogg_opus.hpp"
#include "codecs/wav.hpp"

namespace parley::client {
namespace {

// Ten minutes, as for WAV: recordings are held in memory.
constexpr std::size_t kMaxSamples = codecs::kMaxWavSeconds * codecs::kAudioRate;

Result<std::vector<std::int16_t>> decode_all(const codecs::OggOpus& recording,
                                             codecs::OpusDecoderHandle& decoder) {
  std::vector<std::int16_t> samples;
  std::array<std::int16_t, codecs::kMaxOpusSamples> packet_samples{};
  for (const auto& packet : recording.packets) {
    const auto count = decoder.decode(packet, packet_samples);
    if (!count) return std::unexpected(count.error());
    if (samples.size() + *count > kMaxSamples) {
      return fail(ErrorCode::invalid_argument, "The recording is longer than ten minutes.");
    }
    samples.insert(samples.end(), packet_samples.begin(),
                   packet_samples.begin() + static_cast<std::ptrdiff_t>(*count));
  }
  const std::size_t skipped = std::min<std::size_t>(recording.pre_skip, samples.size());
  samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(skipped));
  return samples;
}

void pad_to_frames(std::vector<std::int16_t>& samples) {
  const std::size_t frames = (samples.size() + codecs::kFrameSamples - 1) / codecs::kFrameSamples;
  samples.resize(frames * codecs::kFrameSamples);
}

bool has_only_20_ms(const codecs::OggOpus& recording) {
  return std::ranges::all_of(recording.packets, [](const auto& packet) {
    const auto info = codecs::inspect_opus(packet);
    return info && info->samples == codecs::kFrameSamples &&
           packet.size() <= codecs::kMaxOpusPacket;
  });
}

}  // namespace

std::uint8_t audio_level(std::span<const std::int16_t> samples) {
  double energy = 0;
  for (const std::int16_t sample : samples) energy += double{1} * sample * sample;
  if (samples.empty() || energy == 0) return 127;
  const double rms = std::sqrt(energy / static_cast<double>(samples.size())) / 32768.0;
  return static_cast<std::uint8_t>(std::clamp(-20.0 * std::log10(rms), 0.0, 127.0));
}

Result<AudioSource> AudioSource::create(bool loops) {
  auto encoder = codecs::OpusEncoderHandle::create({});
  if (!encoder) return std::unexpected(encoder.error());
  auto decoder = codecs::OpusDecoderHandle::create();
  if (!decoder) return std::unexpected(decoder.error());
  return AudioSource(std::move(*encoder), std::move(*decoder), loops);
}

Result<AudioSource> AudioSource::from_wav(Bytes wav, bool loops) {
  const auto recording = codecs::read_wav(wav);
  if (!recording) return std::unexpected(recording.error());
  auto source = create(loops);
  if (!source) return source;
  source->samples_ = codecs::to_pcm16(*recording);
  pad_to_frames(source->samples_);
  return source;
}

Result<AudioSource> AudioSource::from_ogg_opus(Bytes ogg, bool loops) {
  auto recording = codecs::read_ogg_opus(ogg);
  if (!recording) return std::unexpected(recording.error());
  auto source = create(loops);
  if (!source) return source;
  if (has_only_20_ms(*recording)) {
    source->packets_ = std::move(recording->packets);
    return source;
  }
  auto samples = decode_all(*recording, source->decoder_);
  if (!samples) return std::unexpected(samples.error());
  source->samples_ = std::move(*samples);
  pad_to_frames(source->samples_);
  return source;
}

std::size_t AudioSource::frame_count() const {
  return packets_.empty() ? samples_.size() / codecs::kFrameSamples : packets_.size();
}

std::optional<AudioSource::Packet> AudioSource::next() {
  if (frame_count() == 0) return std::nullopt;
  if (position_ >= frame_count()) {
    if (!loops_) return std::nullopt;
    position_ = 0;
  }
  auto packet = packets_.empty() ? next_encoded() : next_packet();
  ++position_;
  return packet;
}

std::optional<AudioSource::Packet> AudioSource::next_encoded() {
  const codecs::AudioFrame frame(samples_.data() + position_ * codecs::kFrameSamples,
                                 codecs::kFrameSamples);
  encoded_.resize(codecs::kMaxOpusPacket);
  const auto size = encoder_.encode(frame, encoded_);
  if (!size) return std::nullopt;
  return Packet{.opus = Bytes(encoded_).first(*size), .level = audio_level(frame)};
}

std::optional<AudioSource::Packet> AudioSource::next_packet() {
  const Bytes packet = packets_[position_];
  std::array<std::int16_t, codecs::kFrameSamples> samples{};
  const auto count = decoder_.decode(packet, samples);
  return Packet{.opus = packet, .level = count ? audio_level(samples) : std::uint8_t{127}};
}

}  // namespace parley::client
