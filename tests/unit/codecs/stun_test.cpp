#include "codecs/stun.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/packet_batch.hpp"
#include "codecs/crc32.hpp"
#include "tests/unit/codecs/hex.hpp"

namespace parley::codecs {
namespace {

constexpr std::string_view kPassword = "VOkJxbRl1RmTxUk/WvJxBt";
const StunTransactionId kTransaction{0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
                                     0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};

// RFC 5769 2.1
const std::vector<std::uint8_t> kRequest = from_hex(
    "00 01 00 58 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae "
    "80 22 00 10 53 54 55 4e 20 74 65 73 74 20 63 6c 69 65 6e 74 "
    "00 24 00 04 6e 00 01 ff 80 29 00 08 93 2f f9 b1 51 26 3b 36 "
    "00 06 00 09 65 76 74 6a 3a 68 36 76 59 20 20 20 "
    "00 08 00 14 9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2 "
    "80 28 00 04 e5 7a 3b cf");
// RFC 5769 2.2
const std::vector<std::uint8_t> kIpv4Response = from_hex(
    "01 01 00 3c 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae "
    "80 22 00 0b 74 65 73 74 20 76 65 63 74 6f 72 20 "
    "00 20 00 08 00 01 a1 47 e1 12 a6 43 "
    "00 08 00 14 2b 91 f5 99 fd 9e 90 c3 8c 74 89 f9 2a f9 ba 53 f0 6b e7 d7 "
    "80 28 00 04 c0 7d 4c 96");
// RFC 5769 2.3
const std::vector<std::uint8_t> kIpv6Response = from_hex(
    "01 01 00 48 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae "
    "80 22 00 0b 74 65 73 74 20 76 65 63 74 6f 72 20 "
    "00 20 00 14 00 02 a1 47 01 13 a9 fa a5 d3 f1 79 bc 25 f4 b5 be d2 b9 d9 "
    "00 08 00 14 a3 82 95 4e 4b e6 7b f1 17 84 c9 7c 82 92 c2 75 bf e3 ed 41 "
    "80 28 00 04 c8 fb 0b 4c");

Endpoint endpoint(std::string_view address, std::uint16_t port) {
  return {.address = *IpAddress::parse(address), .port = port};
}

// A message of the given attributes, without integrity or fingerprint.
std::vector<std::uint8_t> message(std::string_view attributes) {
  const std::vector<std::uint8_t> body = from_hex(attributes);
  std::vector<std::uint8_t> bytes =
      from_hex("00 01 00 00 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae");
  ByteWriter(MutableBytes(bytes).subspan(2, 2)).u16(static_cast<std::uint16_t>(body.size()));
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

void expect_error(const std::vector<std::uint8_t>& bytes, StunError error) {
  const auto view = parse_stun(bytes);
  ASSERT_FALSE(view.has_value());
  EXPECT_EQ(view.error(), error);
}

TEST(Stun, ReadsTheSampleRequestOfRfc5769) {
  const auto view = parse_stun(kRequest);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->message_class, StunClass::request);
  EXPECT_EQ(view->method, kStunBinding);
  EXPECT_EQ(view->transaction, kTransaction);
  EXPECT_EQ(view->username, "evtj:h6vY");
  EXPECT_EQ(view->priority, 0x6e0001ffU);
  EXPECT_EQ(view->ice_controlled, 0x932ff9b151263b36U);
  EXPECT_FALSE(view->ice_controlling.has_value());
  EXPECT_FALSE(view->use_candidate);
  EXPECT_TRUE(view->has_fingerprint);
  EXPECT_EQ(view->unknown_required, 0);
  EXPECT_TRUE(view->verify_integrity(kPassword));
}

TEST(Stun, ReadsTheSampleIpv4ResponseOfRfc5769) {
  const auto view = parse_stun(kIpv4Response);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->message_class, StunClass::success);
  EXPECT_EQ(view->mapped_address, endpoint("192.0.2.1", 32853));
  EXPECT_TRUE(view->verify_integrity(kPassword));
}

TEST(Stun, ReadsTheSampleIpv6ResponseOfRfc5769) {
  const auto view = parse_stun(kIpv6Response);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->mapped_address, endpoint("2001:db8:1234:5678:11:2233:4455:6677", 32853));
  EXPECT_TRUE(view->verify_integrity(kPassword));
}

TEST(Stun, RefusesAnotherPassword) {
  const auto view = parse_stun(kRequest);
  ASSERT_TRUE(view.has_value());
  EXPECT_FALSE(view->verify_integrity("VOkJxbRl1RmTxUk/WvJxBu"));
  EXPECT_FALSE(view->verify_integrity(""));
}

