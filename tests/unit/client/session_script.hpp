// A session with a server's answers, written out, and the frames it sends.
#pragma once

#include <gtest/gtest.h>

#include "client/core/session.hpp"
#include "tests/unit/client/device.hpp"
#include "tests/unit/client/outbox.hpp"
#include "tests/unit/client/support.hpp"

namespace parley::client {

inline constexpr std::uint64_t kRoom = 7;
inline constexpr const char* kHost = "talk.example.org";
inline const std::string kChallenge(32, 'c');
inline const std::string kInvitation = "sixteen bytes :)";

struct Script {
  // Enrolled before, unless `credential` is empty.
  explicit Script(std::string credential = "credential", std::vector<std::string> rooms = {},
                  std::uint8_t slots = 12)
      : session({.host = kHost,
                 .invitation = credential.empty() ? kInvitation : "",
                 .credential = std::move(credential),
                 .label = "bench",
                 .display_name = "Anna",
                 .rooms = std::move(rooms),
                 .slots = slots},
                test::device_key()) {}

  SessionOrder answer(api::ServerMessage message) {
    const std::string frame = message.SerializeAsString();
    return session.on_frame(as_bytes(frame), test::at(clock), out);
  }
  // The next frame the session sent.
  api::ClientMessage sent() {
    api::ClientMessage message;
    EXPECT_LT(next_sent, out.frames.size());
    if (next_sent < out.frames.size()) {
      EXPECT_TRUE(message.ParseFromString(out.frames[next_sent++]));
    }
    return message;
  }
  bool is_silent() const { return next_sent == out.frames.size(); }
  void welcome(const std::string& challenge = kChallenge) {
    api::ServerMessage message;
    message.mutable_welcome()->set_version(2);
    message.mutable_welcome()->set_ping_interval_ms(10'000);
    message.mutable_welcome()->set_challenge(challenge);
    answer(message);
  }
  // A connection up to its Welcome; what the session says then is the next frame.
  void greet(const std::string& challenge = kChallenge) {
    session.on_open(test::at(clock), out);
    next_sent = out.frames.size();
    welcome(challenge);
  }
  // Without a credential: the device waits for approval.
  void enrolled(const std::string& credential) {
    api::ServerMessage message;
    message.mutable_enrolled()->set_device_id(5);
    message.mutable_enrolled()->set_credential(credential);
    answer(message);
  }
  static void fill(api::ServerMessage& message) {
    message.mutable_session()->set_device_id(5);
    message.mutable_session()->set_user_id(6);
  }
  // What an administrator has changed, each room named as its number.
  SessionOrder change_rooms(std::initializer_list<std::uint64_t> rooms) {
    api::ServerMessage message;
    message.mutable_rooms_changed();
    for (const std::uint64_t id : rooms) {
      api::RoomInfo* room = message.mutable_rooms_changed()->add_rooms();
      room->set_room_id(id);
      room->set_name(std::to_string(id));
    }
    next_sent = out.frames.size();
    return answer(message);
  }
  void sign_in(std::uint32_t transport_id = 0) {
    api::ServerMessage message;
    fill(message);
    message.mutable_session()->set_transport_id(transport_id);
    api::RoomInfo* room = message.mutable_session()->add_rooms();
    room->set_room_id(kRoom);
    room->set_name("Lobby");
    answer(message);
  }
  SessionOrder joined(std::uint64_t room_id = kRoom, floor::Mode mode = floor::OPEN) {
    api::ClientMessage join;
    EXPECT_TRUE(join.ParseFromString(out.frames.back()));
    EXPECT_EQ(join.join().room_id(), room_id);
    return joined_as(join.request_id(), room_id, mode);
  }
  SessionOrder joined_as(std::uint32_t request_id, std::uint64_t room_id, floor::Mode mode) {
    api::ServerMessage message;
    message.set_request_id(request_id);
    message.mutable_joined()->mutable_room()->set_room_id(room_id);
    message.mutable_joined()->mutable_room()->set_name("Lobby");
    message.mutable_joined()->mutable_policy()->set_mode(mode);
    message.mutable_joined()->set_own_member_id(1);
    return answer(message);
  }
  // A session with these rooms, each named as its number.
  void sign_in_to(std::initializer_list<std::uint64_t> rooms) {
    api::ServerMessage message;
    fill(message);
    for (const std::uint64_t id : rooms) {
      api::RoomInfo* room = message.mutable_session()->add_rooms();
      room->set_room_id(id);
      room->set_name(std::to_string(id));
    }
    answer(message);
    next_sent = out.frames.size() - 1;  // the Join
  }
  // The first Join of a session with these rooms is the next frame.
  void reach_joining(std::initializer_list<std::uint64_t> rooms) {
    greet();
    sign_in_to(rooms);
  }
  SessionOrder error(api::Error::Code code, std::uint32_t request_id = 0, bool fatal = false) {
    api::ServerMessage message;
    message.set_request_id(request_id);
    message.mutable_error()->set_code(code);
    message.mutable_error()->set_fatal(fatal);
    return answer(message);
  }
  // From nothing to a granted transport.
  void reach_room() {
    session.on_open(test::at(clock), out);
    welcome();
    sign_in();
    joined();
    next_sent = out.frames.size();
  }
  std::uint32_t ask_for_transport() {
    api::Connect offer;
    offer.set_ice_ufrag("abcd");
    session.send_offer(offer, test::at(clock), out);
    return sent().request_id();
  }
  SessionOrder grant(std::uint32_t request_id, std::uint32_t transport_id) {
    api::ServerMessage message;
    message.set_request_id(request_id);
    api::Connected* connected = message.mutable_connected();
    connected->set_transport_id(transport_id);
    connected->set_ice_ufrag("node");
    connected->set_ice_pwd("node-password-of-22-chars");
    connected->set_dtls_fingerprint(std::string(32, 'f'));
    connected->set_uplink_ssrc(9);
    return answer(message);
  }
  void tick(Duration to) {
    clock = to;
    session.tick(test::at(clock), out);
  }

  Session session;
  ClientOutbox out;
  std::size_t next_sent = 0;
  Duration clock{};
};

}  // namespace parley::client
