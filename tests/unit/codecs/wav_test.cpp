#include "codecs/wav.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "codecs/opus.hpp"
#include "codecs/resample.hpp"

namespace parley::codecs {
namespace {

using File = std::vector<std::uint8_t>;

struct Form {
  std::uint16_t tag = 1;
  std::uint16_t channels = 1;
  std::uint32_t rate = 48000;
  std::uint16_t bits = 16;
};

void little(File& file, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) file.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void name(File& file, const std::string& text) {
  file.insert(file.end(), text.begin(), text.end());
}

File wav(const Form& form, const File& data) {
  File file;
  name(file, "RIFF");
  little(file, 36 + data.size(), 4);
  name(file, "WAVEfmt ");
  little(file, 16, 4);
  little(file, form.tag, 2);
  little(file, form.channels, 2);
  little(file, form.rate, 4);
  little(file, form.rate * form.channels * form.bits / 8, 4);
  little(file, static_cast<std::uint64_t>(form.channels * form.bits / 8), 2);
  little(file, form.bits, 2);
  name(file, "data");
  little(file, data.size(), 4);
  file.insert(file.end(), data.begin(), data.end());
  return file;
}

File floats(const std::vector<float>& values) {
  File data;
  for (const float value : values) little(data, std::bit_cast<std::uint32_t>(value), 4);
  return data;
}

std::vector<float> tone(double hertz, std::uint32_t rate, std::size_t samples) {
  std::vector<float> result(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    result[i] = static_cast<float>(
        0.5 * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate));
  }
  return result;
}

TEST(Wav, ReadsWhatItWrites) {
  const std::vector<std::int16_t> samples{0, 1, -1, 32767, -32768, 1234};
  const auto read = read_wav(write_wav(samples));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(to_pcm16(*read), samples);
}

TEST(Wav, ReadsFloatsAndTamesThem) {
  const float infinity = std::numeric_limits<float>::infinity();
  const auto read =
      read_wav(wav({.tag = 3, .bits = 32}, floats({0.5F, -0.25F, 7.0F, std::nanf(""), -infinity})));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, (std::vector<float>{0.5F, -0.25F, 1.0F, 0.0F, 0.0F}));
}

TEST(Wav, MixesStereoDown) {
  const auto read =
      read_wav(wav({.tag = 3, .channels = 2, .bits = 32}, floats({1, 0, 0.5F, 0.5F})));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, (std::vector<float>{0.5F, 0.5F}));
}

TEST(Wav, ReadsTheExtensibleForm) {
  File file = wav({.tag = 0xfffe}, {0x00, 0x40});
  // 24 bytes more of format: their size, valid bits, speakers, and the id that starts with the tag.
  const File extension{22, 0, 16, 0, 4,   0, 0, 0,   1, 0,  0,   0,
                       0,  0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113};
  file[16] = 40;
  file.insert(file.begin() + 36, extension.begin(), extension.end());
  const auto read = read_wav(file);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, std::vector<float>{0.5F});
}

TEST(Wav, PassesOverOtherChunks) {
  File file = wav({}, {0x00, 0x40});
  const File list{'L', 'I', 'S', 'T', 3, 0, 0, 0, 'a', 'b', 'c', 0};  // odd length, padded
  file.insert(file.begin() + 12, list.begin(), list.end());
  EXPECT_EQ(read_wav(file).value_or(std::vector<float>{}), std::vector<float>{0.5F});
}

TEST(Wav, ADataChunkOfUnknownLengthReachesToTheEnd) {
  File file = wav({}, {0x00, 0x40, 0x00, 0x40});
  std::fill_n(file.begin() + 40, 4, std::uint8_t{0xff});
  const auto read = read_wav(file);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->size(), 2U);
}

TEST(Wav, EveryTruncationIsAnError) {
  const File whole = wav({}, {1, 2, 3, 4});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_wav(Bytes(whole).first(size)).has_value()) << size;
  }
  EXPECT_TRUE(read_wav(whole).has_value());
}

