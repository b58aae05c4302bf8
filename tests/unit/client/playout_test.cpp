#include "client/media/playout.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

#include "client/media/audio_clock.hpp"
#include "client/media/audio_source.hpp"
#include "client/media/recorder.hpp"
#include "codecs/wav.hpp"
#include "tests/unit/client/support.hpp"

namespace parley::client {
namespace {

using namespace std::chrono_literals;
using codecs::kFrameSamples;
using test::at;

using Frame = std::array<std::int16_t, kFrameSamples>;

std::vector<std::int16_t> tone(double hertz, double amplitude, std::size_t frames) {
  std::vector<std::int16_t> samples(frames * kFrameSamples);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double phase = 2 * std::numbers::pi * hertz * static_cast<double>(i) / 48000.0;
    samples[i] = static_cast<std::int16_t>(amplitude * 32767.0 * std::sin(phase));
  }
  return samples;
}

AudioSource source_of(const std::vector<std::int16_t>& samples, bool loops = false) {
  auto source = AudioSource::from_wav(codecs::write_wav(samples), loops);
  EXPECT_TRUE(source.has_value());
  return std::move(*source);
}

double rms(std::span<const std::int16_t> samples) {
  double energy = 0;
  for (const std::int16_t sample : samples) energy += double{1} * sample * sample;
  return std::sqrt(energy / static_cast<double>(samples.size()));
}

// Plays the sources, one in each slot, and returns what is heard.
std::vector<std::int16_t> play(std::vector<AudioSource> sources, int frames,
                               bool with_loss = false) {
  auto playout = Playout::create(4).value();
  std::vector<std::int16_t> heard;
  for (int i = 0; i < frames; ++i) {
    for (std::size_t slot = 0; slot < sources.size(); ++slot) {
      const auto packet = sources[slot].next();
      if (!packet || (with_loss && i % 10 == 7)) continue;
      playout.push({.slot = static_cast<std::uint8_t>(slot),
                    .sequence = static_cast<std::uint16_t>(i),
                    .timestamp = static_cast<std::uint32_t>(i) * 960U,
                    .marker = i == 0,
                    .opus = packet->opus},
                   at(i * 20ms).mono);
    }
    Frame frame{};
    playout.mix(at(i * 20ms + 1ms).mono, frame);
    heard.insert(heard.end(), frame.begin(), frame.end());
  }
  return heard;
}

TEST(Playout, WhatIsSpokenIsHeardAsLoud) {
  std::vector<AudioSource> sources;
  sources.push_back(source_of(tone(440, 0.5, 100)));
  const auto heard = play(std::move(sources), 100);
  const double expected = 0.5 * 32767 / std::numbers::sqrt2;
  EXPECT_NEAR(rms(std::span(heard).subspan(30 * kFrameSamples)), expected, expected * 0.15);
}

TEST(Playout, LossIsCoveredUp) {
  std::vector<AudioSource> sources;
  sources.push_back(source_of(tone(440, 0.5, 100)));
  const auto heard = play(std::move(sources), 100, true);
  for (std::size_t frame = 30; frame < 95; ++frame) {
    EXPECT_GT(rms(std::span(heard).subspan(frame * kFrameSamples, kFrameSamples)), 3000) << frame;
  }
}

TEST(Playout, VoicesAddUpAndSaturateInsteadOfWrapping) {
  std::vector<AudioSource> sources;
  for (int i = 0; i < 4; ++i) sources.push_back(source_of(tone(440, 0.9, 100)));
  const auto heard = play(std::move(sources), 100);
  EXPECT_GT(rms(std::span(heard).subspan(50 * kFrameSamples)), 26000);
  for (std::size_t i = 50 * kFrameSamples + 1; i < heard.size(); ++i) {
    ASSERT_LT(std::abs(heard[i] - heard[i - 1]), 20000) << "a wrap would jump by 65536";
  }
}

TEST(Playout, NothingSentIsSilence) { EXPECT_EQ(rms(play({}, 20)), 0); }

TEST(Playout, BytesThatAreNoOpusAndSlotsThatDoNotExistAreIgnored) {
  auto playout = Playout::create(1).value();
  const std::array<std::uint8_t, 2> broken = {0xff, 0xff};
  const std::array<std::uint8_t, 3> fine = {0xf8, 0xff, 0xfe};
  playout.push({.slot = 0, .sequence = 1, .timestamp = 0, .marker = true, .opus = broken},
               at(0s).mono);
  playout.push({.slot = 0, .sequence = 1, .timestamp = 0, .marker = true, .opus = {}}, at(0s).mono);
  playout.push({.slot = 1, .sequence = 1, .timestamp = 0, .marker = true, .opus = fine},
               at(0s).mono);
  EXPECT_EQ(playout.counters(0).received, 0U);
}

TEST(AudioSource, LevelsAreTheDecibelsOfRfc6464) {
  EXPECT_EQ(audio_level(tone(440, 1.0, 5)), 3);
  EXPECT_EQ(audio_level(tone(440, 0.1, 5)), 23);
  EXPECT_EQ(audio_level(Frame{}), 127);
  EXPECT_EQ(audio_level({}), 127);
  Frame square{};
  square.fill(-32768);
  EXPECT_EQ(audio_level(square), 0);
}

TEST(AudioSource, EndsAfterItsLastFrameOrBeginsAgain) {
  AudioSource once = source_of(tone(440, 0.5, 3));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(once.next().has_value());
  EXPECT_FALSE(once.next().has_value());
  EXPECT_TRUE(once.is_over());
  AudioSource again = source_of(tone(440, 0.5, 3), true);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(again.next().has_value());
  EXPECT_FALSE(again.is_over());
}

TEST(AudioSource, ARecordingThatIsNoneIsAnError) {
  EXPECT_FALSE(AudioSource::from_wav(as_bytes("no wav"), false).has_value());
  EXPECT_FALSE(AudioSource::from_ogg_opus(as_bytes("no ogg"), false).has_value());
}

TEST(AudioSource, AnEmptyRecordingIsOverAtOnceEvenInALoop) {
  AudioSource source = source_of({}, true);
  EXPECT_FALSE(source.next().has_value());
}

TEST(AudioClock, ALateWakeUpMakesSeveralFramesDueAndNothingDrifts) {
  AudioClock clock(at(0s).mono);
  EXPECT_TRUE(clock.take_frame(at(0s).mono));
  EXPECT_FALSE(clock.take_frame(at(19ms).mono));
  EXPECT_EQ(clock.frame_time(), at(20ms).mono);
  int frames = 0;
  while (clock.take_frame(at(10s + 7ms).mono)) ++frames;
  EXPECT_EQ(frames, 500);
  EXPECT_EQ(clock.frame_time(), at(10s + 20ms).mono);
}

TEST(Recorder, KnowsItsFirstMomentAndStopsAtTenMinutes) {
  Recorder recorder;
  const Frame frame{};
  for (std::size_t i = 0; i < Recorder::kMaxSamples / kFrameSamples; ++i) {
    ASSERT_TRUE(recorder.add(frame, at(i * 20ms).wall));
  }
  EXPECT_FALSE(recorder.add(frame, at(600s).wall));
  EXPECT_EQ(recorder.started(), at(0s).wall);
  EXPECT_EQ(recorder.samples().size(), Recorder::kMaxSamples);
}

}  // namespace
}  // namespace parley::client
