// What a hostile member of a room with a floor does, each by a name, over its own connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/random.hpp"
#include "base/time.hpp"
#include "tests/hostile/member.hpp"

namespace parley::hostile {

enum class Attack : std::uint8_t {
  voice,      // sends media and never asks for the floor
  presses,    // presses anew a thousand times a second
  forgeries,  // ends grants that there never were, and presses that nobody made
  others,     // ends the bursts of others, by the grants that everybody is told
  chair,      // directs the floor without being chair or dispatcher
};
[[nodiscard]] std::optional<Attack> attack_named(std::string_view name);

// Time between two attempts.
[[nodiscard]] Duration interval_of(Attack attack);

// What an attacker knows of the room, from what everybody is told.
struct Overheard {
  floor::GrantId grant{};  // of somebody else who talks now; 0.0: nobody does
  std::uint32_t member_id = 0;
};

// One attempt. False: there was nothing to attack, or no way to.
bool attempt(Attack attack, std::uint64_t number, const Overheard& overheard, Member& member,
             RandomSource& random);

}  // namespace parley::hostile
