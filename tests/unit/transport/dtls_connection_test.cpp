// What remains of DTLS after the handshake, against peers that are plain OpenSSL, in each suite.
#include "sfu/transport/dtls_connection.hpp"

#include <gtest/gtest.h>

#include "tests/unit/transport/dtls_pair.hpp"
#include "tests/unit/transport/dtls_raw_peer.hpp"

namespace parley::test {
namespace {

using sfu::DtlsRole;
using sfu::DtlsState;
using sfu::kAlert;
using sfu::kHandshake;

constexpr std::uint8_t kCloseNotify[] = {1, 0};
constexpr std::uint8_t kInternalError[] = {2, 80};
constexpr std::uint8_t kNoRenegotiation[] = {1, 100};

// Our side against a raw peer, with a network that passes everything.
class Meeting {
 public:
  Meeting(DtlsRole our_role, const Suite& suite)
      : peer(our_role == DtlsRole::server ? DtlsRole::client : DtlsRole::server, suite),
        ours(context, our_role, peer.fingerprint()) {
    peer.start(from_peer);
    ours.start(path, clock_now, from_us);
  }

  // Carries everything until both are silent. `lose`: whether one of our datagrams is lost.
  template <class Lose>
  void run(Lose lose) {
    while (!from_us.empty() || !from_peer.empty()) {
      for (const auto& datagram : take_datagrams(from_peer)) receive(datagram);
      for (const auto& datagram : take_datagrams(from_us)) {
        if (!lose(datagram)) peer.on_datagram(datagram, from_peer);
      }
    }
  }
  void run() {
    run([](const Datagram&) { return false; });
  }
  // One datagram from the peer's address; what we answer waits in from_us.
  void receive(const Datagram& datagram) { ours.on_datagram(path, datagram, clock_now, from_us); }
  // The peer's timer: it repeats its flight, in new records.
  void let_the_peer_repeat() {
    advance(std::chrono::seconds(61));
    peer.repeat_flight(from_peer);
  }
  [[nodiscard]] bool is_connected() const {
    return ours.state() == DtlsState::connected && peer.is_connected();
  }

