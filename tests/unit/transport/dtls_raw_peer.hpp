// A DTLS peer that is nothing but OpenSSL, with one cipher suite, for tests of our side against it.
#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "sfu/transport/dtls_bio.hpp"
#include "sfu/transport/dtls_context.hpp"
#include "tests/unit/transport/support.hpp"

namespace parley::test {

enum class PeerKey : std::uint8_t { ecdsa, rsa };

struct Suite {
  const char* name;  // as OpenSSL writes it
  PeerKey key = PeerKey::ecdsa;
};

class DtlsRawPeer {
 public:
  DtlsRawPeer(sfu::DtlsRole role, const Suite& suite);

  // Goes on with the handshake; reads what comes after it.
  void start(PacketBatch& out) { advance({}, out); }
  void on_datagram(const Datagram& datagram, PacketBatch& out);
  void repeat_flight(PacketBatch& out);  // as its timer would
  void close(PacketBatch& out);          // close_notify

  [[nodiscard]] const sfu::Fingerprint& fingerprint() const { return fingerprint_; }
  [[nodiscard]] bool is_connected() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  [[nodiscard]] bool was_closed() const {
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  // A record of epoch 1 as this peer would write it, with any content type, number and plaintext.
  // Derived and encrypted without any code of ours.
  [[nodiscard]] Datagram seal(std::uint8_t type, std::uint64_t number, Bytes plain) const;

 private:
  struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  void make_certificate(PeerKey kind);
  void advance(Bytes record, PacketBatch& out);

  sfu::DtlsRole role_;
  sfu::Fingerprint fingerprint_{};
  sfu::DatagramIo io_;
  std::unique_ptr<SSL_CTX, sfu::SslContextFree> context_;
  std::unique_ptr<SSL, SslFree> ssl_;
  Path path_ = udp_path(9);
};

}  // namespace parley::test
