#include "tests/unit/client/lone_client.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "tests/unit/client/device.hpp"

namespace parley::test {
namespace {

constexpr std::uint32_t kTerm = 100;

sfu::DtlsContext make_dtls() {
  auto context = sfu::DtlsContext::create({sfu::SrtpProfile::aead_aes_128_gcm});
  PARLEY_CHECK(context.has_value());
  return std::move(*context);
}

api::Member member(std::uint32_t id, const std::string& name) {
  api::Member made;
  made.set_member_id(id);
  made.set_name(name);
  return made;
}

}  // namespace

LoneClient::LoneClient(std::vector<Room> rooms, const std::vector<std::string>& others)
    : dtls(make_dtls()),
      core({.credential = "credential"}, device_key(), dtls, random),
      rooms_(std::move(rooms)),
      members_{member(1, "Me")} {
  for (const std::string& name : others) {
    members_.push_back(member(static_cast<std::uint32_t>(members_.size() + 1), name));
  }
  core.on_signaling_open(at({}), out);
  while (!out.frames.empty()) {
    for (const api::ClientMessage& message : take_messages()) answer(message);
  }
  out.events.clear();
}

void LoneClient::answer(const api::ClientMessage& message) {
  api::ServerMessage reply;
  if (message.has_hello()) {
    reply.mutable_welcome()->set_version(2);
    reply.mutable_welcome()->set_ping_interval_ms(10'000);
    reply.mutable_welcome()->set_challenge(std::string(32, 'c'));
  } else if (message.has_login()) {
    reply.mutable_session()->set_device_id(1);
    reply.mutable_session()->set_user_id(1);
    for (const Room& room : rooms_) {
      api::RoomInfo* info = reply.mutable_session()->add_rooms();
      info->set_room_id(room.id);
      info->set_name(room.name);
    }
  } else if (message.has_join()) {
    const auto room = std::ranges::find(rooms_, message.join().room_id(), &Room::id);
    PARLEY_CHECK(room != rooms_.end());
    api::Joined& joined = *reply.mutable_joined();
    joined.mutable_room()->set_room_id(room->id);
    joined.mutable_room()->set_name(room->name);
    joined.set_own_member_id(1);
    joined.mutable_members()->Assign(members_.begin(), members_.end());
    joined.mutable_policy()->set_mode(room->mode);
    joined.mutable_own_rights()->set_may_talk(true);
  } else {
    return;  // a transport: there is none
  }
  send(std::move(reply), message.request_id());
}

void LoneClient::send(api::ServerMessage message, std::uint32_t request_id, Duration when) {
  message.set_request_id(request_id);
  const std::string frame = message.SerializeAsString();
  core.on_signaling_frame(as_bytes(frame), at(when), out);
}

floor::Event LoneClient::event(std::uint64_t room_id) {
  floor::Event made;
  made.set_room_id(room_id);
  made.set_term(kTerm);
  made.set_fseq(message_id_);
  made.set_message_id(++message_id_);
  return made;
}

void LoneClient::tell(const floor::Event& told, Duration when) {
  api::ServerMessage message;
  *message.mutable_floor() = told;
  send(std::move(message), 0, when);
}

floor::GrantId LoneClient::grant(std::uint64_t room_id, std::uint32_t number, Duration when) {
  floor::Event granted = event(room_id);
  granted.mutable_granted()->set_req_id(core.floor().req_id());
  granted.mutable_granted()->mutable_grant()->set_term(kTerm);
  granted.mutable_granted()->mutable_grant()->set_number(number);
  tell(granted, when);
  return granted.granted().grant();
}

std::vector<api::ClientMessage> LoneClient::take_messages() {
  std::vector<api::ClientMessage> messages;
  for (const std::string& frame : std::exchange(out.frames, {})) {
    PARLEY_CHECK(messages.emplace_back().ParseFromString(frame));
  }
  return messages;
}

std::vector<floor::Request> LoneClient::take_requests() {
  std::vector<floor::Request> requests;
  for (const api::ClientMessage& message : take_messages()) {
    if (message.has_floor()) requests.push_back(message.floor());
  }
  return requests;
}

}  // namespace parley::test
