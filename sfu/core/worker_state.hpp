// The inside of a worker core, shared by the files that implement it (worker_*.cpp).
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codecs/rtcp.hpp"
#include "codecs/stun.hpp"
#include "sfu/core/handshake_queue.hpp"
#include "sfu/core/peer.hpp"
#include "sfu/core/peer_table.hpp"
#include "sfu/core/room_floor.hpp"
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
  held,       // voice at a shut gate; counted there
};

// A room as far as this worker carries it: its listeners here, and, if this is its home, the room
// itself.
struct LocalRoom {
  ForwardingTable table;
  WorkerIndex home_worker;
  std::optional<Room> home;
  std::unique_ptr<RoomFloor> floor;  // at home
  bool is_arbitrated = false;        // elsewhere: as the home said last
  Timestamp armed = kNever;
};

struct WorkerCore::State {
  State(WorkerConfig worker_config, const DtlsContext& context, RandomSource& source);

  // worker_commands.cpp
  void on(const AddPeer& command, Now now, WorkerOutbox& out);
  void on(const RemovePeer& command, Now now, WorkerOutbox& out);
  void on(const RenewLeases& command, Now now, WorkerOutbox& out);
  void on(const JoinRoom& command, Now now, WorkerOutbox& out);
  void on(const LeaveRoom& command, Now now, WorkerOutbox& out);
  void on(const OpenLeg& command, Now now, WorkerOutbox& out);
  void on(const CloseLeg& command, Now now, WorkerOutbox& out);
  void on(const SetTalkRoom& command, Now now, WorkerOutbox& out);
  [[nodiscard]] LocalRoom& local_room(RoomId room, WorkerIndex home, bool is_arbitrated = false);
  void erase_if_unused(RoomId room);
  [[nodiscard]] std::expected<void, Error> check(const PeerOffer& offer) const;
  [[nodiscard]] std::vector<Downlink> make_slots(const PeerOffer& offer);
  [[nodiscard]] std::expected<void, Error> enter(Peer& peer, const JoinRoom& command);
  [[nodiscard]] static std::expected<std::span<Downlink>, Error> slots_for(Peer& peer, RoomId room,
                                                                           SlotPart part);
  void bind_uplink(Peer& peer, RoomId room, Now now, WorkerOutbox& out);  // none: unbinds
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
  void spread(LocalRoom& local, PeerId talker, const Selected& selected, const VoicePacket& packet,
              Now now, WorkerOutbox& out);
  void fan_out(LocalRoom& local, const AcceptedVoice& voice, Now now, WorkerOutbox& out);
  void silence(LocalRoom& local, RoomId room, PeerId talker, WorkerOutbox& out);
  void tell(WorkerIndex worker, WorkerMessage&& message, WorkerOutbox& out);

  // worker_floor.cpp: the homes of arbitrated rooms
  void on(const AddMember& command, Now now, WorkerOutbox& out);
  void on(const RemoveMember& command, Now now, WorkerOutbox& out);
  void on(const LoseMember& command, Now now, WorkerOutbox& out);
  void on(const AskFloor& command, Now now, WorkerOutbox& out);
  void on(const SetReachable& command, Now now, WorkerOutbox& out);
  void on(const SetLink& command, Now now, WorkerOutbox& out);
  [[nodiscard]] std::expected<Handled, Drop> on(const GateNote& message, Now now,
                                                WorkerOutbox& out);
  // The room, when its home is here.
  [[nodiscard]] LocalRoom* find_home(RoomId room);
  // A packet that has passed its talker's gate.
  [[nodiscard]] std::expected<Handled, Drop> route_granted(LocalRoom& local, PeerId talker,
                                                           const VoicePacket& packet, Now now,
                                                           WorkerOutbox& out);
  void take_note(LocalRoom& local, const GateNote& note, Now now);
  // Carries out what the floor has said, and whatever it says to that.
  void settle_floor(LocalRoom& local, Now now, WorkerOutbox& out);
  void carry_out(LocalRoom& local, const PlacedOrder& placed, Now now, WorkerOutbox& out);
  void change_mode(LocalRoom& local, WorkerOutbox& out);
  [[nodiscard]] FloorNumbers floor_numbers(Timestamp now) const;

  // worker_gates.cpp: the gates of the talkers here
  [[nodiscard]] std::expected<Handled, Drop> on_gated(Peer& peer, LocalRoom& local,
                                                      const VoicePacket& packet, Now now,
                                                      WorkerOutbox& out);
  [[nodiscard]] std::expected<Handled, Drop> hold_back(Peer& peer, LocalRoom& local,
                                                       const VoicePacket& packet, Now now,
                                                       WorkerOutbox& out);
  [[nodiscard]] std::expected<Handled, Drop> pass_on(Peer& peer, LocalRoom& local,
                                                     const VoicePacket& packet, Now now,
                                                     WorkerOutbox& out);
  [[nodiscard]] std::expected<Handled, Drop> on(const GateOrder& order, Now now, WorkerOutbox& out);
  [[nodiscard]] std::expected<Handled, Drop> on(const RoomMode& message, Now now,
                                                WorkerOutbox& out);
  void obey(const GateOrder& order, Now now, WorkerOutbox& out);
  void open_gate(Peer& peer, const GateOrder& order, Now now, WorkerOutbox& out);
  void flush_held(Peer& peer, LocalRoom& local, Now now, WorkerOutbox& out);
  void count_losses(const HeldLosses& lost);
  void send_note(LocalRoom& local, const GateNote& note, Now now, WorkerOutbox& out);
  // The gates that stand in the room begin anew: it is OPEN now, or no longer.
  void reset_gates(RoomId room);
  [[nodiscard]] UplinkGate& gate_of(Peer& peer);

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
  PreRollPool pre_rolls;  // outlives the gates of the peers
  PeerTable peers;
  std::unordered_map<RoomId, LocalRoom> rooms;
  HandshakeQueue handshakes;
  TimerHeap timers;
  FloorOutput floor_work;  // of settle_floor(), as is the next: for their memory
  std::vector<LocalRoom*> unsettled;
  FloorNumbers past_floors;  // of rooms that are gone
  bool is_link_up = true;
  WorkerCounters counters;
  std::uint32_t half_open = 0;
};

}  // namespace parley::sfu
