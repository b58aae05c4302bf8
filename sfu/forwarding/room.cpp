#include "sfu/forwarding/room.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace parley::sfu {

namespace {
constexpr std::uint32_t kOneEra = 1U << 24;
}  // namespace

Room::Room(RoomId id, std::uint8_t slots) : id_(id), selector_(slots) { refresh_holders(); }

std::expected<Selected, Drop> Room::select(PeerId talker, const VoicePacket& packet,
                                           Timestamp now) {
  if (meters_.size() >= kMaxMeters && !meters_.contains(talker)) meters_.clear();
  const auto channel = selector_.on_packet(talker, meters_[talker], packet.level, now);
  refresh_holders();
  if (!channel) return std::unexpected(Drop::not_selected);
  const std::uint32_t burst = selector_.channels()[*channel].burst;
  BurstStart& start = starts_[*channel];
  if (start.burst != burst) start = {.burst = burst, .sequence = packet.sequence};
  if (packet.sequence < start.sequence) return std::unexpected(Drop::not_selected);
  return Selected{.channel = static_cast<std::uint8_t>(*channel), .burst = name_burst(burst)};
}

void Room::give(std::uint8_t channel, PeerId talker) {
  const PeerId before = channel < holders_.count ? holders_.peers[channel] : PeerId{};
  // The same burst by another transport, whose packets are numbered anew.
  if (!before.is_none() && before != talker) era_ += kOneEra;
  set_holder(channel, talker);
}

void Room::take_back(std::uint8_t channel) { set_holder(channel, {}); }

// The last channel stays free: in an arbitrated room it is nobody's.
void Room::set_holder(std::uint8_t channel, PeerId talker) {
  PARLEY_CHECK(channel + 1U < kMaxChannels);
  if (channel < holders_.count && holders_.peers[channel] == talker) return;
  holders_.count =
      std::max({holders_.count, kMinFloorChannels, static_cast<std::uint8_t>(channel + 2)});
  holders_.peers[channel] = talker;
  ++holders_.revision;
}

void Room::restart(std::uint8_t slots) {
  selector_ = SpeakerSelector(slots);
  starts_ = {};
  meters_.clear();
  const ChannelHolders before = std::exchange(
      holders_, {.revision = holders_.revision, .count = static_cast<std::uint8_t>(slots + 1)});
  const bool is_seen = before.count != holders_.count || before.peers != holders_.peers;
  if (is_seen) ++holders_.revision;
  seen_selection_ = selector_.revision();
  era_ += kOneEra;
}

void Room::silence(PeerId talker) {
  selector_.remove(talker);
  meters_.erase(talker);
  refresh_holders();
}

void Room::tick(Timestamp now) {
  selector_.tick(now);
  refresh_holders();
}

void Room::open_leg(WorkerIndex worker) {
  if (std::ranges::find(legs_, worker) == legs_.end()) legs_.push_back(worker);
}

void Room::close_leg(WorkerIndex worker) { std::erase(legs_, worker); }

void Room::refresh_holders() {
  const auto channels = selector_.channels();
  if (holders_.count != 0 && seen_selection_ == selector_.revision()) return;
  if (holders_.count != 0) ++holders_.revision;
  seen_selection_ = selector_.revision();
  holders_.count = static_cast<std::uint8_t>(channels.size());
  std::ranges::transform(channels, holders_.peers.begin(), &SpeakerSelector::Channel::holder);
}

bool Room::take_talkers_changed() {
  if (told_revision_ == holders_.revision) return false;
  told_revision_ = holders_.revision;
  return true;
}

}  // namespace parley::sfu
