#include "client/load/node_link.hpp"

#include <utility>

#include "protocol/limits.hpp"

namespace parley::client {
namespace {

// Half of what the node takes at most: its clock may be read a moment earlier than ours.
constexpr Duration kTicketLife = protocol::kTicketLife / 2;
const Endpoint kLoopback{.address = {.bytes = {127, 0, 0, 1}, .is_v6 = false}, .port = 0};

}  // namespace

Result<std::unique_ptr<NodeLink>> NodeLink::listen(const net::TlsFiles& files, std::uint16_t port) {
  auto context = net::TlsContext::load(net::TlsRole::server, files);
  if (!context) return std::unexpected(context.error());
  std::unique_ptr<NodeLink> link(new NodeLink);
  NodeLink* const self = link.get();
  auto listener = net::TlsListener::open(
      self->loop_, {.address = kLoopback.address, .port = port}, *std::move(context),
      {.max_message_bytes = protocol::kMaxControlMessage, .max_queued_bytes = kMaxQueuedBytes},
      {.on_stream =
           [self](std::unique_ptr<net::TlsStream> stream) { self->on_stream(std::move(stream)); },
       .on_refused = {}});
  if (!listener) return std::unexpected(listener.error());
  self->listener_ = *std::move(listener);
  return link;
}

void NodeLink::on_stream(std::unique_ptr<net::TlsStream> stream) {
  stream_ = std::move(stream);
  is_ready_ = false;
  stream_->set_handlers({.on_open = {},
                         .on_message = [this](Bytes bytes) { on_message(bytes); },
                         .on_closed =
                             [this](std::string_view) {
                               stream_.reset();
                               is_ready_ = false;
                             }});
}

void NodeLink::on_message(Bytes bytes) {
  control::FromNode message;
  if (!protocol::decode(bytes, protocol::kMaxControlMessage, message)) return;
  if (message.has_hello()) {
    node_name_ = message.hello().node_name();
    boot_id_ = message.hello().boot_id();
    control::ToNode welcome;
    const auto& ticket_key = mint_.public_key();
    welcome.mutable_welcome()->set_ticket_key(ticket_key.data(), ticket_key.size());
    welcome.mutable_welcome()->set_version(protocol::kMaxVersion);
    send(welcome);
  } else if (message.has_snapshot_end()) {
    is_ready_ = true;
  } else {
    inbox_.push_back(std::move(message));
  }
}

std::vector<control::FromNode> NodeLink::poll(Timestamp now) {
  if (is_ready_ && now >= next_ping_) {
    next_ping_ = now + kPingInterval;
    control::ToNode ping;
    ping.mutable_ping();
    send(ping);
  }
  loop_.poll();
  return std::exchange(inbox_, {});
}

std::string NodeLink::mint_ticket(PeerId peer, const std::array<std::uint8_t, 32>& fingerprint,
                                  WallTime now) const {
  return mint_.mint({.peer = peer,
                     .device = DeviceId{peer.value},
                     .boot_id = boot_id_,
                     .not_after = now + kTicketLife,
                     .fingerprint = fingerprint});
}

bool NodeLink::send(const control::ToNode& message) {
  return stream_ != nullptr && stream_->send(as_bytes(message.SerializeAsString()));
}

}  // namespace parley::client
