// STUN messages (RFC 8489) as far as ICE (RFC 8445) needs them. Pure; HMAC-SHA1 and CRC-32
// included.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"

namespace parley::codecs {

enum class StunClass : std::uint8_t { request, indication, success, error };
inline constexpr std::uint16_t kStunBinding = 0x001;
using StunTransactionId = std::array<std::uint8_t, 12>;

enum class StunError : std::uint8_t {
  too_short,
  bad_cookie,
  bad_length,       // header length and datagram differ, or not a multiple of four
  bad_attribute,    // an attribute passes the end, or has a wrong size
  bad_fingerprint,  // FINGERPRINT present and wrong
};

// One parsed message; views into the caller's buffer.
struct StunView {
  StunClass message_class;
  std::uint16_t method;
  StunTransactionId transaction;
  std::string_view username;  // empty: absent
  std::optional<std::uint32_t> priority;
  std::optional<std::uint64_t> ice_controlling;  // tie-breaker
  std::optional<std::uint64_t> ice_controlled;
  bool use_candidate = false;
  std::optional<Endpoint> mapped_address;   // XOR-MAPPED-ADDRESS
  std::optional<std::uint16_t> error_code;  // 400, 401, 487 ...
  std::uint16_t unknown_required = 0;       // first unknown comprehension-required type, or 0
  bool has_fingerprint = false;
  Bytes integrity;          // 20 bytes of MESSAGE-INTEGRITY, empty: absent
  Bytes integrity_covered;  // the bytes before that attribute

  // HMAC-SHA1 with the short-term credential `password`, in constant time. False when absent.
  [[nodiscard]] bool verify_integrity(std::string_view password) const;
};

[[nodiscard]] std::expected<StunView, StunError> parse_stun(Bytes datagram);

// Builds one message in a caller's buffer. finish() appends MESSAGE-INTEGRITY (when a password is
// given) and FINGERPRINT, and returns the datagram's size, 0 when the buffer was too small.
class StunWriter {
 public:
  StunWriter(MutableBytes out, StunClass message_class, const StunTransactionId& transaction);
  void username(std::string_view value);
  void priority(std::uint32_t value);
  void ice_controlling(std::uint64_t tie_breaker);
  void ice_controlled(std::uint64_t tie_breaker);
  void use_candidate();
  void xor_mapped_address(const Endpoint& endpoint);
  void error_code(std::uint16_t code, std::string_view reason);
  void unknown_attributes(std::uint16_t type);
  [[nodiscard]] std::size_t finish(std::string_view password);

 private:
  void begin_attribute(std::uint16_t type, std::size_t length);
  void pad(std::size_t length);
  void set_length(std::size_t length);
  MutableBytes out_;
  ByteWriter writer_;
  StunTransactionId transaction_;
};

// USERNAME of a check towards us is "<our ufrag>:<their ufrag>" (RFC 8445 7.2.2).
struct StunUsername {
  std::string_view local;
  std::string_view remote;
};
[[nodiscard]] std::optional<StunUsername> split_username(std::string_view username);

}  // namespace parley::codecs
