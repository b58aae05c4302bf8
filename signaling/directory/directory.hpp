// The organisation in memory: who exists, who may do what, and every change of it. Each operation
// checks, changes the tables at once and writes the change down in a draft: rows for the store and
// events for the audit trail. A draft that could not be stored is undone. Whoever uses it shows
// nothing of a change to anybody before its draft is stored. Pure; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "signaling/audit/event.hpp"
#include "signaling/directory/records.hpp"
#include "signaling/store/rows.hpp"

namespace parley::signaling {

struct DirectoryLimits {
  std::size_t users = 50'000;
  std::size_t devices_per_user = 16;
  std::size_t rooms = 10'000;
  std::size_t memberships_per_user = 64;
  std::size_t members_per_room = 10'000;
  std::size_t missions = 10'000;
  std::size_t open_enrolments = 50'000;
};

// Who does it, and when.
struct Actor {
  DeviceId device;  // none: the service itself or its command line on this machine
  WallTime now;
};

// What a change did, to be stored whole or undone whole.
class Draft {
 public:
  [[nodiscard]] bool is_empty() const { return writes_.empty(); }
  // For the store; the draft keeps what is needed for undo.
  [[nodiscard]] Changes take_writes() { return std::exchange(writes_, {}); }
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }

 private:
  friend class Directory;
  Changes writes_;
  std::vector<Event> events_;
  std::vector<std::function<void()>> undo_;
};

struct EnrolmentWish {
  WallTime until;
  bool is_approved = false;   // see Enrolment
  bool chooses_name = false;  // see Enrolment
};

struct NewDevice {
  std::string label;
  std::string display_name = {};  // taken where the enrolment lets its user choose
  std::string public_key = {};    // SubjectPublicKeyInfo, checked
  KeyFingerprint key = {};
};

class Directory {
 public:
  Directory(DirectoryLimits limits, RandomSource& random);
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory();

  // Everything that was stored, table by table, before anything else. invalid_argument names the
  // table and what is wrong with it.
  [[nodiscard]] Result<void> load(const Table& table, const std::vector<Row>& rows);
  // The newest event that was stored. A new one follows it.
  void continue_events(std::uint64_t number, const EventHash& hash);
  // In the reverse order of the changes: this one and everything after it.
  void undo(Draft& draft);

  // Users. already_exists: the name; invalid_argument: it is no display name, or `until` is not
  // after `from`; resource_exhausted; not_found; failed_precondition: the last administrator.
  Result<UserId> create_user(User user, const Actor& actor, Draft& draft);
  Result<void> change_user(const User& user, const Actor& actor, Draft& draft);
  // Revokes the devices and ends the memberships too.
  Result<void> remove_user(UserId user, const Actor& actor, Draft& draft);
  // Removes guests whose time ended seven days ago, some of them where they are very many. How
  // many.
  std::size_t forget_over_guests(WallTime now, Draft& draft);
  // This name, or where it is taken the first of "NAME 2", "NAME 3", ... that is not.
  [[nodiscard]] std::string free_name(std::string_view wanted) const;

  // Enrolment. `code` is what the link carries: only its hash is kept.
  Result<std::string> create_enrolment(UserId user, const EnrolmentWish& wish, const Actor& actor,
                                       Draft& draft);
  // unauthenticated: no such code, or it was withdrawn; expired; already_used, except by the same
  // key: that gives the same device, for a client whose answer was lost. The first device of a user
  // is active; a further one is pending unless its enrolment was approved. A guest who may choose
  // is renamed.
  Result<DeviceId> enrol(std::string_view code, const NewDevice& device, const Actor& actor,
                         Draft& draft);
  // By an active device of the same user, or an administrator.
  Result<void> approve_device(DeviceId device, const Actor& actor, Draft& draft);
  Result<void> revoke_device(DeviceId device, const Actor& actor, Draft& draft);
  // A credential was issued. Never later than the user's own end.
  Result<WallTime> renew(DeviceId device, WallTime until, std::uint64_t serial, const Actor& actor,
                         Draft& draft);

  // Rooms. Errors as of users.
  Result<RoomId> create_room(RoomRecord room, const Actor& actor, Draft& draft);
  Result<void> change_room(const RoomRecord& room, const Actor& actor, Draft& draft);
  Result<void> remove_room(RoomId room, const Actor& actor, Draft& draft);
  // The number of a new member; none is given twice in a room.
  Result<MemberId> next_member(RoomId room, Draft& draft);

  // A new one gets the last place of the user, an old one keeps its own.
  Result<void> set_membership(const MembershipRecord& membership, const Actor& actor, Draft& draft);
  Result<void> remove_membership(RoomId room, UserId user, const Actor& actor, Draft& draft);

