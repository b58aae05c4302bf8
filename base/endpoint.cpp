#include "base/endpoint.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace parley {

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  // inet_pton stops at a zero byte; what follows one would pass unseen.
  if (text.contains('\0')) return std::nullopt;
  const std::string terminated(text);
  IpAddress address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
  address.is_v6 = true;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes.data(), text.data(), text.size());
  return text.data();
}

std::string Endpoint::to_string() const {
  const std::string host = address.is_v6 ? "[" + address.to_string() + "]" : address.to_string();
  return host + ":" + std::to_string(port);
}

}  // namespace parley

std::size_t std::hash<parley::Path>::operator()(const parley::Path& path) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, path.remote.address.bytes.data(), sizeof high);
  std::memcpy(&low, path.remote.address.bytes.data() + sizeof high, sizeof low);
  const std::uint64_t rest =
      std::uint64_t{path.remote.port} << 48 | std::uint64_t{path.local} << 32 | path.connection;
  // Multiply-mix; the table only ever holds paths that proved themselves by ICE.
  std::uint64_t mixed = (high ^ 0x9e3779b97f4a7c15U) * 0xff51afd7ed558ccdU;
  mixed = (mixed ^ (mixed >> 32) ^ low) * 0xc4ceb9fe1a85ec53U;
  mixed = (mixed ^ (mixed >> 29) ^ rest) * 0x94d049bb133111ebU;
  return static_cast<std::size_t>(mixed ^ (mixed >> 31));
}
