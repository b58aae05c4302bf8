// Two receivers of one AEAD session, ours and libsrtp2's, get packets of anybody and of the true
// sender: input is a row of (kind byte, length byte pair, bytes). They accept and refuse the same,
// and what they accept is the same.
#include <algorithm>
#include <array>
#include <cstdint>

#include "base/check.hpp"
#include "sfu/transport/srtp.hpp"
#include "tests/unit/transport/srtp_oracle.hpp"
#include "tests/unit/transport/support.hpp"

namespace {

using namespace parley;

sfu::SrtpMasterKey make_master() {
  const std::array<std::uint8_t, 16> key{1, 2, 3};
  return {.key = Secret<32>(key), .salt = Secret<14>(Bytes(key).first(12))};
}

sfu::SrtpSession make_session(sfu::AeadEngine engine) {
  return sfu::SrtpSession::create({.profile = sfu::SrtpProfile::aead_aes_128_gcm,
                                   .send = make_master(),
                                   .receive = make_master()},
                                  engine)
      .value();
}

struct Session {
  explicit Session(sfu::AeadEngine engine) : ours(make_session(engine)) {}

  void receive_rtp(test::Datagram packet) {
    test::Datagram copy = packet;
    compare(ours.unprotect_rtp(packet), oracle.unprotect_rtp(copy));
  }
  void receive_rtcp(test::Datagram packet) {
    test::Datagram copy = packet;
    compare(ours.unprotect_rtcp(packet), oracle.unprotect_rtcp(copy));
  }
  // Sealed by the true sender, when `plain` is RTP without CSRCs and extension.
  void receive_genuine_rtp(Bytes plain) {
    if (plain.size() < 12) return;
    test::Datagram header(plain.begin(), plain.begin() + 12);
    header[0] = 0x80;
    // Few streams and near indices, so that windows and rollovers are met.
    std::fill(header.begin() + 8, header.end() - 1, std::uint8_t{0});
    header[11] &= 3;
    const std::uint64_t index = std::uint64_t{header[4] & 1U} << 16 |
                                std::uint64_t{header[2]} << 8 | std::uint64_t{header[3]};
    test::Datagram packet(plain.size() + sfu::kMaxSrtpTrailer);
    packet.resize(ours.protect_rtp(header, plain.subspan(12), index, packet).value());
    receive_rtp(packet);
  }
  void receive_genuine_rtcp(Bytes plain) {
    if (plain.size() < 8) return;
    test::Datagram packet(plain.begin(), plain.end());
    packet[0] = 0x80;
    packet.resize(plain.size() + sfu::kMaxSrtpTrailer);
    packet.resize(ours.protect_rtcp(packet, plain.size()).value());
    receive_rtcp(packet);
  }

  static void compare(const std::expected<MutableBytes, sfu::Drop>& a,
                      const std::expected<MutableBytes, sfu::Drop>& b) {
    // The one difference: our table of streams is bounded.
    if (!a && a.error() == sfu::Drop::srtp_ssrc_limit) return;
    PARLEY_CHECK(a.has_value() == b.has_value());
    PARLEY_CHECK(!a || std::ranges::equal(*a, *b));
  }

  sfu::SrtpSession ours;
  test::SrtpOracle oracle{sfu::SrtpProfile::aead_aes_128_gcm, make_master(), false};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Session session(size % 2 == 0 ? sfu::AeadEngine::openssl : sfu::fastest_aead_engine());
  ByteReader reader(Bytes(data, size));
  while (reader.remaining() > 2) {
    const std::uint8_t kind = reader.u8();
    const std::size_t length = reader.u16() & 0x7ffU;
    const Bytes bytes = reader.take(std::min(length, reader.remaining()));
    switch (kind % 4) {
      case 0:
        session.receive_rtp({bytes.begin(), bytes.end()});
        break;
      case 1:
        session.receive_rtcp({bytes.begin(), bytes.end()});
        break;
      case 2:
        session.receive_genuine_rtp(bytes);
        break;
      case 3:
        session.receive_genuine_rtcp(bytes);
        break;
    }
  }
  return 0;
}
