// What signaling remembers over a restart: rooms, used invitations, sessions and the rooms they may
// enter. One SQLite file,
// owned by one thread; a second process (the command line that makes rooms) may have it open as
// well. The interface is narrow, so that another engine can take its place.
//
// Durability: the file is in WAL mode. Using up an invitation and replacing session tokens are
// synced to the disk before the call returns, since undoing them by a power cut would let an
// invitation work twice or lock a person out. Everything else (presence, transports) is not synced:
// it survives the death of the process, and after a power cut it is rebuilt from what the media
// node and the clients say.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "protocol/floor.pb.h"
#include "signaling/identity/invitation.hpp"
#include "signaling/identity/token_chain.hpp"

struct sqlite3;

namespace parley::signaling {

inline constexpr std::size_t kMaxRoomName = 64;  // bytes of UTF-8, as in client.proto
inline constexpr std::size_t kMaxRooms = 10'000;
inline constexpr std::size_t kMaxSessions = 100'000;

struct RoomRecord {
  RoomId id;
  std::string name;
  floor::Policy policy = {};  // of the floor; keeps its limits. Empty: an open room
};

// A room that a session may enter.
struct MembershipRecord {
  RoomId room;
  MemberId member;  // its name in that room: 1, 2, ...; never given twice in a room
  MemberRights rights = {};
  bool joined = false;           // in the room now
  std::uint32_t first_slot = 0;  // where the room is heard (api.Join)
  std::uint32_t slots = 0;
  bool hand_raised = false;
  [[nodiscard]] bool may_talk_now() const { return joined && rights.may_talk; }
  friend bool operator==(const MembershipRecord&, const MembershipRecord&) = default;
};

struct SessionRecord {
  SessionId id;
  std::vector<MembershipRecord> rooms;  // in the order of the invitation
  std::string display_name;
  std::string delegation;
  TokenChain tokens;
  WallTime expires;
  bool muted = false;
  std::uint32_t transport_id = 0;  // the newest it was given; grows
  PeerId peer;                     // its transport on the media node; none: no transport
  RoomId talk_room;                // where its microphone belongs; none: in no room

  // Null when it may not enter this room.
  [[nodiscard]] MembershipRecord* find(RoomId room);
  [[nodiscard]] const MembershipRecord* find(RoomId room) const;
  [[nodiscard]] bool is_in_a_room() const;
};

// Everything redeem() writes.
struct Redemption {
  InvitationId invitation;
  WallTime not_after;  // of the invitation: how long its use must be remembered
  std::vector<Admission> rooms;
  SessionId session;
  std::string display_name;
  std::string delegation = {};
  TokenChain tokens;
  Sha256Hash retry_key{};  // of the client's retry key; all zero: none
  WallTime expires;
};

// How an invitation was used.
struct RedeemedRecord {
  SessionId session;
  Sha256Hash retry_key{};
};

class Store {
 public:
  // Opens or creates the file and brings its schema up to date. io: cannot be opened, read or
  // written; failed_precondition: written by a newer version.
  [[nodiscard]] static Result<Store> open(const std::string& path);
  [[nodiscard]] static Result<Store> open_in_memory();
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // Rooms. Every call may also fail with io.
  // already_exists: the id or the name is taken; invalid_argument: not 1 to kMaxRoomName bytes of
  // clean UTF-8, or no id; resource_exhausted: kMaxRooms.
  [[nodiscard]] Result<RoomRecord> create_room(RoomId id, std::string_view name,
                                               const floor::Policy& policy = {});
  // The rules of the floor. not_found.
  [[nodiscard]] Result<void> set_policy(RoomId id, const floor::Policy& policy);
  [[nodiscard]] Result<std::vector<RoomRecord>> rooms();  // by name
  [[nodiscard]] Result<RoomRecord> find_room(RoomId id);  // not_found
  [[nodiscard]] Result<RoomRecord> find_room(std::string_view name);

  // Uses up an invitation and creates its session and a member of each room, in one synced
  // transaction. already_used; not_found: no such room; resource_exhausted: kMaxSessions.
  [[nodiscard]] Result<SessionRecord> redeem(const Redemption& redemption);
  // nullopt: not used (or so long expired that it was forgotten).
  [[nodiscard]] Result<std::optional<RedeemedRecord>> find_redeemed(InvitationId invitation);

  // Sessions. not_found when the session is gone.
  [[nodiscard]] Result<std::vector<SessionRecord>> sessions();  // by id
  [[nodiscard]] Result<void> set_tokens(SessionId session, const TokenChain& tokens,
                                        WallTime expires);
  [[nodiscard]] Result<void> set_expires(SessionId session, WallTime expires);
  // Everything of a membership that may change: joined, slots, the raised hand.
  [[nodiscard]] Result<void> set_membership(SessionId session, const MembershipRecord& membership);
  [[nodiscard]] Result<void> set_talk_room(SessionId session, RoomId room);
  [[nodiscard]] Result<void> set_muted(SessionId session, bool muted);
  [[nodiscard]] Result<void> set_transport(SessionId session, std::uint32_t transport_id,
                                           PeerId peer);
  [[nodiscard]] Result<void> remove_session(SessionId session);
  // Forgets used invitations that nobody could redeem any more. Returns how many.
  [[nodiscard]] Result<std::size_t> forget_expired_invitations(WallTime now);

 private:
  struct CloseDatabase {
    void operator()(sqlite3* database) const;
  };
  using Database = std::unique_ptr<sqlite3, CloseDatabase>;
  explicit Store(Database database);
  [[nodiscard]] static Result<Store> open_uri(const std::string& path);
  [[nodiscard]] Result<void> read_memberships(std::vector<SessionRecord>& sessions);

  Database database_;
};

}  // namespace parley::signaling
