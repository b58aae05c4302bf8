#include "admin/report.hpp"

#include <google/protobuf/util/json_util.h>

#include "admin/names.hpp"
#include "admin/report_things.hpp"
#include "admin/table.hpp"
#include "admin/times.hpp"
#include "base/check.hpp"
#include "protocol/enum_words.hpp"

namespace parley::admin_cli {
namespace {

std::string json_of(const google::protobuf::Message& message, bool in_lines) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = in_lines;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  PARLEY_CHECK(status.ok());
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

std::string of(const admin::Links& links) {
  std::string lines;
  for (const admin::Link& link : links.links()) {
    lines += (link.url().empty() ? link.code() : link.url()) + "\n";
  }
  return lines;
}

std::string of(const admin::MissionEnded& ended) {
  const std::string count = std::to_string(ended.revoked_size());
  std::string text = "ended " + harmless(ended.mission().name()) + "; devices revoked: " + count;
  return text + "\n" + (ended.revoked().empty() ? "" : table_of(ended.revoked()));
}

std::string of(const admin::Imported& imported) {
  Table table{"USERS", "DEVICES", "ROOMS", "MISSIONS", "MEMBERSHIPS"};
  table.add({std::to_string(imported.users()), std::to_string(imported.devices()),
             std::to_string(imported.rooms()), std::to_string(imported.missions()),
             std::to_string(imported.memberships())});
  return table.text();
}

std::string of(const admin::Status& status) {
  const auto number = [](auto value) { return std::to_string(value); };
  Facts facts;
  facts.add("organisation", status.organisation());
  facts.add("authority", hex_text(status.authority_fingerprint()));
  facts.add("users", number(status.users()));
  facts.add("guests", number(status.guests()));
  facts.add("administrators", number(status.administrators()));
  facts.add("devices", number(status.devices()));
  facts.add("pending devices", number(status.pending_devices()));
  facts.add("devices online", number(status.devices_online()));
  facts.add("rooms", number(status.rooms()));
  facts.add("missions", number(status.missions()));
  facts.add("last event", number(status.last_event()));
  facts.add("its hash", hex_text(status.last_hash()));
  return facts.text();
}

std::string of(const admin::Events& events) {
  std::string lines;
  for (const admin::Event& event : events.events()) lines += report(event);
  return lines;
}

}  // namespace

const google::protobuf::Message& body_of(const admin::Answer& answer) {
  const auto* body = answer.GetDescriptor()->oneof_decl(0);
  const auto* field = answer.GetReflection()->GetOneofFieldDescriptor(answer, body);
  PARLEY_CHECK(field != nullptr);
  return answer.GetReflection()->GetMessage(answer, field);
}

std::string json_text(const google::protobuf::Message& message) { return json_of(message, true); }
std::string json_line(const google::protobuf::Message& message) { return json_of(message, false); }

std::string report(const admin::Event& event) {
  std::string line = std::to_string(event.number()) + " " + moment_text(event.at_us() / 1'000'000) +
                     " " + protocol::word_of(event.kind());
  const auto add = [&line](std::string_view what, std::uint64_t id, const std::string& name) {
    if (id == 0) return;
    line += " " + std::string(what) + "=" + id_text(id);
    if (!name.empty()) line += " (" + harmless(name) + ")";
  };
  add("by", event.actor_device_id(), event.actor_name());
  add("user", event.user_id(), event.user_name());
  add("device", event.device_id(), "");
  add("room", event.room_id(), event.room_name());
  add("mission", event.mission_id(), "");
  if (event.code() != 0) line += " code=" + std::to_string(event.code());
  if (!event.detail().empty()) line += " " + harmless(event.detail());
  return line + "\n";
}

std::string report(const admin::Answer& answer) {
  switch (answer.body_case()) {
    case admin::Answer::kUsers:
      return table_of(answer.users().users());
    case admin::Answer::kUserDetails:
      return details_of(answer.user_details());
    case admin::Answer::kUser:
      return table_of(one(answer.user()));
    case admin::Answer::kLinks:
      return of(answer.links());
    case admin::Answer::kDevices:
      return table_of(answer.devices().devices());
    case admin::Answer::kDevice:
      return table_of(one(answer.device()));
    case admin::Answer::kRooms:
      return table_of(answer.rooms().rooms());
    case admin::Answer::kRoom:
      return details_of(answer.room());
    case admin::Answer::kMembers:
      return table_of(answer.members().members());
    case admin::Answer::kMembership:
      return table_of(one(answer.membership()));
    case admin::Answer::kMissions:
      return table_of(answer.missions().missions());
    case admin::Answer::kMission:
      return details_of(answer.mission());
    case admin::Answer::kMissionEnded:
      return of(answer.mission_ended());
    case admin::Answer::kEvents:
      return of(answer.events());
    case admin::Answer::kImported:
      return of(answer.imported());
    case admin::Answer::kStatus:
      return of(answer.status());
    case admin::Answer::kRecords:
      return json_text(answer.records());
    case admin::Answer::kDone:
    case admin::Answer::kRefused:
    case admin::Answer::BODY_NOT_SET:
      return "";
  }
  return "";
}

}  // namespace parley::admin_cli
