// Who this bot is: the key of its device and the credential for it, PEM in one file that only its
// owner may read.
#pragma once

#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/result.hpp"
#include "client/core/device_key.hpp"

namespace parley::client {

struct DeviceIdentity {
  DeviceKey key;
  std::string credential;  // DER; empty: not enrolled yet
};

// not_found: there is no such file; failed_precondition: others may read it; invalid_argument: it
// is no key file; io.
[[nodiscard]] Result<DeviceIdentity> read_key_file(const std::string& file);
// Replaces the file whole. io.
[[nodiscard]] Result<void> write_key_file(const std::string& file, const DeviceKey& key,
                                          std::string_view credential);
// What is in the file; a new key where there is none yet, written at once so that a lost answer to
// its enrolment costs nothing. Without a name the key lives in memory. Errors as of the two above.
[[nodiscard]] Result<DeviceIdentity> open_identity(const std::string& file, bool may_enrol,
                                                   RandomSource& random);

}  // namespace parley::client
