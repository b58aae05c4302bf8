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

// A copy of what OpenSSL has written last: its flight from ChangeCipherSpec on (75 bytes at most in
// the suites we allow) or an alert. One call may write more: when its timer has run out meanwhile,
// the flight before comes first.
class WrittenRecords {
 public:
  void append(Bytes datagram);
  // Empty: nothing of that kind was written, or more than there is room for.
  [[nodiscard]] Bytes view() const { return Bytes(bytes_).first(size_); }

 private:
  static constexpr std::size_t kCapacity = 96;

  std::array<std::uint8_t, kCapacity> bytes_;
  std::uint8_t size_ = 0;
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
