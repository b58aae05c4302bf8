// A small real signaling service for tests: takes nodes over mutual TLS, welcomes them, and
// remembers what they say.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/loop.hpp"
#include "net/os_random.hpp"
#include "net/tls_listener.hpp"
#include "protocol/control.pb.h"
#include "protocol/ticket.hpp"
#include "tests/unit/net/test_pki.hpp"

namespace parley::test {

class TestService {
 public:
  static constexpr auto kName = "signaling.test";

  TestService(net::Loop& loop, TestPki& pki);

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void send(const control::ToNode& message);
  void send_raw(Bytes message);
  void welcome();
  // An AddPeer whose ticket is missing gets one that is good, for the node that said hello last.
  [[nodiscard]] control::ToNode with_ticket(control::ToNode message);
  // Runs the loop until a message with this body has come (again); it is then forgotten, with all
  // that came before it. Fails the test after a limit.
  control::FromNode wait_for(control::FromNode::BodyCase body);
  [[nodiscard]] bool has_link() const { return stream_ != nullptr && stream_->is_open(); }
  [[nodiscard]] std::size_t links() const { return links_; }
  void cut();    // ends the link, as a network would
  void stop();   // and refuses new ones
  void start();  // on the same port

 private:
  net::Loop* loop_;
  net::OsRandom random_;
  protocol::TicketMint mint_{random_};
  std::uint64_t boot_id_ = 0;
  net::TlsContext context_;
  std::uint16_t port_ = 0;
  std::size_t links_ = 0;
  std::vector<control::FromNode> got_;
  std::unique_ptr<net::TlsListener> listener_;
  std::unique_ptr<net::TlsStream> stream_;
};

}  // namespace parley::test
