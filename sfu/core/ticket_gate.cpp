#include "sfu/core/ticket_gate.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace parley::sfu {

void TicketGate::use_key(Bytes key) {
  PARLEY_CHECK(key.size() == protocol::TicketKey{}.size());
  key_.emplace();
  std::ranges::copy(key, key_->begin());
  // What another process of signaling has signed is good no more, used or not.
  if (key_of_used_ == *key_) return;
  key_of_used_ = *key_;
  used_.clear();
  ends_.clear();
}

std::expected<void, TicketFault> TicketGate::admit(const Request& request, WallTime now) {
  forget_ended(now);
  const auto end = check(request, now);
  if (!end) {
    ++refused_[static_cast<std::size_t>(end.error())];
    return std::unexpected(end.error());
  }
  used_.insert(request.peer);
  ends_.emplace(*end, request.peer);
  return {};
}

// The end of its time, when it is good.
std::expected<WallTime, TicketFault> TicketGate::check(const Request& request, WallTime now) const {
  if (!key_) return std::unexpected(TicketFault::forged);
  const auto ticket = protocol::verify_ticket(request.ticket, *key_, now);
  if (!ticket) {
    const bool is_expired = ticket.error().code == ErrorCode::expired;
    return std::unexpected(is_expired ? TicketFault::expired : TicketFault::forged);
  }
  const bool is_his = ticket->peer == request.peer && ticket->boot_id == boot_id_ &&
                      ticket->fingerprint == request.fingerprint;
  if (!is_his) return std::unexpected(TicketFault::mismatch);
  if (used_.contains(request.peer)) return std::unexpected(TicketFault::used);
  if (used_.size() >= max_used_) return std::unexpected(TicketFault::crowded);
  return ticket->not_after;
}

void TicketGate::forget_ended(WallTime now) {
  while (!ends_.empty() && ends_.begin()->first < now) {
    used_.erase(ends_.begin()->second);
    ends_.erase(ends_.begin());
  }
}

}  // namespace parley::sfu
