// Our AEAD path beside libsrtp2 on the same packets: the same bytes, the same refusals.
#include "tests/unit/transport/srtp_oracle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <string>

#include "sfu/transport/srtp.hpp"
#include "tests/unit/transport/support.hpp"

namespace parley::test {
namespace {

using sfu::AeadEngine;
using sfu::Drop;
using sfu::SrtpProfile;
using sfu::SrtpSession;

struct Variant {
  SrtpProfile profile;
  AeadEngine engine;
};
std::string name_of(const Variant& variant) {
  const bool is_256 = variant.profile == SrtpProfile::aead_aes_256_gcm;
  return std::string(is_256 ? "Aes256" : "Aes128") +
         (variant.engine == AeadEngine::openssl ? "Openssl" : "MultiBuffer");
}
void PrintTo(const Variant& variant, std::ostream* out) { *out << name_of(variant); }

std::vector<Variant> variants() {
  std::vector<Variant> all;
  for (const auto engine : {AeadEngine::openssl, AeadEngine::multi_buffer}) {
    if (!sfu::is_available(engine)) continue;
    all.push_back({.profile = SrtpProfile::aead_aes_128_gcm, .engine = engine});
    all.push_back({.profile = SrtpProfile::aead_aes_256_gcm, .engine = engine});
  }
  return all;
}

sfu::SrtpMasterKey random_key(SrtpProfile profile, std::uint64_t seed) {
  SeededRandom random(seed);
  Datagram bytes(profile == SrtpProfile::aead_aes_256_gcm ? 32 + 12 : 16 + 12);
  random.fill(bytes);
  return {.key = Secret<32>(Bytes(bytes).first(bytes.size() - 12)),
          .salt = Secret<14>(Bytes(bytes).last(12))};
}

// Four ends: ours and the oracle's, sending under one key and receiving under it.
struct Ends {
  explicit Ends(Variant variant)
      : sender(SrtpSession::create({.profile = variant.profile,
                                    .send = random_key(variant.profile, 1),
                                    .receive = random_key(variant.profile, 2)},
                                   variant.engine)
                   .value()),
        receiver(SrtpSession::create({.profile = variant.profile,
                                      .send = random_key(variant.profile, 2),
                                      .receive = random_key(variant.profile, 1)},
                                     variant.engine)
                     .value()),
        oracle_sender(variant.profile, random_key(variant.profile, 1), true),
        oracle_receiver(variant.profile, random_key(variant.profile, 1), false) {}

