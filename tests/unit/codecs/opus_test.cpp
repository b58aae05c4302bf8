#include "codecs/opus.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <vector>

namespace parley::codecs {
namespace {

using Pcm = std::vector<std::int16_t>;
using Packet = std::vector<std::uint8_t>;

// A tone that swells and fades a few times a second, so that the encoder takes it for a voice.
Pcm voice(std::size_t frames) {
  Pcm samples(frames * kFrameSamples);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / kAudioRate;
    const double swell = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * 4 * t);
    const double tone =
        std::sin(2 * std::numbers::pi * 200 * t) + 0.5 * std::sin(2 * std::numbers::pi * 450 * t);
    samples[i] = static_cast<std::int16_t>(8000 * swell * tone);
  }
  return samples;
}

double energy(std::span<const std::int16_t> samples) {
  return std::accumulate(samples.begin(), samples.end(), 0.0, [](double sum, std::int16_t sample) {
    return sum + static_cast<double>(sample) * sample;
  });
}

std::vector<Packet> encode(const Pcm& samples, const OpusSettings& settings) {
  auto encoder = OpusEncoderHandle::create(settings);
  EXPECT_TRUE(encoder.has_value());
  std::vector<Packet> packets;
  for (std::size_t at = 0; at < samples.size(); at += kFrameSamples) {
    std::array<std::uint8_t, kMaxOpusPacket> buffer{};
    const auto size = encoder->encode(AudioFrame(samples.data() + at, kFrameSamples), buffer);
    EXPECT_TRUE(size.has_value());
    packets.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
  }
  return packets;
}

// How the lost packets of a stream are restored.
enum class Repair { none_lost, fec, concealment };

// Decodes with every fifth packet lost.
Pcm decode(const std::vector<Packet>& packets, Repair repair) {
  auto decoder = OpusDecoderHandle::create();
  EXPECT_TRUE(decoder.has_value());
  Pcm decoded(packets.size() * kFrameSamples);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const auto room = std::span(decoded).subspan(i * kFrameSamples, kFrameSamples);
    const bool is_lost = repair != Repair::none_lost && i % 5 == 4 && i + 1 < packets.size();
    const auto samples = !is_lost                ? decoder->decode(packets[i], room)
                         : repair == Repair::fec ? decoder->decode_lost_from(packets[i + 1], room)
                                                 : decoder->conceal(room);
    EXPECT_EQ(samples.value_or(0), kFrameSamples);
  }
  return decoded;
}

// Energy of the difference over energy of the signal, in the frames that were lost.
double error_where_lost(const Pcm& decoded, const Pcm& whole) {
  double error = 0;
  double signal = 0;
  for (std::size_t i = 4; (i + 2) * kFrameSamples <= whole.size(); i += 5) {
    Pcm difference(kFrameSamples);
    const auto at = static_cast<std::ptrdiff_t>(i * kFrameSamples);
    std::transform(decoded.begin() + at, decoded.begin() + at + kFrameSamples, whole.begin() + at,
                   difference.begin(), [](std::int16_t a, std::int16_t b) {
                     return static_cast<std::int16_t>(std::clamp(a - b, -32768, 32767));
                   });
    error += energy(difference);
    signal += energy(std::span(whole).subspan(i * kFrameSamples, kFrameSamples));
  }
  return error / signal;
}

TEST(Opus, AVoiceSurvivesTheRoundTrip) {
  const Pcm samples = voice(50);
  const Pcm decoded = decode(encode(samples, {}), Repair::none_lost);
  EXPECT_NEAR(energy(decoded) / energy(samples), 1.0, 0.2);
}

TEST(Opus, FecRestoresLostPacketsBetterThanConcealment) {
  const Pcm samples = voice(200);
  const auto packets = encode(samples, {.bitrate_bps = 24000, .expected_loss_percent = 30});
  const Pcm whole = decode(packets, Repair::none_lost);
  const double with_fec = error_where_lost(decode(packets, Repair::fec), whole);
  const double concealed = error_where_lost(decode(packets, Repair::concealment), whole);
  EXPECT_LT(with_fec, concealed / 2);
}

TEST(Opus, WithoutFecInTheNextPacketTheLossIsConcealed) {
  const auto packets = encode(voice(10), {.expected_loss_percent = 0});
  auto decoder = OpusDecoderHandle::create();
  ASSERT_TRUE(decoder.has_value());
  std::array<std::int16_t, kFrameSamples> frame{};
  EXPECT_TRUE(decoder->decode(packets[0], frame).has_value());
  EXPECT_EQ(decoder->decode_lost_from(packets[2], frame).value_or(0), kFrameSamples);
}

TEST(Opus, ConstantBitrateMakesEveryPacketTheSameSize) {
  const auto packets = encode(voice(50), {.bitrate_bps = 32000, .has_constant_bitrate = true});
  for (const Packet& packet : packets) EXPECT_EQ(packet.size(), 80U);
}

TEST(Opus, SilenceIsSeenInPacketsOnlyWithDtx) {
  const Pcm silence(100 * kFrameSamples);
  const auto count_silent = [](const std::vector<Packet>& packets) {
    return std::ranges::count_if(packets,
                                 [](const Packet& p) { return inspect_opus(p)->is_silence; });
  };
  EXPECT_GT(count_silent(encode(silence, {.has_dtx = true})), 50);
  EXPECT_EQ(count_silent(encode(silence, {.has_dtx = false})), 0);
  EXPECT_EQ(count_silent(encode(voice(100), {.has_dtx = true})), 0);
}

