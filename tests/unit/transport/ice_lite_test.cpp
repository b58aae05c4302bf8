#include "sfu/transport/ice_lite.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/transport/support.hpp"
#include "tests/unit/transport/virtual_time.hpp"

namespace parley::test {
namespace {

using codecs::StunClass;
using codecs::StunTransactionId;
using codecs::StunView;
using codecs::StunWriter;
using sfu::Drop;
using sfu::IceLite;
using std::chrono::milliseconds;

const sfu::IceCredentials kNode{.ufrag = "nodeufrag1234567", .pwd = "node-password-node-password"};
const sfu::IceCredentials kPeer{.ufrag = "peer", .pwd = "peer-password-peer-password"};
constexpr StunTransactionId kTransaction = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

struct Sent {
  Path to;
  Datagram bytes;
  [[nodiscard]] StunView view() const { return codecs::parse_stun(bytes).value(); }
};

class Ice : public testing::Test {
 protected:
  using Fill = std::function<void(StunWriter&)>;

  static Datagram message(StunClass kind, const StunTransactionId& transaction,
                          std::string_view password, const Fill& fill) {
    Datagram bytes(600);
    StunWriter writer(bytes, kind, transaction);
    fill(writer);
    bytes.resize(writer.finish(password));
    return bytes;
  }
  static Datagram check(bool use_candidate = false) {
    return message(StunClass::request, kTransaction, kNode.pwd, [&](StunWriter& writer) {
      writer.username(kNode.ufrag + ":" + kPeer.ufrag);
      writer.priority(1);
      writer.ice_controlling(77);
      if (use_candidate) writer.use_candidate();
    });
  }
  static Datagram answer_to(const Sent& challenge, std::string_view password = kPeer.pwd) {
    return message(StunClass::success, challenge.view().transaction, password,
                   [](StunWriter& writer) { writer.xor_mapped_address(udp_path(200).remote); });
  }

  std::expected<void, Drop> receive(const Path& from, const Datagram& bytes) {
    const auto stun = codecs::parse_stun(bytes);
    EXPECT_TRUE(stun.has_value());
    auto result = ice.on_stun(from, *stun, clock_now, batch);
    bytes_in += bytes.size();
    return result;
  }
  std::vector<Sent> take() {
    std::vector<Sent> sent;
    for (const auto& entry : batch.entries()) {
      const Bytes bytes = batch.bytes(entry);
      sent.push_back({.to = entry.path, .bytes = Datagram(bytes.begin(), bytes.end())});
      bytes_out += bytes.size();
    }
    batch.clear();
    return sent;
  }
  // A check that nominates; the challenge that it caused, when there is one.
  std::optional<Sent> nominate(const Path& from) {
    EXPECT_TRUE(receive(from, check(true)).has_value());
    for (const auto& sent : take()) {
      if (sent.view().message_class == StunClass::request) return sent;
    }
    return std::nullopt;
  }

  SeededRandom random{1};
  IceLite ice{kNode, kPeer, random};
  PacketBatch batch{1U << 16, 64};
  std::size_t bytes_in = 0;
  std::size_t bytes_out = 0;
};

TEST_F(Ice, ACheckIsAnsweredWithTheAddressItCameFrom) {
  const Path from = udp_path(7, 4321);
  ASSERT_TRUE(receive(from, check()).has_value());
  const auto sent = take();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, from);
  const StunView view = sent[0].view();
  EXPECT_EQ(view.message_class, StunClass::success);
  EXPECT_EQ(view.transaction, kTransaction);
  EXPECT_EQ(view.mapped_address, from.remote);
  EXPECT_TRUE(view.verify_integrity(kNode.pwd));
  EXPECT_TRUE(view.has_fingerprint);
  EXPECT_LE(sent[0].bytes.size(), bytes_in);
  EXPECT_TRUE(ice.is_proven(from));
  EXPECT_FALSE(ice.selected().has_value());
}

TEST_F(Ice, AWrongPasswordGetsNoAnswer) {
  const auto forged = message(StunClass::request, kTransaction, "wrong", [](StunWriter& writer) {
    writer.username(kNode.ufrag + ":" + kPeer.ufrag);
  });
  EXPECT_EQ(receive(udp_path(7), forged).error(), Drop::stun_bad_integrity);
  const auto bare = message(StunClass::request, kTransaction, "", [](StunWriter& writer) {
    writer.username(kNode.ufrag + ":" + kPeer.ufrag);
  });
  EXPECT_EQ(receive(udp_path(7), bare).error(), Drop::stun_bad_integrity);
  EXPECT_TRUE(take().empty());
  EXPECT_FALSE(ice.is_proven(udp_path(7)));
  EXPECT_FALSE(ice.last_consent().has_value());
}

TEST_F(Ice, BothHalvesOfTheUsernameMustMatch) {
  for (const std::string username : {"nodeufrag1234567:other", "other:peer", "nodeufrag1234567", "",
                                     "nodeufrag1234567:peer2", ":"}) {
    const auto request = message(StunClass::request, kTransaction, kNode.pwd,
                                 [&](StunWriter& writer) { writer.username(username); });
    EXPECT_EQ(receive(udp_path(7), request).error(), Drop::stun_unknown_ufrag) << username;
  }
  EXPECT_TRUE(take().empty());
}

TEST_F(Ice, APeerThatWantsToBeControlledHearsOfTheConflict) {
  const auto request = message(StunClass::request, kTransaction, kNode.pwd, [](StunWriter& writer) {
    writer.username(kNode.ufrag + ":" + kPeer.ufrag);
    writer.ice_controlled(1);
    writer.use_candidate();
  });
  EXPECT_EQ(receive(udp_path(7), request).error(), Drop::stun_refused);
  const auto sent = take();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].view().error_code, 487);
  EXPECT_TRUE(sent[0].view().verify_integrity(kNode.pwd));
  EXPECT_FALSE(ice.is_proven(udp_path(7)));
  EXPECT_FALSE(ice.selected().has_value());
}

