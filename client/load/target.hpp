// What parley-load can drive: a server that carries voice from talkers to the listeners of a room.
// The load engine owns sockets, rounds, schedule and counting; a target knows how to join its
// server and what its packets look like. One thread; nothing here may wait, except start().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/udp_sink.hpp"

namespace parley::client {

// Members are numbered 0, 1, ... in the order in which they began to join.
using MemberIndex = std::uint32_t;
using RoomIndex = std::uint32_t;

// Streams a member can hear at once; a Heard names one below this.
inline constexpr std::size_t kMaxStreams = 32;
// The longest payload of a talker (LoadFrame::payload).
inline constexpr std::size_t kMaxVoicePayload = 1000;

struct TargetTraits {
  std::string name;  // "parley", "janus", "mumble", "limit": the report's `name`
  // Of the server, where it tells; known after start(). Empty: whoever started it knows.
  std::string version;
  // Width of Heard::sequence: 16 for RTP, 8 where only the low byte of a nonce is in the clear.
  std::uint8_t sequence_bits = 16;
  bool talkers_hear = true;  // a talker is sent what the other talkers of his room say
  // Where the members' sockets are: loopback, but for a server that does not talk to it.
  IpAddress local_address{.bytes = {127, 0, 0, 1}, .is_v6 = false};
};

// One packet of a talker, before it is sealed.
struct LoadFrame {
  std::uint64_t sequence;       // of this talker: grows by one, from 0
  std::uint32_t rtp_timestamp;  // 48 kHz
  Bytes payload;                // at most kMaxVoicePayload
};

// A voice packet that a member got, as its clear header tells.
struct Heard {
  std::uint16_t stream;    // which of the member's streams: one talker at a time in each
  std::uint16_t sequence;  // its number there, of TargetTraits::sequence_bits
};

// What only the bare limit does: it speaks by itself, because there is nothing between it and the
// listeners' sockets.
struct SpeechPlan {
  RoomIndex room;
  double packets_per_second;  // of each talker; 0: as fast as it can
  Duration duration;
  std::size_t payload_bytes;
};
struct SpeechDone {
  std::uint64_t sent = 0;  // packets of talkers; each goes to every listener
  std::uint64_t late = 0;  // sends that missed their time (see Schedule)
  Duration worst_lateness{0};
  Duration took{0};
};

enum class JoinState : std::uint8_t { joining, ready, failed };

class Target {
 public:
  virtual ~Target() = default;

  // Reaches the server; may wait for it. After this the traits are complete.
  virtual Result<void> start() = 0;
  [[nodiscard]] virtual const TargetTraits& traits() const = 0;
  // The server's process id, when the target knows it better than the command line; 0: it does not.
  [[nodiscard]] virtual int server_pid() const { return 0; }

  // Begins to join the next member. `socket` is its own and outlives the target's use of it.
  // Returns at once; tick() and on_datagram() carry the joining on.
  virtual Result<void> begin_join(RoomIndex room, bool talks, net::UdpSink& socket, Now now) = 0;
  // ready: what others say reaches this member, and what it says (when it talks) reaches others.
  [[nodiscard]] virtual JoinState join_state(MemberIndex member) const = 0;
  // One sentence about the last join that failed.
  [[nodiscard]] virtual std::string failure() const = 0;

  // Retransmissions, keep-alives that are due, control connections. Called every few ms.
  virtual void tick(Now now) = 0;
  // Makes every member known to be alive, due or not: called before each window, after which the
  // server may have been stopped for as long as a minute.
  virtual void refresh(Now now) = 0;

  // Some times a second while nothing is measured here: for control connections that would end in
  // silence. Another server may be measured meanwhile, and this one be stopped: hardly any work.
  virtual void idle(Now) {}

  // A datagram came to a member. nullopt: no voice (dealt with). Does not decrypt voice: that is
  // what makes thousands of members affordable. `datagram` may be changed only when it is no voice.
  virtual std::optional<Heard> on_datagram(MemberIndex member, MutableBytes datagram, Now now) = 0;
  // Decrypts, in place, a packet for which on_datagram() gave a Heard: the talker's payload, or
  // nullopt when it is not authentic. Called for a sample, in the order of arrival.
  virtual std::optional<Bytes> open(MemberIndex member, MutableBytes datagram) = 0;
  // Seals a frame of a talker and sends it from its socket. False: the kernel did not take it.
  virtual bool speak(MemberIndex talker, const LoadFrame& frame) = 0;

  // Leaves with all members, politely.
  virtual void leave_all(Now now) = 0;

  // True for a target that speaks by itself (the bare limit): then speak() is never called.
  [[nodiscard]] virtual bool speaks_itself() const { return false; }
  virtual void begin_speech(const SpeechPlan&) {}
  // The result, once the speech of begin_speech() is over.
  virtual std::optional<SpeechDone> speech_done() { return std::nullopt; }
};

// Free settings of a target, from --set KEY=VALUE.
using TargetSettings = std::map<std::string, std::string>;

// Every target there is, by name; invalid_argument for others. client/load/targets.cpp.
[[nodiscard]] Result<std::unique_ptr<Target>> make_target(const std::string& name,
                                                          const TargetSettings& settings);

}  // namespace parley::client
