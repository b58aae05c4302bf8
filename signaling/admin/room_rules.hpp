// Rules of a room's floor as an administrator changes them.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "protocol/floor.pb.h"

namespace parley::signaling {

struct RuleChange {
  bool from_defaults = false;            // first forget all rules there were
  std::optional<floor::Mode> mode = {};  // nullopt: as it is
  floor::Policy rules = {};              // those that are present change; its mode is ignored
};

// invalid_argument: the rules make no sense together (docs/floor.md).
[[nodiscard]] Result<floor::Policy> combine(const floor::Policy& before, const RuleChange& change);

}  // namespace parley::signaling
