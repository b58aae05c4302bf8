#include "admin/command_line.hpp"
#include "admin/options.hpp"
#include "admin/paging.hpp"

namespace parley::admin_cli {
namespace {

Exit list_members(Desk& desk, admin::Request& request) {
  return show_all(
      desk, request, [](admin::Request& r) { return r.mutable_list_members()->mutable_page(); },
      [](admin::Answer& a) { return a.mutable_members(); },
      [](const admin::Members& list) -> auto& { return list.members(); },
      [](const admin::Membership& member) { return member.user_id(); });
}

void add_list(CLI::App& members, CommandLine& line) {
  CLI::App& app = *members.get_subcommand("list")->description("of a room, or of a user");
  CLI::Option_group& of = *app.add_option_group("of");
  of.require_option(1);
  add_ref(of, "--room", "name or id", [&line](const admin::Ref& room) {
    *line.request.mutable_list_members()->mutable_room() = room;
  });
  add_ref(of, "--user", "name or id", [&line](const admin::Ref& user) {
    *line.request.mutable_list_members()->mutable_user() = user;
  });
}

void add_set(CLI::App& members, CommandLine& line) {
  const auto set = [&line] { return line.request.mutable_set_member(); };
  CLI::App& app = add_question(members, line, "set",
                               "make somebody a member, or change what is named of a membership",
                               [](admin::Request& r) { r.mutable_set_member(); });
  add_ref(app, "ROOM", "name or id", [set](const admin::Ref& room) {
    *set()->mutable_room() = room;
  }).required();
  add_ref(app, "USER", "name or id", [set](const admin::Ref& user) {
    *set()->mutable_user() = user;
  }).required();
  add_word<floor::Role>(app, "--role", "see 'roles' (new: talker)",
                        [set](const floor::Role& role) { set()->set_role(role); });
  add_switch(app, "may-talk", "whether his voice is forwarded (new: as his role says)",
             [set](bool is_on) { set()->set_may_talk(is_on); });
  add_word<floor::Tier>(app, "--tier", "highest tier of a press (new: emergency)",
                        [set](const floor::Tier& tier) { set()->set_max_tier(tier); });
  add_number(app, "--level", "highest level within a tier", 0, 15,
             [set](std::uint32_t level) { set()->set_max_level(level); });
  add_moment(app, "--from", "not before", line.now,
             [set](std::uint64_t moment) { set()->set_from(moment); });
  add_moment(app, "--until", "not after", line.now,
             [set](std::uint64_t moment) { set()->set_until(moment); });
}

}  // namespace

void add_members(CLI::App& app, CommandLine& line) {
  CLI::App& members =
      add_group(app, line, "members", "who may enter which room, and what he may do there",
                [&line](Desk& desk) { return list_members(desk, line.request); });
  members.require_subcommand(1);  // of what is to be said
  add_list(members, line);
  add_set(members, line);
  const auto removed = [&line] { return line.request.mutable_remove_member(); };
  CLI::App& remove = add_question(members, line, "remove", "he is put out if he is inside",
                                  [](admin::Request& r) { r.mutable_remove_member(); });
  add_ref(remove, "ROOM", "name or id", [removed](const admin::Ref& room) {
    *removed()->mutable_room() = room;
  }).required();
  add_ref(remove, "USER", "name or id", [removed](const admin::Ref& user) {
    *removed()->mutable_user() = user;
  }).required();
}

}  // namespace parley::admin_cli
