#include "signaling/audit/event.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <vector>

#include "base/bytes.hpp"

namespace parley::signaling {
namespace {

constexpr std::string_view kPurpose{"parley event 1\0", 15};
constexpr std::size_t kNumbers = 7 * 8 + 3 * 4;  // 8 bytes each, but kind, code and length

}  // namespace

EventHash chain(const EventHash& before, const Event& event) {
  std::vector<std::uint8_t> text(kPurpose.size() + before.size() + kNumbers + event.detail.size());
  ByteWriter writer(text);
  writer.bytes(as_bytes(kPurpose));
  writer.bytes(before);
  writer.u64(event.number);
  writer.u64(static_cast<std::uint64_t>(event.at.time_since_epoch().count()));
  writer.u32(static_cast<std::uint32_t>(event.kind));
  writer.u64(event.actor.value);
  writer.u64(event.user.value);
  writer.u64(event.device.value);
  writer.u64(event.room.value);
  writer.u64(event.mission.value);
  writer.u32(event.code);
  writer.u32(static_cast<std::uint32_t>(event.detail.size()));
  writer.bytes(as_bytes(event.detail));
  EventHash hash{};
  SHA256(text.data(), text.size(), hash.data());
  return hash;
}

}  // namespace parley::signaling
