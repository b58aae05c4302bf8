// Where a datagram comes from and goes to, as plain values without sockets.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  // IPv4 uses the first four
  bool is_v6 = false;
  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

  // "192.0.2.1" or "2001:db8::1", no brackets, no scope. Anything else: nullopt.
  static std::optional<IpAddress> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
  [[nodiscard]] std::string to_string() const;  // "192.0.2.1:5000", "[2001:db8::1]:5000"
};

// One way between this process and a remote address. A UDP path is (local socket, remote address);
// an ICE-TCP path is (connection).
struct Path {
  Endpoint remote;
  std::uint16_t local = 0;       // index of the local socket the datagram came in on
  std::uint32_t connection = 0;  // 0: UDP; else the id of a TCP connection (RFC 6544)
  friend constexpr auto operator<=>(const Path&, const Path&) = default;
  [[nodiscard]] bool is_tcp() const { return connection != 0; }
};

}  // namespace parley

template <>
struct std::hash<parley::Path> {
  std::size_t operator()(const parley::Path& path) const noexcept;
};
