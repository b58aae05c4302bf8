// Handshakes beside media: they wait, one step at a time, and those under way come first.
#include <gtest/gtest.h>

#include <vector>

#include "sfu/core/handshake_queue.hpp"
#include "tests/support/test_call.hpp"

namespace parley::sfu {
namespace {

using test::TestCall;
using test::TestPeer;

constexpr RoomId kRoom{7};

// The first datagram of a handshake that `peer` will never go on with. Its path is proven, and
// nothing is delivered to it.
std::vector<std::uint8_t> make_hello(TestCall& call, TestPeer& peer) {
  auto check = peer.make_check();
  call.node().receive(peer.path(), check, call.now(), call.outbox());
  call.outbox().packets.clear();
  static const auto context = DtlsContext::create({SrtpProfile::aead_aes_128_gcm});
  Dtls client(*context, DtlsRole::client, peer.answer()->fingerprint);
  PacketBatch hello(1U << 14, 8);
  client.start(peer.path(), call.now().mono, hello);
  const Bytes first = hello.bytes(hello.entries()[0]);
  return {first.begin(), first.end()};
}

void arrive(TestCall& call, const TestPeer& peer, std::vector<std::uint8_t> datagram) {
  call.node().receive(peer.path(), datagram, call.now(), call.outbox());
}

TEST(Handshakes, WaitForTheirTurnOneAtATime) {
  TestCall call;
  std::vector<TestPeer*> joining;
  for (int i = 0; i < 3; ++i) {
    joining.push_back(&call.make_peer());
    call.add(*joining.back());
  }
  for (TestPeer* peer : joining) arrive(call, *peer, make_hello(call, *peer));
  EXPECT_TRUE(call.outbox().packets.empty()) << "a ClientHello is not answered at once";
  for (std::size_t answered = 1; answered <= joining.size(); ++answered) {
    ASSERT_TRUE(call.node().has_work());
    call.node().work(call.now(), call.outbox());
    ASSERT_FALSE(call.outbox().packets.empty());
    for (const auto& entry : call.outbox().packets.entries()) {
      EXPECT_EQ(entry.path, joining[answered - 1]->path());
    }
    call.outbox().packets.clear();
  }
  EXPECT_FALSE(call.node().has_work());
}

TEST(Handshakes, VoiceIsForwardedWhileTheyWait) {
  TestCall call;
  TestPeer& talker = call.join(kRoom);
  TestPeer& listener = call.join(kRoom, false);
  TestPeer& newcomer = call.make_peer();
  call.add(newcomer);
  arrive(call, newcomer, make_hello(call, newcomer));
  auto voice = talker.make_voice(as_bytes("in between"));
  call.node().receive(talker.path(), voice, call.now(), call.outbox());
  ASSERT_EQ(call.outbox().packets.entries().size(), 1U);
  EXPECT_EQ(call.outbox().packets.entries()[0].path, listener.path());
  EXPECT_TRUE(call.node().has_work());
}

TEST(Handshakes, OneMoreThanMayBeHalfOpenWaitsUntilOneEnds) {
  TestCall call({.candidates = {}, .max_half_open = 1});
  TestPeer& stuck = call.make_peer();
  TestPeer& waiting = call.make_peer();
  call.add(stuck);
  call.add(waiting);
  arrive(call, stuck, make_hello(call, stuck));
  call.node().work(call.now(), call.outbox());
  call.outbox().packets.clear();

  EXPECT_FALSE(call.connect(waiting));
  EXPECT_FALSE(call.node().has_work()) << "nothing may begin";
  call.command(RemovePeer{.peer = stuck.id()});
  EXPECT_TRUE(waiting.is_connected()) << "its ClientHello was kept";
}

TEST(Handshakes, OnePeerMayLetFourDatagramsWait) {
  TestCall call;
  TestPeer& peer = call.make_peer();
  call.add(peer);
  const auto hello = make_hello(call, peer);
  for (int i = 0; i < 4; ++i) arrive(call, peer, hello);
  EXPECT_EQ(call.dropped(Drop::dtls_limit), 0U);
  arrive(call, peer, hello);
  EXPECT_EQ(call.dropped(Drop::dtls_limit), 1U);
  while (call.node().has_work()) call.node().work(call.now(), call.outbox());
  arrive(call, peer, hello);
  EXPECT_EQ(call.dropped(Drop::dtls_limit), 1U) << "they were worked off";
}

TEST(Handshakes, ThoseOfAPeerThatLeftAreForgotten) {
  TestCall call;
  TestPeer& peer = call.make_peer();
  call.add(peer);
  arrive(call, peer, make_hello(call, peer));
  call.node().on_command(RemovePeer{.peer = peer.id()}, call.now(), call.outbox());
  call.outbox().packets.clear();
  call.node().work(call.now(), call.outbox());
  EXPECT_TRUE(call.outbox().packets.empty());
  EXPECT_FALSE(call.node().has_work());
}

TEST(HandshakeQueue, ThoseUnderWayComeFirst) {
  HandshakeQueue queue;
  ASSERT_TRUE(queue.push(PeerId{1}, {}, as_bytes("hello"), true));
  ASSERT_TRUE(queue.push(PeerId{2}, {}, as_bytes("finished"), false));
  EXPECT_EQ(queue.pop(true)->peer, PeerId{2});
  EXPECT_FALSE(queue.pop(false)) << "nothing may begin";
  EXPECT_EQ(queue.pop(true)->peer, PeerId{1});
  EXPECT_FALSE(queue.pop(true));
}

TEST(HandshakeQueue, IsBounded) {
  HandshakeQueue queue;
  for (std::size_t i = 0; i < HandshakeQueue::kMaxWaiting; ++i) {
    ASSERT_TRUE(queue.push(PeerId{i + 1}, {}, as_bytes("x"), i % 2 == 0));
  }
  EXPECT_FALSE(queue.push(PeerId{1}, {}, as_bytes("x"), true));
  EXPECT_FALSE(queue.push(PeerId{1}, {}, as_bytes("x"), false));
}

}  // namespace
}  // namespace parley::sfu
