// Lets in whom signaling has vouched for: the ticket of an AddPeer has to be signed with the key of
// the present link, for this life of this node, this peer and its DTLS certificate, and works once.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "protocol/ticket.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::sfu {

// Peers whose tickets were used and are not over. More: memory, 100 bytes each. Less: a node that
// starts into a crowd refuses some of it for a minute.
inline constexpr std::size_t kMaxUsedTickets = 131'072;

enum class TicketFault : std::uint8_t {
  forged,    // not a ticket, or signed with another key than the link's
  expired,   // or too far ahead
  used,      // the peer was added with it, or with another one whose time is not over
  mismatch,  // of another peer, node or certificate
  crowded,   // good, but kMaxUsedTickets are remembered
};
inline constexpr std::array<std::string_view, 5> kTicketFaultNames{"forged", "expired", "used",
                                                                   "mismatch", "crowded"};
// By TicketFault.
using TicketFaultCounts = std::array<std::uint64_t, kTicketFaultNames.size()>;

class TicketGate {
 public:
  // What is asked for, as AddPeer says it.
  struct Request {
    Bytes ticket;
    PeerId peer;
    const Fingerprint& fingerprint;
  };

  explicit TicketGate(std::uint64_t boot_id, std::size_t max_used = kMaxUsedTickets)
      : boot_id_(boot_id), max_used_(max_used) {}

  // A new link: nobody is let in before its key is known.
  void forget_key() { key_.reset(); }
  void use_key(Bytes key);  // 32 bytes
  // Uses the ticket up, when it is good.
  [[nodiscard]] std::expected<void, TicketFault> admit(const Request& request, WallTime now);
  [[nodiscard]] const TicketFaultCounts& refused() const { return refused_; }
  [[nodiscard]] std::size_t used_count() const { return used_.size(); }

 private:
  [[nodiscard]] std::expected<WallTime, TicketFault> check(const Request& request,
                                                           WallTime now) const;
  void forget_ended(WallTime now);

  std::uint64_t boot_id_;
  std::size_t max_used_;
  std::optional<protocol::TicketKey> key_;
  protocol::TicketKey key_of_used_{};
  std::unordered_set<PeerId> used_;
  std::multimap<WallTime, PeerId> ends_;  // of those tickets
  TicketFaultCounts refused_{};
};

}  // namespace parley::sfu
