#include "client/core/ice_agent.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "tests/unit/client/outbox.hpp"
#include "tests/unit/client/support.hpp"

namespace parley::client {
namespace {

using namespace std::chrono_literals;
using codecs::StunClass;
using test::at;
using test::node_endpoint;

struct Sent {
  Path to;
  std::vector<std::uint8_t> bytes;
  [[nodiscard]] codecs::StunView stun() const { return codecs::parse_stun(bytes).value(); }
};

// An agent, and a node whose answers the test writes.
struct Stage {
  explicit Stage(std::vector<RemoteCandidate> candidates, bool allow_udp = true,
                 bool allow_tcp = true)
      : agent({.local = {.ufrag = "clientfrag", .pwd = "client-password-of-enough-chars"},
               .remote = {.ufrag = "nodefrag", .pwd = "node-password-of-enough-chars"},
               .candidates = std::move(candidates),
               .allow_udp = allow_udp,
               .allow_tcp = allow_tcp},
              random, at(0s).mono) {}

  std::vector<Sent> tick(Duration when) {
    clock = when;
    agent.tick(at(clock).mono, out);
    return take();
  }
  std::vector<Sent> take() {
    std::vector<Sent> sent;
    for (const auto& entry : out.packets.entries()) {
      const Bytes bytes = out.packets.bytes(entry);
      sent.push_back({.to = entry.path, .bytes = {bytes.begin(), bytes.end()}});
    }
    out.packets.clear();
    return sent;
  }
  std::vector<Sent> answer(const Sent& request, std::string_view password, Path from) {
    std::array<std::uint8_t, 200> buffer{};
    codecs::StunWriter writer(buffer, StunClass::success, request.stun().transaction);
    writer.xor_mapped_address(node_endpoint(99));
    return deliver(Bytes(buffer).first(writer.finish(password)), from);
  }
  std::vector<Sent> answer(const Sent& request) {
    return answer(request, "node-password-of-enough-chars", request.to);
  }
  std::vector<Sent> deliver(Bytes datagram, Path from) {
    agent.on_stun(from, codecs::parse_stun(datagram).value(), at(clock).mono, out);
    return take();
  }
  // Over the first candidate, nominated and all.
  Path select_first() {
    const auto check = tick(0s);
    const auto nomination = answer(check.at(0));
    answer(nomination.at(0));
    EXPECT_EQ(agent.state(), IceAgent::State::selected);
    return check.at(0).to;
  }

