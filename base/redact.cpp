#include "base/redact.hpp"

#include <algorithm>

namespace parley {

std::string redacted(const Endpoint& endpoint) {
  IpAddress network = endpoint.address;
  const std::size_t kept = network.is_v6 ? 4 : 3;
  std::fill(network.bytes.begin() + static_cast<std::ptrdiff_t>(kept), network.bytes.end(),
            std::uint8_t{0});
  return network.to_string() + (network.is_v6 ? "/32" : "/24");
}

std::string redacted(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 2)) {
    const bool printable = c >= 0x20 && c < 0x7f;
    shown.push_back(printable ? c : '?');
  }
  return shown + "...(" + std::to_string(text.size()) + ")";
}

}  // namespace parley
