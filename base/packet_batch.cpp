#include "base/packet_batch.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace parley {

PacketBatch::PacketBatch(std::size_t bytes, std::size_t packets)
    : slab_(std::make_unique_for_overwrite<std::uint8_t[]>(bytes)),
      capacity_(bytes),
      max_entries_(packets) {
  entries_.reserve(packets);
}

MutableBytes PacketBatch::reserve(std::size_t size) {
  if (entries_.size() == max_entries_ || size > capacity_ - used_) return {};
  return {slab_.get() + used_, size};
}

void PacketBatch::commit(const Path& path, std::size_t size) {
  PARLEY_CHECK(size <= capacity_ - used_ && entries_.size() < max_entries_);
  entries_.push_back({.path = path,
                      .offset = static_cast<std::uint32_t>(used_),
                      .size = static_cast<std::uint32_t>(size)});
  used_ += size;
}

bool PacketBatch::push(const Path& path, Bytes datagram) {
  const MutableBytes room = reserve(datagram.size());
  if (room.size() < datagram.size()) return false;
  std::ranges::copy(datagram, room.begin());
  commit(path, datagram.size());
  return true;
}

bool PacketBatch::is_half_full() const {
  return used_ * 2 > capacity_ || entries_.size() * 2 > max_entries_;
}

void PacketBatch::clear() {
  entries_.clear();
  used_ = 0;
}

}  // namespace parley
