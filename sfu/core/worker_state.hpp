// The inside of a worker core, shared by the files that implement it (worker_*.cpp).
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codecs/rtcp.hpp"
#include "codecs/stun.hpp"
#include "sfu/core/handshake_queue.hpp"
#include "sfu/core/peer.hpp"
#include "sfu/core/peer_table.hpp"
#include "sfu/core/timer_heap.hpp"
#include "sfu/core/worker_core.hpp"
#include "sfu/forwarding/forwarding_table.hpp"
#include "sfu/forwarding/room.hpp"

namespace parley::sfu {

// A path that a living peer uses is not given to another peer that claims it, before its owner has
// been silent for this long: whoever can forge a source address could otherwise cut others off.
inline constexpr Duration kPathHold = std::chrono::seconds(5);
// A timer that was just served is not due again before this, whatever its owner asks for.
inline constexpr Duration kTimerResolution = std::chrono::milliseconds(1);

// Moments of an RTCP interval at which peers report. More: less for one system call, and more
// wake-ups. Less: longer bursts of work between voice packets.
inline constexpr std::uint64_t kReportPhases = 50;

// What became of a datagram that was not dropped.
enum class Handled : std::uint8_t {
  control,    // STUN, DTLS, RTCP, or a note of another worker
  voice,      // accepted: the room's home is here
  passed_on,  // voice, handed to the room's home
  relayed,    // voice that the room's home has accepted, for the listeners here
};

// A room as far as this worker carries it: its listeners here, and, if this is its home, the room
// itself.
struct LocalRoom {
  ForwardingTable table;
  WorkerIndex home_worker;
  std::optional<Room> home;
  Timestamp armed = kNever;
};

struct WorkerCore::State {
  State(WorkerConfig worker_config, const DtlsContext& context, RandomSource& source);

  // worker_commands.cpp
  void on(const AddPeer& command, Now now, WorkerOutbox& out);
  void on(const RemovePeer& command, Now now, WorkerOutbox& out);
  void on(const JoinRoom& command, Now now, WorkerOutbox& out);
  void on(const LeaveRoom& command, Now now, WorkerOutbox& out);
  void on(const OpenLeg& command, Now now, WorkerOutbox& out);
  void on(const CloseLeg& command, Now now, WorkerOutbox& out);
  [[nodiscard]] LocalRoom& local_room(RoomId room, WorkerIndex home);
  void erase_if_unused(RoomId room);
  [[nodiscard]] std::expected<void, Error> check(const PeerOffer& offer) const;
  [[nodiscard]] std::vector<Downlink> make_slots(const PeerOffer& offer);
  void bind_uplink(Peer& peer, RoomId room, bool may_send, WorkerOutbox& out);
  void leave(Peer& peer, RoomId room, WorkerOutbox& out);
  // Ends a peer that left the rooms' and the tables' care; `peer` is gone afterwards.
  void drop_peer(Peer& peer, WorkerOutbox& out);
  void close_peer(Peer& peer, std::string_view reason, WorkerOutbox& out);  // and says so
  void publish_talkers(LocalRoom& local, WorkerOutbox& out);

  // worker_receive.cpp
  [[nodiscard]] std::expected<Handled, Drop> receive(const Path& from, MutableBytes datagram,
                                                     Now now, WorkerOutbox& out);
  [[nodiscard]] std::expected<Handled, Drop> on_stun(const Path& from, Bytes datagram, Now now,
                                                     WorkerOutbox& out);
  [[nodiscard]] std::expected<Peer*, Drop> find_stun_peer(const Path& from,
                                                          const codecs::StunView& stun,
                                                          Now now) const;
  [[nodiscard]] std::expected<Handled, Drop> on_rtcp(Peer& peer, Bytes compound, Now now,
                                                     WorkerOutbox& out);
  [[nodiscard]] std::expected<Handled, Drop> on_media(Peer& peer, const Path& from,
                                                      MutableBytes datagram, Now now,
                                                      WorkerOutbox& out);
  [[nodiscard]] std::expected<Handled, Drop> queue_handshake(Peer& peer, const Path& from,
                                                             Bytes datagram);
  void count(const std::expected<Handled, Drop>& handled);
  void take_path(const Path& path, Peer& peer, Now now, WorkerOutbox& out);
  void note_valid_packet(Peer& peer, Now now, WorkerOutbox& out);
  // Takes note of what the transport became, and looks again at its deadline but not before
  // `not_before`; `peer` may be gone afterwards.
  void review(Peer& peer, Now now, WorkerOutbox& out, Timestamp not_before = Timestamp::min());

  // worker_voice.cpp
  [[nodiscard]] std::expected<Handled, Drop> on_rtp(Peer& peer, const codecs::RtpView& packet,
                                                    Now now, WorkerOutbox& out);
  [[nodiscard]] std::expected<Handled, Drop> on(const TalkerVoice& message, Now now,
                                                WorkerOutbox& out);
  [[nodiscard]] std::expected<Handled, Drop> on(const TalkerSilent& message, Now now,
                                                WorkerOutbox& out);
  [[nodiscard]] std::expected<Handled, Drop> on(const LegVoice& message, Now now,
                                                WorkerOutbox& out);
  // A packet for a room whose home is here.
  [[nodiscard]] std::expected<Handled, Drop> route(LocalRoom& local, PeerId talker,
                                                   const VoicePacket& packet, Now now,
                                                   WorkerOutbox& out);
  void fan_out(LocalRoom& local, const AcceptedVoice& voice, Now now, WorkerOutbox& out);
  void silence(LocalRoom& local, RoomId room, PeerId talker, WorkerOutbox& out);
  void tell(WorkerIndex worker, WorkerMessage&& message, WorkerOutbox& out);

  // worker_handshakes.cpp
  [[nodiscard]] bool has_work() const;
  void work(Now now, WorkerOutbox& out);

  // worker_rtcp.cpp
  void send_reports(Peer& peer, Now now, WorkerOutbox& out);
  void send_goodbye(Peer& peer, WorkerOutbox& out);

  // worker_timers.cpp
  void tick(Now now, WorkerOutbox& out);
  void tick_peer(Peer& peer, Now now, WorkerOutbox& out);
  [[nodiscard]] Timestamp next_report(const Peer& peer, Timestamp now) const;
  [[nodiscard]] static Timestamp deadline_of(const Peer& peer);
  void arm(Peer& peer, Timestamp not_before = Timestamp::min());
  void arm(LocalRoom& local, Timestamp not_before = Timestamp::min());

  WorkerConfig config;
  const DtlsContext& dtls;
  RandomSource& random;
  PeerTable peers;
  std::unordered_map<RoomId, LocalRoom> rooms;
  HandshakeQueue handshakes;
  TimerHeap timers;
  WorkerCounters counters;
  std::uint32_t half_open = 0;
};

}  // namespace parley::sfu
