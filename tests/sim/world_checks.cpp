// What must be true once the network is whole and everybody had time to settle; and hostile input.
#include <algorithm>

#include "codecs/stun.hpp"
#include "tests/sim/world.hpp"

namespace parley::sim {
namespace {

constexpr Duration kSpeech = std::chrono::seconds(2);
constexpr Duration kSettle = std::chrono::seconds(3);
// Of 100 packets in kSpeech: a listener on a clean network hears at least these.
constexpr std::uint64_t kHeardAtLeast = 90;
constexpr Duration kLongestMemory = std::chrono::seconds(40);

}  // namespace

void World::check_quiet() {
  for (ClientHost* client : present()) {
    be_quiet(*client);
    client->link = {};
    client->signaling_is_cut = false;
  }
  run_for(std::chrono::seconds(1));
  check_members();
  check_hearing();
  check_clients();
}

void World::check_members() {
  std::size_t memberships = 0;
  for (const ClientHost* client : present()) {
    memberships += client->rooms.size();
    if (!client->core->is_media_connected()) violate(client->name + " has no media once quiet");
    for (const std::uint16_t room : client->rooms) check_seen(*client, room);
  }
  if (node_.peer_count() != present().size()) {
    violate("the node holds " + std::to_string(node_.peer_count()) + " peers for " +
            std::to_string(present().size()) + " clients");
  }
  if (signaling_->counters().members != memberships) {
    violate("signaling holds " + std::to_string(signaling_->counters().members) + " members for " +
            std::to_string(memberships) + " memberships of clients");
  }
}

// He sees everybody who is present in the room, and nobody else.
void World::check_seen(const ClientHost& client, std::uint16_t room) {
  std::set<std::string> expected;
  for (const ClientHost* other : present()) {
    if (other->is_in(room)) expected.insert(other->name);
  }
  std::set<std::string> seen;
  for (const api::Member& member : client.core->members(rooms_[room].value)) {
    seen.insert(member.name());
    if (!member.media_connected()) {
      violate(client.name + " sees " + member.name() + " without media once quiet");
    }
  }
  if (seen != expected) {
    violate(client.name + " sees other members than are present: " + std::to_string(seen.size()) +
            " instead of " + std::to_string(expected.size()));
  }
}

// One after the other talks alone in each of his rooms.
void World::check_hearing() {
  for (ClientHost* talker : present()) {
    for (const std::uint16_t room : talker->rooms) {
      if (is_open(room)) {
        check_open_talk(*talker, room);
      } else {
        check_burst(*talker, room);
      }
    }
  }
}

// Everybody else of the room hears him, nobody else does.
void World::check_open_talk(ClientHost& talker, std::uint16_t room) {
  for (const auto& client : clients_) std::ranges::fill(client->heard_from, 0U);
  talk(talker, room);
  run_for(kSpeech);
  check_shown(talker, room);
  be_quiet(talker);
  run_for(std::chrono::milliseconds(500));
  for (const ClientHost* listener : present()) {
    const std::uint64_t heard = listener->heard_from[talker.index];
    const bool should_hear = listener != &talker && listener->is_in(room);
    if (should_hear && heard < kHeardAtLeast) {
      violate(listener->name + " hears " + std::to_string(heard) + " of 100 packets of " +
              talker.name);
    }
    if (!should_hear && heard != 0) violate(listener->name + " hears " + talker.name);
  }
}

// Whoever is heard is also shown as the one who talks.
void World::check_shown(const ClientHost& talker, std::uint16_t room) {
  constexpr std::uint8_t kMaxSlots = 20;
  const std::uint64_t room_id = rooms_[room].value;
  const std::uint32_t member_id = talker.core->own_member_id(room_id);
  for (const ClientHost* listener : present()) {
    if (listener == &talker || !listener->is_in(room)) continue;
    bool is_shown = false;
    for (std::uint8_t slot = 0; slot < kMaxSlots; ++slot) {
      const client::SlotVoice voice = listener->core->heard_in_slot(slot);
      is_shown |= voice.room_id == room_id && voice.member_id == member_id;
    }
    if (!is_shown) violate(listener->name + " hears " + talker.name + " without seeing who talks");
  }
}

void World::check_clients() {
  for (const ClientHost* client : present()) {
    if (client->core->counters().decrypt_errors != 0) {
      violate(client->name + " could not decrypt " +
              std::to_string(client->core->counters().decrypt_errors) + " packets");
    }
  }
  if (!has_garbage_ && node_.receive_drops(sfu::Drop::srtp_auth) != 0) {
    violate("the node could not authenticate " +
            std::to_string(node_.receive_drops(sfu::Drop::srtp_auth)) + " packets");
  }
}

void World::check_empty() {
  for (ClientHost* client : present()) leave(*client);
  run_for(kSettle + kLongestMemory);
  if (node_.peer_count() != 0) violate("peers are left on the node after everybody has gone");
  if (node_.room_count() != 0) violate("rooms are left on the node after everybody has gone");
  if (signaling_ && signaling_->counters().members != 0) {
    violate("members are left in rooms after everybody has gone");
  }
}

void World::send_garbage() {
  trace("garbage arrives");
  has_garbage_ = true;
  static constexpr std::size_t kDatagrams = 50;
  for (std::size_t i = 0; i < kDatagrams; ++i) {
    std::vector<std::uint8_t> bytes(random_.below(200));
    random_.fill(bytes);
    static constexpr std::array<std::uint8_t, 5> kFirstBytes = {0x00, 0x16, 0x17, 0x80, 0x90};
    if (!bytes.empty()) bytes[0] = kFirstBytes[random_.below(kFirstBytes.size())];
    // From a stranger, and with the forged address of somebody who is present.
    Path from{.remote = {.address = {.bytes = {10, 9, 9, 9}}, .port = 666}};
    const auto victims = present();
    if (!victims.empty() && random_.chance(0.5)) {
      from.remote = victims[random_.below(victims.size())]->address;
    }
    deliver_to_node(from, kMediaPort, bytes);
  }
  if (!signaling_) return;
  const ConnectionId stranger{next_connection_++};
  signaling::SignalingOutbox out;
  signaling_->on_connection_opened(stranger, now(), out);
  for (int i = 0; i < 10; ++i) {
    std::vector<std::uint8_t> bytes(random_.below(300));
    random_.fill(bytes);
    signaling_->on_frame(stranger, bytes, now(), out);
  }
  signaling_->on_connection_closed(stranger, now(), out);
  carry(out);
}

}  // namespace parley::sim
