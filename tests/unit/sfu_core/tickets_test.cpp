// Who is let in: each AddPeer with the ticket that signaling has signed for it, once.
#include <gtest/gtest.h>

#include "protocol/ticket.hpp"
#include "sfu/core/ticket_gate.hpp"
#include "tests/support/floor_call.hpp"

namespace parley::sfu {
namespace {

using control::FromNode;
using control::NodeError;
using control::ToNode;
using protocol::kTicketLife;
using protocol::Ticket;
using protocol::TicketMint;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kBoot = 77;
constexpr WallTime kNow{std::chrono::hours(24 * 365 * 56)};
constexpr Duration kMicrosecond{1};

class Tickets : public testing::Test {
 protected:
  Tickets() {
    certificate.fill(3);
    gate.use_key(mint.public_key());
  }
  [[nodiscard]] Ticket ticket(std::uint64_t peer, Duration life = kTicketLife) const {
    return {.peer = PeerId{peer},
            .device = DeviceId{9},
            .boot_id = kBoot,
            .not_after = kNow + life,
            .fingerprint = certificate};
  }
  std::expected<void, TicketFault> show(std::uint64_t peer, const std::string& bytes,
                                        WallTime now = kNow) {
    return gate.admit({.ticket = as_bytes(bytes), .peer = PeerId{peer}, .fingerprint = certificate},
                      now);
  }
  void expect_fault(TicketFault fault, std::uint64_t peer, const std::string& bytes,
                    WallTime now = kNow) {
    const std::uint64_t before = refused(fault);
    const auto admitted = show(peer, bytes, now);
    ASSERT_FALSE(admitted.has_value());
    EXPECT_EQ(admitted.error(), fault);
    EXPECT_EQ(refused(fault), before + 1);
  }
  [[nodiscard]] std::uint64_t refused(TicketFault fault) const {
    return gate.refused()[static_cast<std::size_t>(fault)];
  }

