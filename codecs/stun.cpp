#include "codecs/stun.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "base/packet_batch.hpp"
#include "codecs/crc32.hpp"

namespace parley::codecs {
namespace {

constexpr std::uint32_t kMagicCookie = 0x2112a442;
constexpr std::uint32_t kFingerprintXor = 0x5354554e;
constexpr std::size_t kHeaderSize = 20;
constexpr std::size_t kAttributeHeader = 4;
constexpr std::size_t kIntegritySize = 20;
constexpr std::size_t kFingerprintSize = 4;
constexpr std::size_t kMaxUsername = 508;  // RFC 8489 14.3
constexpr std::size_t kMaxReason = 127;    // RFC 8489 14.8
constexpr std::uint16_t kFirstOptional = 0x8000;
constexpr std::uint8_t kFamilyIpv4 = 1;
constexpr std::uint8_t kFamilyIpv6 = 2;

// RFC 8489 18.3, RFC 8445 20.1. Names of the wire; values outside stay possible.
enum AttributeType : std::uint16_t {
  kMappedAddress = 0x0001,
  kUsername = 0x0006,
  kMessageIntegrity = 0x0008,
  kErrorCode = 0x0009,
  kUnknownAttributes = 0x000a,
  kRealm = 0x0014,
  kNonce = 0x0015,
  kMessageIntegritySha256 = 0x001c,
  kXorMappedAddress = 0x0020,
  kPriority = 0x0024,
  kUseCandidate = 0x0025,
  kFingerprint = 0x8028,
  kIceControlled = 0x8029,
  kIceControlling = 0x802a,
};

using Integrity = std::array<std::uint8_t, kIntegritySize>;

constexpr std::size_t padding_of(std::size_t length) { return (4 - length % 4) % 4; }

// HMAC-SHA1 over `covered` as if the header's length ended right after MESSAGE-INTEGRITY
// (RFC 8489 14.5). nullopt: too long for a datagram, or the library refused.
std::optional<Integrity> compute_integrity(Bytes covered, std::string_view password) {
  std::array<std::uint8_t, kMaxDatagram> message{};
  if (covered.size() < kHeaderSize || covered.size() > message.size()) return std::nullopt;
  std::ranges::copy(covered, message.begin());
  const std::size_t length = covered.size() - kHeaderSize + kAttributeHeader + kIntegritySize;
  ByteWriter(MutableBytes(message).subspan(2, 2)).u16(static_cast<std::uint16_t>(length));
  Integrity integrity{};
  unsigned int size = 0;
  const auto* done = HMAC(EVP_sha1(), password.data(), static_cast<int>(password.size()),
                          message.data(), covered.size(), integrity.data(), &size);
  if (done == nullptr || size != kIntegritySize) return std::nullopt;
  return integrity;
}

// The mask of an XOR-ed address: cookie, then transaction (RFC 8489 14.2).
std::array<std::uint8_t, 16> address_mask(const StunTransactionId& transaction) {
  std::array<std::uint8_t, 16> mask{};
  ByteWriter writer(mask);
  writer.u32(kMagicCookie);
  writer.bytes(transaction);
  return mask;
}

std::optional<Endpoint> read_xor_address(Bytes value, const StunTransactionId& transaction) {
  ByteReader reader(value);
  reader.skip(1);
  const std::uint8_t family = reader.u8();
  if (family != kFamilyIpv4 && family != kFamilyIpv6) return std::nullopt;
  Endpoint endpoint;
  endpoint.port = static_cast<std::uint16_t>(reader.u16() ^ (kMagicCookie >> 16));
  endpoint.address.is_v6 = family == kFamilyIpv6;
  const Bytes address = reader.take(endpoint.address.is_v6 ? 16 : 4);
  if (!reader.ok() || reader.remaining() > 0) return std::nullopt;
  const auto mask = address_mask(transaction);
  std::ranges::transform(address, mask, endpoint.address.bytes.begin(),
                         [](std::uint8_t a, std::uint8_t b) -> std::uint8_t { return a ^ b; });
  return endpoint;
}

std::optional<std::uint16_t> read_error_code(Bytes value) {
  ByteReader reader(value);
  reader.skip(2);
  const unsigned hundreds = reader.u8() & 0x07U;
  const unsigned rest = reader.u8();
  if (!reader.ok() || hundreds < 3 || hundreds > 6 || rest > 99) return std::nullopt;
  return static_cast<std::uint16_t>(hundreds * 100 + rest);
}

// Sets an optional number of exactly its own size. Of a repeated attribute only the first counts
// (RFC 8489 14).
template <class T>
bool set_number(std::optional<T>& into, Bytes value) {
  if (value.size() != sizeof(T)) return false;
  if (!into)
    into = static_cast<T>(sizeof(T) == 4 ? ByteReader(value).u32() : ByteReader(value).u64());
  return true;
}

template <class T>
bool set_value(std::optional<T>& into, std::optional<T> value) {
  if (!into) into = value;
  return value.has_value();
}

bool set_username(StunView& view, Bytes value) {
  if (view.username.empty()) view.username = as_text(value);
  return value.size() <= kMaxUsername;
}

// One attribute in front of MESSAGE-INTEGRITY. False: wrong size or content.
bool read_attribute(StunView& view, std::uint16_t type, Bytes value) {
  switch (type) {
    case kUsername:
      return set_username(view, value);
    case kPriority:
      return set_number(view.priority, value);
    case kIceControlling:
      return set_number(view.ice_controlling, value);
    case kIceControlled:
      return set_number(view.ice_controlled, value);
    case kXorMappedAddress:
      return set_value(view.mapped_address, read_xor_address(value, view.transaction));
    case kErrorCode:
      return set_value(view.error_code, read_error_code(value));
    case kUseCandidate:
      view.use_candidate = true;
      return value.empty();
    case kMappedAddress:
    case kUnknownAttributes:
    case kRealm:
    case kNonce:
    case kMessageIntegritySha256:
      return true;  // understood, not needed
    default:        // numbers of the wire, not our own enum
      if (type < kFirstOptional && view.unknown_required == 0) view.unknown_required = type;
      return true;
  }
}

bool is_fingerprint_right(Bytes covered, Bytes value) {
  return ByteReader(value).u32() == (crc32(covered) ^ kFingerprintXor);
}

std::expected<void, StunError> read_attributes(Bytes datagram, StunView& view) {
  ByteReader reader(datagram.subspan(kHeaderSize));
  while (reader.remaining() > 0) {
    const Bytes covered = datagram.first(datagram.size() - reader.remaining());
    const std::uint16_t type = reader.u16();
    const std::size_t length = reader.u16();
    const Bytes value = reader.take(length);
    reader.skip(padding_of(length));
    if (!reader.ok()) return std::unexpected(StunError::bad_attribute);
    if (type == kFingerprint) {
      // It is the last attribute, so that its sum covers everything (RFC 8489 14.7).
      if (length != kFingerprintSize || reader.remaining() > 0) {
        return std::unexpected(StunError::bad_attribute);
      }
      if (!is_fingerprint_right(covered, value)) return std::unexpected(StunError::bad_fingerprint);
      view.has_fingerprint = true;
    } else if (!view.integrity.empty()) {
      continue;  // unauthenticated: what follows MESSAGE-INTEGRITY is ignored (RFC 8489 14.5)
    } else if (type == kMessageIntegrity) {
      if (length != kIntegritySize) return std::unexpected(StunError::bad_attribute);
      view.integrity = value;
      view.integrity_covered = covered;
    } else if (!read_attribute(view, type, value)) {
      return std::unexpected(StunError::bad_attribute);
    }
  }
  return {};
}

StunClass class_of(std::uint16_t type) {
  switch ((type & 0x0100U) >> 7 | (type & 0x0010U) >> 4) {
    case 0:
      return StunClass::request;
    case 1:
      return StunClass::indication;
    case 2:
      return StunClass::success;
    default:
      return StunClass::error;
  }
}

std::uint16_t method_of(std::uint16_t type) {
  return static_cast<std::uint16_t>((type & 0x000fU) | (type & 0x00e0U) >> 1 |
                                    (type & 0x3e00U) >> 2);
}

std::uint16_t binding_type(StunClass message_class) {
  const auto bits = static_cast<unsigned>(message_class);
  return static_cast<std::uint16_t>(kStunBinding | (bits & 1U) << 4 | (bits & 2U) << 7);
}

}  // namespace

bool StunView::verify_integrity(std::string_view password) const {
  if (integrity.empty()) return false;
  const auto expected = compute_integrity(integrity_covered, password);
  return expected && equal_constant_time(*expected, integrity);
}

std::expected<StunView, StunError> parse_stun(Bytes datagram) {
  if (datagram.size() < kHeaderSize) return std::unexpected(StunError::too_short);
  ByteReader reader(datagram);
  const std::uint16_t type = reader.u16();
  const std::size_t length = reader.u16();
  if (type >= 0x4000 || reader.u32() != kMagicCookie) {
    return std::unexpected(StunError::bad_cookie);
  }
  if (length % 4 != 0 || datagram.size() != kHeaderSize + length ||
      datagram.size() > kMaxDatagram) {
    return std::unexpected(StunError::bad_length);
  }
  StunView view{};
  view.message_class = class_of(type);
  view.method = method_of(type);
  std::ranges::copy(reader.take(view.transaction.size()), view.transaction.begin());
  if (const auto read = read_attributes(datagram, view); !read) {
    return std::unexpected(read.error());
  }
  return view;
}

StunWriter::StunWriter(MutableBytes out, StunClass message_class,
                       const StunTransactionId& transaction)
    : out_(out), writer_(out), transaction_(transaction) {
  writer_.u16(binding_type(message_class));
  writer_.u16(0);  // known in finish()
  writer_.u32(kMagicCookie);
  writer_.bytes(transaction);
}

void StunWriter::begin_attribute(std::uint16_t type, std::size_t length) {
  writer_.u16(type);
  writer_.u16(static_cast<std::uint16_t>(length));
}

void StunWriter::pad(std::size_t length) { writer_.zeros(padding_of(length)); }

void StunWriter::set_length(std::size_t length) {
  ByteWriter(out_.subspan(2, 2)).u16(static_cast<std::uint16_t>(length));
}

void StunWriter::username(std::string_view value) {
  value = value.substr(0, kMaxUsername);
  begin_attribute(kUsername, value.size());
  writer_.bytes(as_bytes(value));
  pad(value.size());
}

void StunWriter::priority(std::uint32_t value) {
  begin_attribute(kPriority, sizeof value);
  writer_.u32(value);
}

void StunWriter::ice_controlling(std::uint64_t tie_breaker) {
  begin_attribute(kIceControlling, sizeof tie_breaker);
  writer_.u64(tie_breaker);
}

void StunWriter::ice_controlled(std::uint64_t tie_breaker) {
  begin_attribute(kIceControlled, sizeof tie_breaker);
  writer_.u64(tie_breaker);
}

void StunWriter::use_candidate() { begin_attribute(kUseCandidate, 0); }

void StunWriter::xor_mapped_address(const Endpoint& endpoint) {
  const std::size_t size = endpoint.address.is_v6 ? 16 : 4;
  begin_attribute(kXorMappedAddress, 4 + size);
  writer_.u8(0);
  writer_.u8(endpoint.address.is_v6 ? kFamilyIpv6 : kFamilyIpv4);
  writer_.u16(static_cast<std::uint16_t>(endpoint.port ^ (kMagicCookie >> 16)));
  const auto mask = address_mask(transaction_);
  for (std::size_t i = 0; i < size; ++i) writer_.u8(endpoint.address.bytes[i] ^ mask[i]);
}

void StunWriter::error_code(std::uint16_t code, std::string_view reason) {
  reason = reason.substr(0, kMaxReason);
  begin_attribute(kErrorCode, 4 + reason.size());
  writer_.u16(0);
  writer_.u8(static_cast<std::uint8_t>(code / 100));
  writer_.u8(static_cast<std::uint8_t>(code % 100));
  writer_.bytes(as_bytes(reason));
  pad(reason.size());
}

void StunWriter::unknown_attributes(std::uint16_t type) {
  begin_attribute(kUnknownAttributes, sizeof type);
  writer_.u16(type);
  pad(sizeof type);
}

std::size_t StunWriter::finish(std::string_view password) {
  if (!writer_.ok()) return 0;
  if (!password.empty()) {
    const auto integrity = compute_integrity(writer_.written(), password);
    if (!integrity) return 0;
    begin_attribute(kMessageIntegrity, kIntegritySize);
    writer_.bytes(*integrity);
  }
  // The sum covers a header whose length already counts FINGERPRINT (RFC 8489 14.7).
  set_length(writer_.size() - kHeaderSize + kAttributeHeader + kFingerprintSize);
  const std::uint32_t sum = crc32(writer_.written());
  begin_attribute(kFingerprint, kFingerprintSize);
  writer_.u32(sum ^ kFingerprintXor);
  return writer_.ok() ? writer_.size() : 0;
}

std::optional<StunUsername> split_username(std::string_view username) {
  const std::size_t colon = username.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const StunUsername parts{.local = username.substr(0, colon),
                           .remote = username.substr(colon + 1)};
  // ":" is no ice-char (RFC 8839 5.4), so a second one belongs to neither side.
  if (parts.local.empty() || parts.remote.empty() || parts.remote.contains(':'))
    return std::nullopt;
  return parts;
}

}  // namespace parley::codecs
