// Who is heard in a room: a room with K slots has K + 1 channels, and this decides which talker
// holds which. A listener hears channel c in slot c; a member that holds channel c hears the last
// channel (index K) there, so nobody hears himself and each of K + 1 talkers hears the K others.
// Pure and deterministic: levels and times in, channels out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace parley::sfu {

inline constexpr std::uint8_t kMaxSlots = 20;  // api.Connect.slots
inline constexpr std::size_t kMaxChannels = kMaxSlots + 1U;

// Speech is a level louder than this, in -dBov. More: breath and keyboards take channels. Less: a
// quiet voice is not heard at all.
inline constexpr std::uint8_t kSpeechFloorDbov = 65;
// A holder silent for this long gives his channel to anybody who wants it. More: with all channels
// held, a newcomer's first words are lost. Less: pauses between words cost people their place.
inline constexpr Duration kYieldAfter = std::chrono::milliseconds(400);
// A holder silent for this long gives his channel up unasked. More: he is shown as talking for
// longer after his last word. Less: more changes of talkers to announce.
inline constexpr Duration kReleaseAfter = std::chrono::seconds(4);
// When all channels are taken, a challenger must be louder than the quietest holder by this. More:
// somebody in the background keeps his channel. Less: channels flap between equal voices.
inline constexpr int kChallengeMarginDb = 6;
// ... and for this long. More: a real interruption is heard late. Less: a cough takes a channel.
inline constexpr Duration kChallengeTime = std::chrono::milliseconds(400);
// No challenge is possible in the first part of a holding. More: a wrong choice lasts. Less: words
// are cut in the middle.
inline constexpr Duration kMinHold = std::chrono::seconds(2);
// Weight of one packet in the smoothed level: 1/8 when louder, 1/32 when quieter (at 20 ms packets
// time constants of 160 and 640 ms). Slower: late decisions. Faster: syllables decide.
inline constexpr int kRiseShift = 3;
inline constexpr int kFallShift = 5;
// After a hole this long the smoothed level starts anew: it described another utterance.
inline constexpr Duration kMeterGap = std::chrono::milliseconds(400);

// The loudness of one talker over time.
class SpeechMeter {
 public:
  void on_level(std::uint8_t dbov, Timestamp now);
  // Smoothed, in 1/256 dB above the quietest level RFC 6464 can say; louder is more.
  [[nodiscard]] std::int32_t loudness() const { return loudness_; }

 private:
  friend class SpeakerSelector;
  std::int32_t loudness_ = 0;
  Timestamp last_packet_{};
  std::optional<Timestamp> louder_since_;  // of an ongoing challenge
};

class SpeakerSelector {
 public:
  struct Channel {
    PeerId holder;            // none: free
    std::uint32_t burst = 0;  // names this holding; never repeats within 2^32 holdings of a room
    Timestamp since{};
    Timestamp last_speech{};
    std::int32_t loudness = 0;
  };

  // `slots` is K, 1 to kMaxSlots.
  explicit SpeakerSelector(std::uint8_t slots);

  // A packet of `talker` whose level is `dbov`. The channel it goes out on, or nullopt: not
  // selected.
  [[nodiscard]] std::optional<std::size_t> on_packet(PeerId talker, SpeechMeter& meter,
                                                     std::uint8_t dbov, Timestamp now);
  // The talker left, or no longer sends to this room.
  void remove(PeerId talker);
  // Frees the channels of holders silent for kReleaseAfter.
  void tick(Timestamp now);
  [[nodiscard]] Timestamp deadline() const;

  // K + 1 channels; the last is for those who hold one of the others.
  [[nodiscard]] std::span<const Channel> channels() const { return {channels_.data(), count_}; }
  [[nodiscard]] std::optional<std::size_t> channel_of(PeerId talker) const;
  // Grows whenever a channel changes its holder.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

 private:
  [[nodiscard]] std::size_t last() const { return count_ - 1; }
  [[nodiscard]] bool is_stale(const Channel& channel, Timestamp now) const;
  [[nodiscard]] std::optional<std::size_t> find_vacancy(std::size_t channels, Timestamp now) const;
  [[nodiscard]] std::optional<std::size_t> find_quietest(std::size_t channels, Timestamp now) const;
  // The channel the challenger has won, if any.
  [[nodiscard]] std::optional<std::size_t> challenge(SpeechMeter& meter, std::size_t channels,
                                                     Timestamp now) const;
  [[nodiscard]] std::size_t rise_from_last(SpeechMeter& meter, Timestamp now);
  void occupy(std::size_t channel, const Channel& content);
  void release(std::size_t channel);

  std::array<Channel, kMaxChannels> channels_{};
  std::size_t count_;
  std::uint32_t next_burst_ = 1;
  std::uint64_t revision_ = 0;
};

}  // namespace parley::sfu
