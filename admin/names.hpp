// How users, rooms, missions and devices are named on a command line and in a table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "protocol/admin.pb.h"

namespace parley::admin_cli {

// "0x" and 16 hexadecimal digits, as every table has it; "-" for 0.
[[nodiscard]] std::string id_text(std::uint64_t id);

// An id as a table has it, or decimal as JSON has it, then with "id:" before it or not.
[[nodiscard]] Result<std::uint64_t> parse_id(std::string_view text);

// An id as a table has it, or "id:" and a decimal one; anything else is a name.
[[nodiscard]] Result<admin::Ref> parse_ref(std::string_view text);

// The eight digits that people compare.
[[nodiscard]] std::string digits_text(std::string_view key_fingerprint);

[[nodiscard]] std::string hex_text(std::string_view bytes);

}  // namespace parley::admin_cli
