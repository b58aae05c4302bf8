#include "sfu/transport/dtls_record.hpp"

namespace parley::sfu {

namespace {

constexpr std::size_t kRecordHeader = 13;
// An AEAD tag: nothing encrypted is shorter (RFC 5288 adds 8 bytes of nonce, RFC 7905 none).
constexpr std::size_t kMinEncrypted = 16;

// RFC 6347 4.3.2: the plain messages each side may send before Finished.
bool is_client_message(std::uint8_t type) {
  return type == 1 /* client_hello */ || type == 11 /* certificate */ ||
         type == 15 /* certificate_verify */ || type == 16 /* client_key_exchange */;
}

bool is_server_message(std::uint8_t type) {
  return type == 2 /* server_hello */ || type == 3 /* hello_verify_request */ ||
         (type >= 11 && type <= 14) /* certificate to server_hello_done */ ||
         type == 22 /* certificate_status */;
}

bool is_expected_message(std::uint8_t type, DtlsRole our_role) {
  return our_role == DtlsRole::server ? is_client_message(type) : is_server_message(type);
}

// One or more fragments: BoringSSL packs several messages into a record.
bool is_welcome_handshake(Bytes fragments, DtlsRole our_role) {
  ByteReader reader(fragments);
  do {
    const std::uint8_t type = reader.u8();
    const std::size_t message_length = reader.u24();
    reader.skip(2);  // message_seq
    const std::size_t offset = reader.u24();
    const std::size_t length = reader.u24();
    reader.skip(length);
    if (!reader.ok() || !is_expected_message(type, our_role)) return false;
    if (message_length > kMaxHandshakeMessage || offset + length > message_length) return false;
    if (length == 0 && message_length > 0) return false;
  } while (reader.remaining() > 0);
  return true;
}

}  // namespace

std::optional<DtlsRecord> take_record(Bytes& datagram) {
  ByteReader reader(datagram);
  DtlsRecord record{};
  record.type = reader.u8();
  record.version = reader.u16();
  record.number = reader.u64();
  record.epoch = static_cast<std::uint16_t>(record.number >> 48);
  record.fragment = reader.take(reader.u16());
  if (!reader.ok() || (record.version != 0xfeff && record.version != 0xfefd)) return std::nullopt;
  record.whole = datagram.first(kRecordHeader + record.fragment.size());
  datagram = reader.rest();
  return record;
}

bool is_welcome(const DtlsRecord& record, DtlsRole our_role, DtlsReading reading) {
  const bool is_encrypted = record.epoch == 1 && record.fragment.size() >= kMinEncrypted;
  const bool is_control = record.type == kHandshake || record.type == kAlert;
  if (reading == DtlsReading::connected) return is_encrypted && is_control;
  if (reading == DtlsReading::encrypted && is_encrypted) return is_control;
  if (record.epoch != 0) return false;
  if (record.type == kChangeCipherSpec) {
    return record.fragment.size() == 1 && record.fragment[0] == 1;
  }
  return record.type == kHandshake && is_welcome_handshake(record.fragment, our_role);
}

}  // namespace parley::sfu