TEST(Stun, WithoutIntegrityNothingVerifies) {
  const auto bytes = message("");
  const auto view = parse_stun(bytes);
  ASSERT_TRUE(view.has_value());
  EXPECT_FALSE(view->verify_integrity(kPassword));
  EXPECT_FALSE(view->verify_integrity(""));
}

TEST(Stun, AnyChangedBitOfTheSampleIsNoticed) {
  for (std::size_t bit = 0; bit < kRequest.size() * 8; ++bit) {
    std::vector<std::uint8_t> changed = kRequest;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << bit % 8));
    const auto view = parse_stun(changed);
    // Changing the type of FINGERPRINT takes it away, and leaves the message as it was.
    const bool is_fingerprint_gone = view && !view->has_fingerprint;
    EXPECT_TRUE(!view || is_fingerprint_gone) << "bit " << bit;
  }
}

TEST(Stun, AnyChangedBitBeforeTheIntegrityBreaksIt) {
  std::vector<std::uint8_t> unsummed(kRequest.begin(), kRequest.end() - 8);
  ByteWriter(MutableBytes(unsummed).subspan(2, 2)).u16(0x50);
  for (std::size_t bit = 0; bit < unsummed.size() * 8; ++bit) {
    std::vector<std::uint8_t> changed = unsummed;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << bit % 8));
    const auto view = parse_stun(changed);
    EXPECT_FALSE(view && view->verify_integrity(kPassword)) << "bit " << bit;
  }
}

TEST(Stun, EveryTruncationIsAnError) {
  for (std::size_t size = 0; size < kRequest.size(); ++size) {
    EXPECT_FALSE(parse_stun(Bytes(kRequest).first(size)).has_value()) << size;
  }
}

TEST(Stun, WritesWhatItReads) {
  std::array<std::uint8_t, 256> buffer{};
  StunWriter writer(buffer, StunClass::request, kTransaction);
  writer.username("ours:theirs");
  writer.priority(0x7effffff);
  writer.ice_controlling(0x0102030405060708);
  writer.use_candidate();
  const std::size_t size = writer.finish(kPassword);
  ASSERT_GT(size, 0U);
  const auto view = parse_stun(Bytes(buffer).first(size));
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->username, "ours:theirs");
  EXPECT_EQ(view->priority, 0x7effffffU);
  EXPECT_EQ(view->ice_controlling, 0x0102030405060708U);
  EXPECT_TRUE(view->use_candidate);
  EXPECT_TRUE(view->has_fingerprint);
  EXPECT_TRUE(view->verify_integrity(kPassword));
}

TEST(Stun, WritesEveryClass) {
  for (const StunClass message_class :
       {StunClass::request, StunClass::indication, StunClass::success, StunClass::error}) {
    std::array<std::uint8_t, 64> buffer{};
    StunWriter writer(buffer, message_class, kTransaction);
    const std::size_t size = writer.finish("");
    const auto view = parse_stun(Bytes(buffer).first(size));
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->message_class, message_class);
    EXPECT_EQ(view->method, kStunBinding);
    EXPECT_TRUE(view->integrity.empty());
  }
}

TEST(Stun, WritesMappedAddressesOfBothFamilies) {
  for (const Endpoint& mapped : {endpoint("203.0.113.9", 1), endpoint("2001:db8::9", 65535)}) {
    std::array<std::uint8_t, 128> buffer{};
    StunWriter writer(buffer, StunClass::success, kTransaction);
    writer.xor_mapped_address(mapped);
    const std::size_t size = writer.finish(kPassword);
    const auto view = parse_stun(Bytes(buffer).first(size));
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->mapped_address, mapped);
  }
}

TEST(Stun, WritesErrorsWithTheirUnknownAttribute) {
  std::array<std::uint8_t, 128> buffer{};
  StunWriter writer(buffer, StunClass::error, kTransaction);
  writer.error_code(420, "Unknown Attribute");
  writer.unknown_attributes(0x7001);
  const std::size_t size = writer.finish(kPassword);
  const auto view = parse_stun(Bytes(buffer).first(size));
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->error_code, 420);
  EXPECT_TRUE(view->verify_integrity(kPassword));
}

TEST(Stun, FinishGivesNothingWhenTheBufferIsOneByteShort) {
  std::array<std::uint8_t, 128> buffer{};
  StunWriter whole(buffer, StunClass::request, kTransaction);
  whole.username("ours:theirs");
  const std::size_t needed = whole.finish(kPassword);
  ASSERT_GT(needed, 0U);
  for (std::size_t room = 0; room < needed; ++room) {
    StunWriter writer(MutableBytes(buffer).first(room), StunClass::request, kTransaction);
    writer.username("ours:theirs");
    EXPECT_EQ(writer.finish(kPassword), 0U) << room;
  }
}

