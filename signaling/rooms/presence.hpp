// Whether a person is still there, from two signs of life: the signaling connection and media.
// Either one is enough. Without both, the person is gone one grace after the later of the two
// losses.
#pragma once

#include <optional>

#include "base/time.hpp"

namespace parley::signaling {

class Presence {
 public:
  // Begins without signaling and without media, both lost at `now`.
  explicit Presence(Timestamp now) : signaling_lost_(now), media_lost_(now) {}

  void on_signaling_up() { signaling_lost_.reset(); }
  void on_signaling_lost(Timestamp at);
  void on_media_alive() { media_lost_.reset(); }
  // `at` may lie in the past: the node tells of a silence when it has lasted a while. A second loss
  // without a sign of life in between changes nothing.
  void on_media_lost(Timestamp at);

  [[nodiscard]] bool has_signaling() const { return !signaling_lost_.has_value(); }
  [[nodiscard]] bool has_media() const { return !media_lost_.has_value(); }
  // When to call this person gone; kNever while there is a sign of life.
  [[nodiscard]] Timestamp gone_at(Duration grace) const;

 private:
  std::optional<Timestamp> signaling_lost_;
  std::optional<Timestamp> media_lost_;
};

}  // namespace parley::signaling
