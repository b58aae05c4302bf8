// A DTLS client and a server that talk over a network the test shapes, at virtual time.
#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "sfu/transport/dtls.hpp"
#include "tests/unit/transport/support.hpp"
#include "tests/unit/transport/virtual_time.hpp"

namespace parley::test {

enum class Direction : std::uint8_t { to_server, to_client };

class DtlsPair {
 public:
  // What the network makes of one datagram: nothing, itself, several.
  using Network = std::function<std::vector<Datagram>(Direction, const Datagram&)>;

  DtlsPair(const sfu::DtlsContext& client_context, const sfu::DtlsContext& server_context)
      : DtlsPair(client_context, server_context, server_context.fingerprint(),
                 client_context.fingerprint()) {}
  DtlsPair(const sfu::DtlsContext& client_context, const sfu::DtlsContext& server_context,
           const sfu::Fingerprint& client_expects, const sfu::Fingerprint& server_expects)
      : client(client_context, sfu::DtlsRole::client, client_expects),
        server(server_context, sfu::DtlsRole::server, server_expects) {}

  // Runs until both sides are settled or `limit` has passed.
  void run(const Network& network = pass, Duration limit = std::chrono::seconds(60)) {
    const Timestamp end = clock_now + limit;
    client.start(path_, clock_now, to_server_);
    deliver(network);
    while (!is_settled() && clock_now < end) {
      const Timestamp next = std::min(client.deadline(), server.deadline());
      if (next == kNever) return;
      clock_now = std::max(next, clock_now);
      client.tick(path_, clock_now, to_server_);
      server.tick(path_, clock_now, to_client_);
      deliver(network);
    }
  }

  void deliver(const Network& network = pass) {
    while (!to_server_.empty() || !to_client_.empty()) {
      for (const auto& sent : take_datagrams(to_server_)) {
        for (const auto& datagram : network(Direction::to_server, sent)) {
          server.on_datagram(path_, datagram, clock_now, to_client_);
        }
      }
      for (const auto& sent : take_datagrams(to_client_)) {
        for (const auto& datagram : network(Direction::to_client, sent)) {
          client.on_datagram(path_, datagram, clock_now, to_server_);
        }
      }
    }
  }

  // Bytes straight to the server; what it answers is delivered.
  void inject_to_server(Bytes datagram) {
    server.on_datagram(path_, datagram, clock_now, to_client_);
  }
  void close_client() { client.close(path_, to_server_); }
  void close_server() { server.close(path_, to_client_); }

  [[nodiscard]] bool is_connected() const {
    return client.state() == sfu::DtlsState::connected &&
           server.state() == sfu::DtlsState::connected;
  }
  [[nodiscard]] bool is_settled() const {
    return client.state() != sfu::DtlsState::handshaking &&
           server.state() != sfu::DtlsState::handshaking;
  }

  static std::vector<Datagram> pass(Direction, const Datagram& datagram) { return {datagram}; }

  sfu::Dtls client;
  sfu::Dtls server;

 private:
  Path path_ = udp_path(1);
  PacketBatch to_server_{1U << 18, 256};
  PacketBatch to_client_{1U << 18, 256};
};

}  // namespace parley::test