  // People, rooms and their memberships for a time; guests that it makes end with it.
  Result<MissionId> create_mission(Mission mission, const std::vector<UserId>& users,
                                   const std::vector<RoomId>& rooms, const Actor& actor,
                                   Draft& draft);
  // Its memberships end, its rooms lock, the devices of people who were here for it only are
  // revoked: returned, so that they can be put out everywhere.
  Result<std::vector<DeviceId>> end_mission(MissionId mission, const Actor& actor, Draft& draft);

  // Records of another directory, with their numbers; no event. already_exists: the number, name or
  // key is here already; not_found: what it refers to is not; invalid_argument, resource_exhausted.
  Result<void> import_user(const User& user, Draft& draft);
  Result<void> import_device(const Device& device, Draft& draft);
  Result<void> import_room(const RoomRecord& room, Draft& draft);
  Result<void> import_mission(const Mission& mission, const std::vector<RoomId>& rooms,
                              Draft& draft);
  Result<void> import_membership(const MembershipRecord& membership, Draft& draft);

  // What is only written down.
  void record(Event event, const Actor& actor, Draft& draft);
  // Sessions and stays of devices; no event.
  void put(const SessionRecord& session, Draft& draft);
  void put(const Stay& stay, Draft& draft);
  void remove_stay(DeviceId device, RoomId room, Draft& draft);
  void remove_session(DeviceId device, Draft& draft);

  // Questions. Whether somebody may sign in, or enter, now.
  // unauthenticated: unknown or revoked, or its user is disabled; failed_precondition: pending;
  // expired: the user's time has not begun or is over.
  [[nodiscard]] Result<void> may_sign_in(DeviceId device, WallTime now) const;
  // not_found: no membership; expired: outside its time or that of the room.
  [[nodiscard]] Result<MembershipRecord> may_stay(UserId user, RoomId room, WallTime now) const;
  // As may_stay; failed_precondition: locked. The cap and the lobby are the business of whoever
  // knows who is inside.
  [[nodiscard]] Result<MembershipRecord> may_enter(UserId user, RoomId room, WallTime now) const;
  // When the next answer to one of the two may change by itself.
  [[nodiscard]] std::optional<WallTime> next_change(WallTime now) const;

  [[nodiscard]] const User* find(UserId user) const;
  [[nodiscard]] const User* find_user(std::string_view name) const;
  [[nodiscard]] const Device* find(DeviceId device) const;
  [[nodiscard]] const Device* find_device(const KeyFingerprint& key) const;
  [[nodiscard]] const RoomRecord* find(RoomId room) const;
  [[nodiscard]] const RoomRecord* find_room(std::string_view name) const;
  [[nodiscard]] const Mission* find(MissionId mission) const;
  [[nodiscard]] const Mission* find_mission(std::string_view name) const;
  [[nodiscard]] const MembershipRecord* find_membership(RoomId room, UserId user) const;
  [[nodiscard]] const std::map<UserId, User>& users() const;
  [[nodiscard]] const std::map<DeviceId, Device>& devices() const;
  [[nodiscard]] const std::map<RoomId, RoomRecord>& rooms() const;
  [[nodiscard]] const std::map<MissionId, Mission>& missions() const;
  [[nodiscard]] const std::map<DeviceId, SessionRecord>& sessions() const;
  [[nodiscard]] std::vector<Stay> stays_of(DeviceId device) const;
  [[nodiscard]] const Stay* find_stay(DeviceId device, RoomId room) const;
  [[nodiscard]] std::vector<DeviceId> devices_of(UserId user) const;
  [[nodiscard]] std::vector<MembershipRecord> memberships_of(UserId user) const;  // by place
  [[nodiscard]] std::vector<MembershipRecord> members_of(RoomId room) const;
  [[nodiscard]] std::size_t member_count(RoomId room) const;
  [[nodiscard]] std::vector<MembershipRecord> members_of(MissionId mission) const;
  [[nodiscard]] std::vector<RoomId> rooms_of(MissionId mission) const;
  [[nodiscard]] const std::map<std::pair<RoomId, UserId>, MembershipRecord>& memberships() const;
  // Of the newest event; 0 and zeros: there is none.
  [[nodiscard]] std::uint64_t last_event() const;
  [[nodiscard]] const EventHash& last_hash() const;

 private:
  struct Tables;
  [[nodiscard]] bool is_last_administrator(UserId user) const;
  [[nodiscard]] Result<void> has_place_for(const MembershipRecord& membership,
                                           std::size_t others) const;
  void forget_old_enrolments(WallTime now, Draft& draft);
  Result<DeviceId> add_device(const Enrolment& enrolment, const NewDevice& wish, const Actor& actor,
                              Draft& draft);
  void rename_guest(UserId guest, const std::string& name, const Actor& actor, Draft& draft);
  std::vector<DeviceId> revoke_guests(std::vector<UserId> people, const Actor& actor, Draft& draft);

  std::unique_ptr<Tables> tables_;
};

}  // namespace parley::signaling
