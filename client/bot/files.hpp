// Files of parley-bot, and the words for what can go wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/client.pb.h"

namespace parley::client {

inline constexpr std::size_t kMaxPlayFile = 256U << 20;  // bytes; larger ones are refused

// not_found: one sentence with the file's name.
[[nodiscard]] Result<std::vector<std::uint8_t>> read_file(const std::string& file);
[[nodiscard]] Result<void> write_file(const std::string& file, Bytes bytes);

// What a person can do about a refusal.
[[nodiscard]] std::string explain_refusal(const api::Error& error);
// True when the server's certificate is why no connection came to be.
[[nodiscard]] bool is_certificate_problem(std::string_view reason);

}  // namespace parley::client
