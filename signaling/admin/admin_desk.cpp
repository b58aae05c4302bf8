#include "signaling/admin/admin_desk.hpp"

#include "protocol/limits.hpp"
#include "signaling/admin/job.hpp"

namespace parley::signaling {

admin::Answer AdminDesk::handle(const admin::Request& request, const Actor& actor,
                                const LiveView& live, Draft& draft) {
  if (const std::string violation = protocol::find_violation(request); !violation.empty()) {
    return refused({.code = ErrorCode::invalid_argument, .message = violation});
  }
  auto answer = Job{.directory = directory_,
                    .defaults = defaults_,
                    .actor = actor,
                    .live = live,
                    .draft = draft}
                    .carry_out(request);
  return answer ? std::move(*answer) : refused(answer.error());
}

AdminDesk::Job::Answer AdminDesk::Job::carry_out(const admin::Request& request) {
  switch (request.body_case()) {
    case admin::Request::kListUsers:
      return do_list_users(request.list_users());
    case admin::Request::kShowUser:
      return do_show_user(request.show_user());
    case admin::Request::kCreateUser:
      return do_create_user(request.create_user());
    case admin::Request::kChangeUser:
      return do_change_user(request.change_user());
    case admin::Request::kRemoveUser:
      return do_remove_user(request.remove_user());
    case admin::Request::kCreateEnrolment:
      return do_create_enrolment(request.create_enrolment());
    case admin::Request::kListDevices:
      return do_list_devices(request.list_devices());
    case admin::Request::kApproveDevice:
      return do_approve_device(request.approve_device());
    case admin::Request::kRevokeDevice:
      return do_revoke_device(request.revoke_device());
    case admin::Request::kListRooms:
      return do_list_rooms(request.list_rooms());
    case admin::Request::kShowRoom:
      return do_show_room(request.show_room());
    case admin::Request::kCreateRoom:
      return do_create_room(request.create_room());
    case admin::Request::kChangeRoom:
      return do_change_room(request.change_room());
    case admin::Request::kRemoveRoom:
      return do_remove_room(request.remove_room());
    case admin::Request::kListMembers:
      return do_list_members(request.list_members());
    case admin::Request::kSetMember:
      return do_set_member(request.set_member());
    case admin::Request::kRemoveMember:
      return do_remove_member(request.remove_member());
    case admin::Request::kInvite:
      return do_invite(request.invite());
    case admin::Request::kListMissions:
      return do_list_missions(request.list_missions());
    case admin::Request::kShowMission:
      return do_show_mission(request.show_mission());
    case admin::Request::kCreateMission:
      return do_create_mission(request.create_mission());
    case admin::Request::kEndMission:
      return do_end_mission(request.end_mission());
    case admin::Request::kExportRecords:
      return do_export(request.export_records());
    case admin::Request::kImportRecords:
      return do_import(request.import_records());
    case admin::Request::kShowStatus:
      return do_show_status();
    case admin::Request::kListEvents:
    case admin::Request::BODY_NOT_SET:
      break;
  }
  return fail(ErrorCode::invalid_argument, "The request asks for nothing that is known here.");
}

}  // namespace parley::signaling