  test::SeededRandom random{1};
  ClientOutbox out;
  IceAgent agent;
  Duration clock{};
};

RemoteCandidate udp(std::uint8_t host, std::uint32_t priority) {
  return {.is_tcp = false, .endpoint = node_endpoint(host), .priority = priority};
}
RemoteCandidate tcp(std::uint8_t host, std::uint32_t priority) {
  return {.is_tcp = true, .endpoint = node_endpoint(host, 443), .priority = priority};
}

TEST(IceAgent, ChecksCarryWhatAControllingAgentOwes) {
  Stage stage({udp(1, 100)});
  const auto sent = stage.tick(0s);
  ASSERT_EQ(sent.size(), 1U);
  const codecs::StunView check = sent[0].stun();
  EXPECT_EQ(check.message_class, StunClass::request);
  EXPECT_EQ(check.username, "nodefrag:clientfrag");
  EXPECT_TRUE(check.verify_integrity("node-password-of-enough-chars"));
  EXPECT_TRUE(check.ice_controlling.has_value());
  EXPECT_TRUE(check.priority.has_value());
  EXPECT_TRUE(check.has_fingerprint);
  EXPECT_FALSE(check.use_candidate);
}

TEST(IceAgent, NominatesThePathThatAnswersAndSelectsItOnTheAnswer) {
  Stage stage({udp(1, 100)});
  const auto check = stage.tick(0s);
  const auto nomination = stage.answer(check.at(0));
  ASSERT_EQ(nomination.size(), 1U);
  EXPECT_TRUE(nomination[0].stun().use_candidate);
  EXPECT_EQ(stage.agent.state(), IceAgent::State::checking);
  EXPECT_TRUE(stage.agent.is_proven(check[0].to));
  stage.answer(nomination[0]);
  EXPECT_EQ(stage.agent.state(), IceAgent::State::selected);
  EXPECT_EQ(stage.agent.selected_path(), check[0].to);
}

TEST(IceAgent, PacesNewChecksBestCandidateFirst) {
  Stage stage({udp(1, 100), udp(2, 300), udp(3, 200)});
  EXPECT_EQ(stage.tick(0s).at(0).to.remote, node_endpoint(2));
  EXPECT_TRUE(stage.tick(49ms).empty());
  EXPECT_EQ(stage.tick(50ms).at(0).to.remote, node_endpoint(3));
  EXPECT_EQ(stage.tick(100ms).at(0).to.remote, node_endpoint(1));
  EXPECT_EQ(stage.agent.deadline(), at(500ms).mono);
}

TEST(IceAgent, WaitsAMomentForABetterPath) {
  Stage stage({udp(1, 300), udp(2, 200)});
  const auto best = stage.tick(0s);
  const auto second = stage.tick(50ms);
  EXPECT_TRUE(stage.answer(second.at(0)).empty()) << "the better one may still answer";
  EXPECT_EQ(stage.agent.deadline(), at(150ms).mono);
  const auto nomination = stage.answer(best.at(0));
  ASSERT_EQ(nomination.size(), 1U);
  EXPECT_EQ(nomination[0].to.remote, node_endpoint(1));
}

TEST(IceAgent, TakesTheSecondBestWhenTheBestStaysSilent) {
  Stage stage({udp(1, 300), udp(2, 200)});
  stage.tick(0s);
  const auto second = stage.tick(50ms);
  stage.answer(second.at(0));
  const auto nomination = stage.tick(150ms);
  ASSERT_EQ(nomination.size(), 1U);
  EXPECT_EQ(nomination[0].to.remote, node_endpoint(2));
  EXPECT_TRUE(nomination[0].stun().use_candidate);
}

TEST(IceAgent, RepeatsALostCheckWithDoublingTimesUnderTheSameTransaction) {
  Stage stage({udp(1, 100)}, true, false);
  const auto first = stage.tick(0s).at(0);
  EXPECT_TRUE(stage.tick(499ms).empty());
  const auto second = stage.tick(500ms).at(0);
  EXPECT_EQ(second.stun().transaction, first.stun().transaction);
  EXPECT_TRUE(stage.tick(1499ms).empty());
  EXPECT_EQ(stage.tick(1500ms).size(), 1U);
}

TEST(IceAgent, GivesUpAfterTenSecondsOfSilence) {
  Stage stage({udp(1, 100)});
  for (Duration t{}; t < 10s; t += 10ms) stage.tick(t);
  EXPECT_EQ(stage.agent.state(), IceAgent::State::checking);
  stage.tick(10s);
  EXPECT_EQ(stage.agent.state(), IceAgent::State::lost);
  EXPECT_EQ(stage.agent.deadline(), kNever);
}

TEST(IceAgent, AnAnswerWithoutTheNodesPasswordProvesNothing) {
  Stage stage({udp(1, 100)});
  const auto check = stage.tick(0s);
  EXPECT_TRUE(stage.answer(check.at(0), "somebody else's password", check[0].to).empty());
  EXPECT_FALSE(stage.agent.is_proven(check[0].to));
}

TEST(IceAgent, AnAnswerFromAnotherAddressProvesNothing) {
  Stage stage({udp(1, 100)});
  const auto check = stage.tick(0s);
  Path elsewhere = check.at(0).to;
  elsewhere.remote = node_endpoint(66);
  EXPECT_TRUE(stage.answer(check[0], "node-password-of-enough-chars", elsewhere).empty());
  EXPECT_FALSE(stage.agent.is_proven(elsewhere));
  EXPECT_FALSE(stage.agent.is_proven(check[0].to));
}

TEST(IceAgent, AnotherPathIsTriedWhenTheNominatedOneFallsSilent) {
  Stage stage({udp(1, 300), udp(2, 200)});
  const auto best = stage.tick(0s);
  const auto second = stage.tick(50ms);
  stage.answer(best.at(0));
  stage.answer(second.at(0));
  std::optional<Endpoint> nominated;
  for (Duration t = 60ms; t < 9s && nominated != node_endpoint(2); t += 10ms) {
    for (const Sent& sent : stage.tick(t)) {
      if (sent.stun().use_candidate) nominated = sent.to.remote;
    }
  }
  EXPECT_EQ(nominated, node_endpoint(2));
}

TEST(IceAgent, TriesTcpWhenUdpGivesNoAnswerInTime) {
  Stage stage({tcp(1, 50), udp(1, 100)});
  stage.tick(0s);
  stage.tick(1499ms);
  EXPECT_TRUE(stage.out.connect_tcp.empty());
  stage.tick(1500ms);
  ASSERT_EQ(stage.out.connect_tcp.size(), 1U);
  EXPECT_EQ(stage.out.connect_tcp[0], node_endpoint(1, 443));
  stage.agent.on_tcp_connected(node_endpoint(1, 443), 7, at(1600ms).mono, stage.out);
  const auto check = stage.take();
  ASSERT_EQ(check.size(), 1U);
  EXPECT_EQ(check[0].to.connection, 7U);
  EXPECT_TRUE(stage.answer(check[0]).empty()) << "UDP has a last moment to answer";
  const auto nomination = stage.tick(1700ms);
  ASSERT_EQ(nomination.size(), 1U);
  stage.answer(nomination[0]);
  EXPECT_TRUE(stage.agent.selected_path()->is_tcp());
}

TEST(IceAgent, TriesTcpAtOnceWhereUdpIsNotAllowed) {
  Stage stage({udp(1, 100), tcp(1, 50)}, false);
  EXPECT_TRUE(stage.tick(0s).empty());
  EXPECT_EQ(stage.out.connect_tcp.size(), 1U);
}

TEST(IceAgent, NeverConnectsByTcpWhenUdpAnswersOrTcpIsNotAllowed) {
  Stage answered({udp(1, 100), tcp(1, 50)});
  answered.select_first();
  answered.tick(2s);
  EXPECT_TRUE(answered.out.connect_tcp.empty());
  Stage forbidden({udp(1, 100), tcp(1, 50)}, true, false);
  forbidden.tick(2s);
  EXPECT_TRUE(forbidden.out.connect_tcp.empty());
}

TEST(IceAgent, ATcpConnectionThatComesTooLateIsClosed) {
  Stage stage({udp(1, 100), tcp(1, 50)});
  const auto check = stage.tick(0s);
  stage.tick(1500ms);
  stage.answer(stage.answer(check.at(0)).at(0));
  stage.agent.on_tcp_connected(node_endpoint(1, 443), 7, at(1600ms).mono, stage.out);
  EXPECT_EQ(stage.out.close_tcp, std::vector<std::uint32_t>{7});
}

TEST(IceAgent, LosesMediaAtOnceWithItsTcpConnection) {
  Stage stage({tcp(1, 50)});
  stage.tick(0s);
  stage.agent.on_tcp_connected(node_endpoint(1, 443), 7, at(0s).mono, stage.out);
  stage.answer(stage.answer(stage.take().at(0)).at(0));
  ASSERT_EQ(stage.agent.state(), IceAgent::State::selected);
  stage.agent.on_tcp_closed(8);
  EXPECT_EQ(stage.agent.state(), IceAgent::State::selected);
  stage.agent.on_tcp_closed(7);
  EXPECT_EQ(stage.agent.state(), IceAgent::State::lost);
}

TEST(IceAgent, AsksForConsentAtVariedTimesAndKeepsItWhileAnswered) {
  Stage stage({udp(1, 100)});
  stage.select_first();
  std::vector<Duration> asked;
  for (Duration t{}; t < 60s; t += 10ms) {
    for (const Sent& check : stage.tick(t)) {
      asked.push_back(t);
      EXPECT_TRUE(check.stun().use_candidate) << "so that the node follows a new NAT address";
      stage.answer(check);
    }
  }
  EXPECT_EQ(stage.agent.state(), IceAgent::State::selected);
  ASSERT_GT(asked.size(), 15U);
  bool varies = false;
  for (std::size_t i = 2; i < asked.size(); ++i) {
    const Duration interval = asked[i] - asked[i - 1];
    EXPECT_GE(interval, 2s);
    EXPECT_LE(interval, 3010ms);
    varies = varies || interval != asked[1] - asked[0];
  }
  EXPECT_TRUE(varies);
}

TEST(IceAgent, ConsentEndsFifteenSecondsAfterTheLastAnswer) {
  Stage stage({udp(1, 100)});
  stage.select_first();
  for (Duration t{}; t < 15s; t += 10ms) stage.tick(t);
  EXPECT_EQ(stage.agent.state(), IceAgent::State::selected);
  stage.tick(15s);
  EXPECT_EQ(stage.agent.state(), IceAgent::State::lost);
}

TEST(IceAgent, AnsweringAnOldConsentCheckTwiceDoesNotExtendIt) {
  Stage stage({udp(1, 100)});
  stage.select_first();
  std::optional<Sent> first;
  for (Duration t{}; t < 15s; t += 10ms) {
    const auto sent = stage.tick(t);
    if (!first && !sent.empty()) {
      first = sent[0];
      stage.answer(*first);
    }
  }
  stage.answer(*first);
  stage.tick(18100ms);
  EXPECT_EQ(stage.agent.state(), IceAgent::State::lost);
}

TEST(IceAgent, AnswersTheNodesChallenge) {
  Stage stage({udp(1, 100)});
  const Path path = stage.select_first();
  std::array<std::uint8_t, 300> buffer{};
  codecs::StunWriter writer(buffer, StunClass::request, {1, 2, 3});
  writer.username("clientfrag:nodefrag");
  writer.ice_controlled(5);
  const std::size_t size = writer.finish("client-password-of-enough-chars");
  const auto answers = stage.deliver(Bytes(buffer).first(size), path);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].stun().message_class, StunClass::success);
  EXPECT_TRUE(answers[0].stun().verify_integrity("client-password-of-enough-chars"));
  EXPECT_EQ(answers[0].stun().mapped_address, path.remote);
}

