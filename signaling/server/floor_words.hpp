// The words of the floor as an operator writes and reads them: "cut-in" for CUT_IN.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/floor.pb.h"

namespace parley::signaling {

[[nodiscard]] std::string word_of(floor::Mode mode);

[[nodiscard]] std::optional<floor::Mode> read_mode(std::string_view word);
[[nodiscard]] std::optional<floor::Tier> read_tier(std::string_view word);
[[nodiscard]] std::optional<floor::Role> read_role(std::string_view word);

[[nodiscard]] std::vector<std::string> mode_words();
[[nodiscard]] std::vector<std::string> tier_words();
[[nodiscard]] std::vector<std::string> role_words();

}  // namespace parley::signaling
