#include "tests/unit/node/test_service.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "net/clock.hpp"
#include "protocol/limits.hpp"
#include "tests/unit/net/wait.hpp"

namespace parley::test {

TestService::TestService(net::Loop& loop, TestPki& pki)
    : loop_(&loop),
      context_(net::TlsContext::load(net::TlsRole::server, pki.issue(kName)).value()) {
  start();
}

void TestService::start() {
  const Endpoint bind{.address = IpAddress::parse("127.0.0.1").value(), .port = port_};
  listener_ =
      net::TlsListener::open(
          *loop_, bind, context_, {},
          {.on_stream =
               [this](std::unique_ptr<net::TlsStream> stream) {
                 stream_ = std::move(stream);
                 ++links_;
                 stream_->set_handlers({.on_open = {},
                                        .on_message =
                                            [this](Bytes bytes) {
                                              control::FromNode message;
                                              EXPECT_TRUE(protocol::decode(
                                                  bytes, protocol::kMaxControlMessage, message));
                                              if (message.has_hello()) {
                                                boot_id_ = message.hello().boot_id();
                                              }
                                              got_.push_back(std::move(message));
                                            },
                                        .on_closed = [](std::string_view) {}});
               },
           .on_refused = {}})
          .value();
  port_ = listener_->local_endpoint().port;
}

void TestService::send_raw(Bytes message) { EXPECT_TRUE(stream_->send(message)); }

void TestService::send(const control::ToNode& message) {
  send_raw(as_bytes(message.SerializeAsString()));
}

void TestService::welcome() {
  control::ToNode message;
  const protocol::TicketKey& key = mint_.public_key();
  message.mutable_welcome()->set_version(protocol::kMaxVersion);
  message.mutable_welcome()->set_ticket_key(key.data(), key.size());
  send(message);
}

control::ToNode TestService::with_ticket(control::ToNode message) {
  control::AddPeer& add = *message.mutable_add_peer();
  protocol::Ticket ticket{.peer = PeerId{add.peer_id()},
                          .device = DeviceId{1},
                          .boot_id = boot_id_,
                          .not_after = net::read_clock().wall + protocol::kTicketLife,
                          .fingerprint = {}};
  std::ranges::copy(as_bytes(add.offer().dtls_fingerprint()), ticket.fingerprint.begin());
  add.set_ticket(mint_.mint(ticket));
  return message;
}

control::FromNode TestService::wait_for(control::FromNode::BodyCase body) {
  const auto find = [&] {
    return std::ranges::find(got_, body,
                             [](const control::FromNode& one) { return one.body_case(); });
  };
  EXPECT_TRUE(run_until(*loop_, [&] { return find() != got_.end(); })) << "no body " << body;
  const auto found = find();
  if (found == got_.end()) return {};
  control::FromNode message = std::move(*found);
  got_.erase(got_.begin(), found + 1);
  return message;
}

void TestService::cut() { stream_.reset(); }

void TestService::stop() {
  cut();
  listener_.reset();
}

}  // namespace parley::test
