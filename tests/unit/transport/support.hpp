// What the transport tests share: seeded randomness, paths, contexts, and readable datagrams.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/packet_batch.hpp"
#include "base/random.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::test {

using Datagram = std::vector<std::uint8_t>;

class SeededRandom : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(MutableBytes out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(engine_());
  }
  // True in `percent` of all calls.
  bool chance(unsigned percent) { return engine_() % 100 < percent; }
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }

 private:
  std::mt19937_64 engine_;
};

inline Path udp_path(std::uint8_t host, std::uint16_t port = 4000) {
  Path path;
  path.remote.address.bytes = {192, 0, 2, host};
  path.remote.port = port;
  return path;
}

inline sfu::DtlsContext make_context(std::vector<sfu::SrtpProfile> profiles = {
                                         sfu::SrtpProfile::aead_aes_128_gcm,
                                         sfu::SrtpProfile::aead_aes_256_gcm,
                                         sfu::SrtpProfile::aes128_cm_sha1_80}) {
  auto context = sfu::DtlsContext::create(std::move(profiles));
  PARLEY_CHECK(context.has_value());
  return std::move(*context);
}

inline std::vector<Datagram> take_datagrams(PacketBatch& batch) {
  std::vector<Datagram> datagrams;
  for (const auto& entry : batch.entries()) {
    const Bytes bytes = batch.bytes(entry);
    datagrams.emplace_back(bytes.begin(), bytes.end());
  }
  batch.clear();
  return datagrams;
}

// A DTLS 1.2 record around `fragment`.
inline Datagram dtls_record(std::uint8_t type, std::uint16_t epoch, std::uint64_t number,
                            Bytes fragment) {
  Datagram record(13 + fragment.size());
  ByteWriter writer(record);
  writer.u8(type);
  writer.u16(0xfefd);
  writer.u16(epoch);
  writer.u16(static_cast<std::uint16_t>(number >> 32));
  writer.u32(static_cast<std::uint32_t>(number));
  writer.u16(static_cast<std::uint16_t>(fragment.size()));
  writer.bytes(fragment);
  return record;
}

}  // namespace parley::test
