#include "sfu/transport/dtls_connection.hpp"

namespace parley::sfu {

bool DtlsConnection::on_record(const DtlsRecord& record, const Path& from, PacketBatch& out) {
  switch (opener_.read(record)) {
    case PeerWish::nothing:
      return false;
    case PeerWish::end:
      return true;
    case PeerWish::last_flight:
      if (last_flight_.view().empty() || repeats_ == kMaxLastFlightRepeats) return false;
      ++repeats_;
      out.push(from, last_flight_.view());
      return false;
  }
  return false;
}

void DtlsConnection::close(const Path& to, PacketBatch& out) const {
  out.push(to, close_notify_.view());
}

}  // namespace parley::sfu
