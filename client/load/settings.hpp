// Reads the free settings of targets.
#pragma once

#include <charconv>
#include <string>

#include "base/result.hpp"
#include "client/load/target.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::client {

[[nodiscard]] std::string text_setting(const TargetSettings& settings, const std::string& key,
                                       std::string otherwise);

// `profile`: gcm128 (also when it is not set), gcm256 or sha1.
[[nodiscard]] Result<sfu::SrtpProfile> profile_setting(const TargetSettings& settings);

template <class Number>
[[nodiscard]] Result<Number> number_setting(const TargetSettings& settings, const std::string& key,
                                            Number otherwise) {
  const auto found = settings.find(key);
  if (found == settings.end()) return otherwise;
  const std::string& text = found->second;
  Number value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size()) return value;
  return fail(ErrorCode::invalid_argument,
              "the setting " + key + " is '" + text + "', which is no number in its range");
}

}  // namespace parley::client
