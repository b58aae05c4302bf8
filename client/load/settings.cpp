#include "client/load/settings.hpp"

#include <utility>

namespace parley::client {

std::string text_setting(const TargetSettings& settings, const std::string& key,
                         std::string otherwise) {
  const auto found = settings.find(key);
  return found == settings.end() ? std::move(otherwise) : found->second;
}

Result<sfu::SrtpProfile> profile_setting(const TargetSettings& settings) {
  const std::string name = text_setting(settings, "profile", "gcm128");
  if (name == "gcm128") return sfu::SrtpProfile::aead_aes_128_gcm;
  if (name == "gcm256") return sfu::SrtpProfile::aead_aes_256_gcm;
  if (name == "sha1") return sfu::SrtpProfile::aes128_cm_sha1_80;
  return fail(ErrorCode::invalid_argument,
              "the profile is '" + name + "', which is none of gcm128, gcm256 and sha1");
}

}  // namespace parley::client
