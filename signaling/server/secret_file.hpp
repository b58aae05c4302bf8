// Files with secrets: readable and writable by their owner only, made whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "signaling/identity/authority.hpp"

namespace parley::signaling {

// Errors: not_found (no such file); failed_precondition (others may read it, it is not a regular
// file, or larger than kMaxSecretFile); io.
inline constexpr std::size_t kMaxSecretFile = 64 * 1024;
[[nodiscard]] Result<std::string> read_secret_file(const std::filesystem::path& file);

// Never in place of an existing file: already_exists. The directory is made when it is missing.
[[nodiscard]] Result<void> create_secret_file(const std::filesystem::path& file,
                                              std::string_view content);

// The organisation's authority from its file; makes both when there is none. Two processes that
// start together get the same one. failed_precondition: the file holds something else.
[[nodiscard]] Result<Authority> load_or_create_authority(const std::filesystem::path& file,
                                                         std::string_view organisation,
                                                         RandomSource& random, WallTime now);

}  // namespace parley::signaling
