// What a person hears: the slots' packets through their jitter buffers and decoders, mixed to one
// 48 kHz mono stream of 20 ms frames. Owned by one thread; no clock.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "client/media/jitter_buffer.hpp"
#include "codecs/opus.hpp"

namespace parley::client {

using MixedFrame = std::span<std::int16_t, codecs::kFrameSamples>;

class Playout {
 public:
  static Result<Playout> create(std::uint8_t slots);

  struct Packet {
    std::uint8_t slot;  // beyond the last slot: ignored
    std::uint16_t sequence;
    std::uint32_t timestamp;
    bool marker;
    Bytes opus;  // what is no Opus packet is ignored
  };
  void push(const Packet& packet, Timestamp now);
  // The next 20 ms. Called once per 20 ms of `now`; saturates where voices add up too loud.
  void mix(Timestamp now, MixedFrame out);
  // A new transport: slots start over.
  void reset();

  [[nodiscard]] std::size_t slot_count() const { return slots_.size(); }
  [[nodiscard]] const JitterCounters& counters(std::size_t slot) const {
    return slots_[slot].buffer.counters();
  }
  [[nodiscard]] Duration target_delay(std::size_t slot) const {
    return slots_[slot].buffer.target_delay();
  }

 private:
  struct Slot {
    JitterBuffer buffer;
    codecs::OpusDecoderHandle decoder;
    std::vector<std::int16_t> decoded;  // at most one packet beyond what has been mixed
  };
  explicit Playout(std::vector<Slot> slots) : slots_(std::move(slots)) {}

  static void play(Slot& slot, const PlayoutStep& step);
  static void decode(Slot& slot, const PlayPacket& packet);
  static void merge(Slot& slot, const PlayMerged& pair);

  std::vector<Slot> slots_;
};

}  // namespace parley::client
