// One user of Mumble's server, without its sockets: login, the move to a channel, the switch to
// UDP, then voice. Pure: bytes of the (decrypted) control stream and datagrams in, the same out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "client/load/mumble_crypt.hpp"
#include "client/load/mumble_frames.hpp"
#include "client/load/mumble_voice.hpp"

namespace parley::client {

// The root channel, where every user is after the login.
inline constexpr std::uint32_t kMumbleRoot = 0;

class MumbleSession {
 public:
  enum class State : std::uint8_t {
    logging_in,
    moving,   // logged in, not in its channel yet
    probing,  // pings by UDP until the server answers: from then on voice comes by UDP
    ready,
    refused,
  };

  // `name` is the user's, unique on the server; `channel` exists there.
  MumbleSession(std::string name, std::uint32_t channel);

  // The first bytes of the control stream.
  void start(std::string& stream) const;
  // Bytes of the control stream; answers are appended to `stream`.
  void on_stream(Bytes received, std::string& stream);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::string& refusal() const { return refusal_; }  // one sentence
  [[nodiscard]] std::uint32_t session() const { return session_; }

  // A datagram to send, of at most kMaxMumbleDatagram bytes: its size in `out`. From state probing
  // on. `opus` holds at most 900 bytes.
  [[nodiscard]] std::size_t write_ping(std::uint64_t stamp, MutableBytes out);
  [[nodiscard]] std::size_t write_voice(std::uint64_t sequence, Bytes opus, MutableBytes out);

  // Decrypts a datagram into `scratch` (at least its size); the voice in it, as a view of
  // `scratch`. nullopt: a ping, which makes the session ready, or nothing that could be verified.
  [[nodiscard]] std::optional<MumbleVoice> open(Bytes datagram, MutableBytes scratch);
  // A datagram that is counted only.
  void follow(Bytes datagram);

 private:
  void on_frame(const MumbleFrames::Frame& frame, std::string& stream);
  void on_crypt_setup(Bytes body);
  void on_server_sync(Bytes body, std::string& stream);
  void on_user_state(Bytes body);
  void refuse(std::string reason);

  std::string name_;
  std::uint32_t channel_;
  State state_ = State::logging_in;
  std::string refusal_;
  MumbleFrames frames_;
  std::optional<MumbleCrypt> crypt_;
  std::uint32_t session_ = 0;
};

}  // namespace parley::client
