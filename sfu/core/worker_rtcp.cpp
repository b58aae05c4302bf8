// The node's own RTCP (RFC 3550 6): reports about uplinks to those who talk, about slots to those
// who listen, and a BYE at the end. A lost or refused packet of these is not missed: the next one
// says more.
#include <array>
#include <optional>
#include <span>

#include "sfu/core/worker_state.hpp"

namespace parley::sfu {

namespace {

// Room for a report of each of 20 slots with its CNAME.
constexpr std::size_t kMaxCompound = 1200;

// Appends packets to one compound packet; what does not fit is left out.
class Compound {
 public:
  [[nodiscard]] MutableBytes rest() { return MutableBytes(bytes_).subspan(size_); }
  void advance(std::size_t written) { size_ += written; }
  [[nodiscard]] Bytes written() const { return Bytes(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, kMaxCompound> bytes_;
  std::size_t size_ = 0;
};

}  // namespace

void WorkerCore::State::send_reports(Peer& peer, Now now, WorkerOutbox& out) {
  std::optional<codecs::ReportBlock> block;
  if (peer.uplink.has_news()) block = peer.uplink.make_report(now.mono);
  std::span<const codecs::ReportBlock> blocks;
  if (block) blocks = {&*block, 1};

  Compound compound;
  std::array<Ssrc, kMaxSlots> senders;
  std::size_t sender_count = 0;
  for (Downlink& slot : peer.slots) {
    const auto report = slot.make_report(now);
    if (!report) continue;
    compound.advance(codecs::write_sender_report(*report, blocks, compound.rest()));
    blocks = {};  // once is enough
    senders[sender_count++] = slot.ssrc();
  }
  if (sender_count == 0) {
    if (!block) return;
    senders[sender_count++] = peer.slots.front().ssrc();
    compound.advance(codecs::write_receiver_report(senders.front(), blocks, compound.rest()));
  }
  for (const Ssrc sender : std::span(senders).first(sender_count)) {
    compound.advance(codecs::write_sdes_cname(sender, peer.cname, compound.rest()));
  }
  static_cast<void>(peer.transport.send_rtcp(compound.written(), out.packets));
}

void WorkerCore::State::send_goodbye(Peer& peer, WorkerOutbox& out) {
  if (peer.transport.state() == TransportState::closed) return;
  if (peer.transport.state() == TransportState::connected) {
    std::array<Ssrc, kMaxSlots> ssrcs;
    for (std::size_t i = 0; i < peer.slots.size(); ++i) ssrcs[i] = peer.slots[i].ssrc();
    const auto slots = std::span<const Ssrc>(ssrcs).first(peer.slots.size());
    Compound compound;
    compound.advance(codecs::write_receiver_report(slots.front(), {}, compound.rest()));
    compound.advance(codecs::write_sdes_cname(slots.front(), peer.cname, compound.rest()));
    compound.advance(codecs::write_bye(slots, compound.rest()));
    static_cast<void>(peer.transport.send_rtcp(compound.written(), out.packets));
  }
  peer.transport.close(out.packets);
}

}  // namespace parley::sfu