  Path path = udp_path(1);
  PacketBatch from_us{1U << 16, 256};
  PacketBatch from_peer{1U << 16, 256};
  DtlsRawPeer peer;
  sfu::DtlsContext context = make_context();
  sfu::Dtls ours;
};

constexpr Suite kSuites[] = {{"ECDHE-ECDSA-AES128-GCM-SHA256"},
                             {"ECDHE-ECDSA-AES256-GCM-SHA384"},
                             {"ECDHE-ECDSA-CHACHA20-POLY1305"}};

class DtlsConnection : public testing::TestWithParam<std::tuple<DtlsRole, Suite>> {
 protected:
  void SetUp() override {
    meeting.run();
    ASSERT_TRUE(meeting.is_connected());
  }
  Meeting meeting{std::get<0>(GetParam()), std::get<1>(GetParam())};
};

INSTANTIATE_TEST_SUITE_P(EachSuite, DtlsConnection,
                         testing::Combine(testing::Values(DtlsRole::server, DtlsRole::client),
                                          testing::ValuesIn(kSuites)),
                         [](const auto& test) {
                           std::string name = std::get<0>(test.param) == DtlsRole::server
                                                  ? "AsServer_"
                                                  : "AsClient_";
                           name += std::get<1>(test.param).name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST_P(DtlsConnection, ThePeersCloseEndsIt) {
  meeting.peer.close(meeting.from_peer);
  meeting.run();
  EXPECT_EQ(meeting.ours.state(), DtlsState::closed);
}

TEST_P(DtlsConnection, ThePeerUnderstandsOurClose) {
  meeting.ours.close(meeting.path, meeting.from_us);
  EXPECT_EQ(meeting.ours.state(), DtlsState::closed);
  ASSERT_EQ(meeting.from_us.entries().size(), 1U);
  EXPECT_FALSE(meeting.peer.was_closed());
  meeting.run();
  EXPECT_TRUE(meeting.peer.was_closed());
}

TEST_P(DtlsConnection, ACloseIsSentOnce) {
  meeting.ours.close(meeting.path, meeting.from_us);
  meeting.ours.close(meeting.path, meeting.from_us);
  EXPECT_EQ(meeting.from_us.entries().size(), 1U);
}

TEST_P(DtlsConnection, AFatalAlertEndsItAndAWarningDoesNot) {
  meeting.receive(meeting.peer.seal(kAlert, 5, kNoRenegotiation));
  EXPECT_EQ(meeting.ours.state(), DtlsState::connected);
  meeting.receive(meeting.peer.seal(kAlert, 6, kInternalError));
  EXPECT_EQ(meeting.ours.state(), DtlsState::closed);
}

TEST_P(DtlsConnection, AnAlertWithAnyBitTurnedIsNothing) {
  const Datagram close = meeting.peer.seal(kAlert, 5, kCloseNotify);
  for (std::size_t i = 0; i < close.size() * 8; ++i) {
    Datagram forged = close;
    forged[i / 8] ^= static_cast<std::uint8_t>(1U << i % 8);
    meeting.receive(forged);
    ASSERT_EQ(meeting.ours.state(), DtlsState::connected) << "bit " << i;
  }
  meeting.receive(close);
  EXPECT_EQ(meeting.ours.state(), DtlsState::closed) << "the true one still counts";
}

TEST_P(DtlsConnection, AnAlertOfAnotherLengthOrTypeIsNothing) {
  const Datagram close = meeting.peer.seal(kAlert, 5, kCloseNotify);
  for (std::size_t size = 0; size < close.size(); ++size) {
    meeting.receive(Datagram(close.begin(), close.begin() + static_cast<std::ptrdiff_t>(size)));
    if (size >= 13) {
      meeting.receive(dtls_record(kAlert, 1, 5, Bytes(close).subspan(13, size - 13)));
    }
  }
  Datagram padded(close.begin() + 13, close.end());
  padded.push_back(0);
  meeting.receive(dtls_record(kAlert, 1, 5, padded));
  // True records of the peer, but no alerts, or not of these two bytes alone.
  const std::uint8_t two_alerts[] = {1, 0, 1, 0};
  meeting.receive(meeting.peer.seal(kAlert, 5, two_alerts));
  for (const std::uint8_t type : std::initializer_list<std::uint8_t>{20, 22, 23, 24}) {
    meeting.receive(meeting.peer.seal(type, 5, kCloseNotify));
  }
  EXPECT_EQ(meeting.ours.state(), DtlsState::connected);
  EXPECT_TRUE(meeting.from_us.empty());
  meeting.receive(close);
  EXPECT_EQ(meeting.ours.state(), DtlsState::closed);
}

TEST_P(DtlsConnection, APlainAlertOrOneOfAnotherEpochIsNothing) {
  const Datagram close = meeting.peer.seal(kAlert, 5, kCloseNotify);
  for (const std::uint16_t epoch : std::initializer_list<std::uint16_t>{0, 2, 0xffff}) {
    meeting.receive(dtls_record(kAlert, epoch, 5, kCloseNotify));
    meeting.receive(dtls_record(kAlert, epoch, 5, kInternalError));
    meeting.receive(dtls_record(kAlert, epoch, 5, Bytes(close).subspan(13)));
  }
  EXPECT_EQ(meeting.ours.state(), DtlsState::connected);
}

TEST_P(DtlsConnection, AnOldRecordIsNothing) {
  const Datagram warning = meeting.peer.seal(kAlert, 7, kNoRenegotiation);
  meeting.receive(warning);
  meeting.receive(warning);
  meeting.receive(meeting.peer.seal(kAlert, 7, kCloseNotify));
  meeting.receive(meeting.peer.seal(kAlert, 6, kCloseNotify));
  EXPECT_EQ(meeting.ours.state(), DtlsState::connected);
  meeting.receive(meeting.peer.seal(kAlert, 8, kCloseNotify));
  EXPECT_EQ(meeting.ours.state(), DtlsState::closed);
}

TEST_P(DtlsConnection, ARecordWithTheNumberOfThePeersFinishedIsNothing) {
  meeting.receive(meeting.peer.seal(kAlert, 0, kCloseNotify));
  EXPECT_EQ(meeting.ours.state(), DtlsState::connected);
}

TEST_P(DtlsConnection, TheAlertsOfAnotherSessionAreNothing) {
  Meeting other(std::get<0>(GetParam()), std::get<1>(GetParam()));
  other.run();
  meeting.receive(other.peer.seal(kAlert, 5, kCloseNotify));
  EXPECT_EQ(meeting.ours.state(), DtlsState::connected);
}

TEST_P(DtlsConnection, OnlyANewCopyOfThePeersFinishedIsAnsweredAndOnlyByTheServer) {
  Datagram finished(24);
  finished[0] = 20;
  Datagram hello(24);
  hello[0] = 1;
  const Datagram copy = meeting.peer.seal(kHandshake, 3, finished);
  Datagram forged = copy;
  forged.back() ^= 1;
  meeting.receive(forged);
  meeting.receive(meeting.peer.seal(kHandshake, 2, hello));
  EXPECT_TRUE(meeting.from_us.empty());
  meeting.receive(copy);
  EXPECT_EQ(meeting.from_us.entries().size(),
            std::get<0>(GetParam()) == DtlsRole::server ? 1U : 0U);
  meeting.from_us.clear();
  meeting.receive(copy);
  EXPECT_TRUE(meeting.from_us.empty()) << "a replay gets no answer";
  EXPECT_EQ(meeting.ours.state(), DtlsState::connected);
}

class DtlsLastFlight : public testing::TestWithParam<Suite> {};
INSTANTIATE_TEST_SUITE_P(EachSuite, DtlsLastFlight, testing::ValuesIn(kSuites),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST_P(DtlsLastFlight, TheServerRepeatsItByteForByteUntilItArrives) {
  Meeting meeting(DtlsRole::server, GetParam());
  std::vector<Datagram> flights;
  const auto lose_last_flight = [&](const Datagram& datagram) {
    if (meeting.ours.state() != DtlsState::connected) return false;
    flights.push_back(datagram);
    return flights.size() <= 4;
  };
  meeting.run(lose_last_flight);
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(meeting.peer.is_connected());
    meeting.let_the_peer_repeat();
    meeting.run(lose_last_flight);
  }
  EXPECT_TRUE(meeting.is_connected());
  ASSERT_EQ(flights.size(), 5U);
  for (const auto& flight : flights) EXPECT_EQ(flight, flights[0]);
  EXPECT_LE(flights[0].size(), 75U);
  // The peer's numbers have gone on meanwhile; its close is still understood.
  meeting.peer.close(meeting.from_peer);
  meeting.run();
  EXPECT_EQ(meeting.ours.state(), DtlsState::closed);
}

TEST_P(DtlsLastFlight, ACopyTooManyDoesNotDisturbThePeerAndOurCloseFollows) {
  Meeting meeting(DtlsRole::server, GetParam());
  Datagram flight;
  meeting.run([&](const Datagram& datagram) {
    if (meeting.ours.state() == DtlsState::connected) flight = datagram;
    return false;
  });
  ASSERT_TRUE(meeting.is_connected());
  for (int i = 0; i < 3; ++i) meeting.peer.on_datagram(flight, meeting.from_peer);
  EXPECT_TRUE(meeting.from_peer.empty());
  EXPECT_TRUE(meeting.peer.is_connected());
  meeting.ours.close(meeting.path, meeting.from_us);
  meeting.run();
  EXPECT_TRUE(meeting.peer.was_closed());
}

TEST_P(DtlsLastFlight, AClientWhoMissedTheServersGetsItByRepeatingItsOwn) {
  Meeting meeting(DtlsRole::client, GetParam());
  unsigned lost = 0;
  // The peer's datagrams: all that it sends once it is connected are lost at first.
  while (!meeting.from_us.empty() || !meeting.from_peer.empty() || !meeting.is_connected()) {
    for (const auto& datagram : take_datagrams(meeting.from_us)) {
      meeting.peer.on_datagram(datagram, meeting.from_peer);
    }
    for (const auto& datagram : take_datagrams(meeting.from_peer)) {
      if (meeting.peer.is_connected() && lost < 3) {
        ++lost;
        continue;
      }
      meeting.receive(datagram);
    }
    if (meeting.ours.state() != DtlsState::handshaking) continue;
    clock_now = std::max(clock_now, meeting.ours.deadline());
    meeting.ours.tick(meeting.path, clock_now, meeting.from_us);
  }
  EXPECT_EQ(lost, 3U);
  meeting.peer.close(meeting.from_peer);
  meeting.run();
  EXPECT_EQ(meeting.ours.state(), DtlsState::closed);
}

TEST(DtlsLastFlightLimit, IsNotRepeatedForEver) {
  Meeting meeting(DtlsRole::server, kSuites[0]);
  meeting.run();
  Datagram finished(24);
  finished[0] = 20;
  for (unsigned i = 1; i <= sfu::kMaxLastFlightRepeats + 1; ++i) {
    meeting.receive(meeting.peer.seal(kHandshake, i, finished));
    EXPECT_EQ(take_datagrams(meeting.from_us).size(), i <= sfu::kMaxLastFlightRepeats ? 1U : 0U);
  }
  EXPECT_EQ(meeting.ours.state(), DtlsState::connected);
}

TEST(DtlsLastFlightLimit, GoesWhereTheQuestionCameFrom) {
  Meeting meeting(DtlsRole::server, kSuites[0]);
  meeting.run();
  Datagram finished(24);
  finished[0] = 20;
  meeting.path = udp_path(77);
  meeting.receive(meeting.peer.seal(kHandshake, 1, finished));
  ASSERT_EQ(meeting.from_us.entries().size(), 1U);
  EXPECT_EQ(meeting.from_us.entries()[0].path, udp_path(77));
}

TEST(DtlsPeers, WithAnRsaCertificateAreUnderstoodInBothRoles) {
  Meeting as_client(DtlsRole::client, {"ECDHE-RSA-AES256-GCM-SHA384", PeerKey::rsa});
  as_client.run();
  EXPECT_TRUE(as_client.is_connected());
  as_client.peer.close(as_client.from_peer);
  as_client.run();
  EXPECT_EQ(as_client.ours.state(), DtlsState::closed);

  Meeting as_server(DtlsRole::server, {"ECDHE-ECDSA-AES128-GCM-SHA256", PeerKey::rsa});
  as_server.run();
  EXPECT_TRUE(as_server.is_connected());
}

// What the BIO keeps of what OpenSSL writes.

Datagram joined(const Datagram& a, const Datagram& b) {
  Datagram both = a;
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

const Datagram kChange = dtls_record(sfu::kChangeCipherSpec, 0, 9, Datagram(1, 1));

TEST(WrittenRecords, HoldTheLastFlightFromItsChangeOfCipherOn) {
  sfu::WrittenRecords written;
  const Datagram finished = dtls_record(kHandshake, 1, 0, Datagram(48));
  written.append(dtls_record(kHandshake, 0, 1, Datagram(20)));
  EXPECT_TRUE(written.view().empty());
  written.append(joined(dtls_record(kHandshake, 0, 2, Datagram(20)), kChange));
  written.append(finished);
  EXPECT_TRUE(std::ranges::equal(written.view(), joined(kChange, finished)));
}

TEST(WrittenRecords, HoldTheNewerOfTwoLastFlights) {
  sfu::WrittenRecords written;
  const Datagram newer = dtls_record(kHandshake, 1, 1, Datagram(48));
  written.append(joined(kChange, dtls_record(kHandshake, 1, 0, Datagram(48))));
  written.append(joined(kChange, newer));
  EXPECT_TRUE(std::ranges::equal(written.view(), joined(kChange, newer)));
}

TEST(WrittenRecords, HoldAllOfAFlightOrNothing) {
  constexpr std::size_t kRoom = 96 - 14 - 13;
  sfu::WrittenRecords written;
  written.append(joined(kChange, dtls_record(kHandshake, 1, 0, Datagram(kRoom))));
  EXPECT_EQ(written.view().size(), 96U);
  written.append(joined(kChange, dtls_record(kHandshake, 1, 0, Datagram(kRoom + 1))));
  EXPECT_TRUE(written.view().empty());
}

TEST(WrittenRecords, HoldAnAlertAlone) {
  sfu::WrittenRecords written;
  const Datagram alert = dtls_record(kAlert, 1, 1, Datagram(26));
  written.append(joined(kChange, alert));
  EXPECT_TRUE(std::ranges::equal(written.view(), alert));
}

// OpenSSL looks at the clock whenever it reads or writes: when a timer runs out within one call,
// the call writes a flight twice, or an old one and a new one.
TEST(DtlsPeers, FinishOnAMachineThatIsSlowerThanTheirTimers) {
  const auto client = make_context();
  const auto server = make_context();
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SeededRandom random(seed);
    DtlsPair pair(client, server);
    bool loses_last_flight = seed % 3 == 0;
    pair.run([&](Direction direction, const Datagram& datagram) -> std::vector<Datagram> {
      clock_step = std::chrono::milliseconds(random.below(seed < 50 ? 30 : 200));
      const bool is_last_flight =
          direction == Direction::to_client && pair.server.state() == DtlsState::connected;
      if (is_last_flight && std::exchange(loses_last_flight, false)) return {};
      return {datagram};
    });
    clock_step = Duration(0);
    ASSERT_TRUE(pair.is_connected()) << "seed " << seed;
    pair.close_server();
    pair.deliver();
    EXPECT_EQ(pair.client.state(), DtlsState::closed) << "seed " << seed;
  }
}

TEST(DtlsPeers, CloseInBothDirectionsAfterALossyHandshake) {
  const auto client = make_context();
  const auto server = make_context();
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SeededRandom random(seed);
    DtlsPair pair(client, server);
    pair.run([&](Direction, const Datagram& datagram) -> std::vector<Datagram> {
      if (random.chance(40)) return {};
      if (random.chance(20)) return {datagram, datagram};
      return {datagram};
    });
    ASSERT_TRUE(pair.is_connected()) << "seed " << seed;
    if (seed % 2 == 0) {
      pair.close_client();
    } else {
      pair.close_server();
    }
    pair.deliver();
    EXPECT_EQ(pair.client.state(), DtlsState::closed) << "seed " << seed;
    EXPECT_EQ(pair.server.state(), DtlsState::closed) << "seed " << seed;
  }
}

}  // namespace
}  // namespace parley::test
