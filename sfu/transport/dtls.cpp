#include "sfu/transport/dtls.hpp"

#include <memory>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "sfu/transport/dtls_connection.hpp"
#include "sfu/transport/dtls_context.hpp"
#include "sfu/transport/dtls_handshake.hpp"
#include "sfu/transport/dtls_record.hpp"

namespace parley::sfu {

struct Dtls::Impl {
  struct Failed {};
  struct Closed {};

  DtlsRole role;
  Timestamp deadline = kNever;
  // Each state frees what the one before held: only a handshake in progress has an SSL object.
  std::variant<std::unique_ptr<DtlsHandshake>, DtlsConnection, Failed, Closed> now;

  Impl(SSL_CTX* context, DtlsRole our_role, const Fingerprint& expected_peer)
      : role(our_role), now(std::make_unique<DtlsHandshake>(context, our_role, expected_peer)) {
    settle();
  }

  [[nodiscard]] DtlsHandshake* handshake() {
    auto* current = std::get_if<std::unique_ptr<DtlsHandshake>>(&now);
    return current != nullptr ? current->get() : nullptr;
  }
  [[nodiscard]] DtlsConnection* connection() { return std::get_if<DtlsConnection>(&now); }

  // Leaves the handshake if it is over.
  void settle() {
    DtlsHandshake* current = handshake();
    if (current == nullptr) return;
    if (current->has_failed()) {
      now = Failed{};
    } else if (current->outcome()) {
      DtlsOutcome outcome = std::move(*current->outcome());
      now.emplace<DtlsConnection>(std::move(outcome));
    }
  }

  // False: nothing that follows matters any more.
  bool on_record(const DtlsRecord& record, const Path& from, PacketBatch& out) {
    if (DtlsHandshake* current = handshake()) {
      if (is_welcome(record, role, current->reading())) current->on_record(record, from, out);
      settle();
      return true;
    }
    DtlsConnection* current = connection();
    if (current == nullptr) return false;
    if (!is_welcome(record, role, DtlsReading::connected)) return true;
    if (current->on_record(record, from, out)) now = Closed{};
    return true;
  }

  void rearm(Timestamp time) {
    const DtlsHandshake* current = handshake();
    deadline = current != nullptr ? current->deadline(time) : kNever;
  }
};

Dtls::Dtls(const DtlsContext& context, DtlsRole role, const Fingerprint& expected_peer)
    : impl_(std::make_unique<Impl>(context.state_->ssl.get(), role, expected_peer)) {}
Dtls::Dtls(Dtls&&) noexcept = default;
Dtls& Dtls::operator=(Dtls&&) noexcept = default;
Dtls::~Dtls() = default;

void Dtls::start(const Path& to, Timestamp now, PacketBatch& out) {
  DtlsHandshake* handshake = impl_->handshake();
  if (impl_->role != DtlsRole::client || handshake == nullptr) return;
  handshake->start(to, out);
  impl_->settle();
  impl_->rearm(now);
}

void Dtls::on_datagram(const Path& from, Bytes datagram, Timestamp now, PacketBatch& out) {
  // One record at a time: whether a record is welcome depends on what the one before has done.
  while (const auto record = take_record(datagram)) {
    if (!impl_->on_record(*record, from, out)) break;
  }
  impl_->rearm(now);
}

void Dtls::tick(const Path& to, Timestamp now, PacketBatch& out) {
  DtlsHandshake* handshake = impl_->handshake();
  if (handshake == nullptr || now < impl_->deadline) return;
  handshake->retransmit(to, out);
  impl_->settle();
  impl_->rearm(now);
}

Timestamp Dtls::deadline() const { return impl_->deadline; }

void Dtls::close(const Path& to, PacketBatch& out) {
  if (const DtlsConnection* connection = impl_->connection()) connection->close(to, out);
  if (state() != DtlsState::failed) impl_->now = Impl::Closed{};
  impl_->deadline = kNever;
}

DtlsState Dtls::state() const {
  if (impl_->handshake() != nullptr) return DtlsState::handshaking;
  if (impl_->connection() != nullptr) return DtlsState::connected;
  return std::holds_alternative<Impl::Closed>(impl_->now) ? DtlsState::closed : DtlsState::failed;
}

SrtpKeys Dtls::take_keys() {
  DtlsConnection* connection = impl_->connection();
  PARLEY_CHECK(connection != nullptr && connection->keys().has_value());
  SrtpKeys keys = std::move(*connection->keys());
  connection->keys().reset();
  return keys;
}

}  // namespace parley::sfu
