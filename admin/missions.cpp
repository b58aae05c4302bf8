#include "admin/command_line.hpp"
#include "admin/options.hpp"
#include "admin/paging.hpp"

namespace parley::admin_cli {
namespace {

Exit list_missions(Desk& desk, admin::Request& request) {
  request.mutable_list_missions();
  return show_all(
      desk, request, [](admin::Request& r) { return r.mutable_list_missions()->mutable_page(); },
      [](admin::Answer& a) { return a.mutable_missions(); },
      [](const admin::Missions& list) -> auto& { return list.missions(); },
      [](const admin::Mission& mission) { return mission.mission_id(); });
}

void add_create(CLI::App& missions, CommandLine& line) {
  const auto mission = [&line] { return line.request.mutable_create_mission(); };
  CLI::App& app =
      add_question(missions, line, "create", "people become members of rooms, for a time",
                   [](admin::Request& r) { r.mutable_create_mission(); });
  add_text(app, "NAME", "unique", [mission](const std::string& name) {
    mission()->set_name(name);
  }).required();
  add_refs(app, "--user", "name or id; as often as needed",
           [mission](const admin::Ref& user) { *mission()->add_users() = user; });
  add_refs(app, "--room", "name or id; as often as needed",
           [mission](const admin::Ref& room) { *mission()->add_rooms() = room; });
  app.add_flag_function(
      "--create-room", [mission](std::int64_t) { mission()->set_create_rooms(true); },
      "make rooms that are not there");
  add_moment(app, "--from", "not before", line.now,
             [mission](std::uint64_t moment) { mission()->set_from(moment); });
  add_moment(app, "--until", "not after", line.now,
             [mission](std::uint64_t moment) { mission()->set_until(moment); });
}

}  // namespace

void add_missions(CLI::App& app, CommandLine& line) {
  CLI::App& missions = add_group(app, line, "missions", "people and rooms for a time",
                                 [&line](Desk& desk) { return list_missions(desk, line.request); });
  CLI::App& show = add_question(missions, line, "show", "one, with its memberships",
                                [](admin::Request& r) { r.mutable_show_mission(); });
  add_ref(show, "MISSION", "name or id", [&line](const admin::Ref& mission) {
    *line.request.mutable_show_mission()->mutable_mission() = mission;
  }).required();
  add_create(missions, line);
  CLI::App& end = add_question(missions, line, "end",
                               "its memberships end, its rooms are locked, its guests are put out",
                               [](admin::Request& r) { r.mutable_end_mission(); });
  add_ref(end, "MISSION", "name or id", [&line](const admin::Ref& mission) {
    *line.request.mutable_end_mission()->mutable_mission() = mission;
  }).required();
}

}  // namespace parley::admin_cli
