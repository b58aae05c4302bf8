#include <gtest/gtest.h>

#include "sfu/transport/dtls_context.hpp"
#include "sfu/transport/dtls_record.hpp"
#include "tests/unit/transport/dtls_pair.hpp"

namespace parley::test {
namespace {

using sfu::DtlsState;
using sfu::SrtpProfile;

constexpr auto kSha1 = SrtpProfile::aes128_cm_sha1_80;
constexpr auto kGcm128 = SrtpProfile::aead_aes_128_gcm;
constexpr auto kGcm256 = SrtpProfile::aead_aes_256_gcm;

bool same(const sfu::SrtpMasterKey& a, const sfu::SrtpMasterKey& b) {
  return std::ranges::equal(a.key.view(), b.key.view()) &&
         std::ranges::equal(a.salt.view(), b.salt.view());
}

TEST(Dtls, TwoSidesShakeHandsAndHoldEachOthersKeys) {
  const auto client = make_context();
  const auto server = make_context();
  DtlsPair pair(client, server);
  pair.run();
  ASSERT_TRUE(pair.is_connected());
  EXPECT_EQ(pair.server.deadline(), kNever);
  const auto client_keys = pair.client.take_keys();
  const auto server_keys = pair.server.take_keys();
  EXPECT_EQ(client_keys.profile, kGcm128);
  EXPECT_EQ(server_keys.profile, kGcm128);
  EXPECT_TRUE(same(client_keys.send, server_keys.receive));
  EXPECT_TRUE(same(client_keys.receive, server_keys.send));
  EXPECT_FALSE(same(client_keys.send, client_keys.receive));
}

TEST(Dtls, EachContextHasItsOwnFingerprint) {
  EXPECT_NE(make_context().fingerprint(), make_context().fingerprint());
}

struct ProfileCase {
  std::vector<SrtpProfile> client;
  std::vector<SrtpProfile> server;
  SrtpProfile chosen;
  std::size_t key;
  std::size_t salt;
};

TEST(Dtls, TheServerChoosesTheProfileByItsOwnOrder) {
  const ProfileCase cases[] = {
      {{kSha1, kGcm256, kGcm128}, {kGcm128, kGcm256, kSha1}, kGcm128, 16, 12},  // Chromium
      {{kGcm128, kGcm256, kSha1}, {kGcm256, kGcm128, kSha1}, kGcm256, 32, 12},
      {{kSha1}, {kGcm128, kGcm256, kSha1}, kSha1, 16, 14},  // aiortc, GStreamer
  };
  for (const auto& one : cases) {
    const auto client = make_context(one.client);
    const auto server = make_context(one.server);
    DtlsPair pair(client, server);
    pair.run();
    ASSERT_TRUE(pair.is_connected());
    const auto keys = pair.server.take_keys();
    EXPECT_EQ(keys.profile, one.chosen);
    EXPECT_EQ(keys.send.key.view().size(), one.key);
    EXPECT_EQ(keys.send.salt.view().size(), one.salt);
    const auto client_keys = pair.client.take_keys();
    EXPECT_EQ(client_keys.profile, one.chosen);
    EXPECT_TRUE(same(client_keys.send, keys.receive));
  }
}

TEST(Dtls, WithoutACommonProfileNobodyGetsKeys) {
  const auto client = make_context({kSha1});
  const auto server = make_context({kGcm128});
  DtlsPair pair(client, server);
  pair.run();
  EXPECT_EQ(pair.server.state(), DtlsState::failed);
  EXPECT_NE(pair.client.state(), DtlsState::connected);
}

TEST(Dtls, TheServerRefusesAWrongFingerprint) {
  const auto client = make_context();
  const auto server = make_context();
  sfu::Fingerprint expected = client.fingerprint();
  expected[31] ^= 1;
  DtlsPair pair(client, server, server.fingerprint(), expected);
  pair.run();
  EXPECT_EQ(pair.server.state(), DtlsState::failed);
  EXPECT_NE(pair.client.state(), DtlsState::handshaking) << "it was told that there is no media";
}

TEST(Dtls, TheClientRefusesAWrongFingerprint) {
  const auto client = make_context();
  const auto server = make_context();
  DtlsPair pair(client, server, make_context().fingerprint(), client.fingerprint());
  pair.run();
  EXPECT_EQ(pair.client.state(), DtlsState::failed);
}

TEST(Dtls, NoDatagramIsLongerThanAVpnCarries) {
  const auto client = make_context();
  const auto server = make_context();
  DtlsPair pair(client, server);
  std::size_t longest = 0;
  pair.run([&](Direction, const Datagram& datagram) -> std::vector<Datagram> {
    longest = std::max(longest, datagram.size());
    return {datagram};
  });
  EXPECT_TRUE(pair.is_connected());
  EXPECT_LE(longest, 1200U);
  EXPECT_GT(longest, 400U);
}

TEST(Dtls, ALostFlightIsRepeatedAtItsDeadline) {
  const auto client = make_context();
  const auto server = make_context();
  DtlsPair pair(client, server);
  bool is_first = true;
  const Timestamp began = clock_now;
  pair.run([&](Direction, const Datagram& datagram) -> std::vector<Datagram> {
    if (std::exchange(is_first, false)) return {};
    return {datagram};
  });
  EXPECT_TRUE(pair.is_connected());
  EXPECT_GE(clock_now - began, std::chrono::milliseconds(80));
  EXPECT_LE(clock_now - began, std::chrono::milliseconds(120));
}

TEST(Dtls, SurvivesLossDuplicationAndReordering) {
  const auto client = make_context();
  const auto server = make_context();
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SeededRandom random(seed);
    DtlsPair pair(client, server);
    std::vector<Datagram> late;
    pair.run([&](Direction direction, const Datagram& datagram) -> std::vector<Datagram> {
      std::vector<Datagram> arriving;
      if (random.chance(30)) return arriving;
      arriving.push_back(datagram);
      if (random.chance(20)) arriving.push_back(datagram);
      if (direction == Direction::to_server && random.chance(20)) std::swap(arriving, late);
      return arriving;
    });
    EXPECT_TRUE(pair.is_connected()) << "seed " << seed;
  }
}

TEST(Dtls, AcceptsAClientHelloInTwoFragmentsInEitherOrder) {
  const auto client = make_context();
  const auto server = make_context();
  for (const bool is_reversed : {false, true}) {
    DtlsPair pair(client, server);
    bool is_first = true;
    pair.run([&](Direction, const Datagram& datagram) -> std::vector<Datagram> {
      if (!std::exchange(is_first, false)) return {datagram};
      const Bytes message = Bytes(datagram).subspan(13 + 12);
      const auto fragment = [&](std::size_t offset, std::size_t length, std::uint64_t number) {
        Datagram body(12 + length);
        ByteWriter writer(body);
        writer.u8(1);  // client_hello
        writer.u24(static_cast<std::uint32_t>(message.size()));
        writer.u16(0);
        writer.u24(static_cast<std::uint32_t>(offset));
        writer.u24(static_cast<std::uint32_t>(length));
        writer.bytes(message.subspan(offset, length));
        return dtls_record(22, 0, number, body);
      };
      std::vector<Datagram> parts{fragment(0, 100, 0), fragment(100, message.size() - 100, 1)};
      if (is_reversed) std::ranges::reverse(parts);
      return parts;
    });
    EXPECT_TRUE(pair.is_connected()) << "reversed " << is_reversed;
  }
}

TEST(Dtls, AcceptsSeveralMessagesInOneRecordAsBrowsersPackThem) {
  const auto client = make_context();
  const auto server = make_context();
  DtlsPair pair(client, server);
  std::size_t packed = 0;
  pair.run([&](Direction direction, const Datagram& datagram) -> std::vector<Datagram> {
    if (direction == Direction::to_client) return {datagram};
    Datagram handshake;
    Datagram others;
    Bytes rest = datagram;
    while (const auto record = sfu::take_record(rest)) {
      const bool is_plain_handshake = record->type == 22 && record->epoch == 0;
      const Bytes part = is_plain_handshake ? record->fragment : record->whole;
      Datagram& into = is_plain_handshake ? handshake : others;
      into.insert(into.end(), part.begin(), part.end());
      packed += is_plain_handshake ? 1 : 0;
    }
    Datagram merged = dtls_record(22, 0, 1, handshake);
    merged.insert(merged.end(), others.begin(), others.end());
    return {merged};
  });
  EXPECT_GE(packed, 4U);
  EXPECT_TRUE(pair.is_connected());
}

TEST(Dtls, ThePeersCloseIsNoticed) {
  const auto client = make_context();
  const auto server = make_context();
  DtlsPair pair(client, server);
  pair.run();
  ASSERT_TRUE(pair.is_connected());
  pair.close_client();
  EXPECT_EQ(pair.client.state(), DtlsState::closed);
  pair.deliver();
  EXPECT_EQ(pair.server.state(), DtlsState::closed);
}

TEST(Dtls, TheServerRepeatsItsLastFlightForAPeerThatMissedIt) {
  const auto client = make_context();
  const auto server = make_context();
  DtlsPair pair(client, server);
  unsigned lost = 0;
  pair.run([&](Direction direction, const Datagram& datagram) -> std::vector<Datagram> {
    const bool is_last_flight = direction == Direction::to_client &&
                                pair.server.state() == DtlsState::connected && lost < 2;
    if (is_last_flight) {
      ++lost;
      return {};
    }
    return {datagram};
  });
  EXPECT_EQ(lost, 2U);
  EXPECT_TRUE(pair.is_connected());
}

TEST(DtlsContext, NeedsAProfile) {
  const auto context = sfu::DtlsContext::create({});
  ASSERT_FALSE(context.has_value());
  EXPECT_EQ(context.error().code, ErrorCode::invalid_argument);
}

TEST(DtlsContext, RefusesAnOpensslWithoutTheFixesOf2026) {
  EXPECT_TRUE(sfu::check_openssl_version(0x30000160UL).has_value());  // 3.0.22
  EXPECT_TRUE(sfu::check_openssl_version(0x30500040UL).has_value());  // 3.5.4
  const auto old = sfu::check_openssl_version(0x30000150UL);          // 3.0.21
  ASSERT_FALSE(old.has_value());
  EXPECT_EQ(old.error().code, ErrorCode::failed_precondition);
  EXPECT_NE(old.error().message.find("3.0.21"), std::string::npos) << old.error().message;
  EXPECT_FALSE(sfu::check_openssl_version(0x1010117fUL).has_value());  // 1.1.1w
}

}  // namespace
}  // namespace parley::test
