#include "signaling/server/address_limit.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace parley::signaling {

namespace {

IpAddress subscriber_of(IpAddress address) {
  if (address.is_v6) std::fill(address.bytes.begin() + 8, address.bytes.end(), std::uint8_t{0});
  return address;
}

}  // namespace

bool AddressLimit::try_add(const IpAddress& address) {
  if (total_ >= max_total_) return false;
  std::uint32_t& count = counts_[subscriber_of(address)];
  if (count >= max_per_address_) return false;
  ++count;
  ++total_;
  return true;
}

void AddressLimit::remove(const IpAddress& address) {
  const auto found = counts_.find(subscriber_of(address));
  PARLEY_CHECK(found != counts_.end() && total_ > 0);
  --total_;
  if (--found->second == 0) counts_.erase(found);
}

}  // namespace parley::signaling
