#include "signaling/core/messages.hpp"

namespace parley::signaling {
namespace {

constexpr std::size_t kMaxErrorText = 256;  // Error.message in client.proto

void write_member(const Member& member, api::Member& out) {
  out.set_member_id(wire_id(member.id));
  out.set_name(member.name);
  out.set_muted(member.muted);
  out.set_media_connected(member.media_connected);
  out.set_role(member.role);
  out.set_delegation(member.delegation);
  out.set_hand_raised(member.hand_raised);
  out.set_user_id(member.user.value);
  out.set_device_label(member.device_label);
}

void write_talkers(const Room& room, api::Talkers& out) {
  out.set_room_id(room.id().value);
  for (const MemberId member : room.talkers()) out.add_member_ids(wire_id(member));
}

}  // namespace

std::uint32_t wire_id(MemberId member) { return static_cast<std::uint32_t>(member.value); }

api::ServerMessage error_message(api::Error::Code code, std::string_view why, bool fatal) {
  api::ServerMessage message;
  api::Error& error = *message.mutable_error();
  error.set_code(code);
  error.set_message(std::string(why.substr(0, kMaxErrorText)));
  error.set_fatal(fatal);
  return message;
}

api::ServerMessage joined_message(const Room& room, const Place& own, std::string_view delegation) {
  api::ServerMessage message;
  api::Joined& joined = *message.mutable_joined();
  joined.mutable_room()->set_room_id(room.id().value);
  joined.mutable_room()->set_name(room.name());
  joined.set_own_member_id(wire_id(own.stay.member));
  for (const auto& [id, member] : room.members()) write_member(member, *joined.add_members());
  write_talkers(room, *joined.mutable_talkers());
  *joined.mutable_policy() = room.policy();
  *joined.mutable_own_rights() = rights_message(own.rights, delegation);
  return message;
}

api::ServerMessage member_joined_message(const Room& room, const Member& member) {
  api::ServerMessage message;
  message.mutable_member_joined()->set_room_id(room.id().value);
  write_member(member, *message.mutable_member_joined()->mutable_member());
  return message;
}

api::ServerMessage member_changed_message(const Room& room, const Member& member) {
  api::ServerMessage message;
  message.mutable_member_changed()->set_room_id(room.id().value);
  write_member(member, *message.mutable_member_changed()->mutable_member());
  return message;
}

api::ServerMessage member_left_message(const Room& room, MemberId member,
                                       api::MemberLeft::Reason reason) {
  api::ServerMessage message;
  message.mutable_member_left()->set_room_id(room.id().value);
  message.mutable_member_left()->set_member_id(wire_id(member));
  message.mutable_member_left()->set_reason(reason);
  return message;
}

api::ServerMessage talkers_message(const Room& room) {
  api::ServerMessage message;
  write_talkers(room, *message.mutable_talkers());
  return message;
}

api::ServerMessage media_lost_message(TransportId transport) {
  api::ServerMessage message;
  message.mutable_media_lost()->set_transport_id(transport.value);
  return message;
}

floor::Rights rights_message(const MemberRights& rights, std::string_view delegation) {
  floor::Rights message;
  message.set_role(rights.role);
  message.set_may_talk(rights.may_talk);
  message.set_max_tier(rights.max_tier);
  message.set_max_level(rights.max_level);
  message.set_delegation(std::string(delegation));
  return message;
}

}  // namespace parley::signaling