TEST(Wav, RefusesWhatItDoesNotRead) {
  const File data(8);
  EXPECT_FALSE(read_wav(wav({.tag = 6}, data)).has_value());
  EXPECT_FALSE(read_wav(wav({.bits = 24}, data)).has_value());
  EXPECT_FALSE(read_wav(wav({.tag = 3, .bits = 64}, data)).has_value());
  EXPECT_FALSE(read_wav(wav({.channels = 0}, data)).has_value());
  EXPECT_FALSE(read_wav(wav({.channels = 3}, data)).has_value());
}

TEST(Wav, TakesRatesOf8To192Kilohertz) {
  const File data(8);
  EXPECT_TRUE(read_wav(wav({.rate = kMinWavRate}, data)).has_value());
  EXPECT_FALSE(read_wav(wav({.rate = kMinWavRate - 1}, data)).has_value());
  EXPECT_TRUE(read_wav(wav({.rate = kMaxWavRate}, data)).has_value());
  EXPECT_FALSE(read_wav(wav({.rate = kMaxWavRate + 1}, data)).has_value());
}

TEST(Wav, TakesTenMinutesAndNoMore) {
  const std::size_t longest = kMaxWavSeconds * 48000;
  EXPECT_TRUE(read_wav(wav({}, File(longest * 2))).has_value());
  const auto longer = read_wav(wav({}, File(longest * 2 + 2)));
  ASSERT_FALSE(longer.has_value());
  EXPECT_EQ(longer.error().message, "The WAV file lasts longer than 10 minutes.");
}

TEST(Wav, WritesTenMinutesAndNoMore) {
  const std::vector<std::int16_t> longer(kMaxWavSeconds * kAudioRate + 1);
  EXPECT_EQ(write_wav(longer).size(), 44 + kMaxWavSeconds * kAudioRate * 2);
}

TEST(Wav, LoudSamplesAreClippedAndNoNumberIsSilence) {
  EXPECT_EQ(to_pcm16(std::vector<float>{2.0F, -2.0F, std::nanf(""), 0.5F}),
            (std::vector<std::int16_t>{32767, -32768, 0, 16384}));
}

TEST(Resample, KeepsAToneOfTheVoice) {
  for (const std::uint32_t rate : {8000U, 11025U, 16000U, 44100U, 96000U, 192000U}) {
    const auto resampled = resample(tone(1000, rate, rate / 2), rate, kAudioRate);
    const auto expected = tone(1000, kAudioRate, kAudioRate / 2);
    ASSERT_NEAR(static_cast<double>(resampled.size()), static_cast<double>(expected.size()), 5);
    for (std::size_t i = 500; i + 500 < resampled.size(); ++i) {
      ASSERT_NEAR(resampled[i], expected[i], 0.002) << "rate " << rate << ", sample " << i;
    }
  }
}

TEST(Resample, RemovesWhatTheNewRateCannotHold) {
  const auto resampled = resample(tone(30000, 96000, 9600), 96000, kAudioRate);
  for (std::size_t i = 200; i + 200 < resampled.size(); ++i) ASSERT_NEAR(resampled[i], 0, 0.002);
}

TEST(Resample, KeepsAConstantToItsEnds) {
  const auto resampled = resample(std::vector<float>(100, 0.5F), 16000, kAudioRate);
  ASSERT_EQ(resampled.size(), 300U);
  for (const float sample : resampled) EXPECT_NEAR(sample, 0.5F, 1e-3);
}

TEST(Resample, LeavesNothingOrTheSameRateAlone) {
  EXPECT_TRUE(resample({}, 8000, kAudioRate).empty());
  EXPECT_EQ(resample(std::vector<float>{0.1F, 0.2F}, 48000, 48000).size(), 2U);
  EXPECT_EQ(resample(std::vector<float>{0.5F}, 8000, kAudioRate).size(), 6U);
}

}  // namespace
}  // namespace parley::codecs
