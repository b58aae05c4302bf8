#include "codecs/wav.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <string>

#include "codecs/opus.hpp"
#include "codecs/resample.hpp"

namespace parley::codecs {
namespace {

constexpr std::uint16_t kPcm = 1;
constexpr std::uint16_t kFloat = 3;
constexpr std::uint16_t kExtensible = 0xfffe;
constexpr std::uint32_t kLengthUnknown = 0xffffffff;  // written by programs that cannot seek
constexpr float kFullScale = 32768.0F;

struct Format {
  bool is_float = false;
  std::size_t channels = 0;
  std::uint32_t rate = 0;
  [[nodiscard]] std::size_t frame_bytes() const { return channels * (is_float ? 4 : 2); }
};

std::unexpected<Error> bad(std::string sentence) {
  return fail(ErrorCode::invalid_argument, std::move(sentence));
}

// WAV is the one little-endian format here.
std::uint16_t little_u16(ByteReader& reader) { return std::byteswap(reader.u16()); }
std::uint32_t little_u32(ByteReader& reader) { return std::byteswap(reader.u32()); }

Result<Format> read_format(Bytes chunk) {
  ByteReader reader(chunk);
  std::uint16_t tag = little_u16(reader);
  Format format;
  format.channels = little_u16(reader);
  format.rate = little_u32(reader);
  reader.skip(6);  // bytes per second and per frame follow from the rest
  const std::uint16_t bits = little_u16(reader);
  if (tag == kExtensible) {
    reader.skip(8);  // size of the extension, valid bits, speakers
    tag = little_u16(reader);
  }
  if (!reader.ok()) return bad("The WAV file has a format chunk that is too short.");
  format.is_float = tag == kFloat;
  const bool is_known = (tag == kPcm && bits == 16) || (tag == kFloat && bits == 32);
  if (!is_known) return bad("The WAV file is neither 16-bit PCM nor 32-bit float.");
  if (format.channels < 1 || format.channels > 2) {
    return bad("The WAV file has " + std::to_string(format.channels) + " channels, not 1 or 2.");
  }
  if (format.rate < kMinWavRate || format.rate > kMaxWavRate) {
    return bad("The WAV file has a rate of " + std::to_string(format.rate) +
               " Hz, not 8000 to 192000.");
  }
  return format;
}

struct Chunks {
  std::optional<Bytes> format;
  std::optional<Bytes> data;
};

// The first format and data chunks; all others are passed over.
Result<Chunks> find_chunks(Bytes file) {
  ByteReader reader(file);
  if (as_text(reader.take(4)) != "RIFF") return bad("This is not a WAV file.");
  reader.skip(4);  // the length of the whole: often wrong, and never needed
  if (as_text(reader.take(4)) != "WAVE") return bad("This is not a WAV file.");
  Chunks chunks;
  while (!chunks.data && reader.remaining() >= 8) {
    const std::string_view name = as_text(reader.take(4));
    const std::uint32_t length = little_u32(reader);
    const bool is_open = name == "data" && length == kLengthUnknown;
    const Bytes content = reader.take(is_open ? reader.remaining() : length);
    if (!reader.ok()) return bad("The WAV file ends in the middle of a chunk.");
    if (length % 2 == 1 && reader.remaining() > 0) reader.skip(1);
    if (name == "fmt " && !chunks.format) chunks.format = content;
    if (name == "data") chunks.data = content;
  }
  if (!chunks.format || !chunks.data) return bad("The WAV file lacks its format or its data.");
  return chunks;
}

float read_sample(ByteReader& reader, bool is_float) {
  if (!is_float)
    return static_cast<float>(std::bit_cast<std::int16_t>(little_u16(reader))) / kFullScale;
  const auto value = std::bit_cast<float>(little_u32(reader));
  return std::isfinite(value) ? std::clamp(value, -1.0F, 1.0F) : 0.0F;
}

void write_name(ByteWriter& writer, std::string_view name) { writer.bytes(as_bytes(name)); }
void write_little_u16(ByteWriter& writer, std::uint16_t value) { writer.u16(std::byteswap(value)); }
void write_little_u32(ByteWriter& writer, std::uint32_t value) { writer.u32(std::byteswap(value)); }

}  // namespace

Result<std::vector<float>> read_wav(Bytes file) {
  const auto chunks = find_chunks(file);
  if (!chunks) return std::unexpected(chunks.error());
  const auto format = read_format(*chunks->format);
  if (!format) return std::unexpected(format.error());
  const std::size_t frames = chunks->data->size() / format->frame_bytes();
  if (frames > kMaxWavSeconds * format->rate)
    return bad("The WAV file lasts longer than 10 minutes.");

  ByteReader reader(*chunks->data);
  std::vector<float> mono(frames);
  for (float& sample : mono) {
    for (std::size_t channel = 0; channel < format->channels; ++channel) {
      sample += read_sample(reader, format->is_float) / static_cast<float>(format->channels);
    }
  }
  return resample(mono, format->rate, kAudioRate);
}

std::vector<std::int16_t> to_pcm16(std::span<const float> samples) {
  std::vector<std::int16_t> pcm(samples.size());
  std::ranges::transform(samples, pcm.begin(), [](float sample) {
    const float scaled = std::isnan(sample) ? 0.0F : std::round(sample * kFullScale);
    return static_cast<std::int16_t>(std::clamp(scaled, -kFullScale, kFullScale - 1.0F));
  });
  return pcm;
}

std::vector<std::uint8_t> write_wav(std::span<const std::int16_t> samples) {
  constexpr std::size_t kHeader = 44;
  samples = samples.first(std::min(samples.size(), kMaxWavSeconds * kAudioRate));
  const auto data_size = static_cast<std::uint32_t>(samples.size() * 2);
  std::vector<std::uint8_t> file(kHeader + data_size);
  ByteWriter writer(file);
  write_name(writer, "RIFF");
  write_little_u32(writer, static_cast<std::uint32_t>(kHeader) - 8 + data_size);
  write_name(writer, "WAVEfmt ");
  write_little_u32(writer, 16);
  write_little_u16(writer, kPcm);
  write_little_u16(writer, 1);
  write_little_u32(writer, kAudioRate);
  write_little_u32(writer, kAudioRate * 2);
  write_little_u16(writer, 2);
  write_little_u16(writer, 16);
  write_name(writer, "data");
  write_little_u32(writer, data_size);
  for (const std::int16_t sample : samples) {
    write_little_u16(writer, std::bit_cast<std::uint16_t>(sample));
  }
  return file;
}

}  // namespace parley::codecs
