#include "client/load/handshakes.hpp"

#include <ctime>
#include <optional>
#include <vector>

#include "base/packet_batch.hpp"
#include "net/clock.hpp"
#include "sfu/transport/srtp.hpp"

namespace parley::client {
namespace {

constexpr int kMaxFlights = 20;

std::int64_t thread_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

// Adds the thread's time of a scope to a sum.
class Meter {
 public:
  explicit Meter(std::int64_t& sum) : sum_(sum), start_(thread_ns()) {}
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;
  ~Meter() { sum_ += thread_ns() - start_; }

 private:
  std::int64_t& sum_;
  std::int64_t start_;
};

struct Side {
  PacketBatch out{1U << 16, 32};
  std::int64_t ns = 0;
};

bool finish(sfu::Dtls& dtls, Side& side) {
  const Meter meter(side.ns);
  return dtls.state() == sfu::DtlsState::connected &&
         sfu::SrtpSession::create(dtls.take_keys()).has_value();
}

// Hands what `from` wrote to `to`.
void deliver(Side& from, Side& to, sfu::Dtls& dtls, Timestamp now) {
  for (const PacketBatch::Entry& entry : from.out.entries()) {
    const Meter meter(to.ns);
    dtls.on_datagram({}, from.out.bytes(entry), now, to.out);
  }
  from.out.clear();
}

bool shake_hands(const sfu::DtlsContext& server_context, const sfu::DtlsContext& client_context,
                 Side& server, Side& client) {
  const Timestamp now = net::read_monotonic();
  std::optional<sfu::Dtls> node;
  std::optional<sfu::Dtls> peer;
  {
    const Meter meter(client.ns);
    peer.emplace(client_context, sfu::DtlsRole::client, server_context.fingerprint());
    peer->start({}, now, client.out);
  }
  {
    const Meter meter(server.ns);
    node.emplace(server_context, sfu::DtlsRole::server, client_context.fingerprint());
  }
  for (int flight = 0; flight < kMaxFlights; ++flight) {
    deliver(client, server, *node, now);
    deliver(server, client, *peer, now);
    if (client.out.empty() && server.out.empty()) break;
  }
  return finish(*node, server) && finish(*peer, client);
}

}  // namespace

Result<HandshakeReport> measure_handshakes(std::uint64_t count, sfu::SrtpProfile profile) {
  auto server_context = sfu::DtlsContext::create({profile});
  auto client_context = sfu::DtlsContext::create({profile});
  if (!server_context) return std::unexpected(server_context.error());
  if (!client_context) return std::unexpected(client_context.error());
  Side server;
  Side client;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!shake_hands(*server_context, *client_context, server, client)) {
      return fail(ErrorCode::failed_precondition, "a DTLS handshake did not end");
    }
  }
  return HandshakeReport{
      .count = count, .server = Duration(server.ns / 1000), .client = Duration(client.ns / 1000)};
}

}  // namespace parley::client
