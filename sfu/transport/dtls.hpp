// DTLS 1.2 with use_srtp (RFC 5764) on OpenSSL memory BIOs: one handshake, then SRTP keys. The one
// adapter between Parley and OpenSSL's TLS. No socket: datagrams in, datagrams out, deadline.
// The node uses the server role, the native client the client role.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/packet_batch.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace parley::sfu {

// RFC 5764 4.1.2, RFC 7714 14.2.
enum class SrtpProfile : std::uint16_t {
  aes128_cm_sha1_80 = 0x0001,
  aead_aes_128_gcm = 0x0007,
  aead_aes_256_gcm = 0x0008,
};

using Fingerprint = std::array<std::uint8_t, 32>;  // SHA-256 of a certificate (RFC 8122)

// Master key and salt of one direction.
struct SrtpMasterKey {
  Secret<32> key;
  Secret<14> salt;
};

struct SrtpKeys {
  SrtpProfile profile;
  SrtpMasterKey send;
  SrtpMasterKey receive;
};

enum class DtlsRole : std::uint8_t { client, server };

// A self-signed ECDSA P-256 certificate and the settings every handshake shares. One per thread.
class DtlsContext {
 public:
  // `profiles`: accepted SRTP profiles, most wanted first; at least one.
  static Result<DtlsContext> create(std::vector<SrtpProfile> profiles);
  DtlsContext(DtlsContext&&) noexcept;
  DtlsContext& operator=(DtlsContext&&) noexcept;
  ~DtlsContext();
  [[nodiscard]] const Fingerprint& fingerprint() const;

 private:
  friend class Dtls;
  struct State;
  explicit DtlsContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

enum class DtlsState : std::uint8_t { handshaking, connected, failed, closed };

class Dtls {
 public:
  // `expected_peer`: the fingerprint that came over signaling; compared in constant time before
  // keys are exported. `context` outlives this object.
  Dtls(const DtlsContext& context, DtlsRole role, const Fingerprint& expected_peer);
  Dtls(Dtls&&) noexcept;
  Dtls& operator=(Dtls&&) noexcept;
  ~Dtls();

  // Client role: sends the ClientHello. Server role: nothing.
  void start(const Path& to, Timestamp now, PacketBatch& out);
  void on_datagram(const Path& from, Bytes datagram, Timestamp now, PacketBatch& out);
  void tick(const Path& to, Timestamp now, PacketBatch& out);  // retransmits when due
  [[nodiscard]] Timestamp deadline() const;                    // kNever when nothing is due
  void close(const Path& to, PacketBatch& out);                // close_notify

  [[nodiscard]] DtlsState state() const;
  // The keys, once, after state() became connected.
  [[nodiscard]] SrtpKeys take_keys();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley::sfu
