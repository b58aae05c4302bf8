#include "sfu/node/node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/net/wait.hpp"
#include "tests/unit/node/media_client.hpp"
#include "tests/unit/node/test_service.hpp"

namespace parley::sfu {
namespace {

using control::FromNode;
using control::PeerState;
using control::ToNode;
using test::MediaClient;
using test::run_until;

constexpr std::uint32_t kFrame = 960;  // of MediaClient: RTP timestamps from 0 on

class Nodes : public ::testing::Test {
 protected:
  Nodes() {
    const net::TlsFiles files = pki.issue("node-1");
    config.control.host = "127.0.0.1";
    config.control.port = service.port();
    config.control.server_name = test::TestService::kName;
    config.control.ca_file = files.ca_file;
    config.control.certificate_file = files.certificate_file;
    config.control.key_file = files.key_file;
    config.media.base_port = 0;
  }

  void start() {
    auto started = Node::start(loop, config);
    ASSERT_TRUE(started.has_value()) << started.error().message;
    node = *std::move(started);
    EXPECT_EQ(service.wait_for(FromNode::kHello).hello().workers(), config.media.workers);
    service.wait_for(FromNode::kSnapshotEnd);
    service.welcome();
  }
  api::Connected add_peer(std::uint64_t id, const MediaClient& client, std::uint64_t room = 9) {
    ToNode message;
    message.set_request_id(static_cast<std::uint32_t>(id));
    message.mutable_add_peer()->set_peer_id(id);
    message.mutable_add_peer()->set_home_room_id(room);
    *message.mutable_add_peer()->mutable_offer() = client.offer();
    service.send(service.with_ticket(message));
    const FromNode answer = service.wait_for(FromNode::kPeerAdded);
    EXPECT_EQ(answer.request_id(), id);
    return answer.peer_added().answer();
  }
  static const api::Candidate& candidate_of(const api::Connected& answer,
                                            api::Candidate::Protocol protocol, bool is_v6 = false) {
    for (const api::Candidate& one : answer.candidates()) {
      if (one.protocol() == protocol && one.address().contains(':') == is_v6) return one;
    }
    ADD_FAILURE() << "no such candidate";
    return answer.candidates(0);
  }
  void connect(MediaClient& client, const api::Connected& answer, const api::Candidate& candidate) {
    client.start(answer, candidate);
    const FromNode state = service.wait_for(FromNode::kPeerState);
    EXPECT_EQ(state.peer_state().state(), PeerState::CONNECTED);
    EXPECT_TRUE(run_until(loop, [&] { return client.dtls_state() == DtlsState::connected; }));
  }

  void join(std::uint64_t peer, std::uint64_t room, floor::Mode mode = floor::OPEN) {
    ToNode message;
    message.mutable_join_room()->mutable_policy()->set_mode(mode);
    message.mutable_join_room()->set_peer_id(peer);
    message.mutable_join_room()->set_room_id(room);
    message.mutable_join_room()->set_member_id(static_cast<std::uint32_t>(peer));
    message.mutable_join_room()->mutable_rights()->set_may_talk(true);
    service.send(message);
  }
  void ask(std::uint32_t member, floor::Request request) {
    ToNode message;
    message.mutable_floor()->set_member_id(member);
    *message.mutable_floor()->mutable_request() = std::move(request);
    service.send(message);
  }
  // The next event of this kind that the member is told.
  floor::Event wait_for_told(std::uint32_t member, floor::Event::BodyCase body) {
    while (!HasFailure()) {
      const FromNode told = service.wait_for(FromNode::kFloor);
      const bool is_it =
          told.floor().member_id() == member && told.floor().event().body_case() == body;
      if (is_it) return told.floor().event();
    }
    return {};
  }
  floor::GrantId press(std::uint32_t member, std::uint64_t room, std::uint32_t req_id,
                       std::uint32_t first_timestamp) {
    floor::Request request;
    request.set_room_id(room);
    request.mutable_press()->set_req_id(req_id);
    request.mutable_press()->set_first_timestamp(first_timestamp);
    ask(member, request);
    return wait_for_told(member, floor::Event::kGranted).granted().grant();
  }
  void release(std::uint32_t member, std::uint64_t room, const floor::GrantId& grant,
               std::uint32_t last_timestamp) {
    floor::Request request;
    request.set_room_id(room);
    *request.mutable_release()->mutable_grant() = grant;
    request.mutable_release()->set_last_timestamp(last_timestamp);
    ask(member, request);
    wait_for_told(member, floor::Event::kDone);
  }
  // Joining is not answered, so the first words may come too early.
  void say_until_heard(MediaClient& talker, std::string_view words, MediaClient& listener) {
    EXPECT_TRUE(run_until(loop, [&] {
      talker.say(words);
      return !listener.heard().empty() && listener.heard().back() == words;
    }));
  }

