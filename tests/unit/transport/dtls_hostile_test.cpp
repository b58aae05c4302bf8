// What strangers may send to a DTLS side without ending its handshake or its call (security.md S4).
#include <gtest/gtest.h>

#include "sfu/transport/dtls_record.hpp"
#include "tests/unit/transport/dtls_pair.hpp"

namespace parley::test {
namespace {

using sfu::DtlsReading;
using sfu::DtlsRole;
using sfu::DtlsState;

enum class Fill : std::uint8_t { zeros, ones, noise };

// Every record of length 0..64 in epochs 0..2 of every content type.
template <class Use>
void for_each_junk_record(SeededRandom& random, Use use) {
  for (const Fill fill : {Fill::zeros, Fill::ones, Fill::noise}) {
    for (std::uint16_t epoch = 0; epoch < 3; ++epoch) {
      for (std::uint8_t type = 20; type < 26; ++type) {
        for (std::size_t length = 0; length <= 64; ++length) {
          Datagram fragment(length, fill == Fill::ones ? 0xff : 0);
          if (fill == Fill::noise) random.fill(fragment);
          const std::uint64_t number = random.chance(50) ? random.below(8) : 0xffff'ffff'fffeULL;
          use(dtls_record(type, epoch, number, fragment));
        }
      }
    }
  }
}

TEST(DtlsHostile, JunkRecordsNeverStopAHandshake) {
  const auto client = make_context();
  const auto server = make_context();
  SeededRandom random(7);
  DtlsPair pair(client, server);
  pair.run([&](Direction, const Datagram& datagram) {
    std::vector<Datagram> arriving;
    for_each_junk_record(random, [&](Datagram junk) { arriving.push_back(std::move(junk)); });
    arriving.push_back(datagram);
    return arriving;
  });
  EXPECT_TRUE(pair.is_connected());
}

TEST(DtlsHostile, JunkRecordsNeverEndAConnection) {
  const auto client = make_context();
  const auto server = make_context();
  SeededRandom random(8);
  DtlsPair pair(client, server);
  pair.run();
  ASSERT_TRUE(pair.is_connected());
  for_each_junk_record(random, [&](const Datagram& junk) { pair.inject_to_server(junk); });
  EXPECT_EQ(pair.server.state(), DtlsState::connected);
  pair.close_client();
  pair.deliver();
  EXPECT_EQ(pair.server.state(), DtlsState::closed) << "the true close is still understood";
}

TEST(DtlsHostile, ForgedAlertsAreIgnored) {
  const auto client = make_context();
  const auto server = make_context();
  DtlsPair pair(client, server);
  pair.run([&](Direction, const Datagram& datagram) -> std::vector<Datagram> {
    const std::uint8_t close_notify[] = {1, 0};
    const std::uint8_t handshake_failure[] = {2, 40};
    return {dtls_record(21, 0, 0, close_notify), dtls_record(21, 0, 1, handshake_failure),
            datagram};
  });
  EXPECT_TRUE(pair.is_connected());
}

TEST(DtlsHostile, AForgedHighRecordNumberDoesNotMakeTheRestAReplay) {
  const auto client = make_context();
  const auto server = make_context();
  DtlsPair pair(client, server);
  pair.run([&](Direction direction, const Datagram& datagram) -> std::vector<Datagram> {
    if (direction == Direction::to_client || datagram[13] != 1) return {datagram};
    Datagram forged = datagram;  // a true ClientHello, with the last number of the epoch
    std::fill_n(forged.begin() + 5, 6, std::uint8_t{0xff});
    return {forged, datagram};
  });
  EXPECT_TRUE(pair.is_connected());
}

TEST(DtlsHostile, BrokenCopiesOfTrueDatagramsNeverEndAConnection) {
  const auto client = make_context();
  const auto server = make_context();
  DtlsPair pair(client, server);
  std::vector<Datagram> seen;
  pair.run([&](Direction, const Datagram& datagram) -> std::vector<Datagram> {
    seen.push_back(datagram);
    return {datagram};
  });
  ASSERT_TRUE(pair.is_connected());
  for (const auto& datagram : seen) {
    for (std::size_t i = 0; i < datagram.size(); ++i) {
      Datagram broken = datagram;
      broken[i] ^= 0x41;
      pair.inject_to_server(broken);
      broken.resize(i);
      pair.inject_to_server(broken);
    }
  }
  EXPECT_EQ(pair.server.state(), DtlsState::connected);
}

// The guard itself.

Datagram handshake_fragment(std::uint8_t type, std::uint32_t message, std::uint32_t offset,
                            std::uint32_t length, std::size_t bytes) {
  Datagram fragment(12 + bytes);
  ByteWriter writer(fragment);
  writer.u8(type);
  writer.u24(message);
  writer.u16(0);
  writer.u24(offset);
  writer.u24(length);
  return fragment;
}

bool is_welcome(std::uint8_t type, std::uint16_t epoch, Bytes fragment, DtlsReading reading,
                DtlsRole role = DtlsRole::server) {
  const Datagram datagram = dtls_record(type, epoch, 0, fragment);
  Bytes rest = datagram;
  const auto record = sfu::take_record(rest);
  return record && sfu::is_welcome(*record, role, reading);
}

TEST(DtlsRecord, AHandshakeMessageOfTheLimitIsWelcomeAndOneByteMoreIsNot) {
  const auto limit = static_cast<std::uint32_t>(sfu::kMaxHandshakeMessage);
  EXPECT_TRUE(is_welcome(22, 0, handshake_fragment(11, limit, 0, 100, 100), DtlsReading::plain));
  EXPECT_FALSE(
      is_welcome(22, 0, handshake_fragment(11, limit + 1, 0, 100, 100), DtlsReading::plain));
}

TEST(DtlsRecord, EveryMessageOfARecordIsLookedAt) {
  Datagram two = handshake_fragment(11, 20, 0, 20, 20);
  const Datagram second = handshake_fragment(16, 96 * 1024, 0, 20, 20);
  EXPECT_TRUE(is_welcome(22, 0, two, DtlsReading::plain));
  two.insert(two.end(), second.begin(), second.end());
  EXPECT_FALSE(is_welcome(22, 0, two, DtlsReading::plain));
}

TEST(DtlsRecord, FragmentsOutsideOfTheirMessageAreRefused) {
  EXPECT_FALSE(is_welcome(22, 0, handshake_fragment(1, 50, 40, 20, 20), DtlsReading::plain));
  EXPECT_FALSE(is_welcome(22, 0, handshake_fragment(1, 50, 0, 50, 49), DtlsReading::plain));
  EXPECT_FALSE(is_welcome(22, 0, handshake_fragment(1, 50, 0, 0, 0), DtlsReading::plain));
  EXPECT_TRUE(is_welcome(22, 0, handshake_fragment(1, 50, 0, 50, 50), DtlsReading::plain));
}

TEST(DtlsRecord, EachSideTakesOnlyTheOthersMessages) {
  const auto hello = handshake_fragment(1, 40, 0, 40, 40);
  EXPECT_TRUE(is_welcome(22, 0, hello, DtlsReading::plain, DtlsRole::server));
  EXPECT_FALSE(is_welcome(22, 0, hello, DtlsReading::plain, DtlsRole::client));
  const auto server_hello = handshake_fragment(2, 40, 0, 40, 40);
  EXPECT_FALSE(is_welcome(22, 0, server_hello, DtlsReading::plain, DtlsRole::server));
  EXPECT_TRUE(is_welcome(22, 0, server_hello, DtlsReading::plain, DtlsRole::client));
}

TEST(DtlsRecord, NothingEncryptedIsKeptBeforeTheCipherChanges) {
  const Datagram encrypted(40);
  EXPECT_FALSE(is_welcome(22, 1, encrypted, DtlsReading::plain));
  EXPECT_TRUE(is_welcome(22, 1, encrypted, DtlsReading::encrypted));
  EXPECT_TRUE(is_welcome(21, 1, encrypted, DtlsReading::connected));
  EXPECT_FALSE(is_welcome(23, 1, encrypted, DtlsReading::connected)) << "we carry no data";
  EXPECT_FALSE(is_welcome(22, 2, encrypted, DtlsReading::connected));
}

TEST(DtlsRecord, ATruncatedRecordIsNone) {
  Datagram datagram = dtls_record(22, 0, 0, Datagram(20));
  for (std::size_t size = 0; size < datagram.size(); ++size) {
    Bytes rest = Bytes(datagram).first(size);
    EXPECT_FALSE(sfu::take_record(rest).has_value()) << size;
  }
}

}  // namespace
}  // namespace parley::test
