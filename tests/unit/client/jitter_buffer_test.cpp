#include "client/media/jitter_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "tests/unit/client/support.hpp"

namespace parley::client {
namespace {

using namespace std::chrono_literals;
using test::at;

// A talker, a network and a listener at virtual time. Each packet carries its number; what sounds
// is written as text: "5" decoded, "m5+6" merged, "f5" restored from the FEC of 5, "c" concealed,
// "." silence.
class Line {
 public:
  struct Sent {
    Duration arrival;
    int number;
    std::uint32_t timestamp;
    bool marker = false;
    bool is_silence = false;
  };

  void send(Sent packet) { packets_.push_back(packet); }
  // 50 packets a second from `first` on, each delayed by `delay(number)`; nullopt: lost.
  void talk(int first, int count, const std::function<std::optional<Duration>(int)>& delay) {
    for (int i = first; i < first + count; ++i) {
      const std::optional<Duration> by = delay(i);
      if (by) {
        send({.arrival = i * 20ms + *by,
              .number = i,
              .timestamp = static_cast<std::uint32_t>(i) * 960U,
              .marker = i == first});
      }
    }
  }

  // One frame each 20 ms, 5 ms after the beginning of the talker's frames.
  std::vector<std::string> listen(Duration from, Duration to) {
    std::ranges::stable_sort(packets_, {}, &Sent::arrival);
    std::vector<std::string> heard;
    for (Duration now = from + 5ms; now < to; now += 20ms) {
      while (next_ < packets_.size() && packets_[next_].arrival <= now) deliver(packets_[next_++]);
      heard.push_back(describe(buffer.pop(at(now).mono)));
      depth_ = std::max(depth_, buffer.target_delay());
    }
    return heard;
  }
  Duration largest_target() const { return depth_; }

  std::uint16_t sequence_base = 0;
  std::uint32_t timestamp_base = 0;
  JitterBuffer buffer;

 private:
  void deliver(const Sent& packet) {
    const auto number = static_cast<std::uint32_t>(packet.number);
    const std::array<std::uint8_t, 3> payload = {static_cast<std::uint8_t>(number >> 16),
                                                 static_cast<std::uint8_t>(number >> 8),
                                                 static_cast<std::uint8_t>(number)};
    buffer.push({.sequence = static_cast<std::uint16_t>(sequence_base + number),
                 .timestamp = timestamp_base + packet.timestamp,
                 .marker = packet.marker,
                 .samples = 960,
                 .is_silence = packet.is_silence,
                 .opus = payload},
                at(packet.arrival).mono);
  }
  static std::string number_of(const std::vector<std::uint8_t>& opus) {
    return std::to_string((opus[0] << 16) | (opus[1] << 8) | opus[2]);
  }
  static std::string describe(const PlayoutStep& step) {
    struct Words {
      std::string operator()(const PlayPacket& play) const { return number_of(play.opus); }
      std::string operator()(const PlayMerged& play) const {
        return "m" + number_of(play.first) + "+" + number_of(play.second);
      }
      std::string operator()(const RestoreBefore& play) const { return "f" + number_of(play.next); }
      std::string operator()(const Conceal&) const { return "c"; }
      std::string operator()(const Silence&) const { return "."; }
    };
    return std::visit(Words{}, step);
  }

