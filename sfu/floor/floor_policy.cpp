#include <algorithm>

#include "sfu/floor/arbiter_state.hpp"

namespace parley::sfu {

std::uint8_t floor_channels(const FloorPolicy& policy) {
  switch (policy.mode) {
    case FloorMode::dual:
      return 3;
    case FloorMode::multi:
      return kMaxFloorChannels;
    case FloorMode::open:
    case FloorMode::ptt:
    case FloorMode::cut_in:
    case FloorMode::broadcast:
    case FloorMode::private_half:
    case FloorMode::private_full:
    case FloorMode::chaired:
      return 2;
  }
  return 2;
}

FloorPolicy default_policy(FloorMode mode) {
  using std::chrono::seconds;
  FloorPolicy policy{.mode = mode};
  switch (mode) {
    case FloorMode::ptt:
    case FloorMode::dual:
    case FloorMode::cut_in:
      break;
    case FloorMode::multi:
      policy.talkers = kMaxFloorTalkers;
      break;
    case FloorMode::open:
    case FloorMode::broadcast:
    case FloorMode::private_half:
    case FloorMode::private_full:
      policy.talk_limit = {};
      break;
    case FloorMode::chaired:
      policy.talk_limit = seconds(180);
      policy.early_warning = seconds(30);
      policy.queue_age = {};
      break;
  }
  return policy;
}

FloorPolicy bounded(FloorPolicy policy) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  policy.talkers = std::clamp<std::uint8_t>(policy.talkers, 1, kMaxFloorTalkers);
  policy.first_media = std::max<Duration>(policy.first_media, milliseconds(100));
  policy.end_of_media = std::max<Duration>(policy.end_of_media, milliseconds(200));
  policy.stuck = std::max<Duration>(policy.stuck, seconds(1));
  policy.offer = std::max<Duration>(policy.offer, milliseconds(100));
  policy.emergency = std::max<Duration>(policy.emergency, seconds(1));
  policy.tail = std::max<Duration>(policy.tail, milliseconds(20));
  return policy;
}

}  // namespace parley::sfu
