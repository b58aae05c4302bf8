#include "admin/report_things.hpp"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "admin/names.hpp"
#include "admin/table.hpp"
#include "admin/times.hpp"
#include "protocol/enum_words.hpp"

namespace parley::admin_cli {
namespace {

using google::protobuf::FieldDescriptor;
using protocol::word_of;

constexpr std::size_t kFactWidth = 18;

std::string kind_of(const admin::User& user) {
  if (user.is_admin()) return "admin";
  return user.is_guest() ? "guest" : "user";
}

// "a, b" of what is true.
std::string marks(std::initializer_list<std::pair<bool, std::string_view>> all) {
  std::string text;
  for (const auto& [is_set, mark] : all) {
    if (is_set) text += (text.empty() ? "" : ", ") + std::string(mark);
  }
  return text;
}

std::string state_of(const admin::User& user) {
  return marks({{user.is_disabled(), "disabled"}, {user.may_create_rooms(), "may create rooms"}});
}

std::string state_of(const admin::Room& room) {
  return marks({{room.is_locked(), "locked"}, {room.has_lobby(), "lobby"}});
}

std::string value_text(const floor::Policy& policy, const FieldDescriptor& field) {
  const auto& values = *policy.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    return values.GetBool(policy, &field) ? "yes" : "no";
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return protocol::enum_word(*field.enum_type(), values.GetEnumValue(policy, &field));
  }
  return std::to_string(values.GetUInt32(policy, &field));
}

}  // namespace

void Facts::add(std::string_view what, std::string_view value) {
  std::string name = std::string(what) + ":";
  name.resize(std::max(name.size() + 1, kFactWidth), ' ');
  lines_ += name + (value.empty() ? "-" : harmless(value)) + "\n";
}

std::string table_of(const Things<admin::User>& users) {
  Table table{"ID", "NAME", "KIND", "STATE", "DELEGATION", "FROM", "UNTIL"};
  for (const admin::User& user : users) {
    table.add({id_text(user.user_id()), user.name(), kind_of(user), state_of(user),
               user.delegation(), moment_text(user.from()), moment_text(user.until())});
  }
  return table.text();
}

std::string table_of(const Things<admin::Device>& devices) {
  Table table{"ID", "USER", "LABEL", "STATE", "ONLINE", "DIGITS", "ENROLLED", "CREDENTIAL UNTIL"};
  for (const admin::Device& device : devices) {
    table.add({id_text(device.device_id()), device.user_name(), device.label(),
               word_of(device.state()), device.is_online() ? "yes" : "no",
               digits_text(device.key_fingerprint()), moment_text(device.enrolled()),
               moment_text(device.credential_until())});
  }
  return table.text();
}

std::string table_of(const Things<admin::Room>& rooms) {
  Table table{"ID", "MODE", "NAME", "PRESENT", "STATE", "OPENS", "CLOSES"};
  for (const admin::Room& room : rooms) {
    table.add({id_text(room.room_id()), word_of(room.policy().mode()), room.name(),
               std::to_string(room.present()), state_of(room), moment_text(room.opens()),
               moment_text(room.closes())});
  }
  return table.text();
}

std::string table_of(const Things<admin::Membership>& members) {
  Table table{"ROOM", "USER", "ROLE", "TALKS", "TIER", "LEVEL", "FROM", "UNTIL", "MISSION"};
  for (const admin::Membership& member : members) {
    table.add({member.room_name(), member.user_name(), word_of(member.role()),
               member.may_talk() ? "yes" : "no", word_of(member.max_tier()),
               std::to_string(member.max_level()), moment_text(member.from()),
               moment_text(member.until()), id_text(member.mission_id())});
  }
  return table.text();
}

std::string table_of(const Things<admin::Mission>& missions) {
  Table table{"ID", "NAME", "STATE", "FROM", "UNTIL"};
  for (const admin::Mission& mission : missions) {
    table.add({id_text(mission.mission_id()), mission.name(), mission.is_ended() ? "ended" : "open",
               moment_text(mission.from()), moment_text(mission.until())});
  }
  return table.text();
}

std::string details_of(const admin::UserDetails& details) {
  std::string text = table_of(one(details.user()));
  if (!details.devices().empty()) text += "\n" + table_of(details.devices());
  if (!details.memberships().empty()) text += "\n" + table_of(details.memberships());
  return text;
}

std::string details_of(const admin::Room& room) {
  Facts facts;
  facts.add("id", id_text(room.room_id()));
  facts.add("name", room.name());
  facts.add("mode", word_of(room.policy().mode()));
  facts.add("present", std::to_string(room.present()));
  facts.add("state", state_of(room));
  facts.add("opens", moment_text(room.opens()));
  facts.add("closes", moment_text(room.closes()));
  facts.add("cap", room.cap() == 0 ? "" : std::to_string(room.cap()));
  const auto& type = *room.policy().GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const bool is_set =
        field.has_presence() && room.policy().GetReflection()->HasField(room.policy(), &field);
    if (is_set) facts.add(field.name(), value_text(room.policy(), field));
  }
  return facts.text();
}

std::string details_of(const admin::Mission& mission) {
  std::string text = table_of(one(mission));
  if (!mission.members().empty()) text += "\n" + table_of(mission.members());
  return text;
}

}  // namespace parley::admin_cli
