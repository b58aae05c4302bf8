// An OpenSSL BIO that keeps datagram boundaries (OpenSSL 3.0 has none for memory): each read hands
// over one record, each write becomes one datagram in the caller's batch. Nothing is queued.
#pragma once

#include <openssl/bio.h>

#include <array>
#include <cstddef>
#include <memory>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/packet_batch.hpp"

namespace parley::sfu {

// A copy of the records OpenSSL has written in one call: its last flight (75 bytes at most in the
// suites we allow) or an alert. Longer flights are not kept.
class WrittenRecords {
 public:
  static constexpr std::size_t kCapacity = 96;

  void append(Bytes records);
  [[nodiscard]] bool is_whole() const { return is_whole_; }  // false: there was more than fits
  [[nodiscard]] Bytes view() const { return Bytes(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, kCapacity> bytes_;
  std::uint8_t size_ = 0;
  bool is_whole_ = true;
};

// What the BIO reads from and writes to during one call into OpenSSL.
struct DatagramIo {
  Bytes inbound;               // the record to read next; emptied by the read
  const Path* to = nullptr;    // where written datagrams go
  PacketBatch* out = nullptr;  // null: written datagrams are lost, as a network may lose them
  WrittenRecords written = {};
};

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

// `io` outlives the BIO. Null when OpenSSL has no memory.
[[nodiscard]] std::unique_ptr<BIO, BioFree> make_datagram_bio(DatagramIo& io);

}  // namespace parley::sfu
