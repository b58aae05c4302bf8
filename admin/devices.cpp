#include "admin/command_line.hpp"
#include "admin/options.hpp"
#include "admin/paging.hpp"

namespace parley::admin_cli {
namespace {

Exit list_devices(Desk& desk, admin::Request& request) {
  request.mutable_list_devices();
  return show_all(
      desk, request, [](admin::Request& r) { return r.mutable_list_devices()->mutable_page(); },
      [](admin::Answer& a) { return a.mutable_devices(); },
      [](const admin::Devices& list) -> auto& { return list.devices(); },
      [](const admin::Device& device) { return device.device_id(); });
}

}  // namespace

void add_devices(CLI::App& app, CommandLine& line) {
  CLI::App& devices = add_group(app, line, "devices", "what people sign in with",
                                [&line](Desk& desk) { return list_devices(desk, line.request); });
  CLI::App& list = *devices.get_subcommand("list");
  add_ref(list, "--user", "of this user only", [&line](const admin::Ref& user) {
    *line.request.mutable_list_devices()->mutable_user() = user;
  });
  add_word<admin::Device::State>(list, "--state", "in this state only",
                                 [&line](const admin::Device::State& state) {
                                   line.request.mutable_list_devices()->set_state(state);
                                 });
  CLI::App& approve =
      add_question(devices, line, "approve", "let a further device of somebody in that waits",
                   [](admin::Request& r) { r.mutable_approve_device(); });
  add_id(approve, "DEVICE", "id", [&line](std::uint64_t id) {
    line.request.mutable_approve_device()->set_device_id(id);
  }).required();
  CLI::App& revoke = add_question(devices, line, "revoke", "put a device out for ever",
                                  [](admin::Request& r) { r.mutable_revoke_device(); });
  add_id(revoke, "DEVICE", "id", [&line](std::uint64_t id) {
    line.request.mutable_revoke_device()->set_device_id(id);
  }).required();
}

}  // namespace parley::admin_cli
