#include "base/packet_batch.hpp"

#include <algorithm>
#include <limits>

namespace parley {

PacketBatch::PacketBatch(std::size_t bytes, std::size_t packets)
    : slab_(std::make_unique_for_overwrite<std::uint8_t[]>(bytes)),
      capacity_(bytes),
      max_entries_(packets) {
  PARLEY_CHECK(bytes <= std::numeric_limits<std::uint32_t>::max());
  entries_.reserve(packets);
}

bool PacketBatch::push(const Path& path, Bytes datagram) {
  const MutableBytes room = reserve(datagram.size());
  if (room.size() < datagram.size()) return false;
  std::ranges::copy(datagram, room.begin());
  commit(path, datagram.size());
  return true;
}

}  // namespace parley