TEST_F(Ice, AnAttributeThatMustBeUnderstoodIsNamedInTheRefusal) {
  StunView request = codecs::parse_stun(check()).value();
  const Datagram bytes = check();
  request = codecs::parse_stun(bytes).value();
  request.unknown_required = 0x7777;
  EXPECT_EQ(ice.on_stun(udp_path(7), request, clock_now, batch).error(), Drop::stun_refused);
  const auto sent = take();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].view().error_code, 420);
  EXPECT_FALSE(ice.is_proven(udp_path(7)));
}

TEST_F(Ice, IndicationsErrorsAndUnaskedResponsesAreUnexpected) {
  ASSERT_TRUE(receive(udp_path(1), check()).has_value());
  take();
  for (const auto kind : {StunClass::indication, StunClass::error, StunClass::success}) {
    const auto stray = message(kind, kTransaction, kPeer.pwd, [](StunWriter&) {});
    EXPECT_EQ(receive(udp_path(1), stray).error(), Drop::stun_unexpected);
  }
  EXPECT_TRUE(take().empty());
}

TEST_F(Ice, BeforeANominationThePathProvenLastIsUsed) {
  EXPECT_FALSE(ice.sending_path().has_value());
  ASSERT_TRUE(receive(udp_path(1), check()).has_value());
  ASSERT_TRUE(receive(udp_path(2), check()).has_value());
  ASSERT_TRUE(receive(udp_path(1), check()).has_value());
  EXPECT_EQ(ice.sending_path(), udp_path(2));
}

TEST_F(Ice, TheFirstNominationSelectsAtOnce) {
  ASSERT_TRUE(receive(udp_path(2), check()).has_value());
  EXPECT_FALSE(nominate(udp_path(1)).has_value()) << "no challenge";
  EXPECT_EQ(ice.selected(), udp_path(1));
  EXPECT_EQ(ice.sending_path(), udp_path(1));
}

TEST_F(Ice, ALaterChangeWaitsForTheAnswerToAChallenge) {
  nominate(udp_path(1));
  const auto challenge = nominate(udp_path(2));
  ASSERT_TRUE(challenge.has_value());
  EXPECT_EQ(challenge->to, udp_path(2));
  EXPECT_EQ(challenge->view().username, "peer:nodeufrag1234567");
  EXPECT_TRUE(challenge->view().ice_controlled.has_value());
  EXPECT_TRUE(challenge->view().priority.has_value());
  EXPECT_TRUE(challenge->view().verify_integrity(kPeer.pwd));
  EXPECT_EQ(ice.selected(), udp_path(1)) << "not yet";
  ASSERT_TRUE(receive(udp_path(2), answer_to(*challenge)).has_value());
  EXPECT_EQ(ice.selected(), udp_path(2));
  EXPECT_EQ(ice.deadline(), kNever);
}

TEST_F(Ice, OnlyTheRightAnswerFromTheRightPathCounts) {
  nominate(udp_path(1));
  ASSERT_TRUE(receive(udp_path(3), check()).has_value());
  const auto challenge = nominate(udp_path(2));
  ASSERT_TRUE(challenge.has_value());
  EXPECT_EQ(receive(udp_path(2), answer_to(*challenge, "wrong")).error(), Drop::stun_bad_integrity);
  EXPECT_EQ(receive(udp_path(3), answer_to(*challenge)).error(), Drop::stun_unexpected);
  EXPECT_EQ(receive(udp_path(9), answer_to(*challenge)).error(), Drop::stun_unexpected);
  const auto guessed = message(StunClass::success, kTransaction, kPeer.pwd, [](StunWriter&) {});
  EXPECT_EQ(receive(udp_path(2), guessed).error(), Drop::stun_unexpected);
  EXPECT_EQ(ice.selected(), udp_path(1));
  EXPECT_TRUE(receive(udp_path(2), answer_to(*challenge)).has_value());
  EXPECT_EQ(receive(udp_path(2), answer_to(*challenge)).error(), Drop::stun_unexpected)
      << "an answer counts once";
}