TEST(IceAgent, AStrangersRequestGetsNoAnswer) {
  Stage stage({udp(1, 100)});
  const Path path = stage.select_first();
  struct Case {
    std::string_view username;
    std::string_view password;
  };
  for (const Case& stranger : {Case{"clientfrag:nodefrag", "wrong"},
                               Case{"clientfrag:other", "client-password-of-enough-chars"},
                               Case{"", "client-password-of-enough-chars"}}) {
    std::array<std::uint8_t, 300> buffer{};
    codecs::StunWriter writer(buffer, StunClass::request, {1, 2, 3});
    if (!stranger.username.empty()) writer.username(stranger.username);
    const std::size_t size = writer.finish(stranger.password);
    EXPECT_TRUE(stage.deliver(Bytes(buffer).first(size), path).empty()) << stranger.username;
  }
}

TEST(IceAgent, TakesNoMoreCandidatesThanItsLimit) {
  std::vector<RemoteCandidate> many;
  for (std::uint32_t i = 0; i <= IceAgent::kMaxCandidates; ++i) {
    many.push_back(
        {.endpoint = node_endpoint(1, static_cast<std::uint16_t>(5000 + i)), .priority = 1000 - i});
  }
  Stage stage(many);
  std::size_t first_checks = 0;
  for (Duration t{}; t < 490ms; t += 10ms) first_checks += stage.tick(t).size();
  EXPECT_EQ(first_checks, 10U) << "one per 50 ms";
  std::vector<Endpoint> seen;
  for (Duration t = 490ms; t < 9s; t += 10ms) {
    for (const Sent& sent : stage.tick(t)) seen.push_back(sent.to.remote);
  }
  EXPECT_EQ(std::ranges::count(seen, node_endpoint(1, 5000 + IceAgent::kMaxCandidates)), 0);
  EXPECT_GT(std::ranges::count(seen, node_endpoint(1, 5000 + IceAgent::kMaxCandidates - 1)), 0);
}

TEST(IceAgent, CredentialsAreLongEnoughAndOfIcesAlphabet) {
  test::SeededRandom random{3};
  const IceCredentials credentials = make_ice_credentials(random);
  EXPECT_EQ(credentials.ufrag.size(), 8U);
  EXPECT_EQ(credentials.pwd.size(), 24U);
  EXPECT_EQ(credentials.pwd.find_first_not_of(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
            std::string::npos);
}

}  // namespace
}  // namespace parley::client
