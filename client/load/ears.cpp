#include "client/load/ears.hpp"

#include "client/load/voice_payload.hpp"

namespace parley::client {

Result<net::UdpSink*> Ears::add(bool stamped) {
  auto socket = net::UdpSink::open({.bind = {.address = target_.traits().local_address, .port = 0},
                                    .receive_buffer_bytes = options_.receive_buffer_bytes,
                                    .stamped = stamped});
  if (!socket) return std::unexpected(socket.error());
  members_.push_back({.socket = *std::move(socket), .stamped = stamped});
  return members_.back().socket.get();
}

std::size_t Ears::drain(MemberIndex member, Now now) {
  std::size_t voices = 0;
  while (true) {
    const auto datagrams = members_[member].socket->receive(drain_);
    for (const net::SunkDatagram& one : datagrams) {
      const auto heard = target_.on_datagram(member, one.bytes, now);
      if (!heard || heard->stream >= kMaxStreams) continue;
      on_voice(members_[member], member, *heard, one, now);
      ++voices;
    }
    if (datagrams.size() < net::UdpDrain::kBatch) return voices;
  }
}

void Ears::on_voice(Member& member, MemberIndex index, const Heard& heard,
                    const net::SunkDatagram& datagram, Now now) {
  if (member.first_voice == kNever) member.first_voice = now.mono;
  while (member.streams.size() <= heard.stream) {
    member.streams.emplace_back(target_.traits().sequence_bits);
  }
  member.streams[heard.stream].on_packet(heard.sequence);
  const std::uint32_t one_in = member.stamped ? probe_sample_ : options_.sample;
  if (member.heard++ % one_in != 0) return;
  const auto payload = target_.open(index, datagram.bytes);
  const auto stamp = payload ? verify_voice_payload(*payload) : std::nullopt;
  if (!stamp) {
    ++member.corrupt;
    return;
  }
  ++member.verified;
  if (datagram.arrival != WallTime{}) delays_.push_back(datagram.arrival - stamp->sent_at);
}

void Ears::reset() {
  delays_.clear();
  for (Member& member : members_) {
    member.streams.clear();
    member.verified = 0;
    member.corrupt = 0;
  }
}

EarTotals Ears::totals(std::span<const MemberIndex> members) const {
  EarTotals totals;
  for (const MemberIndex index : members) {
    const Member& member = members_[index];
    totals.verified += member.verified;
    totals.corrupt += member.corrupt;
    for (const SequenceTracker& stream : member.streams) {
      totals.received += stream.received();
      totals.duplicated += stream.duplicated();
      totals.reordered += stream.reordered();
    }
  }
  return totals;
}

std::optional<Timestamp> Ears::first_voice(MemberIndex member) const {
  const Timestamp when = members_[member].first_voice;
  return when == kNever ? std::nullopt : std::optional(when);
}

}  // namespace parley::client