TEST_F(Ice, ANewerNominationForgetsTheOlderChange) {
  nominate(udp_path(1));
  const auto older = nominate(udp_path(2));
  const auto newer = nominate(udp_path(3));
  ASSERT_TRUE(older && newer);
  EXPECT_EQ(receive(udp_path(2), answer_to(*older)).error(), Drop::stun_unexpected);
  EXPECT_TRUE(receive(udp_path(3), answer_to(*newer)).has_value());
  EXPECT_EQ(ice.selected(), udp_path(3));
}

TEST_F(Ice, AnUnansweredChallengeIsRepeatedAndThenGivenUp) {
  nominate(udp_path(1));
  ASSERT_TRUE(nominate(udp_path(2)).has_value());
  std::size_t repeats = 0;
  const Timestamp began = clock_now;
  while (ice.deadline() != kNever) {
    clock_now = ice.deadline();
    ASSERT_TRUE(receive(udp_path(2), check()).has_value()) << "the peer's checks pay for repeats";
    take();
    ice.tick(clock_now, batch);
    repeats += take().size();
  }
  EXPECT_EQ(repeats, 6U);
  EXPECT_LE(clock_now - began, std::chrono::seconds(13));
  EXPECT_EQ(ice.selected(), udp_path(1));
  EXPECT_TRUE(nominate(udp_path(2)).has_value()) << "the peer may ask again";
}

TEST_F(Ice, AnUnprovenAddressGetsAtMostThreeTimesOfWhatItSent) {
  nominate(udp_path(1));
  bytes_in = bytes_out = 0;
  nominate(udp_path(2));
  while (ice.deadline() != kNever) {
    clock_now = ice.deadline();
    ice.tick(clock_now, batch);
    take();
  }
  EXPECT_GT(bytes_out, bytes_in);
  EXPECT_LE(bytes_out, 3 * bytes_in);
}

TEST_F(Ice, TheNinthPathReplacesTheOneCheckedLongestAgo) {
  nominate(udp_path(1));
  for (std::uint8_t host = 2; host <= sfu::kMaxPaths; ++host) {
    advance(milliseconds(10));
    ASSERT_TRUE(receive(udp_path(host), check()).has_value());
  }
  advance(milliseconds(10));
  ASSERT_TRUE(receive(udp_path(2), check()).has_value());
  advance(milliseconds(10));
  ASSERT_TRUE(receive(udp_path(100), check()).has_value());
  EXPECT_TRUE(ice.is_proven(udp_path(100)));
  EXPECT_TRUE(ice.is_proven(udp_path(1))) << "selected";
  EXPECT_TRUE(ice.is_proven(udp_path(2))) << "checked again";
  EXPECT_FALSE(ice.is_proven(udp_path(3))) << "the oldest";
  EXPECT_TRUE(ice.is_proven(udp_path(8)));
}

TEST_F(Ice, AfterTheSelectedPathHasEndedTheNextOneStillNeedsAChallenge) {
  nominate(udp_path(1));
  ASSERT_TRUE(receive(udp_path(2), check()).has_value());
  take();
  ice.on_path_closed(udp_path(1));
  EXPECT_FALSE(ice.is_proven(udp_path(1)));
  EXPECT_FALSE(ice.sending_path().has_value());
  const auto challenge = nominate(udp_path(2));
  ASSERT_TRUE(challenge.has_value());
  EXPECT_FALSE(ice.selected().has_value());
  ASSERT_TRUE(receive(udp_path(2), answer_to(*challenge)).has_value());
  EXPECT_EQ(ice.selected(), udp_path(2));
}

TEST_F(Ice, ConsentIsTheLastAuthenticatedCheck) {
  ASSERT_TRUE(receive(udp_path(1), check()).has_value());
  const Timestamp checked = clock_now;
  EXPECT_EQ(ice.last_consent(), checked);
  advance(milliseconds(500));
  const auto forged = message(StunClass::request, kTransaction, "wrong", [](StunWriter& writer) {
    writer.username(kNode.ufrag + ":" + kPeer.ufrag);
  });
  EXPECT_FALSE(receive(udp_path(1), forged).has_value());
  EXPECT_EQ(ice.last_consent(), checked);
}

TEST_F(Ice, AFullBatchOnlyLosesTheAnswer) {
  PacketBatch tiny{64, 4};
  const Datagram bytes = check(true);
  const auto stun = codecs::parse_stun(bytes).value();
  EXPECT_TRUE(ice.on_stun(udp_path(1), stun, clock_now, tiny).has_value());
  EXPECT_TRUE(tiny.empty());
  EXPECT_EQ(ice.selected(), udp_path(1));
}

}  // namespace
}  // namespace parley::test
