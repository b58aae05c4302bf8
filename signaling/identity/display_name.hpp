// What may be shown as a name.
#pragma once

#include <cstddef>
#include <string_view>

namespace parley::signaling {

inline constexpr std::size_t kMaxDisplayName = 64;  // bytes of UTF-8, as in client.proto

// True for UTF-8 of at most kMaxDisplayName bytes without control characters and without the
// invisible marks that change the direction of the text around them. Empty is allowed.
[[nodiscard]] bool is_display_name(std::string_view name);

}  // namespace parley::signaling
