#include "sfu/forwarding/pre_roll.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/check.hpp"

namespace parley::sfu {

std::size_t PreRoll::push(const VoicePacket& packet, Timestamp now) {
  PARLEY_CHECK(packet.payload.size() <= kMaxBytes);
  std::size_t crowded_out = 0;
  std::optional<std::uint16_t> offset;
  while (count_ == kMaxPackets || !(offset = find_room(packet.payload.size()))) {
    erase(0);
    ++crowded_out;
  }
  entries_[count_++] = {.arrived = now,
                        .sequence = packet.sequence,
                        .timestamp = packet.timestamp,
                        .offset = *offset,
                        .size = static_cast<std::uint16_t>(packet.payload.size()),
                        .level = packet.level,
                        .marker = packet.marker};
  std::ranges::copy(packet.payload, bytes_.begin() + *offset);
  return crowded_out;
}

// Behind the newest payload, or, where that is too near the end, before the oldest.
std::optional<std::uint16_t> PreRoll::find_room(std::size_t size) const {
  if (count_ == 0) return std::uint16_t{0};
  const Entry& newest = entries_[count_ - 1];
  const std::size_t begin = entries_[0].offset;
  const std::size_t end = newest.offset + std::size_t{newest.size};
  const bool is_wrapped = newest.offset < begin;
  if (is_wrapped) {
    if (end + size > begin) return std::nullopt;
  } else if (end + size > kMaxBytes) {
    return size < begin ? std::optional<std::uint16_t>(0) : std::nullopt;
  }
  return static_cast<std::uint16_t>(end);
}

std::size_t PreRoll::forget_until(Timestamp time) {
  std::size_t forgotten = 0;
  while (count_ > 0 && entries_[0].arrived <= time) {
    erase(0);
    ++forgotten;
  }
  return forgotten;
}

std::optional<VoicePacket> PreRoll::take_first() {
  if (count_ == 0) return std::nullopt;
  const auto held = std::span(entries_).first(count_);
  const auto first = std::ranges::min_element(held, {}, &Entry::sequence);
  const VoicePacket packet{.sequence = first->sequence,
                           .timestamp = first->timestamp,
                           .marker = first->marker,
                           .level = first->level,
                           .payload = Bytes(bytes_).subspan(first->offset, first->size)};
  erase(static_cast<std::size_t>(first - held.begin()));
  return packet;
}

void PreRoll::clear() { count_ = 0; }

std::uint64_t PreRoll::highest_sequence() const {
  const auto held = std::span(entries_).first(count_);
  return count_ == 0 ? 0 : std::ranges::max_element(held, {}, &Entry::sequence)->sequence;
}

Timestamp PreRoll::oldest() const { return count_ == 0 ? kNever : entries_[0].arrived; }

void PreRoll::erase(std::size_t position) {
  std::ranges::copy(entries_.begin() + position + 1, entries_.begin() + count_,
                    entries_.begin() + position);
  --count_;
}

std::unique_ptr<PreRoll> PreRollPool::take() {
  if (in_use_ == kMaxRings) return nullptr;
  ++in_use_;
  if (free_.empty()) {
    free_.reserve(in_use_);  // so that giving back allocates nothing
    return std::make_unique<PreRoll>();
  }
  auto ring = std::move(free_.back());
  free_.pop_back();
  return ring;
}

void PreRollPool::give(std::unique_ptr<PreRoll> ring) {
  PARLEY_CHECK(ring != nullptr && in_use_ > 0);
  --in_use_;
  ring->clear();
  free_.push_back(std::move(ring));
}

}  // namespace parley::sfu
