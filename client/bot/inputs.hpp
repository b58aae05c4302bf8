// What parley-bot says and when: its microphone and its script of presses, from files.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "client/bot/options.hpp"
#include "client/bot/ptt_script.hpp"
#include "client/media/audio_source.hpp"

namespace parley::client {

// Without a file: none. not_found, invalid_argument with every mistake in it.
[[nodiscard]] Result<std::optional<PttScript>> read_script(const std::string& file);
// Without a file: none, or a tone where a script presses. not_found.
[[nodiscard]] Result<std::optional<AudioSource>> open_source(const BotOptions& options);

}  // namespace parley::client
