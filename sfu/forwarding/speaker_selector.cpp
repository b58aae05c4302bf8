#include "sfu/forwarding/speaker_selector.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace parley::sfu {

namespace {
constexpr std::int32_t kPerDb = 256;
constexpr std::int32_t kQuietestDbov = 127;
}  // namespace

void SpeechMeter::on_level(std::uint8_t dbov, Timestamp now) {
  const std::int32_t level = (kQuietestDbov - std::min<std::int32_t>(dbov, kQuietestDbov)) * kPerDb;
  if (now - last_packet_ > kMeterGap) {
    loudness_ = 0;
    louder_since_.reset();
  }
  last_packet_ = now;
  const std::int32_t difference = level - loudness_;
  loudness_ += difference / (1 << (difference > 0 ? kRiseShift : kFallShift));
}

SpeakerSelector::SpeakerSelector(std::uint8_t slots) : count_(slots + 1U) {
  PARLEY_CHECK(slots >= 1 && slots <= kMaxSlots);
}

std::optional<std::size_t> SpeakerSelector::on_packet(PeerId talker, SpeechMeter& meter,
                                                      std::uint8_t dbov, Timestamp now) {
  meter.on_level(dbov, now);
  const bool speaks = dbov < kSpeechFloorDbov;
  if (const auto held = channel_of(talker)) {
    Channel& channel = channels_[*held];
    channel.loudness = meter.loudness();
    if (speaks) channel.last_speech = now;
    return speaks && *held == last() ? rise_from_last(meter, now) : *held;
  }
  if (!speaks) return std::nullopt;
  auto taken = find_vacancy(count_, now);
  if (!taken) taken = challenge(meter, count_, now);
  if (!taken) return std::nullopt;
  occupy(*taken,
         {.holder = talker, .since = now, .last_speech = now, .loudness = meter.loudness()});
  meter.louder_since_.reset();
  return taken;
}

// The last channel is heard by the other talkers only, so its holder wants one of the others: a
// vacant one at once, the quietest holder's if he is clearly louder (they change places).
std::size_t SpeakerSelector::rise_from_last(SpeechMeter& meter, Timestamp now) {
  auto better = find_vacancy(last(), now);
  if (!better) better = challenge(meter, last(), now);
  if (!better) return last();
  const Channel riser = channels_[last()];
  const Channel displaced = channels_[*better];
  occupy(*better, riser);
  channels_[last()] = {};
  if (!displaced.holder.is_none() && !is_stale(displaced, now)) occupy(last(), displaced);
  meter.louder_since_.reset();
  return *better;
}

void SpeakerSelector::remove(PeerId talker) {
  if (const auto held = channel_of(talker)) release(*held);
}

void SpeakerSelector::tick(Timestamp now) {
  // Downwards, so that a talker who moves down from the last channel was looked at already.
  for (std::size_t i = count_; i-- > 0;) {
    const Channel& channel = channels_[i];
    if (!channel.holder.is_none() && now - channel.last_speech >= kReleaseAfter) release(i);
  }
}

Timestamp SpeakerSelector::deadline() const {
  Timestamp earliest = kNever;
  for (const Channel& channel : channels()) {
    if (!channel.holder.is_none()) {
      earliest = std::min(earliest, channel.last_speech + kReleaseAfter);
    }
  }
  return earliest;
}

std::optional<std::size_t> SpeakerSelector::channel_of(PeerId talker) const {
  for (std::size_t i = 0; i < count_; ++i) {
    if (channels_[i].holder == talker) return i;
  }
  return std::nullopt;
}

bool SpeakerSelector::is_stale(const Channel& channel, Timestamp now) const {
  return now - channel.last_speech >= kYieldAfter;
}

// The lowest free channel everybody hears, else the one of them whose holder is silent for longest,
// else the last channel.
std::optional<std::size_t> SpeakerSelector::find_vacancy(std::size_t channels,
                                                         Timestamp now) const {
  const std::size_t heard_by_all = std::min(channels, last());
  std::optional<std::size_t> stale;
  for (std::size_t i = 0; i < heard_by_all; ++i) {
    if (channels_[i].holder.is_none()) return i;
    if (is_stale(channels_[i], now) &&
        (!stale || channels_[i].last_speech < channels_[*stale].last_speech)) {
      stale = i;
    }
  }
  if (stale || channels <= last()) return stale;
  const Channel& spare = channels_[last()];
  if (spare.holder.is_none() || is_stale(spare, now)) return last();
  return std::nullopt;
}

std::optional<std::size_t> SpeakerSelector::find_quietest(std::size_t channels,
                                                          Timestamp now) const {
  std::optional<std::size_t> quietest;
  for (std::size_t i = 0; i < channels; ++i) {
    if (now - channels_[i].since < kMinHold) continue;
    if (!quietest || channels_[i].loudness < channels_[*quietest].loudness) quietest = i;
  }
  return quietest;
}

std::optional<std::size_t> SpeakerSelector::challenge(SpeechMeter& meter, std::size_t channels,
                                                      Timestamp now) const {
  const auto quietest = find_quietest(channels, now);
  const bool louder =
      quietest && meter.loudness() >= channels_[*quietest].loudness + kChallengeMarginDb * kPerDb;
  if (!louder) {
    meter.louder_since_.reset();
    return std::nullopt;
  }
  if (!meter.louder_since_) meter.louder_since_ = now;
  if (now - *meter.louder_since_ < kChallengeTime) return std::nullopt;
  return quietest;
}

void SpeakerSelector::occupy(std::size_t channel, const Channel& content) {
  channels_[channel] = content;
  channels_[channel].burst = next_burst_++;
  ++revision_;
}

void SpeakerSelector::release(std::size_t channel) {
  channels_[channel] = {};
  ++revision_;
  const Channel waiting = channels_[last()];
  if (channel == last() || waiting.holder.is_none()) return;
  channels_[last()] = {};
  occupy(channel, waiting);
}

}  // namespace parley::sfu
