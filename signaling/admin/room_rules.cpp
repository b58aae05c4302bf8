#include "signaling/admin/room_rules.hpp"

#include <cstdint>
#include <string>

#include "protocol/enum_words.hpp"

namespace parley::signaling {
namespace {

constexpr std::uint32_t kMaxTalkers = 4;  // multi; docs/floor.md

std::unexpected<Error> senseless(std::string why) {
  return fail(ErrorCode::invalid_argument, std::move(why));
}

}  // namespace

Result<floor::Policy> combine(const floor::Policy& before, const RuleChange& change) {
  floor::Policy policy = before;
  if (change.from_defaults) policy.Clear();
  const floor::Mode mode = change.mode.value_or(policy.mode());
  policy.MergeFrom(change.rules);
  policy.set_mode(mode);
  const std::string word = protocol::word_of(mode);
  if (mode == floor::MULTI && policy.talkers() > kMaxTalkers) {
    return senseless("talkers: in a room of mode multi at most 4");
  }
  if (change.rules.has_talkers() && mode != floor::MULTI && mode != floor::OPEN) {
    return senseless("talkers: only for open and multi, not for " + word);
  }
  if (change.rules.has_initiator() && mode != floor::BROADCAST) {
    return senseless("initiator: only for broadcast, not for " + word);
  }
  if (mode == floor::BROADCAST && !policy.has_initiator()) {
    return senseless("initiator: a broadcast needs the number of the member who talks");
  }
  return policy;
}

}  // namespace parley::signaling
