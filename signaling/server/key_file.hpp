// The file of the invitation key: 32 raw bytes, readable and writable by its owner only.
#pragma once

#include <filesystem>

#include "base/random.hpp"
#include "base/result.hpp"
#include "signaling/identity/invitation.hpp"

namespace parley::signaling {

// Errors: not_found (no such file); failed_precondition (others may read it, or it is not a regular
// file); invalid_argument (not a key); io.
[[nodiscard]] Result<InvitationKey> load_key_file(const std::filesystem::path& file);

// Makes a new key and its file, whole or not at all, never in place of an existing file:
// already_exists. The directory is made when it is missing.
[[nodiscard]] Result<InvitationKey> create_key_file(const std::filesystem::path& file,
                                                    RandomSource& random);

// Loads the key; makes it when there is none. Two processes that start together get the same one.
[[nodiscard]] Result<InvitationKey> load_or_create_key_file(const std::filesystem::path& file,
                                                            RandomSource& random);

}  // namespace parley::signaling
