#include "sfu/transport/dtls_bio.hpp"

#include <algorithm>
#include <cstddef>

#include "sfu/transport/dtls_record.hpp"

namespace parley::sfu {

namespace {

DatagramIo& io_of(BIO* bio) { return *static_cast<DatagramIo*>(BIO_get_data(bio)); }

int write_datagram(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
  DatagramIo& io = io_of(bio);
  const Bytes datagram(reinterpret_cast<const std::uint8_t*>(data), size);
  io.written.append(datagram);
  if (io.out != nullptr) io.out->push(*io.to, datagram);  // a full batch loses it; DTLS repeats it
  *written = size;
  return 1;
}

int read_record(BIO* bio, char* data, std::size_t size, std::size_t* read) {
  DatagramIo& io = io_of(bio);
  BIO_clear_retry_flags(bio);
  if (io.inbound.empty()) {
    BIO_set_retry_read(bio);
    return 0;
  }
  *read = std::min(size, io.inbound.size());
  std::copy_n(io.inbound.begin(), *read, reinterpret_cast<std::uint8_t*>(data));
  io.inbound = {};  // as with a socket, what did not fit is gone
  return 1;
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_PENDING) return static_cast<long>(io_of(bio).inbound.size());
  return 0;  // among them BIO_CTRL_DGRAM_GET_MTU_OVERHEAD: our MTU is that of the payload
}

int create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

// Made once per process; lives as long as it.
const BIO_METHOD* datagram_method() {
  struct MethodFree {
    void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
  };
  static const std::unique_ptr<BIO_METHOD, MethodFree> method = [] {
    std::unique_ptr<BIO_METHOD, MethodFree> made(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "parley datagram"));
    if (made) {
      BIO_meth_set_write_ex(made.get(), write_datagram);
      BIO_meth_set_read_ex(made.get(), read_record);
      BIO_meth_set_ctrl(made.get(), control);
      BIO_meth_set_create(made.get(), create);
    }
    return made;
  }();
  return method.get();
}

}  // namespace

void WrittenRecords::append(Bytes datagram) {
  while (const auto record = take_record(datagram)) {
    const bool is_start = record->type == kChangeCipherSpec || record->type == kAlert;
    if (!is_start && size_ == 0) continue;
    const std::size_t at = is_start ? 0 : size_;
    size_ = 0;
    if (record->whole.size() > kCapacity - at) continue;
    std::ranges::copy(record->whole, bytes_.begin() + static_cast<std::ptrdiff_t>(at));
    size_ = static_cast<std::uint8_t>(at + record->whole.size());
  }
}

std::unique_ptr<BIO, BioFree> make_datagram_bio(DatagramIo& io) {
  std::unique_ptr<BIO, BioFree> bio;
  if (const BIO_METHOD* method = datagram_method()) bio.reset(BIO_new(method));
  if (bio) BIO_set_data(bio.get(), &io);
  return bio;
}

}  // namespace parley::sfu
