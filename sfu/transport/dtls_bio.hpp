// An OpenSSL BIO that keeps datagram boundaries (OpenSSL 3.0 has none for memory): each read hands
// over one record, each write becomes one datagram in the caller's batch. Nothing is queued.
#pragma once

#include <openssl/bio.h>

#include <memory>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/packet_batch.hpp"

namespace parley::sfu {

// What the BIO reads from and writes to during one call into OpenSSL.
struct DatagramIo {
  Bytes inbound;               // the record to read next; emptied by the read
  const Path* to = nullptr;    // where written datagrams go
  PacketBatch* out = nullptr;  // null: written datagrams are lost, as a network may lose them
};

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

// `io` outlives the BIO. Null when OpenSSL has no memory.
[[nodiscard]] std::unique_ptr<BIO, BioFree> make_datagram_bio(DatagramIo& io);

}  // namespace parley::sfu
