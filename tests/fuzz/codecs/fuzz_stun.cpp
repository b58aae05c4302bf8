// STUN: what parses has views inside the datagram; a message without FINGERPRINT gets a right one,
// so that mutated attributes are read and not only their checksum.
#include <algorithm>
#include <vector>

#include "base/check.hpp"
#include "codecs/crc32.hpp"
#include "codecs/stun.hpp"

using namespace parley;

namespace {

void read(Bytes datagram) {
  const auto view = codecs::parse_stun(datagram);
  if (!view) return;
  PARLEY_CHECK(view->username.size() <= 508);
  PARLEY_CHECK(view->integrity.empty() || view->integrity.size() == 20);
  PARLEY_CHECK(view->integrity_covered.size() <= datagram.size());
  (void)view->verify_integrity("VOkJxbRl1RmTxUk/WvJxBt");
  const auto parts = codecs::split_username(view->username);
  PARLEY_CHECK(!parts || parts->local.size() + parts->remote.size() + 1 == view->username.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read(Bytes(data, size));
  if (size < 20) return 0;
  // The same with a right length and FINGERPRINT.
  std::vector<std::uint8_t> fixed(data, data + (size - size % 4));
  fixed.resize(fixed.size() + 8);
  const std::size_t covered = fixed.size() - 8;
  ByteWriter(MutableBytes(fixed).subspan(2, 6)).u16(static_cast<std::uint16_t>(fixed.size() - 20));
  ByteWriter(MutableBytes(fixed).subspan(4, 4)).u32(0x2112a442);
  ByteWriter tail(MutableBytes(fixed).subspan(covered));
  tail.u32(0x80280004);
  tail.u32(codecs::crc32(Bytes(fixed).first(covered)) ^ 0x5354554e);
  read(fixed);
  return 0;
}
