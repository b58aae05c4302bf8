// One request while it is carried out. Each operation answers, or says why not.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "signaling/admin/admin_desk.hpp"
#include "signaling/admin/messages.hpp"
#include "signaling/admin/references.hpp"

namespace parley::signaling {

struct AdminDesk::Job {
  using Answer = Result<admin::Answer>;

  [[nodiscard]] Answer carry_out(const admin::Request& request);

  // users.cpp: people, their links and devices.
  Answer do_list_users(const admin::ListUsers& list);
  Answer do_show_user(const admin::ShowUser& wish);
  Answer do_create_user(const admin::CreateUser& wish);
  Answer do_change_user(const admin::ChangeUser& change);
  Answer do_remove_user(const admin::RemoveUser& wish);
  Answer do_create_enrolment(const admin::CreateEnrolment& wish);
  Answer do_list_devices(const admin::ListDevices& list);
  Answer do_approve_device(const admin::ApproveDevice& wish);
  Answer do_revoke_device(const admin::RevokeDevice& wish);
  [[nodiscard]] admin::Answer answer_device(DeviceId device) const;

  // rooms.cpp: rooms and who belongs to them.
  Answer do_list_rooms(const admin::ListRooms& list);
  Answer do_show_room(const admin::ShowRoom& wish);
  Answer do_create_room(const admin::CreateRoom& wish);
  Answer do_change_room(const admin::ChangeRoom& change);
  Answer do_remove_room(const admin::RemoveRoom& wish);
  Answer do_list_members(const admin::ListMembers& list);
  Answer do_set_member(const admin::SetMember& change);
  Answer do_remove_member(const admin::RemoveMember& wish);
  [[nodiscard]] admin::Answer answer_room(RoomId room) const;
  [[nodiscard]] Answer list_rooms_of(const admin::Ref& user) const;
  // The room, or, where it may be made and there is none of the name, a new one.
  Result<RoomId> room_or_new(const admin::Ref& ref, bool creates);

  // invite.cpp
  Answer do_invite(const admin::Invite& invite);
  Result<admin::Link> make_link(UserId user, const EnrolmentWish& wish);
  [[nodiscard]] WallTime link_end(std::uint32_t lifetime_s) const;
  Result<std::vector<MembershipRecord>> places(const admin::Invite& invite);
  Result<admin::Link> invite_one(const admin::Invite& invite, const User& guest,
                                 std::span<const MembershipRecord> places_of_guest);

  // missions.cpp
  Answer do_list_missions(const admin::ListMissions& list);
  Answer do_show_mission(const admin::ShowMission& wish);
  Answer do_create_mission(const admin::CreateMission& wish);
  Answer do_end_mission(const admin::EndMission& wish);
  [[nodiscard]] admin::Answer answer_mission(MissionId mission) const;

  // records.cpp: all at once.
  Answer do_export(const admin::Export& wish);
  Answer do_import(const admin::Import& wish);
  Result<bool> import_one(const admin::User& user);
  Result<bool> import_one(const admin::Device& device);
  Result<bool> import_one(const admin::Room& message);
  Result<bool> import_one(const admin::Mission& message);
  Result<bool> import_one(const admin::Membership& membership);
  template <class Records>
  Result<std::uint32_t> import_all(const Records& records);
  Answer do_show_status();

  Directory& directory;
  const AdminDefaults& defaults;
  const Actor& actor;
  const LiveView& live;
  Draft& draft;
};

// Whether somebody of this role may talk where nobody says otherwise.
[[nodiscard]] inline bool talks(floor::Role role) {
  return role != floor::LISTENER && role != floor::OBSERVER;
}

[[nodiscard]] inline admin::Answer done() {
  admin::Answer answer;
  answer.mutable_done();
  return answer;
}

}  // namespace parley::signaling
