// What is left of DTLS when the handshake is over: some 400 bytes that answer a peer who missed our
// last flight, understand his close, and can close on our side. No SSL object.
#pragma once

#include <optional>
#include <utility>

#include "base/endpoint.hpp"
#include "base/packet_batch.hpp"
#include "sfu/transport/dtls.hpp"
#include "sfu/transport/dtls_handshake.hpp"
#include "sfu/transport/dtls_record.hpp"

namespace parley::sfu {

// A peer repeats its last flight at growing intervals until ours arrives, so this many are enough
// for minutes of a lossy path; more is no honest peer. (RFC 6347 4.2.4 asks for answers for twice
// the maximum segment lifetime, four minutes.)
inline constexpr unsigned kMaxLastFlightRepeats = 32;

class DtlsConnection {
 public:
  explicit DtlsConnection(DtlsOutcome outcome)
      : keys_(std::move(outcome.keys)),
        opener_(std::move(outcome.opener)),
        last_flight_(outcome.last_flight),
        close_notify_(outcome.close_notify) {}

  // A record that is_welcome() to a connected side. True when the peer has ended the connection.
  // The server answers each new, authentic copy of the peer's Finished with its own last flight,
  // byte for byte the one it has sent before: who has it already takes it for a replay, and the 75
  // bytes are fewer than those of the flight that asked for them. The client's last flight is never
  // the last of the handshake (RFC 6347 4.2.4).
  bool on_record(const DtlsRecord& record, const Path& from, PacketBatch& out);
  void close(const Path& to, PacketBatch& out) const;  // close_notify
  [[nodiscard]] std::optional<SrtpKeys>& keys() { return keys_; }

 private:
  std::optional<SrtpKeys> keys_;
  DtlsOpener opener_;
  WrittenRecords last_flight_;
  WrittenRecords close_notify_;
  unsigned repeats_ = 0;
};

}  // namespace parley::sfu
