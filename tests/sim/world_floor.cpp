// What the arbiters say, and what must be true of it at all times.
#include <algorithm>

#include "tests/sim/world.hpp"

namespace parley::sim {
namespace {

constexpr Duration kTurn = std::chrono::seconds(2);

int most_holders(const floor::Policy& policy) {
  switch (policy.mode()) {
    case floor::DUAL:
    case floor::PRIVATE_FULL:
    case floor::CHAIRED:
      return 2;
    case floor::MULTI:
      return policy.has_talkers() ? static_cast<int>(policy.talkers()) : 4;
    default:  // a generated, open enum
      return 1;
  }
}

}  // namespace

std::optional<std::uint16_t> World::room_of(std::uint64_t room_id) const {
  const auto found = std::ranges::find(rooms_, RoomId{room_id});
  if (found == rooms_.end()) return std::nullopt;
  return static_cast<std::uint16_t>(found - rooms_.begin());
}

void World::on_floor(ClientHost& client, const floor::Event& event) {
  if (config_.is_traced && !event.has_state()) {
    trace(client.name + " is told " + event.ShortDebugString());
  }
  check_order(client, event);
  check_answer(client, event);
  check_holders(client, event);
}

// (term, fseq) never falls, and message ids grow.
void World::check_order(ClientHost& client, const floor::Event& event) {
  if (event.term() == 0) return;  // signaling's own word
  FloorHistory& last = client.floors[event.room_id()];
  if (event.term() < last.term) violate(client.name + " is told an older term");
  if (event.term() == last.term && event.fseq() < last.fseq) {
    violate(client.name + " is told of an older state of the floor");
  }
  if (event.term() == last.term && event.message_id() <= last.message_id) {
    violate(client.name + " takes a message for new that is not");
  }
  last = {.term = event.term(), .fseq = event.fseq(), .message_id = event.message_id()};
}

// A press is granted or denied, not both.
void World::check_answer(ClientHost& client, const floor::Event& event) {
  if (!event.has_granted() && !event.has_denied()) return;
  const std::uint32_t req_id =
      event.has_granted() ? event.granted().req_id() : event.denied().req_id();
  if (req_id == 0 || event.term() == 0) return;
  const auto [answer, is_new] = client.answers.try_emplace(
      {.room_id = event.room_id(), .term = event.term(), .req_id = req_id}, event.has_granted());
  if (!is_new && answer->second != event.has_granted()) {
    violate(client.name + " gets two answers to one press");
  }
}

void World::check_holders(const ClientHost& client, const floor::Event& event) {
  const auto room = room_of(event.room_id());
  if (!room || !client.is_in(*room)) {
    return violate(client.name + " is told of the floor of a room he is not in");
  }
  const auto& holders = event.has_state() ? event.state().holders() : event.taken().holders();
  if (holders.size() > most_holders(config_.rooms[*room])) {
    violate("room " + std::to_string(*room) + " has more holders than its mode allows");
  }
}

// He presses, is granted, and is heard by everybody else of the room from his first packet to his
// last; nobody else hears him.
void World::check_burst(ClientHost& talker, std::uint16_t room) {
  for (const auto& client : clients_) std::ranges::fill(client->heard_from, 0U);
  const std::uint64_t sent_before = talker.voice_sent;
  const bool is_alone = std::ranges::none_of(present(), [&](const ClientHost* client) {
    return client != &talker && client->is_in(room);
  });
  talk(talker, room);
  run_for(kTurn);
  if (talker.core->floor().phase() == client::FloorPhase::asking) {
    violate(talker.name + " presses in room " + std::to_string(room) + " and is not answered");
  }
  // Whether a press is denied where nobody else is depends on how long ago the others have gone.
  if (!is_alone && talker.core->floor().phase() != client::FloorPhase::granted) {
    violate(talker.name + " presses in the quiet room " + std::to_string(room) +
            " and is not granted");
  }
  if (!is_alone) check_shown(talker, room);
  be_quiet(talker);
  run_for(std::chrono::milliseconds(700));
  const std::uint64_t sent = talker.voice_sent - sent_before;
  for (const ClientHost* listener : present()) {
    const bool should_hear = listener != &talker && listener->is_in(room);
    const std::uint64_t heard = listener->heard_from[talker.index];
    if (heard != (should_hear ? sent : 0)) {
      violate(listener->name + " hears " + std::to_string(heard) + " of " + std::to_string(sent) +
              " packets that " + talker.name + " sends in room " + std::to_string(room));
    }
  }
}

}  // namespace parley::sim