  net::Loop loop;
  test::TestPki pki;
  test::TestService service{loop, pki};
  config::NodeConfig config;
  std::unique_ptr<Node> node;
};

TEST_F(Nodes, ConnectAPeerOverUdp) {
  start();
  MediaClient client(loop);
  const api::Connected answer = add_peer(1, client);
  const api::Candidate& udp = candidate_of(answer, api::Candidate::UDP);
  EXPECT_EQ(udp.port(), node->media_ports().front());
  connect(client, answer, udp);
  EXPECT_TRUE(client.is_ice_answered());
}

TEST_F(Nodes, ConnectAPeerOverIpv6) {
  config.media.listen = {IpAddress::parse("127.0.0.1").value(), IpAddress::parse("::1").value()};
  config.media.announce = config.media.listen;
  start();
  MediaClient client(loop);
  const api::Connected answer = add_peer(1, client);
  connect(client, answer, candidate_of(answer, api::Candidate::UDP, true));
}

TEST_F(Nodes, ConnectAPeerOverIceTcp) {
  start();
  MediaClient client(loop);
  const api::Connected answer = add_peer(1, client);
  connect(client, answer, candidate_of(answer, api::Candidate::TCP_PASSIVE));
}

TEST_F(Nodes, OfferNoTcpWhereItIsOff) {
  config.media.tcp = false;
  start();
  const MediaClient client(loop);
  const api::Connected answer = add_peer(1, client);
  ASSERT_EQ(answer.candidates_size(), 1);
  EXPECT_EQ(answer.candidates(0).protocol(), api::Candidate::UDP);
}

TEST_F(Nodes, SpreadRoomsOverWorkersThatEachHaveAPort) {
  config.media.workers = 2;
  start();
  const auto ports = node->media_ports();
  ASSERT_EQ(ports.size(), 2U);
  EXPECT_NE(ports[0], ports[1]);
  MediaClient first(loop);
  MediaClient second(loop);
  const api::Connected one = add_peer(1, first, 100);
  const api::Connected two = add_peer(2, second, 200);
  EXPECT_NE(one.candidates(0).port(), two.candidates(0).port());
  connect(first, one, candidate_of(one, api::Candidate::UDP));
  connect(second, two, candidate_of(two, api::Candidate::UDP));
}

TEST_F(Nodes, CarryARoomOverTheirWorkers) {
  config.media.workers = 2;
  start();
  MediaClient at_home(loop);
  MediaClient elsewhere(loop);
  const api::Connected one = add_peer(1, at_home, 100);
  const api::Connected two = add_peer(2, elsewhere, 200);
  ASSERT_NE(one.candidates(0).port(), two.candidates(0).port());
  connect(at_home, one, candidate_of(one, api::Candidate::UDP));
  connect(elsewhere, two, candidate_of(two, api::Candidate::UDP));
  join(1, 100);
  join(2, 100);
  say_until_heard(at_home, "from home", elsewhere);
  say_until_heard(elsewhere, "from the leg", at_home);
}

TEST_F(Nodes, CarryEachPressFromItsFirstPacketToItsLast) {
  start();
  MediaClient talker(loop);
  MediaClient listener(loop);
  const api::Connected one = add_peer(1, talker);
  connect(talker, one, candidate_of(one, api::Candidate::UDP));
  const api::Connected two = add_peer(2, listener);
  connect(listener, two, candidate_of(two, api::Candidate::UDP));
  join(1, 9, floor::PTT);
  join(2, 9, floor::PTT);
  wait_for_told(2, floor::Event::kState);
  talker.say("first");  // before its press, and held for it
  const floor::GrantId grant = press(1, 9, 1, 0);
  talker.say("last");
  release(1, 9, grant, kFrame);
  talker.say("outside");
  press(1, 9, 2, 3 * kFrame);
  talker.say("next");
  EXPECT_TRUE(run_until(loop, [&] { return listener.heard().size() == 3; }));
  EXPECT_THAT(listener.heard(), testing::ElementsAre("first", "last", "next"));
}

TEST_F(Nodes, KeepMediaWhileTheLinkIsDownAndThenSayWhoIsThere) {
  start();
  MediaClient client(loop);
  const api::Connected answer = add_peer(1, client);
  service.stop();
  client.start(answer, candidate_of(answer, api::Candidate::UDP));
  ASSERT_TRUE(run_until(loop, [&] { return client.dtls_state() == DtlsState::connected; }));
  service.start();
  EXPECT_EQ(service.wait_for(FromNode::kHello).hello().node_name(), config.node_name);
  const FromNode peer = service.wait_for(FromNode::kPeerSnapshot);
  EXPECT_EQ(peer.peer_snapshot().peer_id(), 1U);
  EXPECT_EQ(peer.peer_snapshot().state(), PeerState::CONNECTED);
}

TEST_F(Nodes, AddNobodyWhoseTicketTheyDoNotKnow) {
  start();
  MediaClient client(loop);
  ToNode message;
  message.set_request_id(5);
  message.mutable_add_peer()->set_peer_id(1);
  message.mutable_add_peer()->set_home_room_id(9);
  *message.mutable_add_peer()->mutable_offer() = client.offer();
  message.mutable_add_peer()->set_ticket("let me in");
  service.send(message);
  const FromNode refused = service.wait_for(FromNode::kError);
  EXPECT_EQ(refused.request_id(), 5U);
  EXPECT_EQ(refused.error().code(), control::NodeError::TICKET_REFUSED);
  service.cut();
  service.wait_for(FromNode::kSnapshotEnd);
  const ToNode good = service.with_ticket(message);
  service.send(good);
  EXPECT_EQ(service.wait_for(FromNode::kError).error().code(), control::NodeError::TICKET_REFUSED)
      << "a new link has no key before its welcome";
  service.welcome();
  service.send(good);
  service.wait_for(FromNode::kPeerAdded);
}

TEST_F(Nodes, SayGoodbyeToTheirPeersWhenTheyEnd) {
  start();
  MediaClient over_udp(loop);
  MediaClient over_tcp(loop);
  const api::Connected one = add_peer(1, over_udp);
  const api::Connected two = add_peer(2, over_tcp);
  connect(over_udp, one, candidate_of(one, api::Candidate::UDP));
  connect(over_tcp, two, candidate_of(two, api::Candidate::TCP_PASSIVE));
  node.reset();
  EXPECT_TRUE(run_until(loop, [&] {
    return over_udp.dtls_state() == DtlsState::closed && over_tcp.dtls_state() == DtlsState::closed;
  }));
}

TEST_F(Nodes, SayWhichPortIsBusy) {
  start();
  config.media.base_port = node->media_ports().front();
  const auto second = Node::start(loop, config);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_EQ(second.error().message, "UDP 127.0.0.1:" + std::to_string(config.media.base_port) +
                                        " is in use by another process.");
}

TEST_F(Nodes, SayWhichFileIsMissing) {
  config.control.ca_file = "/nowhere/ca.pem";
  const auto started = Node::start(loop, config);
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().message, "The certificate authority /nowhere/ca.pem cannot be read.");
}

}  // namespace
}  // namespace parley::sfu