TEST(Stun, RefusesWhatIsNotStun) {
  expect_error({}, StunError::too_short);
  expect_error(std::vector<std::uint8_t>(19), StunError::too_short);
  expect_error(std::vector<std::uint8_t>(20), StunError::bad_cookie);
  auto high_bits = message("");
  high_bits[0] |= 0x40;
  expect_error(high_bits, StunError::bad_cookie);
}

TEST(Stun, RefusesAWrongLength) {
  auto long_claim = message("");
  long_claim[3] = 4;
  expect_error(long_claim, StunError::bad_length);
  auto uneven = message("80 22 00 00");
  uneven[3] = 2;
  uneven.resize(22);
  expect_error(uneven, StunError::bad_length);
}

TEST(Stun, RefusesMoreThanOneDatagramHolds) {
  // An optional attribute of 1472 bytes makes 1496; four bytes more still are 1500.
  std::string largest = "80 22 05 c0" + std::string(1472 * 2, '0') + "80 23 00 00";
  EXPECT_EQ(message(largest).size(), kMaxDatagram);
  EXPECT_TRUE(parse_stun(message(largest)).has_value());
  expect_error(message(largest + "80 23 00 00"), StunError::bad_length);
}

TEST(Stun, RefusesAttributesOfAWrongSize) {
  for (const char* attribute :
       {"00 24 00 03 00 00 00 00", "00 24 00 08 00 00 00 00 00 00 00 00", "80 29 00 04 00 00 00 00",
        "80 2a 00 04 00 00 00 00", "00 25 00 04 00 00 00 00", "00 08 00 04 00 00 00 00",
        "80 28 00 00", "00 20 00 04 00 01 00 00", "00 20 00 08 00 03 00 00 00 00 00 00",
        "00 20 00 08 00 02 00 00 00 00 00 00", "00 09 00 03 00 00 04 00", "00 09 00 04 00 00 02 00",
        "00 09 00 04 00 00 04 64", "00 24 00 08 00 00 00 00"}) {
    expect_error(message(attribute), StunError::bad_attribute);
  }
}

TEST(Stun, RefusesAUsernameOf509Bytes) {
  EXPECT_TRUE(parse_stun(message("00 06 01 fc" + std::string(508 * 2, '6'))).has_value());
  expect_error(message("00 06 01 fd" + std::string(512 * 2, '6')), StunError::bad_attribute);
}

TEST(Stun, RefusesAnythingBehindTheFingerprint) {
  std::array<std::uint8_t, 64> buffer{};
  StunWriter writer(buffer, StunClass::request, kTransaction);
  const std::size_t size = writer.finish("");
  std::vector<std::uint8_t> bytes(buffer.begin(),
                                  buffer.begin() + static_cast<std::ptrdiff_t>(size));
  const auto more = from_hex("80 22 00 00");
  bytes.insert(bytes.end(), more.begin(), more.end());
  ByteWriter(MutableBytes(bytes).subspan(2, 2)).u16(static_cast<std::uint16_t>(bytes.size() - 20));
  expect_error(bytes, StunError::bad_attribute);
}

TEST(Stun, NamesTheFirstUnknownRequiredAttribute) {
  const auto bytes = message("80 77 00 00 00 77 00 00 00 78 00 00");
  const auto view = parse_stun(bytes);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->unknown_required, 0x77);
}

TEST(Stun, IgnoresWhatFollowsTheIntegrity) {
  // The second PRIORITY and USE-CANDIDATE stand behind MESSAGE-INTEGRITY: anybody may have added
  // them.
  const auto bytes = message("00 24 00 04 00 00 00 05 00 08 00 14" + std::string(40, '0') +
                             "00 25 00 00 00 24 00 04 00 00 00 06 00 77 00 00");
  const auto view = parse_stun(bytes);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->priority, 5U);
  EXPECT_FALSE(view->use_candidate);
  EXPECT_EQ(view->unknown_required, 0);
}

TEST(Stun, OfARepeatedAttributeTheFirstCounts) {
  const auto bytes = message("00 24 00 04 00 00 00 05 00 24 00 04 00 00 00 06");
  const auto view = parse_stun(bytes);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->priority, 5U);
}

TEST(Stun, SplitsUsernamesAtTheirOnlyColon) {
  const auto parts = split_username("evtj:h6vY");
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->local, "evtj");
  EXPECT_EQ(parts->remote, "h6vY");
  for (const char* bad : {"", ":", "a:", ":b", "ab", "a:b:c"}) {
    EXPECT_FALSE(split_username(bad).has_value()) << bad;
  }
}

TEST(Crc32, GivesTheCheckValueOfItsPolynomial) {
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xcbf43926U);
  EXPECT_EQ(crc32({}), 0U);
}

}  // namespace
}  // namespace parley::codecs