  test::SeededRandom random{1};
  TicketMint mint{random};
  TicketMint stranger{random};
  Fingerprint certificate{};
  TicketGate gate{kBoot};
};

TEST_F(Tickets, AGoodOneWorksOnce) {
  const std::string good = mint.mint(ticket(1));
  EXPECT_TRUE(show(1, good).has_value());
  expect_fault(TicketFault::used, 1, good);
  EXPECT_TRUE(show(2, mint.mint(ticket(2))).has_value()) << "others are not held up";
}

TEST_F(Tickets, AnotherOneOfTheSamePeerWaitsForTheEndOfTheFirst) {
  const Duration life = seconds(5);
  ASSERT_TRUE(show(1, mint.mint(ticket(1, life))).has_value());
  const std::string second = mint.mint(ticket(1, kTicketLife));
  expect_fault(TicketFault::used, 1, second, kNow + life);
  EXPECT_TRUE(show(1, second, kNow + life + kMicrosecond).has_value());
}

TEST_F(Tickets, OneThatIsRefusedIsNotUsedUp) {
  const std::string good = mint.mint(ticket(1));
  expect_fault(TicketFault::mismatch, 2, good);
  EXPECT_EQ(gate.used_count(), 0U);
  EXPECT_TRUE(show(1, good).has_value());
}

TEST_F(Tickets, TheKeyOfTheLinkIsTheOnlyOne) {
  expect_fault(TicketFault::forged, 1, stranger.mint(ticket(1)));
  expect_fault(TicketFault::forged, 1, "");
  expect_fault(TicketFault::forged, 1, std::string(512, 'x'));
  const std::string before = mint.mint(ticket(1));
  gate.use_key(stranger.public_key());
  expect_fault(TicketFault::forged, 1, before);
  EXPECT_TRUE(show(1, stranger.mint(ticket(1))).has_value());
}

TEST_F(Tickets, NobodyIsLetInBeforeTheLinkIsWelcome) {
  const std::string good = mint.mint(ticket(1));
  gate.forget_key();
  expect_fault(TicketFault::forged, 1, good);
  gate.use_key(mint.public_key());
  EXPECT_TRUE(show(1, good).has_value());
}

TEST_F(Tickets, ALostLinkMakesNoTicketNewAgain) {
  const std::string good = mint.mint(ticket(1));
  ASSERT_TRUE(show(1, good).has_value());
  gate.forget_key();
  gate.use_key(mint.public_key());
  expect_fault(TicketFault::used, 1, good);
}

TEST_F(Tickets, ItsTimeIsFromOneMinuteBeforeItsEnd) {
  const Ticket early = ticket(1);
  const WallTime begin = early.not_after - kTicketLife;
  expect_fault(TicketFault::expired, 1, mint.mint(early), begin - kMicrosecond);
  EXPECT_TRUE(show(1, mint.mint(early), begin).has_value());
  const Ticket late = ticket(2);
  expect_fault(TicketFault::expired, 2, mint.mint(late), late.not_after + kMicrosecond);
  EXPECT_TRUE(show(2, mint.mint(late), late.not_after).has_value());
}

TEST_F(Tickets, ThePeerTheNodeAndTheCertificateAreThoseInIt) {
  Ticket other_peer = ticket(1);
  other_peer.peer = PeerId{2};
  Ticket other_node = ticket(1);
  other_node.boot_id = kBoot + 1;
  Ticket other_certificate = ticket(1);
  other_certificate.fingerprint[31] ^= 1;
  for (const Ticket& one : {other_peer, other_node, other_certificate}) {
    expect_fault(TicketFault::mismatch, 1, mint.mint(one));
  }
}

TEST_F(Tickets, AsManyAreRememberedAsMayBe) {
  gate = TicketGate(kBoot, 3);
  gate.use_key(mint.public_key());
  for (std::uint64_t peer = 1; peer <= 3; ++peer) {
    ASSERT_TRUE(show(peer, mint.mint(ticket(peer, seconds(1)))).has_value());
  }
  const std::string one_more = mint.mint(ticket(4));
  expect_fault(TicketFault::crowded, 4, one_more);
  EXPECT_TRUE(show(4, one_more, kNow + seconds(2)).has_value());
  EXPECT_EQ(gate.used_count(), 1U);
}

// As signaling and the node's workers see it.
TEST(AddPeerWithATicket, IsCarriedOutOnlyWhereItIsGood) {
  test::FloorCall call;
  test::TestPeer& peer = call.call().make_peer();
  const ToNode good = call.make_add(peer, RoomId{7});
  ToNode damaged = good;
  damaged.mutable_add_peer()->mutable_ticket()->back() ^= 1;
  (void)call.take_messages();
  call.control(damaged);
  EXPECT_EQ(call.take_messages().at(0).error().code(), NodeError::TICKET_REFUSED);
  EXPECT_EQ(call.call().node().peer_count(), 0U);
  EXPECT_EQ(call.switchboard().refused_tickets()[static_cast<std::size_t>(TicketFault::forged)],
            1U);
  call.control(good);
  EXPECT_TRUE(call.take_messages().at(0).has_peer_added());
}

TEST(AddPeerWithATicket, BringsARemovedPeerBackOnlyWithANewOne) {
  test::FloorCall call;
  test::TestPeer& peer = call.call().make_peer();
  const ToNode good = call.make_add(peer, RoomId{7});
  call.control(good);
  ToNode remove;
  remove.mutable_remove_peer()->set_peer_id(peer.id().value);
  call.control(remove);
  (void)call.take_messages();
  call.control(good);
  EXPECT_EQ(call.take_messages().at(0).error().code(), NodeError::TICKET_REFUSED);
  call.pass(kTicketLife + milliseconds(5));
  call.control(good);
  EXPECT_EQ(call.take_messages().at(0).error().code(), NodeError::TICKET_REFUSED);
  call.control(call.make_add(peer, RoomId{7}));
  EXPECT_TRUE(call.take_messages().at(0).has_peer_added());
}

}  // namespace
}  // namespace parley::sfu
