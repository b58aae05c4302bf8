#include "tests/hostile/attacks.hpp"

#include <array>
#include <utility>

namespace parley::hostile {
namespace {

constexpr std::uint32_t kFrameTicks = 960;

constexpr std::array<std::pair<std::string_view, Attack>, 5> kNames{{
    {"voice", Attack::voice},
    {"presses", Attack::presses},
    {"forgeries", Attack::forgeries},
    {"others", Attack::others},
    {"chair", Attack::chair},
}};

// The client core believes in a press that never left, so its gate stands open.
bool speak(std::uint64_t number, Member& member, RandomSource& random) {
  std::array<std::uint8_t, 60> opus{};
  random.fill(opus);
  member.press_once();
  member.speak(opus, static_cast<std::uint32_t>(number) * kFrameTicks);
  return true;
}

bool press(Member& member, RandomSource& random) {
  floor::Request request;
  request.set_room_id(member.room());
  request.mutable_press()->set_req_id(random.next_u32() | 1U);
  request.mutable_press()->set_tier(floor::EMERGENCY);
  return member.ask(request);
}

bool forge(std::uint64_t number, Member& member, RandomSource& random) {
  floor::Request request;
  request.set_room_id(member.room());
  if (number % 2 == 0) {
    request.mutable_release()->mutable_grant()->set_term(random.next_u32() | 1U);
    request.mutable_release()->mutable_grant()->set_number(random.next_u32() | 1U);
  } else {
    request.mutable_cancel()->set_req_id(random.next_u32() | 1U);
  }
  return member.ask(request);
}

bool end_burst_of(const Overheard& overheard, Member& member) {
  if (overheard.grant.number() == 0) return false;
  floor::Request request;
  request.set_room_id(member.room());
  *request.mutable_release()->mutable_grant() = overheard.grant;
  return member.ask(request);
}

bool direct(std::uint64_t number, const Overheard& overheard, Member& member) {
  floor::Request request;
  request.set_room_id(member.room());
  switch (number % 6) {
    case 0:
      *request.mutable_cut()->mutable_grant() = overheard.grant;
      break;
    case 1:
      request.mutable_give()->set_member_id(member.core().own_member_id(member.room()));
      break;
    case 2:
      *request.mutable_extend()->mutable_grant() = overheard.grant;
      request.mutable_extend()->set_by_ms(60'000);
      break;
    case 3:
      request.mutable_bar()->set_member_id(overheard.member_id == 0 ? 1 : overheard.member_id);
      request.mutable_bar()->set_for_ms(60'000);
      break;
    case 4:
      request.mutable_order()->add_member_ids(member.core().own_member_id(member.room()));
      break;
    default:
      request.mutable_set_policy()->mutable_policy()->set_mode(floor::CUT_IN);
      break;
  }
  return member.ask(request);
}

}  // namespace

std::optional<Attack> attack_named(std::string_view name) {
  for (const auto& [known, attack] : kNames) {
    if (known == name) return attack;
  }
  return std::nullopt;
}

Duration interval_of(Attack attack) {
  switch (attack) {
    case Attack::voice:
      return std::chrono::milliseconds(20);
    case Attack::presses:
      return std::chrono::milliseconds(1);
    case Attack::forgeries:
    case Attack::others:
    case Attack::chair:
      // 40 a second: as many as signaling lets through, so that the node has to refuse them.
      return std::chrono::milliseconds(25);
  }
  return kNever - Timestamp{};
}

bool attempt(Attack attack, std::uint64_t number, const Overheard& overheard, Member& member,
             RandomSource& random) {
  switch (attack) {
    case Attack::voice:
      return speak(number, member, random);
    case Attack::presses:
      return press(member, random);
    case Attack::forgeries:
      return forge(number, member, random);
    case Attack::others:
      return end_burst_of(overheard, member);
    case Attack::chair:
      return direct(number, overheard, member);
  }
  return false;
}

}  // namespace parley::hostile
