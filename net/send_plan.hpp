// Which datagrams of a batch leave in one message. Several datagrams to one destination can leave
// as one message of equal segments, of which only the last may be shorter (UDP_SEGMENT, udp(7)).
// They are rarely neighbours: a core writes talker A to every listener, then talker B to every
// listener. A plan finds them with one look into a small table per datagram.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include "base/packet_batch.hpp"

namespace parley::net {

class SendPlan {
 public:
  // Datagrams that are planned together. Longer batches are planned in turns of so many.
  static constexpr std::size_t kMaxEntries = 16384;
  // The kernel's bounds for one message (UDP_MAX_SEGMENTS of linux/udp.h; what an IPv4 datagram
  // can carry).
  static constexpr std::uint32_t kMaxSegments = 64;
  static constexpr std::uint32_t kMaxMessage = 65507;
  // A segment must fit the path's MTU, or the kernel refuses the message. Every path takes this,
  // and voice is far shorter; longer datagrams leave alone and the kernel may fragment them.
  static constexpr std::uint32_t kMaxSegment = 1200;

  // Datagrams to one destination, in their order: `first`, next(first), and so on, `segments` of
  // them.
  struct Run {
    std::uint32_t first;  // index of an entry
    std::uint32_t last;
    std::uint32_t segments;
    std::uint32_t bytes;  // of all
  };

  SendPlan();

  // Plans those of `entries` (at most kMaxEntries) that are UDP and leave by the socket `local`.
  // Runs to one destination are in the order of their datagrams. Without `with_segments` every
  // datagram is a run of its own.
  void make(std::span<const PacketBatch::Entry> entries, std::uint16_t local, bool with_segments);

  [[nodiscard]] std::span<const Run> runs() const { return {runs_.get(), count_}; }
  // The entry that follows `entry` in its run. Undefined for the last one.
  [[nodiscard]] std::uint32_t next(std::uint32_t entry) const { return next_[entry]; }

 private:
  // A slot holds the newest run to one destination, if its generation is the current one: nothing
  // is cleared between plans, except once in 65,535. The tag, more bits of the destination's hash,
  // spares a look at the entries of others.
  struct Slot {
    std::uint16_t generation;
    std::uint16_t tag;
    std::uint32_t run;
  };
  struct Free {
    void operator()(Slot* slots) const { std::free(slots); }
  };
  // At most a quarter of the slots in use is taken: the first one looked at is nearly always right.
  static constexpr std::size_t kSlotsPerEntry = 4;
  static constexpr std::size_t kSlots = kSlotsPerEntry * kMaxEntries;
  // Slots that are looked at for one destination. Who finds none leaves alone, so that addresses
  // that were chosen to collide cost no more than others.
  static constexpr std::size_t kMaxProbes = 8;

  void start(std::uint32_t entry, std::uint32_t size) { runs_[count_++] = {entry, entry, 1, size}; }
  void next_generation();
  // The slot of the newest run to `remote`, else a free one, tagged; nullptr when none is near.
  [[nodiscard]] Slot* find(std::span<const PacketBatch::Entry> entries, const Endpoint& remote,
                           std::size_t mask);

  std::unique_ptr<Run[]> runs_;
  std::size_t count_ = 0;
  std::unique_ptr<std::uint32_t[]> next_;
  std::unique_ptr<Slot[], Free> slots_;
  std::uint16_t generation_ = 0;
};

}  // namespace parley::net
