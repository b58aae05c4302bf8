#include "signaling/rooms/presence.hpp"

#include <algorithm>

namespace parley::signaling {

void Presence::on_signaling_lost(Timestamp at) {
  if (!signaling_lost_) signaling_lost_ = at;
}

void Presence::on_media_lost(Timestamp at) {
  if (!media_lost_) media_lost_ = at;
}

Timestamp Presence::gone_at(Duration grace) const {
  if (!signaling_lost_ || !media_lost_) return kNever;
  return std::max(*signaling_lost_, *media_lost_) + grace;
}

}  // namespace parley::signaling
