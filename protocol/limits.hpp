// The one place where messages from outside are parsed and checked against the limits written in
// the schema (protocol/limits.proto), before any handler runs.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley::protocol {

inline constexpr std::uint32_t kMinVersion = 2;
inline constexpr std::uint32_t kMaxVersion = 2;

inline constexpr std::size_t kMaxClientMessage = 16 * 1024;   // client -> server (security.md S10)
inline constexpr std::size_t kMaxServerMessage = 256 * 1024;  // server -> client
inline constexpr std::size_t kMaxControlMessage = 256 * 1024;
inline constexpr std::size_t kMaxAdminMessage = 4 * 1024 * 1024;

// Empty when every field of `message`, at any depth, keeps its limit; else one sentence that names
// the first field that does not ("connect.ice_pwd: 5 bytes, at least 22").
[[nodiscard]] std::string find_violation(const google::protobuf::Message& message);

enum class DecodeError : std::uint8_t { too_large, malformed, limit_exceeded };

struct DecodeFailure {
  DecodeError error;
  std::string detail;
};

// Parses one message of at most `max_bytes` and checks its limits. `into` is unspecified on
// failure.
[[nodiscard]] std::expected<void, DecodeFailure> decode(Bytes bytes, std::size_t max_bytes,
                                                        google::protobuf::Message& into);

// The highest version in both ranges, or 0.
[[nodiscard]] std::uint32_t agree_on_version(std::uint32_t peer_min, std::uint32_t peer_max);

}  // namespace parley::protocol
