// Who is removed is heard no more, and hears no more, from the step on that reads the order: at any
// moment of a talk, with packets in the sockets and between the workers.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/floor_call.hpp"

namespace parley::sfu {
namespace {

using control::ToNode;
using std::chrono::milliseconds;
using test::FloorCall;
using test::TestPeer;

constexpr RoomId kRoom{7};
constexpr std::size_t kMembers = 6;
constexpr int kOrders = 500;

struct Case {
  std::string name;
  floor::Mode mode;
  bool is_expelled;  // from the room; else the peer is removed from the node
};

class Revocation : public testing::TestWithParam<Case> {
 protected:
  Revocation() {
    for (std::size_t i = 0; i < kMembers; ++i) join();
  }

  struct Waiting {
    TestPeer* from;
    std::vector<std::uint8_t> datagram;
  };

  void join() { members.push_back(&call.join(kRoom, {.mode = GetParam().mode})); }
  std::size_t up_to(std::size_t limit) { return call.call().random().next_u32() % limit; }

  // One to three frames of every member, in any order.
  std::vector<Waiting> make_batch() {
    std::vector<Waiting> batch;
    for (TestPeer* const member : members) {
      for (std::size_t frames = 1 + up_to(3); frames > 0; --frames) {
        batch.push_back({member, member->make_voice(as_bytes(name_of(*member)))});
      }
    }
    for (std::size_t i = batch.size(); i > 1; --i) std::swap(batch[i - 1], batch[up_to(i)]);
    return batch;
  }
  static std::string name_of(const TestPeer& peer) { return std::to_string(peer.id().value); }

  // The talk as it stands when the order comes: a part of the batch is heard already, a part lies
  // between the workers, and the rest comes afterwards.
  void begin_talk(std::vector<Waiting>& batch) {
    holder = members[up_to(members.size())];
    if (GetParam().mode == floor::PTT) call.press(*holder, kRoom, ++request);
    feed(batch, up_to(batch.size()));
    call.call().hold_workers(true);
    const auto is_elsewhere = [](const Waiting& one) { return one.from->worker().value != 0; };
    for (Waiting& one : batch) {
      if (is_elsewhere(one) && up_to(2) == 0) {
        call.send(*one.from, std::move(one.datagram));
        one.from = nullptr;
      }
    }
    std::erase_if(batch, [](const Waiting& one) { return one.from == nullptr; });
    for (TestPeer* const member : members) (void)member->take_heard();
  }
  void feed(std::vector<Waiting>& batch, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      call.send(*batch[i].from, std::move(batch[i].datagram));
    }
    batch.erase(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(count));
  }
  void revoke(const TestPeer& peer) {
    if (GetParam().is_expelled) return call.leave(peer, kRoom, true);
    ToNode order;
    order.mutable_remove_peer()->set_peer_id(peer.id().value);
    call.control(order);
  }
  void end_talk(std::vector<Waiting>& batch) {
    feed(batch, batch.size());
    call.call().hold_workers(false);
    call.call().deliver();
    call.settle();
    call.pass(milliseconds(20));
  }

  FloorCall call{2, 1, 1};
  std::vector<TestPeer*> members;
  TestPeer* holder = nullptr;
  std::uint32_t request = 0;
};

TEST_P(Revocation, LetsNotOnePacketOutAfterTheOrder) {
  std::size_t heard = 0;
  for (int order = 0; order < kOrders; ++order) {
    std::vector<Waiting> batch = make_batch();
    begin_talk(batch);
    TestPeer& revoked = *members[up_to(members.size())];
    std::erase(members, &revoked);
    revoke(revoked);
    end_talk(batch);
    ASSERT_TRUE(revoked.take_heard().empty()) << "order " << order;
    for (TestPeer* const member : members) {
      const auto words = FloorCall::words_heard(*member);
      heard += words.size();
      ASSERT_EQ(std::ranges::count(words, name_of(revoked)), 0) << "order " << order;
    }
    if (holder != &revoked && GetParam().mode == floor::PTT) {
      call.release(*holder, kRoom, call.grant_of(*holder), holder->next_timestamp());
    }
    call.pass(milliseconds(500));
    join();
  }
  EXPECT_GE(heard, std::size_t{kOrders}) << "the others went on";
}

INSTANTIATE_TEST_SUITE_P(Orders, Revocation,
                         testing::Values(Case{"RemovePeerOpen", floor::OPEN, false},
                                         Case{"RemovePeerPtt", floor::PTT, false},
                                         Case{"ExpelOpen", floor::OPEN, true},
                                         Case{"ExpelPtt", floor::PTT, true}),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace parley::sfu
