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
#include "client/core/device_key.hpp"
#include "client/core/floor_client.hpp"
#include "protocol/client.pb.h"
#include "sfu/transport/dtls.hpp"

namespace parley::client {

// Path::local of the client's two UDP sockets.
inline constexpr std::uint16_t kLocalIpv4 = 0;
inline constexpr std::uint16_t kLocalIpv6 = 1;

struct ClientConfig {
  std::string host{};          // of the URL, lower case, no port: what signatures are bound to
  std::string invitation{};    // 16 bytes; empty when `credential` is given
  std::string credential{};    // DER; empty: enrol first
  std::string label{};         // of the device
  std::string display_name{};  // said once, when the device is enrolled
  std::vector<std::string> rooms{};  // names; empty: all rooms of the user
  std::uint8_t slots = 12;
  bool allow_udp = true;
  bool allow_tcp = true;             // ICE-TCP, used when UDP gives no answer
  std::uint16_t first_sequence = 0;  // of the uplink; below 2^15
};

// Events, in order.
struct DevicePending {  // told once: it waits until somebody approves it
  std::uint64_t device_id;
  std::string digits;  // DeviceKey::eight_digits()
};
struct CredentialReceived {  // to be kept beside the key, in place of the one before
  std::string credential;    // DER
};
struct SessionOpened {
  bool resumed;  // not the first session of this key
};
struct RoomJoined {
  api::Joined joined;
};
struct RoomSkipped {  // there are others: no slot is left for it, or the server refused it
  api::RoomInfo room;
};
struct RoomChanged {  // members or talkers; see members(), heard_in_slot()
  std::uint64_t room_id;
};
struct RoomLeft {  // taken away, or left
  std::uint64_t room_id;
};
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
struct VoiceSent {  // one packet of the microphone left: passed on at once, or held back before
  std::uint64_t room_id;
  std::uint32_t timestamp;
  std::vector<std::uint8_t> opus;
};
using ClientEvent =
    std::variant<DevicePending, CredentialReceived, SessionOpened, RoomJoined, RoomSkipped,
                 RoomChanged, RoomLeft, MediaConnected, MediaDisconnected, AudioReceived, VoiceSent,
                 ServerRefused, FloorHeard, OwnFloorChanged>;

// Who is heard in a slot; 0: nobody.
struct SlotVoice {
  std::uint64_t room_id = 0;
  std::uint32_t member_id = 0;
};

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
  // `key`, `dtls` and `random` outlive it.
  ClientCore(ClientConfig config, const DeviceKey& key, const sfu::DtlsContext& dtls,
             RandomSource& random);
  ~ClientCore();

  void on_signaling_open(Now now, ClientOutbox& out);
  void on_signaling_frame(Bytes frame, Now now, ClientOutbox& out);
  void on_signaling_closed(Now now, ClientOutbox& out);

  void on_datagram(const Path& from, MutableBytes datagram, Now now, ClientOutbox& out);
  void on_tcp_connected(const Endpoint& remote, std::uint32_t connection, Now now,
                        ClientOutbox& out);
  void on_tcp_closed(std::uint32_t connection, Now now, ClientOutbox& out);

  // One 20 ms Opus packet of the microphone; `level` in -dBov (RFC 6464). The floor decides whether
  // it leaves. Ignored without media.
  void send_audio(Bytes opus, std::uint32_t rtp_timestamp, std::uint8_t level, Now now,
                  ClientOutbox& out);
  void set_muted(bool muted, ClientOutbox& out);

  // The button (FloorClient::press and its kin).
  bool press(const PressOptions& options, Now now, ClientOutbox& out);
  void release(Now now, ClientOutbox& out);
  void cancel(Now now, ClientOutbox& out);
  // Any other request: emergency, and the actions of chairs and dispatchers.
  void ask_floor(const floor::Request& request, ClientOutbox& out);
  bool set_talk_room(std::uint64_t room_id, Now now, ClientOutbox& out);
  void set_hand(std::uint64_t room_id, bool raised, ClientOutbox& out);

  void leave(Now now, ClientOutbox& out);  // leaves all rooms, closes DTLS

  void tick(Now now, ClientOutbox& out);
  [[nodiscard]] Timestamp deadline() const;

  [[nodiscard]] bool is_media_connected() const;
  [[nodiscard]] const FloorClient& floor() const;
  [[nodiscard]] std::vector<std::uint64_t> room_ids() const;  // in the order of joining
  // Of a room it is not in: empty, 0.
  [[nodiscard]] const std::string& room_name(std::uint64_t room_id) const;
  [[nodiscard]] std::uint32_t own_member_id(std::uint64_t room_id) const;
  [[nodiscard]] std::vector<api::Member> members(std::uint64_t room_id) const;
  // The room of a slot, and who is heard there now by the protocol's channel rule.
  [[nodiscard]] SlotVoice heard_in_slot(std::uint8_t slot) const;
  [[nodiscard]] const ClientCounters& counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::client
