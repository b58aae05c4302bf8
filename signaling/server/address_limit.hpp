// How many connections one network address holds at once (security.md S10). IPv6 addresses count by
// their /64, because one subscriber has all of it.
#pragma once

#include <cstdint>
#include <map>

#include "base/endpoint.hpp"

namespace parley::signaling {

class AddressLimit {
 public:
  AddressLimit(std::uint32_t max_total, std::uint32_t max_per_address)
      : max_total_(max_total), max_per_address_(max_per_address) {}

  // False: refuse the connection; nothing was counted.
  [[nodiscard]] bool try_add(const IpAddress& address);
  // Exactly once for each try_add() that was true.
  void remove(const IpAddress& address);
  [[nodiscard]] std::uint32_t total() const { return total_; }

 private:
  std::uint32_t max_total_;
  std::uint32_t max_per_address_;
  std::uint32_t total_ = 0;
  std::map<IpAddress, std::uint32_t> counts_;  // at most max_total_ entries
};

}  // namespace parley::signaling
