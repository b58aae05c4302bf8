// The native client without its sockets: session, full ICE agent towards an ICE-lite node, DTLS
// client, SRTP, slots. Bytes and time in; bytes, frames, events and the next deadline out.
// Audio leaves and enters as Opus packets; client/media turns them into samples.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/packet_batch.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "protocol/client.pb.h"
#include "sfu/transport/dtls.hpp"

namespace parley::client {

// Path::local of the client's two UDP sockets.
inline constexpr std::uint16_t kLocalIpv4 = 0;
inline constexpr std::uint16_t kLocalIpv6 = 1;

struct ClientConfig {
  std::string invitation;    // binary; empty when resume_token is given
  std::string resume_token;  // binary
  std::string display_name;
  std::uint8_t slots = 4;
  bool allow_udp = true;
  bool allow_tcp = true;             // ICE-TCP, used when UDP gives no answer
  std::uint16_t first_sequence = 0;  // of the uplink; below 2^15
};

// Events, in order.
struct SessionOpened {
  std::string resume_token;
  bool resumed;
};
struct RoomJoined {
  api::Joined joined;
};
struct RoomChanged {};  // members or talkers; see members(), talkers()
struct MediaConnected {
  bool is_tcp;
};
struct MediaDisconnected {
  std::string reason;
};
struct AudioReceived {  // one decrypted Opus packet of a slot
  std::uint8_t slot;
  std::uint16_t sequence;
  std::uint32_t timestamp;
  bool marker;
  std::vector<std::uint8_t> opus;
};
struct ServerRefused {
  api::Error error;
};
using ClientEvent = std::variant<SessionOpened, RoomJoined, RoomChanged, MediaConnected,
                                 MediaDisconnected, AudioReceived, ServerRefused>;

struct ClientOutbox {
  PacketBatch packets{256U << 10, 512};
  std::vector<std::string> frames;    // encoded ClientMessages, for the WebSocket
  std::vector<Endpoint> connect_tcp;  // ICE-TCP connections to open; report on_tcp_connected
  std::vector<std::uint32_t> close_tcp;
  std::vector<ClientEvent> events;
  bool reconnect_signaling = false;  // the shell closes and reopens the WebSocket (with back-off)
};

struct ClientCounters {
  std::uint64_t rtp_sent = 0;
  std::uint64_t rtp_received = 0;
  std::uint64_t decrypt_errors = 0;  // authentication failures; replays are counted apart
  std::uint64_t replays = 0;
};

class ClientCore {
 public:
  ClientCore(ClientConfig config, const sfu::DtlsContext& dtls, RandomSource& random);
  ~ClientCore();

  void on_signaling_open(Now now, ClientOutbox& out);
  void on_signaling_frame(Bytes frame, Now now, ClientOutbox& out);
  void on_signaling_closed(Now now, ClientOutbox& out);

  void on_datagram(const Path& from, MutableBytes datagram, Now now, ClientOutbox& out);
  void on_tcp_connected(const Endpoint& remote, std::uint32_t connection, Now now,
                        ClientOutbox& out);
  void on_tcp_closed(std::uint32_t connection, Now now, ClientOutbox& out);

  // One 20 ms Opus packet of the microphone; `level` in -dBov (RFC 6464). Ignored without media.
  void send_audio(Bytes opus, std::uint32_t rtp_timestamp, std::uint8_t level, Now now,
                  ClientOutbox& out);
  void set_muted(bool muted, ClientOutbox& out);
  void leave(Now now, ClientOutbox& out);  // leaves the room, closes DTLS

  void tick(Now now, ClientOutbox& out);
  [[nodiscard]] Timestamp deadline() const;

  [[nodiscard]] bool is_media_connected() const;
  [[nodiscard]] std::uint32_t own_member_id() const;
  [[nodiscard]] std::vector<api::Member> members() const;
  // Who is heard in a slot now, by the protocol's channel rule; 0: nobody.
  [[nodiscard]] std::uint32_t member_in_slot(std::uint8_t slot) const;
  [[nodiscard]] const ClientCounters& counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::client
