// What a DTLS object costs, during its handshake and after it: counted bytes of malloc.
#include <gtest/gtest.h>

#include "tests/unit/transport/counting_new.hpp"
#include "tests/unit/transport/dtls_pair.hpp"

namespace parley::test {
namespace {

using sfu::DtlsRole;
using sfu::DtlsState;

constexpr std::size_t kObjects = 100;
constexpr std::size_t kMaxConnectedBytes = 1024;
constexpr std::size_t kMaxHandshakingBytes = 72 * 1024;

// Connects kObjects sides of `role`, each to a peer that is thrown away, and gives the bytes that
// one of them holds.
std::size_t bytes_of_connected(DtlsRole role) {
  const auto client = make_context();
  const auto server = make_context();
  std::vector<sfu::Dtls> kept;
  kept.reserve(kObjects);
  const auto connect = [&] {
    DtlsPair pair(client, server);
    pair.run();
    EXPECT_TRUE(pair.is_connected());
    sfu::Dtls& side = role == DtlsRole::server ? pair.server : pair.client;
    static_cast<void>(side.take_keys());
    return std::move(side);
  };
  const auto first = connect();  // what OpenSSL makes once per thread and per context
  const std::size_t before = bytes_held;
  for (std::size_t i = 0; i < kObjects; ++i) kept.push_back(connect());
  return (bytes_held - before) / kObjects;
}

TEST(DtlsMemory, AConnectedServerHoldsLessThanAKibibyte) {
  const std::size_t bytes = bytes_of_connected(DtlsRole::server);
  RecordProperty("bytes", std::to_string(bytes));
  EXPECT_LT(bytes, kMaxConnectedBytes);
}

TEST(DtlsMemory, AConnectedClientHoldsLessThanAKibibyte) {
  const std::size_t bytes = bytes_of_connected(DtlsRole::client);
  RecordProperty("bytes", std::to_string(bytes));
  EXPECT_LT(bytes, kMaxConnectedBytes);
}

TEST(DtlsMemory, TrafficAfterTheHandshakeHoldsNothingMore) {
  const auto client = make_context();
  const auto server = make_context();
  DtlsPair pair(client, server);
  std::vector<Datagram> seen;
  pair.run([&](Direction direction, const Datagram& datagram) -> std::vector<Datagram> {
    if (direction == Direction::to_server) seen.push_back(datagram);
    return {datagram};
  });
  ASSERT_TRUE(pair.is_connected());
  SeededRandom random(3);
  std::vector<Datagram> junk;
  for (std::uint64_t i = 1; i < 500; ++i) {
    Datagram fragment(i % 2 == 0 ? 26 : 48);  // the sizes of an alert and a Finished
    random.fill(fragment);
    junk.push_back(dtls_record(i % 2 == 0 ? 21 : 22, 1, i, fragment));
  }
  pair.inject_to_server(junk.front());
  const std::size_t before = bytes_held;
  for (const auto& datagram : junk) pair.inject_to_server(datagram);
  for (const auto& datagram : seen) pair.inject_to_server(datagram);
  EXPECT_EQ(bytes_held, before);
}

TEST(DtlsMemory, AFailedHandshakeHoldsNoSslObject) {
  const auto client = make_context();
  const auto server = make_context();
  const auto fail = [&] {
    DtlsPair pair(client, server, server.fingerprint(), sfu::Fingerprint{});
    pair.run();
    EXPECT_EQ(pair.server.state(), DtlsState::failed);
    return std::move(pair.server);
  };
  const auto first = fail();
  const std::size_t before = bytes_held;
  const auto second = fail();
  EXPECT_LT(bytes_held - before, kMaxConnectedBytes);
}

TEST(DtlsMemory, AHandshakeInProgressHoldsItsBound) {
  const auto client = make_context();
  const auto server = make_context();
  DtlsPair(client, server).run();
  // The client's second flight never arrives: the server holds all that a handshake may.
  PacketBatch to_server(1U << 16, 64);
  PacketBatch to_client(1U << 16, 64);
  const Path path = udp_path(1);
  sfu::Dtls asking(client, DtlsRole::client, server.fingerprint());
  asking.start(path, clock_now, to_server);
  const auto hello = take_datagrams(to_server);
  const std::size_t before = bytes_held;
  most_bytes_held = before;
  sfu::Dtls answering(server, DtlsRole::server, client.fingerprint());
  for (const auto& datagram : hello) answering.on_datagram(path, datagram, clock_now, to_client);
  EXPECT_EQ(answering.state(), DtlsState::handshaking);
  RecordProperty("held", std::to_string(bytes_held - before));
  RecordProperty("most", std::to_string(most_bytes_held - before));
  EXPECT_LT(most_bytes_held - before, kMaxHandshakingBytes);
}

}  // namespace
}  // namespace parley::test
