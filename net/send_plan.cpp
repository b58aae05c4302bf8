#include "net/send_plan.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "base/check.hpp"

namespace parley::net {
namespace {

std::uint64_t hash(const Endpoint& remote) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, remote.address.bytes.data(), sizeof high);
  std::memcpy(&low, remote.address.bytes.data() + sizeof high, sizeof low);
  std::uint64_t mixed = (high ^ std::uint64_t{remote.port} << 40U) * 0x9e3779b97f4a7c15U;
  mixed = (mixed ^ low ^ mixed >> 32U) * 0xff51afd7ed558ccdU;
  return mixed;
}

bool is_same(const Endpoint& a, const Endpoint& b) {
  return std::memcmp(a.address.bytes.data(), b.address.bytes.data(), a.address.bytes.size()) == 0 &&
         a.port == b.port && a.address.is_v6 == b.address.is_v6;
}

// Whether a datagram of `size` bytes can be the next segment of `run`, whose segments so far have
// the size of its first one unless the last one closed it by being shorter.
bool can_follow(const SendPlan::Run& run, std::uint32_t segment, std::uint32_t size) {
  return size > 0 && size <= segment && segment <= SendPlan::kMaxSegment &&
         run.segments < SendPlan::kMaxSegments && run.bytes == run.segments * segment &&
         run.bytes + size <= SendPlan::kMaxMessage;
}

}  // namespace

SendPlan::SendPlan()
    : runs_(std::make_unique_for_overwrite<Run[]>(kMaxEntries)),
      next_(std::make_unique_for_overwrite<std::uint32_t[]>(kMaxEntries)),
      // From calloc, since its zeros take no memory until they are used: a client's batches are
      // small.
      slots_(static_cast<Slot*>(std::calloc(kSlots, sizeof(Slot)))) {
  if (slots_ == nullptr) throw std::bad_alloc();
}

void SendPlan::make(std::span<const PacketBatch::Entry> entries, std::uint16_t local,
                    bool with_segments) {
  PARLEY_CHECK(entries.size() <= kMaxEntries);
  count_ = 0;
  const std::size_t mask = std::bit_ceil(kSlotsPerEntry * entries.size()) - 1;
  next_generation();
  const bool can_join = with_segments && entries.size() > 1;
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    const PacketBatch::Entry& entry = entries[i];
    if (entry.path.is_tcp() || entry.path.local != local) continue;
    Slot* const slot = can_join ? find(entries, entry.path.remote, mask) : nullptr;
    if (slot != nullptr && slot->generation == generation_) {
      Run& run = runs_[slot->run];
      if (can_follow(run, entries[run.first].size, entry.size)) {
        next_[run.last] = i;
        run.last = i;
        run.segments += 1;
        run.bytes += entry.size;
        continue;
      }
    }
    if (slot != nullptr) {
      slot->generation = generation_;
      slot->run = static_cast<std::uint32_t>(count_);
    }
    start(i, entry.size);
  }
}

void SendPlan::next_generation() {
  generation_ += 1;
  if (generation_ != 0) return;
  std::fill_n(slots_.get(), kSlots, Slot{});  // or stamps of old would count as new
  generation_ = 1;
}

SendPlan::Slot* SendPlan::find(std::span<const PacketBatch::Entry> entries, const Endpoint& remote,
                               std::size_t mask) {
  const std::uint64_t mixed = hash(remote);
  const auto tag = static_cast<std::uint16_t>(mixed >> 48U);
  auto at = static_cast<std::size_t>(mixed >> 16U);
  for (std::size_t probe = 0; probe < kMaxProbes; ++probe, ++at) {
    Slot& slot = slots_[at & mask];
    if (slot.generation != generation_) {
      slot.tag = tag;
      return &slot;
    }
    if (slot.tag != tag) continue;
    if (is_same(entries[runs_[slot.run].first].path.remote, remote)) return &slot;
  }
  return nullptr;
}

}  // namespace parley::net
