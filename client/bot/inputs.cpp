#include "client/bot/inputs.hpp"

#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "client/bot/files.hpp"
#include "codecs/wav.hpp"

namespace parley::client {
namespace {

// What a script speaks without a file: a tone that never repeats itself within ten seconds, so that
// each packet is known at the other end.
Result<AudioSource> make_tone() {
  constexpr double kSeconds = 10;
  constexpr double kRate = 48'000;
  std::vector<std::int16_t> samples;
  double phase = 0;
  for (double time = 0; time < kSeconds; time += 1 / kRate) {
    phase += 2 * std::numbers::pi * (200 + 80 * time) / kRate;
    samples.push_back(static_cast<std::int16_t>(8000 * std::sin(phase)));
  }
  return AudioSource::from_wav(codecs::write_wav(samples), true);
}

}  // namespace

Result<std::optional<PttScript>> read_script(const std::string& file) {
  if (file.empty()) return std::optional<PttScript>();
  const auto bytes = read_file(file);
  if (!bytes) return std::unexpected(bytes.error());
  auto script = PttScript::parse(as_text(*bytes), file);
  if (script) return std::optional(*std::move(script));
  std::string all = "The script has mistakes.";
  for (const std::string& mistake : script.error()) all += "\n" + mistake;
  return fail(ErrorCode::invalid_argument, all);
}

Result<std::optional<AudioSource>> open_source(const BotOptions& options) {
  if (options.play_file.empty()) {
    if (options.ptt_file.empty()) return std::optional<AudioSource>();
    auto tone = make_tone();
    if (!tone) return std::unexpected(tone.error());
    return std::optional(std::move(*tone));
  }
  const auto bytes = read_file(options.play_file);
  if (!bytes) return std::unexpected(bytes.error());
  auto source = as_text(*bytes).starts_with("OggS")
                    ? AudioSource::from_ogg_opus(*bytes, options.loops)
                    : AudioSource::from_wav(*bytes, options.loops);
  if (!source) {
    return fail(ErrorCode::not_found, options.play_file + ": " + source.error().message);
  }
  return std::optional(std::move(*source));
}

}  // namespace parley::client
