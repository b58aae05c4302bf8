#include "tests/unit/transport/test_client.hpp"

#include <algorithm>
#include <utility>

namespace parley::test {

namespace {

constexpr codecs::StunTransactionId kTransaction = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2};

sfu::PeerTransportConfig complete(sfu::PeerTransportConfig config,
                                  const sfu::Fingerprint& fingerprint) {
  config.local = kNodeCredentials;
  config.remote = kClientCredentials;
  config.remote_fingerprint = fingerprint;
  config.uplink_ssrc = kUplink;
  return config;
}

}  // namespace

Call::Call(sfu::PeerTransportConfig changes)
    : node(complete(std::move(changes), client_context.fingerprint()), node_context, random,
           clock_now) {}

Datagram Call::make_check(bool use_candidate) const {
  Datagram bytes(300);
  codecs::StunWriter writer(bytes, codecs::StunClass::request, kTransaction);
  writer.username(kNodeCredentials.ufrag + ":" + kClientCredentials.ufrag);
  writer.priority(1);
  writer.ice_controlling(1);
  if (use_candidate) writer.use_candidate();
  bytes.resize(writer.finish(kNodeCredentials.pwd));
  return bytes;
}

void Call::check(const Path& path, bool use_candidate) {
  receive(path, make_check(use_candidate));
  deliver();
}

void Call::connect(const Path& path) {
  check(path, true);
  start_dtls(path);
  pass(std::chrono::seconds(0));
}

void Call::start_dtls(const Path& path) {
  if (!client_dtls_) {
    client_dtls_.emplace(client_context, sfu::DtlsRole::client, node_context.fingerprint());
  }
  dtls_path_ = path;
  client_dtls_->start(path, clock_now, from_client_);
  deliver();
}

void Call::restart_dtls(const Path& path) {
  client_dtls_.reset();
  client_srtp.reset();
  start_dtls(path);
}

sfu::Received Call::receive(const Path& from, Datagram datagram) {
  if (codecs::classify(datagram) != codecs::DatagramKind::stun) {
    // The view into `datagram` does not outlive this call: tests look at the kind only.
    return node.on_datagram(from, datagram, clock_now, from_node);
  }
  const auto stun = codecs::parse_stun(datagram);
  if (!stun) return sfu::Drop::stun_malformed;
  const auto handled = node.on_stun(from, *stun, clock_now, from_node);
  if (!handled) return handled.error();
  return sfu::Consumed{};
}

void Call::deliver() {
  while (!from_node.empty() || !from_client_.empty()) {
    std::vector<Arrived> arrived;
    for (const auto& entry : from_node.entries()) {
      const Bytes bytes = from_node.bytes(entry);
      arrived.push_back({.path = entry.path, .bytes = Datagram(bytes.begin(), bytes.end())});
    }
    from_node.clear();
    for (const auto& one : arrived) on_client_datagram(one.path, one.bytes);
    send_to_node(from_client_);
  }
}

void Call::send_to_node(PacketBatch& batch) {
  std::vector<Arrived> sent;
  for (const auto& entry : batch.entries()) {
    const Bytes bytes = batch.bytes(entry);
    sent.push_back({.path = entry.path, .bytes = Datagram(bytes.begin(), bytes.end())});
  }
  batch.clear();
  for (auto& one : sent) receive(one.path, std::move(one.bytes));
}

void Call::on_client_datagram(const Path& path, const Datagram& datagram) {
  const auto kind = codecs::classify(datagram);
  if (kind == codecs::DatagramKind::dtls && client_dtls_) {
    client_dtls_->on_datagram(path, datagram, clock_now, from_client_);
    if (client_dtls_->state() == sfu::DtlsState::connected && !client_srtp) {
      client_srtp = sfu::SrtpSession::create(client_dtls_->take_keys()).value();
    }
  } else if (kind == codecs::DatagramKind::stun) {
    const auto stun = codecs::parse_stun(datagram).value();
    if (stun.message_class == codecs::StunClass::success) answers.push_back(path);
    if (stun.message_class != codecs::StunClass::request || !answers_challenges) return;
    Datagram answer(300);
    codecs::StunWriter writer(answer, codecs::StunClass::success, stun.transaction);
    writer.xor_mapped_address(udp_path(250).remote);
    answer.resize(writer.finish(kClientCredentials.pwd));
    from_client_.push(path, answer);
  } else {
    media.push_back({.path = path, .bytes = datagram});
  }
}

void Call::pass(Duration time) {
  const Timestamp end = clock_now + time;
  for (;;) {
    deliver();
    Timestamp next = node.deadline();
    if (client_dtls_) next = std::min(next, client_dtls_->deadline());
    if (next > end) break;
    clock_now = std::max(clock_now, next);
    node.tick(clock_now, from_node);
    if (client_dtls_) client_dtls_->tick(dtls_path_, clock_now, from_client_);
  }
  clock_now = end;
}

Datagram Call::make_rtp(std::uint64_t index, Ssrc ssrc) {
  Datagram header(codecs::kRtpHeaderSize);
  codecs::write_rtp_header({.payload_type = 111,
                            .sequence = static_cast<std::uint16_t>(index),
                            .timestamp = 0,
                            .ssrc = ssrc},
                           header);
  const Datagram payload = {'v', 'o', 'i', 'c', 'e'};
  Datagram packet(header.size() + payload.size() + sfu::kMaxSrtpTrailer);
  packet.resize(client_srtp->protect_rtp(header, payload, index, packet).value());
  return packet;
}

Datagram Call::make_rtcp(Ssrc sender) {
  Datagram report(8);
  ByteWriter writer(report);
  writer.u32(0x80c90001);  // an empty receiver report
  writer.u32(sender.value);
  report.resize(8 + sfu::kMaxSrtpTrailer);
  report.resize(client_srtp->protect_rtcp(report, 8).value());
  return report;
}

}  // namespace parley::test
