// One DTLS handshake: the only place with an SSL object, which costs some 60 KiB while it lives.
// Ends with an outcome that holds everything a connection needs from then on.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <optional>

#include "base/endpoint.hpp"
#include "base/packet_batch.hpp"
#include "base/time.hpp"
#include "sfu/transport/dtls.hpp"
#include "sfu/transport/dtls_bio.hpp"
#include "sfu/transport/dtls_opener.hpp"
#include "sfu/transport/dtls_record.hpp"

namespace parley::sfu {

// What a handshake with the right peer leaves.
struct DtlsOutcome {
  SrtpKeys keys;
  DtlsOpener opener;
  WrittenRecords last_flight;   // ours, should the peer have missed it; empty for the client
  WrittenRecords close_notify;  // made in advance
};

class DtlsHandshake {
 public:
  // `context` outlives this object.
  DtlsHandshake(SSL_CTX* context, DtlsRole role, const Fingerprint& expected_peer);
  DtlsHandshake(const DtlsHandshake&) = delete;  // the BIO points into it
  DtlsHandshake& operator=(const DtlsHandshake&) = delete;
  ~DtlsHandshake() = default;

  void start(const Path& to, PacketBatch& out);  // client role: sends the ClientHello
  void on_record(const DtlsRecord& record, const Path& from, PacketBatch& out);
  void retransmit(const Path& to, PacketBatch& out);  // when deadline() has come

  [[nodiscard]] bool has_failed() const { return has_failed_; }
  [[nodiscard]] std::optional<DtlsOutcome>& outcome() { return outcome_; }  // set when it is over
  // Plain or encrypted: what the peer may send next.
  [[nodiscard]] DtlsReading reading() const;
  // When our flight is to be repeated.
  [[nodiscard]] Timestamp deadline(Timestamp now) const;

 private:
  struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  void advance();
  void finish();

  DtlsRole role_;
  Fingerprint expected_;
  DatagramIo io_;
  std::unique_ptr<SSL, SslFree> ssl_;
  std::optional<DtlsOutcome> outcome_;
  std::uint64_t plain_records_ = 0;
  std::uint64_t last_number_ = 0;  // of the record that was read last
  bool has_failed_ = false;
};

}  // namespace parley::sfu
