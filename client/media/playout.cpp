#include "client/media/playout.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace parley::client {
namespace {

using FrameBuffer = std::array<std::int16_t, codecs::kFrameSamples>;

void append(std::vector<std::int16_t>& to, std::span<const std::int16_t> samples) {
  to.insert(to.end(), samples.begin(), samples.end());
}

}  // namespace

Result<Playout> Playout::create(std::uint8_t slots) {
  std::vector<Slot> made;
  for (std::uint8_t i = 0; i < slots; ++i) {
    auto decoder = codecs::OpusDecoderHandle::create();
    if (!decoder) return std::unexpected(decoder.error());
    made.push_back({.buffer = {}, .decoder = std::move(*decoder), .decoded = {}});
  }
  return Playout(std::move(made));
}

void Playout::push(const Packet& packet, Timestamp now) {
  if (packet.slot >= slots_.size()) return;
  const auto info = codecs::inspect_opus(packet.opus);
  if (!info) return;
  slots_[packet.slot].buffer.push({.sequence = packet.sequence,
                                   .timestamp = packet.timestamp,
                                   .marker = packet.marker,
                                   .samples = static_cast<std::uint32_t>(info->samples),
                                   .is_silence = info->is_silence,
                                   .opus = packet.opus},
                                  now);
}

void Playout::decode(Slot& slot, const PlayPacket& packet) {
  if (packet.starts_talk) {
    if (auto fresh = codecs::OpusDecoderHandle::create()) slot.decoder = std::move(*fresh);
  }
  std::array<std::int16_t, codecs::kMaxOpusSamples> samples{};
  const auto count = slot.decoder.decode(packet.opus, samples);
  append(slot.decoded, std::span(samples).first(count ? *count : codecs::kFrameSamples));
}

// Fades from the first frame to the second, so that 20 ms disappear without a click.
void Playout::merge(Slot& slot, const PlayMerged& pair) {
  FrameBuffer first{};
  FrameBuffer second{};
  const bool is_whole = slot.decoder.decode(pair.first, first) == codecs::kFrameSamples &&
                        slot.decoder.decode(pair.second, second) == codecs::kFrameSamples;
  constexpr auto kLength = static_cast<std::int32_t>(codecs::kFrameSamples);
  for (std::int32_t i = 0; is_whole && i < kLength; ++i) {
    const auto at = static_cast<std::size_t>(i);
    first[at] = static_cast<std::int16_t>((first[at] * (kLength - i) + second[at] * i) / kLength);
  }
  append(slot.decoded, first);
}

void Playout::play(Slot& slot, const PlayoutStep& step) {
  if (const auto* packet = std::get_if<PlayPacket>(&step)) return decode(slot, *packet);
  if (const auto* pair = std::get_if<PlayMerged>(&step)) return merge(slot, *pair);
  FrameBuffer frame{};  // stays silent when the decoder cannot help
  if (const auto* lost = std::get_if<RestoreBefore>(&step)) {
    if (!slot.decoder.decode_lost_from(lost->next, frame)) frame.fill(0);
  } else if (std::holds_alternative<Conceal>(step)) {
    if (!slot.decoder.conceal(frame)) frame.fill(0);
  }
  append(slot.decoded, frame);
}

void Playout::mix(Timestamp now, MixedFrame out) {
  std::array<std::int32_t, codecs::kFrameSamples> sum{};
  for (Slot& slot : slots_) {
    // Each step brings at least 2.5 ms, so this ends.
    while (slot.decoded.size() < codecs::kFrameSamples) play(slot, slot.buffer.pop(now));
    for (std::size_t i = 0; i < codecs::kFrameSamples; ++i) sum[i] += slot.decoded[i];
    slot.decoded.erase(slot.decoded.begin(), slot.decoded.begin() + codecs::kFrameSamples);
  }
  std::ranges::transform(sum, out.begin(), [](std::int32_t sample) {
    return static_cast<std::int16_t>(
        std::clamp<std::int32_t>(sample, std::numeric_limits<std::int16_t>::min(),
                                 std::numeric_limits<std::int16_t>::max()));
  });
}

void Playout::reset() {
  for (Slot& slot : slots_) {
    slot.buffer.reset();
    slot.decoded.clear();
  }
}

}  // namespace parley::client
