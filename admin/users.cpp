#include "admin/command_line.hpp"
#include "admin/options.hpp"
#include "admin/paging.hpp"

namespace parley::admin_cli {
namespace {

// The options of a user that are the same when he is made and when he is changed.
template <class User>
void add_properties(CLI::App& app, CommandLine& line, User user) {
  add_text(app, "--delegation", "group whose speaking time is added up",
           [user](const std::string& text) { user()->set_delegation(text); });
  add_switch(app, "admin", "whether he administers this service",
             [user](bool is_on) { user()->set_is_admin(is_on); });
  add_switch(app, "may-create-rooms", "whether he may make rooms",
             [user](bool is_on) { user()->set_may_create_rooms(is_on); });
  add_switch(app, "guest", "whether he ends with his time and his memberships",
             [user](bool is_on) { user()->set_is_guest(is_on); });
  add_switch(app, "disabled", "whether he is kept out",
             [user](bool is_on) { user()->set_is_disabled(is_on); });
  add_moment(app, "--from", "not before", line.now,
             [user](std::uint64_t moment) { user()->set_from(moment); });
  add_moment(app, "--until", "not after", line.now,
             [user](std::uint64_t moment) { user()->set_until(moment); });
}

Exit list_users(Desk& desk, admin::Request& request) {
  request.mutable_list_users();
  return show_all(
      desk, request, [](admin::Request& r) { return r.mutable_list_users()->mutable_page(); },
      [](admin::Answer& a) { return a.mutable_users(); },
      [](const admin::Users& list) -> auto& { return list.users(); },
      [](const admin::User& user) { return user.user_id(); });
}

void add_change(CLI::App& users, CommandLine& line) {
  const auto change = [&line] { return line.request.mutable_change_user(); };
  CLI::App& app = add_question(users, line, "change", "change what is named of a user",
                               [](admin::Request& r) { r.mutable_change_user(); });
  add_ref(app, "USER", "name or id", [change](const admin::Ref& user) {
    *change()->mutable_user() = user;
  }).required();
  add_text(app, "--name", "new name", [change](const std::string& t) { change()->set_name(t); });
  add_properties(app, line, change);
}

}  // namespace

void add_users(CLI::App& app, CommandLine& line) {
  CLI::App& users = add_group(app, line, "users", "people of the organisation, and guests",
                              [&line](Desk& desk) { return list_users(desk, line.request); });
  CLI::App& show = add_question(users, line, "show", "one, with devices and memberships",
                                [](admin::Request& r) { r.mutable_show_user(); });
  add_ref(show, "USER", "name or id", [&line](const admin::Ref& user) {
    *line.request.mutable_show_user()->mutable_user() = user;
  }).required();
  CLI::App& create = add_question(users, line, "create", "a new one",
                                  [](admin::Request& r) { r.mutable_create_user(); });
  const auto created = [&line] { return line.request.mutable_create_user()->mutable_user(); };
  add_text(create, "NAME", "unique; what others see", [created](const std::string& name) {
    created()->set_name(name);
  }).required();
  add_properties(create, line, created);
  add_change(users, line);
  CLI::App& remove = add_question(users, line, "remove", "with his devices and memberships",
                                  [](admin::Request& r) { r.mutable_remove_user(); });
  add_ref(remove, "USER", "name or id", [&line](const admin::Ref& user) {
    *line.request.mutable_remove_user()->mutable_user() = user;
  }).required();
}

}  // namespace parley::admin_cli
