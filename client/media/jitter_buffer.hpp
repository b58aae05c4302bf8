// Turns the packets of one slot, as the network delivers them, into one decision for each stretch
// of sound: decode, restore from FEC, conceal, or silence. The delay follows the measured jitter.
// Pure: packets and time in, steps out.
//
// One mapping carries everything: a packet with timestamp t is meant to sound at
// t + (fastest transit of late) + (target delay). All times here are RTP ticks of 1/48000 s.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "codecs/rtp.hpp"

namespace parley::client {

// `samples`: the duration at 48 kHz.
struct PlayPacket {
  std::vector<std::uint8_t> opus;
  bool starts_talk;  // another voice or a new sentence: decode from a fresh state
};
struct PlayMerged {  // two neighbours in the time of the first one, to catch up
  std::vector<std::uint8_t> first;
  std::vector<std::uint8_t> second;
};
struct RestoreBefore {  // the packet just before `next` is lost; `next` follows in a later step
  std::vector<std::uint8_t> next;
};
struct Conceal {};
struct Silence {};
using PlayoutStep = std::variant<PlayPacket, PlayMerged, RestoreBefore, Conceal, Silence>;

struct JitterCounters {
  std::uint64_t received = 0;
  std::uint64_t played = 0;
  std::uint64_t late = 0;       // came after its time, or again
  std::uint64_t overflow = 0;   // dropped to keep the delay below 200 ms
  std::uint64_t lost = 0;       // were not there when their time came
  std::uint64_t restored = 0;   // of those: taken from the FEC of the next packet
  std::uint64_t concealed = 0;  // stretches of 20 ms made up
  std::uint64_t gaps = 0;       // times when the sound was interrupted by loss or lateness
  std::uint64_t merged = 0;
};

class JitterBuffer {
 public:
  static constexpr std::int64_t kFrame = 960;        // 20 ms
  static constexpr std::int64_t kMinDelay = kFrame;  // less: every small jitter is heard
  static constexpr std::int64_t kMaxDelay = 9600;    // 200 ms (security.md S9): drop oldest beyond
  static constexpr std::size_t kMaxPackets = 80;     // 200 ms of the shortest Opus packets
  static constexpr std::size_t kTransits = 128;      // 2.5 s of measurements

  // `samples`: the packet's duration; `is_silence`: Opus DTX.
  struct Packet {
    std::uint16_t sequence;
    std::uint32_t timestamp;
    bool marker;
    std::uint32_t samples;
    bool is_silence;
    Bytes opus;
  };
  void push(const Packet& packet, Timestamp now);
  // What sounds next. PlayPacket lasts as long as its packet, every other step 20 ms.
  [[nodiscard]] PlayoutStep pop(Timestamp now);
  // Forgets the stream, keeps the counters.
  void reset();

  [[nodiscard]] const JitterCounters& counters() const { return counters_; }
  [[nodiscard]] Duration target_delay() const;

 private:
  struct Entry {
    std::uint64_t sequence;
    std::int64_t timestamp;
    std::int64_t samples;
    bool marker;
    bool is_silence;
    std::vector<std::uint8_t> opus;
    [[nodiscard]] std::int64_t end() const { return timestamp + samples; }
  };

  std::int64_t extend_timestamp(std::uint32_t timestamp);
  void measure(std::int64_t transit);
  void insert(Entry entry);
  void drop_oldest();
  [[nodiscard]] std::int64_t wanted_position(std::int64_t now) const;
  [[nodiscard]] PlayoutStep take(std::int64_t now);
  [[nodiscard]] PlayoutStep bridge_gap(std::int64_t now);
  [[nodiscard]] PlayoutStep run_dry(std::int64_t now);
  [[nodiscard]] PlayoutStep conceal();
  void account_for(const Entry& next);
  [[nodiscard]] std::uint32_t conceal_limit() const;

  codecs::SequenceExtender extender_;
  std::optional<std::uint32_t> last_timestamp_;
  std::int64_t extended_timestamp_ = 0;

  std::deque<std::int64_t> transits_;
  std::int64_t fastest_transit_ = 0;
  std::int64_t target_ = kMinDelay;

  std::deque<Entry> entries_;  // by sequence
  bool is_playing_ = false;
  bool has_played_ = false;
  std::uint64_t next_sequence_ = 0;
  std::int64_t played_until_ = 0;  // end of the last packet that sounded
  std::int64_t position_ = 0;      // timestamp that sounds next
  std::uint32_t concealed_in_row_ = 0;
  std::uint32_t made_up_ =
      0;  // concealed since the last packet; loss or a pause, as the next shows
  bool last_was_silence_ = false;
  std::int64_t next_merge_ = 0;
  JitterCounters counters_;
};

}  // namespace parley::client