  std::vector<Sent> packets_;
  std::size_t next_ = 0;
  Duration depth_{};
};

using Heard = std::vector<std::string>;

std::string joined(const Heard& heard) {
  std::string text;
  for (const std::string& step : heard) text += step + " ";
  return text;
}
long count(const Heard& heard, const std::string& step) { return std::ranges::count(heard, step); }

std::optional<Duration> steady(int) { return 10ms; }

TEST(JitterBuffer, PlaysASteadyStreamInOrderAfterOneFrame) {
  Line line;
  line.talk(0, 6, steady);
  EXPECT_EQ(joined(line.listen(0ms, 160ms)), ". . 0 1 2 3 4 5 ");
  EXPECT_EQ(line.buffer.target_delay(), 20ms);
}

TEST(JitterBuffer, PutsReorderedPacketsBackInOrder) {
  Line line;
  line.talk(0, 8, [](int i) { return i == 3 ? 32ms : 10ms; });
  EXPECT_EQ(joined(line.listen(0ms, 200ms)), ". . 0 1 2 3 4 5 6 7 ");
  EXPECT_EQ(line.buffer.counters().gaps, 0U);
}

TEST(JitterBuffer, AReorderedFirstPacketIsPlayedToo) {
  Line line;
  line.send({.arrival = 8ms, .number = 1, .timestamp = 960});
  line.talk(0, 1, steady);
  line.talk(2, 3, steady);
  EXPECT_EQ(count(line.listen(0ms, 200ms), "0"), 1);
}

TEST(JitterBuffer, RestoresOneLostPacketFromTheNext) {
  Line line;
  line.talk(0, 8, [](int i) { return i == 3 ? std::nullopt : steady(i); });
  EXPECT_EQ(joined(line.listen(0ms, 200ms)), ". . 0 1 2 f4 4 5 6 7 ");
  EXPECT_EQ(line.buffer.counters().lost, 1U);
  EXPECT_EQ(line.buffer.counters().gaps, 1U);
  Line deeper;
  deeper.talk(0, 60, [](int i) { return i % 5 == 1 ? 45ms : 10ms; });
  deeper.talk(60, 40, [](int i) {
    return i == 80 ? std::nullopt : std::optional<Duration>(i % 5 == 1 ? 45ms : 10ms);
  });
  const Heard heard = deeper.listen(0ms, 2200ms);
  EXPECT_EQ(count(heard, "f81"), 1);
  EXPECT_EQ(count(heard, "81"), 1);
  EXPECT_EQ(deeper.buffer.counters().restored, 1U);
}

TEST(JitterBuffer, GrowsUnderJitterUntilNothingIsLate) {
  Line line;
  test::SeededRandom random{5};
  line.talk(0, 500, [&](int) { return Duration(10ms) + (random.next_u32() % 60) * 1ms; });
  const Heard early = line.listen(0ms, 2s);
  const Heard settled = line.listen(2s, 9900ms);
  EXPECT_GE(line.buffer.target_delay(), 60ms);
  EXPECT_LE(line.buffer.target_delay(), 90ms);
  EXPECT_LE(count(settled, "c") + count(settled, "."), 4) << joined(settled);
}

TEST(JitterBuffer, ComesBackToAShortDelayWhenTheNetworkCalmsDown) {
  Line line;
  test::SeededRandom random{6};
  line.talk(0, 300, [&](int) { return Duration(10ms) + (random.next_u32() % 120) * 1ms; });
  line.talk(300, 500, steady);
  line.listen(0s, 6s);
  EXPECT_GE(line.largest_target(), 100ms);
  const Heard calm = line.listen(6s, 15900ms);
  EXPECT_EQ(line.buffer.target_delay(), 20ms);
  EXPECT_GT(line.buffer.counters().merged, 0U);
  EXPECT_LE(count(calm, "c") + count(calm, "."), 3) << joined(calm);
  // Whatever sounds in the last frames was spoken at most 80 ms before.
  EXPECT_GE(std::stoi(calm.back()), 790);
}

TEST(JitterBuffer, NeverHoldsMoreThan200MillisecondsAndDropsTheOldest) {
  Line line;
  // Everything stands still for a second, then comes at once.
  line.talk(0, 100, [](int i) {
    return i >= 20 && i < 70 ? std::optional<Duration>((70 - i) * 20ms + 10ms) : steady(i);
  });
  const Heard heard = line.listen(0ms, 2100ms);
  EXPECT_GT(line.buffer.counters().overflow, 30U);
  const auto resumed = std::ranges::find_if(
      heard.begin() + 60, heard.end(), [](const auto& step) { return step != "c" && step != "."; });
  ASSERT_NE(resumed, heard.end());
  EXPECT_GE(std::stoi(resumed->substr(resumed->starts_with('m') ? 1 : 0)), 60);
}

TEST(JitterBuffer, ExactlyTheLimitIsKeptAndOneMoreDropsOne) {
  for (const auto& [packets, dropped] : {std::pair{10, 0U}, std::pair{11, 1U}}) {
    Line line;
    line.talk(0, packets, [packets](int i) { return (packets - i) * 20ms; });
    line.listen(0ms, packets * 20ms + 20ms);
    EXPECT_EQ(line.buffer.counters().overflow, dropped) << packets;
  }
}

TEST(JitterBuffer, ConcealsABurstOfLossBrieflyThenIsSilent) {
  Line line;
  line.talk(0, 100, [](int i) { return i >= 20 && i < 60 ? std::nullopt : steady(i); });
  const Heard heard = line.listen(0ms, 2040ms);
  EXPECT_LE(count(heard, "c"), 5) << joined(heard);
  EXPECT_EQ(line.buffer.counters().gaps, 1U);
  EXPECT_EQ(line.buffer.counters().lost, 40U);
  EXPECT_EQ(count(heard, "60"), 1);
  EXPECT_EQ(count(heard, "99"), 1);
}

TEST(JitterBuffer, SequenceAndTimestampMayWrapAnywhere) {
  for (const std::uint16_t sequence : std::array<std::uint16_t, 3>{65530, 65535, 32767}) {
    for (const std::uint32_t timestamp : {0xffffffffU - 960U * 5, 0x7fffffffU - 960U * 5}) {
      Line line;
      line.sequence_base = sequence;
      line.timestamp_base = timestamp;
      line.talk(0, 20, steady);
      const Heard heard = line.listen(0ms, 440ms);
      for (int i = 0; i < 20; ++i)
        EXPECT_EQ(heard[static_cast<std::size_t>(i) + 2], std::to_string(i));
      EXPECT_EQ(line.buffer.counters().late, 0U);
    }
  }
}

TEST(JitterBuffer, AnotherTalkerAfterAPauseStartsWithAMarkerAndSilenceBefore) {
  Line line;
  for (int i = 0; i < 5; ++i) {
    line.send({.arrival = i * 20ms,
               .number = i,
               .timestamp = static_cast<std::uint32_t>(i) * 960U,
               .marker = i == 0});
  }
  // The node continues sequence and timestamp: the pause is in the timestamp only.
  for (int i = 5; i < 10; ++i) {
    line.send({.arrival = i * 20ms + 600ms,
               .number = i,
               .timestamp = static_cast<std::uint32_t>(i) * 960U + 28800U,
               .marker = i == 5});
  }
  const Heard heard = line.listen(0ms, 1s);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(count(heard, std::to_string(i)), 1) << joined(heard);
  EXPECT_EQ(line.buffer.counters().late, 0U);
  EXPECT_EQ(heard[30], ".");
}

TEST(JitterBuffer, BetweenPacketsOfDtxTheDecoderMakesComfortNoise) {
  Line line;
  line.talk(0, 5, steady);
  line.send({.arrival = 110ms, .number = 5, .timestamp = 5 * 960, .is_silence = true});
  line.send({.arrival = 510ms, .number = 6, .timestamp = 25 * 960, .is_silence = true});
  line.send({.arrival = 710ms, .number = 7, .timestamp = 35 * 960});
  const Heard heard = line.listen(0ms, 800ms);
  EXPECT_EQ(count(heard, "6"), 1);
  EXPECT_EQ(count(heard, "7"), 1);
  EXPECT_EQ(count(heard, "."), 2) << joined(heard) << " only before the first word";
  EXPECT_EQ(line.buffer.counters().gaps, 0U) << "a pause is no loss";
}

TEST(JitterBuffer, RepeatedAndLatePacketsAreCountedAndNotPlayed) {
  Line line;
  line.talk(0, 10, steady);
  line.talk(2, 1, [](int) { return 11ms; });   // again, still waiting
  line.talk(3, 1, [](int) { return 100ms; });  // again, long over
  const Heard heard = line.listen(0ms, 300ms);
  EXPECT_EQ(count(heard, "2"), 1);
  EXPECT_EQ(count(heard, "3"), 1);
  EXPECT_EQ(line.buffer.counters().late, 2U);
}

TEST(JitterBuffer, FollowsAPathThatBecameMuchSlower) {
  Line line;
  line.talk(0, 50, steady);
  line.talk(50, 200, [](int) { return 510ms; });
  const Heard heard = line.listen(0ms, 5500ms);
  long played = 0;
  for (int i = 100; i < 250; ++i) played += count(heard, std::to_string(i));
  EXPECT_GE(played, 130) << joined(heard);
}

TEST(JitterBuffer, FollowsClocksThatDriftApart) {
  for (const int drift_ppm : {-500, 500}) {
    Line line;
    line.talk(0, 3000, [drift_ppm](int i) {
      return 50ms + Duration(static_cast<std::int64_t>(i) * 20'000 * drift_ppm / 1'000'000);
    });
    const Heard heard = line.listen(0ms, 59s);
    EXPECT_LE(count(heard, "c") + count(heard, "."), 8) << drift_ppm;
    const std::string& last = heard.back();
    const int number = std::stoi(last.substr(last.starts_with('m') ? 1 : 0));
    EXPECT_GE(number, 2930) << drift_ppm;
  }
}

TEST(JitterBuffer, AStreamThatStartsOverIsPlayed) {
  Line line;
  line.talk(0, 20, steady);
  line.listen(0ms, 400ms);
  Line other;
  other.buffer = line.buffer;
  other.sequence_base = 30000;
  other.timestamp_base = 0x80000000;
  other.talk(20, 20, steady);
  const Heard heard = other.listen(400ms, 900ms);
  EXPECT_EQ(count(heard, "39"), 1) << joined(heard);
}

TEST(JitterBuffer, ResetForgetsTheStreamAndKeepsTheCounters) {
  Line line;
  line.talk(0, 10, steady);
  line.listen(0ms, 150ms);
  line.buffer.reset();
  EXPECT_GT(line.buffer.counters().received, 0U);
  EXPECT_TRUE(std::holds_alternative<Silence>(line.buffer.pop(at(160ms).mono)));
}

TEST(JitterBuffer, UnderHeavyLossAndJitterEveryFrameIsSomethingAndMostAreSpeech) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Line line;
    test::SeededRandom random{seed};
    line.talk(0, 1000, [&](int) -> std::optional<Duration> {
      if (random.chance(20)) return std::nullopt;
      return Duration(20ms) + (random.next_u32() % 50) * 1ms;
    });
    const Heard heard = line.listen(0ms, 20s);
    long speech = 0;
    int last = -1;
    for (const std::string& step : heard) {
      if (step == "c" || step == "." || step.starts_with('f')) continue;
      const bool is_merged = step.starts_with('m');
      const int number = std::stoi(step.substr(is_merged ? 1 : 0));
      EXPECT_GT(number, last) << "never backwards, seed " << seed;
      last = is_merged ? number + 1 : number;
      speech += is_merged ? 2 : 1;
    }
    EXPECT_GE(speech, 700) << "seed " << seed;
  }
}

}  // namespace
}  // namespace parley::client
