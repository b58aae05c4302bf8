// The send slab: everything a core wants on the network in one loop turn, in one allocation that is
// reused. A core reserves room, writes, commits; the shell flushes and clears.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/endpoint.hpp"

namespace parley {

// Largest datagram Parley sends or accepts (security.md S8), with room for the SRTP trailer.
inline constexpr std::size_t kMaxDatagram = 1500;

class PacketBatch {
 public:
  struct Entry {
    Path path;
    std::uint32_t offset;
    std::uint32_t size;
  };

  // Allocates once: `bytes` of slab (less than 4 GiB) and `packets` entries. The defaults hold
  // three times one talker's fan-out to 5,000 listeners. A shell flushes when the batch is half
  // full, so that one more fan-out always has room; memory that was never written costs nothing.
  explicit PacketBatch(std::size_t bytes = 4U << 20, std::size_t packets = 16384);

  // At least `size` writable bytes, valid until the next reserve(), or an empty span when the batch
  // is full (the caller counts a drop).
  [[nodiscard]] MutableBytes reserve(std::size_t size) {
    if (entries_.size() == max_entries_ || size > capacity_ - used_) return {};
    return {slab_.get() + used_, size};
  }
  // Makes the first `size` bytes of the last reservation a datagram to `path`.
  void commit(const Path& path, std::size_t size) {
    PARLEY_CHECK(size <= capacity_ - used_ && entries_.size() < max_entries_);
    // Built in its place: a copy from the stack would wait for the stores that made it.
    entries_.emplace_back(path, static_cast<std::uint32_t>(used_),
                          static_cast<std::uint32_t>(size));
    used_ += size;
  }
  // reserve + copy + commit. False when full.
  bool push(const Path& path, Bytes datagram);

  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  [[nodiscard]] Bytes bytes(const Entry& entry) const {
    return Bytes(slab_.get() + entry.offset, entry.size);
  }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] bool is_half_full() const {
    return used_ * 2 > capacity_ || entries_.size() * 2 > max_entries_;
  }
  void clear() {
    entries_.clear();
    used_ = 0;
  }

 private:
  std::unique_ptr<std::uint8_t[]> slab_;
  std::size_t capacity_;
  std::size_t used_ = 0;
  std::size_t max_entries_;
  std::vector<Entry> entries_;
};

}  // namespace parley