TEST(Opus, RefusesSettingsOutsideTheirRange) {
  EXPECT_TRUE(OpusEncoderHandle::create({.bitrate_bps = 6000}).has_value());
  EXPECT_FALSE(OpusEncoderHandle::create({.bitrate_bps = 5999}).has_value());
  EXPECT_TRUE(OpusEncoderHandle::create({.bitrate_bps = 128000}).has_value());
  EXPECT_FALSE(OpusEncoderHandle::create({.bitrate_bps = 128001}).has_value());
  EXPECT_FALSE(OpusEncoderHandle::create({.expected_loss_percent = 101}).has_value());
}

TEST(Opus, TheExpectedLossMayChangeDuringTheCall) {
  auto encoder = OpusEncoderHandle::create({});
  ASSERT_TRUE(encoder.has_value());
  encoder->set_expected_loss(255);
  std::array<std::uint8_t, kMaxOpusPacket> buffer{};
  const Pcm samples = voice(1);
  EXPECT_TRUE(encoder->encode(AudioFrame(samples.data(), kFrameSamples), buffer).has_value());
}

TEST(Opus, EncodingIntoNothingIsAnError) {
  auto encoder = OpusEncoderHandle::create({});
  ASSERT_TRUE(encoder.has_value());
  const Pcm samples = voice(1);
  EXPECT_FALSE(encoder->encode(AudioFrame(samples.data(), kFrameSamples), {}).has_value());
}

TEST(Opus, ABadPacketIsAnErrorAndTheNextOneDecodes) {
  auto decoder = OpusDecoderHandle::create();
  ASSERT_TRUE(decoder.has_value());
  std::array<std::int16_t, kMaxOpusSamples> room{};
  const Packet bad{0x03};  // "any number of frames", without the number
  EXPECT_FALSE(decoder->decode({}, room).has_value());
  EXPECT_FALSE(decoder->decode(bad, room).has_value());
  EXPECT_FALSE(decoder->decode_lost_from(bad, room).has_value());
  const auto packets = encode(voice(1), {});
  EXPECT_EQ(decoder->decode(packets[0], room).value_or(0), kFrameSamples);
}

TEST(Opus, ABufferShorterThanThePacketIsAnError) {
  auto decoder = OpusDecoderHandle::create();
  ASSERT_TRUE(decoder.has_value());
  const auto packets = encode(voice(1), {});
  std::array<std::int16_t, kFrameSamples> room{};
  EXPECT_FALSE(decoder->decode(packets[0], std::span(room).first(kFrameSamples - 1)).has_value());
}

TEST(Opus, ALossLastsBetweenOneFrameAndOnePacket) {
  auto decoder = OpusDecoderHandle::create();
  ASSERT_TRUE(decoder.has_value());
  Pcm room(kMaxOpusSamples + 120);
  for (const std::size_t samples : {120UZ, 960UZ, 5760UZ}) {
    EXPECT_EQ(decoder->conceal(std::span(room).first(samples)).value_or(0), samples);
  }
  for (const std::size_t samples : {0UZ, 119UZ, 961UZ, 5880UZ}) {
    EXPECT_FALSE(decoder->conceal(std::span(room).first(samples)).has_value()) << samples;
  }
}

TEST(OpusPacket, IsInspectedWithoutDecoding) {
  const auto info = inspect_opus(encode(voice(1), {})[0]);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->samples, kFrameSamples);
  EXPECT_EQ(info->frames, 1U);
  EXPECT_FALSE(info->is_stereo);
  EXPECT_FALSE(info->is_silence);
}

TEST(OpusPacket, TellsStereoAndSeveralFrames) {
  // Table of contents: CELT 20 ms, stereo, two frames of equal size (RFC 6716 3.1, 3.2.3).
  const auto info = inspect_opus(Packet{0xfd, 1, 2, 3, 4});
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->samples, 2 * kFrameSamples);
  EXPECT_EQ(info->frames, 2U);
  EXPECT_TRUE(info->is_stereo);
}

TEST(OpusPacket, LastsAtMost120Milliseconds) {
  // Code 3 with a count of 20 ms frames: six are the longest packet (RFC 6716 3.2.5, R5).
  Packet packet(2 + 7, 0);
  packet[0] = 0xfb;
  packet[1] = 6;
  packet.resize(2 + 6);
  EXPECT_EQ(inspect_opus(packet)->samples, kMaxOpusSamples);
  packet[1] = 7;
  packet.resize(2 + 7);
  EXPECT_FALSE(inspect_opus(packet).has_value());
}

TEST(OpusPacket, RefusesWhatIsNone) {
  EXPECT_FALSE(inspect_opus({}).has_value());
  EXPECT_FALSE(inspect_opus(Packet{0xfd, 1, 2, 3}).has_value());  // two frames of unequal size
  EXPECT_FALSE(inspect_opus(Packet(1 + kMaxOpusPacket + 1, 0xfc)).has_value());
  EXPECT_FALSE(inspect_opus(Packet(70000, 0xfc)).has_value());
}

}  // namespace
}  // namespace parley::codecs
