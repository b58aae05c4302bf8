#include "client/load/mumble_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.hpp"
#include "client/load/mumble.pb.h"

namespace parley::client {
namespace {

constexpr std::uint32_t kProtocolVersion = 1 << 16 | 3 << 8 | 4;
constexpr std::size_t kMaxPlain = kMaxMumbleDatagram - kMumbleCryptHeader;

template <class Message>
void append(MumbleType type, const Message& message, std::string& stream) {
  append_mumble_frame(type, as_bytes(message.SerializeAsString()), stream);
}

template <class Message>
std::optional<Message> parse(Bytes body) {
  Message message;
  if (!message.ParseFromArray(body.data(), static_cast<int>(body.size()))) return std::nullopt;
  return message;
}

std::optional<OcbBlock> block_of(const std::string& text) {
  OcbBlock block;
  if (text.size() != block.size()) return std::nullopt;
  std::ranges::copy(as_bytes(text), block.begin());
  return block;
}

}  // namespace

MumbleSession::MumbleSession(std::string name, std::uint32_t channel)
    : name_(std::move(name)), channel_(channel) {}

void MumbleSession::start(std::string& stream) const {
  mumble::Version version;
  version.set_version(kProtocolVersion);
  version.set_release("parley-load");
  append(MumbleType::version, version, stream);
  mumble::Authenticate login;
  login.set_username(name_);
  login.set_opus(true);
  append(MumbleType::authenticate, login, stream);
}

void MumbleSession::on_stream(Bytes received, std::string& stream) {
  frames_.feed(received);
  while (const auto frame = frames_.next()) {
    if (state_ == State::refused) return;
    on_frame(*frame, stream);
  }
  if (frames_.is_broken()) refuse("the server sent a message longer than any it should send");
}

void MumbleSession::on_frame(const MumbleFrames::Frame& frame, std::string& stream) {
  switch (frame.type) {
    case MumbleType::version:
    case MumbleType::authenticate:
      return;
    case MumbleType::reject: {
      const auto reject = parse<mumble::Reject>(frame.body);
      return refuse(reject ? "the server refuses the login: " + reject->reason()
                           : "the server refuses the login");
    }
    case MumbleType::permission_denied:
      if (state_ == State::moving) refuse("the server refuses the move to the channel");
      return;
    case MumbleType::crypt_setup:
      return on_crypt_setup(frame.body);
    case MumbleType::server_sync:
      return on_server_sync(frame.body, stream);
    case MumbleType::user_state:
      // A server of n users sends each user n of these: only one of them matters here.
      if (state_ == State::moving) on_user_state(frame.body);
      return;
  }
}

void MumbleSession::on_crypt_setup(Bytes body) {
  const auto setup = parse<mumble::CryptSetup>(body);
  if (!setup || crypt_) return;  // a later one would be a resynchronisation that was not asked for
  const auto key = block_of(setup->key());
  const auto send_nonce = block_of(setup->client_nonce());
  const auto receive_nonce = block_of(setup->server_nonce());
  if (!key || !send_nonce || !receive_nonce) return refuse("the server sent no usable voice keys");
  crypt_.emplace(*key, *send_nonce, *receive_nonce);
}

void MumbleSession::on_server_sync(Bytes body, std::string& stream) {
  const auto sync = parse<mumble::ServerSync>(body);
  if (state_ != State::logging_in) return;
  if (!sync || !crypt_) return refuse("the server ended the login without voice keys");
  session_ = sync->session();
  state_ = State::probing;
  if (channel_ == kMumbleRoot) return;
  state_ = State::moving;
  mumble::UserState move;
  move.set_session(session_);
  move.set_channel_id(channel_);
  append(MumbleType::user_state, move, stream);
}

void MumbleSession::on_user_state(Bytes body) {
  const auto user = parse<mumble::UserState>(body);
  if (user && user->session() == session_ && user->channel_id() == channel_) {
    state_ = State::probing;
  }
}

void MumbleSession::refuse(std::string reason) {
  state_ = State::refused;
  refusal_ = std::move(reason);
}

std::size_t MumbleSession::write_ping(std::uint64_t stamp, MutableBytes out) {
  PARLEY_CHECK(crypt_.has_value());
  std::array<std::uint8_t, 1 + kMaxMumbleVarint> plain;
  return crypt_->seal(Bytes(plain).first(write_mumble_ping(stamp, plain)), out);
}

std::size_t MumbleSession::write_voice(std::uint64_t sequence, Bytes opus, MutableBytes out) {
  PARLEY_CHECK(crypt_.has_value());
  std::array<std::uint8_t, kMaxPlain> plain;
  return crypt_->seal(Bytes(plain).first(write_mumble_voice(sequence, opus, false, plain)), out);
}

std::optional<MumbleVoice> MumbleSession::open(Bytes datagram, MutableBytes scratch) {
  if (!crypt_) return std::nullopt;
  const auto plain = crypt_->open(datagram, scratch);
  if (!plain) return std::nullopt;
  if (is_mumble_ping(*plain)) {
    if (state_ == State::probing) state_ = State::ready;
    return std::nullopt;
  }
  return parse_mumble_voice(*plain);
}

void MumbleSession::follow(Bytes datagram) {
  if (crypt_) crypt_->follow(datagram);
}

}  // namespace parley::client