  SrtpSession sender;
  SrtpSession receiver;
  SrtpOracle oracle_sender;
  SrtpOracle oracle_receiver;
};

// Up to 15 CSRCs and up to 20 words of extension.
Datagram random_header(SeededRandom& random, std::uint32_t ssrc, std::uint64_t index) {
  const std::uint64_t csrcs = random.chance(70) ? 0 : random.below(16);
  const bool is_extended = random.chance(50);
  const std::uint64_t words = is_extended ? random.below(21) : 0;
  Datagram header(12 + 4 * csrcs + (is_extended ? 4 + 4 * words : 0));
  random.fill(header);
  header[0] = static_cast<std::uint8_t>(0x80 | (is_extended ? 0x10 : 0) | csrcs);
  ByteWriter(MutableBytes(header).subspan(2)).u16(static_cast<std::uint16_t>(index));
  ByteWriter(MutableBytes(header).subspan(8)).u32(ssrc);
  if (is_extended) {
    ByteWriter(MutableBytes(header).subspan(12 + 4 * csrcs + 2))
        .u16(static_cast<std::uint16_t>(words));
  }
  return header;
}

Datagram random_bytes(SeededRandom& random, std::size_t size) {
  Datagram bytes(size);
  random.fill(bytes);
  return bytes;
}

std::size_t random_size(SeededRandom& random) {
  return random.chance(60) ? random.below(130) : random.below(1401);
}

Datagram protect(SrtpSession& session, Bytes header, Bytes payload, std::uint64_t index) {
  Datagram packet(header.size() + payload.size() + sfu::kMaxSrtpTrailer);
  packet.resize(session.protect_rtp(header, payload, index, packet).value());
  return packet;
}

Datagram protect(SrtpOracle& oracle, Bytes header, Bytes payload) {
  Datagram packet(header.begin(), header.end());
  packet.insert(packet.end(), payload.begin(), payload.end());
  const std::size_t size = packet.size();
  packet.resize(size + sfu::kMaxSrtpTrailer);
  packet.resize(oracle.protect_rtp(packet, size));
  return packet;
}

using Outcome = std::expected<MutableBytes, Drop>;

// What we see at once to be no SRTP (srtp_error) the oracle may refuse as a replay or a forgery.
testing::AssertionResult same(const Outcome& ours, const Outcome& oracles) {
  if (ours.has_value() != oracles.has_value()) {
    return testing::AssertionFailure()
           << "ours: " << (ours ? "accepted" : sfu::name_of(ours.error()))
           << ", oracle's: " << (oracles ? "accepted" : sfu::name_of(oracles.error()));
  }
  if (ours) {
    if (std::ranges::equal(*ours, *oracles)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "different bytes";
  }
  if (ours.error() == Drop::srtp_error || ours.error() == oracles.error()) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "ours: " << sfu::name_of(ours.error())
                                     << ", oracle's: " << sfu::name_of(oracles.error());
}

// Both receivers get the packet.
testing::AssertionResult receive_rtp(Ends& ends, const Datagram& packet, bool* accepted = nullptr) {
  Datagram ours = packet;
  Datagram oracles = packet;
  const Outcome outcome = ends.receiver.unprotect_rtp(ours);
  if (accepted != nullptr) *accepted = outcome.has_value();
  return same(outcome, ends.oracle_receiver.unprotect_rtp(oracles));
}

testing::AssertionResult receive_rtcp(Ends& ends, const Datagram& packet) {
  Datagram ours = packet;
  Datagram oracles = packet;
  return same(ends.receiver.unprotect_rtcp(ours), ends.oracle_receiver.unprotect_rtcp(oracles));
}

class SrtpBesideOracle : public testing::TestWithParam<Variant> {};

TEST_P(SrtpBesideOracle, SendsTheSameBytesOverFourRollovers) {
  SeededRandom random(21);
  Ends ends(GetParam());
  std::map<std::uint32_t, std::uint64_t> streams = {{1, 0}, {0xfffffffe, 77}, {0x5eed, 32767}};
  std::size_t packets = 0;
  for (auto& [ssrc, index] : streams) {
    while (index < 4 * 65536 + 1000) {
      const Datagram header = random_header(random, ssrc, index);
      const Datagram payload = random_bytes(random, random_size(random));
      const Datagram ours = protect(ends.sender, header, payload, index);
      ASSERT_EQ(ours, protect(ends.oracle_sender, header, payload)) << ssrc << ", " << index;
      index += random.chance(80) ? 1 + random.below(40) : 1 + random.below(3000);
      ++packets;
    }
  }
  EXPECT_GT(packets, 2000U);
}

TEST_P(SrtpBesideOracle, SendsEverySizeAlike) {
  SeededRandom random(22);
  Ends ends(GetParam());
  for (std::uint64_t size = 0; size <= 1400; ++size) {
    const Datagram header = random_header(random, 9, size);
    const Datagram payload = random_bytes(random, size);
    const Datagram packet = protect(ends.sender, header, payload, size);
    ASSERT_EQ(packet, protect(ends.oracle_sender, header, payload)) << size;
    bool accepted = false;
    ASSERT_TRUE(receive_rtp(ends, packet, &accepted)) << size;
    ASSERT_TRUE(accepted) << size;
  }
}

// Loss, reordering within and beyond the window, duplicates and replays of anything sent before,
// over four rollovers.
TEST_P(SrtpBesideOracle, DecidesAlikeOnAHostileNetwork) {
  for (const std::uint64_t seed : {31U, 32U, 33U}) {
    SeededRandom random(seed);
    Ends ends(GetParam());
    std::vector<Datagram> sent;
    std::uint64_t index = random.below(1U << 15);
    while (index < 4 * 65536 + 5000) {
      const Datagram header = random_header(random, 7, index);
      const Datagram payload = random_bytes(random, random_size(random));
      sent.push_back(protect(ends.oracle_sender, header, payload));
      const std::uint64_t kind = random.below(100);
      index += 1 + random.below(kind < 70 ? 15 : kind < 99 ? 300 : 20000);
    }
    std::vector<Datagram> network;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      if (random.chance(10)) continue;
      network.push_back(sent[i]);
      if (random.chance(10)) network.push_back(sent[i]);
      if (random.chance(10)) network.push_back(sent[random.below(i + 1)]);
      if (random.chance(5)) network.back().resize(random.below(network.back().size()));
      if (random.chance(5) && !network.back().empty()) {
        network.back()[random.below(network.back().size())] ^= 0x20;
      }
    }
    for (std::size_t i = 0; i + 60 < network.size(); i += 1 + random.below(20)) {
      std::swap(network[i], network[i + random.below(random.chance(10) ? 60 : 6)]);
    }
    std::size_t received = 0;
    for (std::size_t i = 0; i < network.size(); ++i) {
      bool accepted = false;
      ASSERT_TRUE(receive_rtp(ends, network[i], &accepted)) << "seed " << seed << ", " << i;
      received += accepted ? 1 : 0;
    }
    EXPECT_GT(received, sent.size() * 6 / 10);
    EXPECT_GT(sent.size(), 1000U);
  }
}

TEST_P(SrtpBesideOracle, RefusesEveryFlippedByteAndEveryTruncationAlike) {
  SeededRandom random(41);
  Ends ends(GetParam());
  for (std::uint64_t i = 0; i < 12; ++i) {
    const Datagram header = random_header(random, 3, 65000 + i * 100);
    const Datagram packet =
        protect(ends.sender, header, random_bytes(random, random.below(200)), 65000 + i * 100);
    for (std::size_t at = 0; at < packet.size(); ++at) {
      Datagram forged = packet;
      forged[at] ^= static_cast<std::uint8_t>(1 + random.below(255));
      bool accepted = false;
      ASSERT_TRUE(receive_rtp(ends, forged, &accepted)) << i << ", byte " << at;
      ASSERT_FALSE(accepted);
      Datagram cut(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(at));
      ASSERT_TRUE(receive_rtp(ends, cut, &accepted)) << i << ", first " << at;
      ASSERT_FALSE(accepted);
    }
    bool accepted = false;
    ASSERT_TRUE(receive_rtp(ends, packet, &accepted));
    ASSERT_TRUE(accepted) << "forgeries move no state";
  }
}

// Ours counts reports from 0 (RFC 3711 3.4), the oracle from 1.
TEST_P(SrtpBesideOracle, ReportsAreTheSameBytes) {
  SeededRandom random(51);
  Ends ends(GetParam());
  const auto report = [&](std::size_t words) {
    Datagram packet = random_bytes(random, 8 + 4 * words);
    packet[0] = 0x81;
    packet[1] = 200;
    ByteWriter(MutableBytes(packet).subspan(4)).u32(9);
    return packet;
  };
  Datagram first = report(0);
  first.resize(first.size() + sfu::kMaxSrtpTrailer);
  ASSERT_TRUE(ends.sender.protect_rtcp(first, 8));
  for (std::size_t i = 0; i < 300; ++i) {
    Datagram ours = report(i % 60);
    const std::size_t size = ours.size();
    ours.resize(size + sfu::kMaxSrtpTrailer);
    Datagram oracles = ours;
    ours.resize(ends.sender.protect_rtcp(ours, size).value());
    oracles.resize(ends.oracle_sender.protect_rtcp(oracles, size));
    ASSERT_EQ(ours, oracles) << i;
    ASSERT_TRUE(receive_rtcp(ends, ours)) << i;
  }
}

TEST_P(SrtpBesideOracle, ReportsAreRefusedAlike) {
  SeededRandom random(52);
  Ends ends(GetParam());
  std::vector<Datagram> sent;
  for (std::size_t i = 0; i < 1000; ++i) {
    Datagram packet = random_bytes(random, 8 + 4 * random.below(40));
    packet[0] = 0x80;
    packet[1] = 201;
    ByteWriter(MutableBytes(packet).subspan(4)).u32(static_cast<std::uint32_t>(i % 3));
    const std::size_t size = packet.size();
    packet.resize(size + sfu::kMaxSrtpTrailer);
    packet.resize(ends.sender.protect_rtcp(packet, size).value());
    sent.push_back(packet);
  }
  for (std::size_t i = 0; i < sent.size(); ++i) {
    Datagram packet = sent[i];
    if (random.chance(30)) packet = sent[random.below(sent.size())];
    if (random.chance(20)) packet[random.below(packet.size())] ^= 0x10;
    if (random.chance(5)) packet.resize(random.below(packet.size()));
    ASSERT_TRUE(receive_rtcp(ends, packet)) << i;
  }
}

TEST_P(SrtpBesideOracle, AReportsEveryFlippedByteAndTruncationIsRefusedAlike) {
  SeededRandom random(53);
  Ends ends(GetParam());
  Datagram packet = random_bytes(random, 60);
  packet[0] = 0x81;
  packet[1] = 200;
  packet.resize(60 + sfu::kMaxSrtpTrailer);
  packet.resize(ends.sender.protect_rtcp(packet, 60).value());
  for (std::size_t at = 0; at < packet.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Datagram forged = packet;
      forged[at] ^= static_cast<std::uint8_t>(1 << bit);
      ASSERT_TRUE(receive_rtcp(ends, forged)) << at << ", " << bit;
    }
    ASSERT_TRUE(receive_rtcp(
        ends, Datagram(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(at))))
        << at;
  }
  ASSERT_TRUE(receive_rtcp(ends, packet));
  ASSERT_TRUE(receive_rtcp(ends, packet)) << "the replay";
}

INSTANTIATE_TEST_SUITE_P(Variants, SrtpBesideOracle, testing::ValuesIn(variants()),
                         [](const auto& one) { return name_of(one.param); });

}  // namespace
}  // namespace parley::test
