#include "client/bot/report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace parley::client {
namespace {

std::string describe(const api::Member& member) {
  std::string text = std::to_string(member.member_id()) + " \"" + printable(member.name()) + "\"";
  if (member.muted()) text += " muted";
  if (!member.media_connected()) text += " connecting";
  if (member.hand_raised()) text += " hand";
  return text;
}

bool is_same(const api::Member& a, const api::Member& b) {
  return a.name() == b.name() && a.muted() == b.muted() &&
         a.media_connected() == b.media_connected() && a.hand_raised() == b.hand_raised();
}

nlohmann::json to_json(std::optional<WallTime> time) {
  return time ? nlohmann::json(time->time_since_epoch().count()) : nlohmann::json(nullptr);
}

nlohmann::json to_json(const JitterCounters& counters, Duration target) {
  return {{"packets", counters.received},    {"played", counters.played},
          {"late", counters.late},           {"overflow", counters.overflow},
          {"lost", counters.lost},           {"restored", counters.restored},
          {"concealed", counters.concealed}, {"gaps", counters.gaps},
          {"merged", counters.merged},       {"target_delay_ms", target.count() / 1000}};
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '"'; },
      '?');
  return out;
}

void Report::say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

void Report::on_session(bool resumed) {
  if (!resumed) return;
  ++sessions_resumed_;
  say("session resumed");
}

std::string Report::where(const Room& room) const {
  return rooms_.size() > 1 ? " in \"" + room.name + "\"" : "";
}

void Report::on_joined(const api::Joined& joined) {
  const std::string name = printable(joined.room().name());
  if (room_name_.empty()) {
    room_name_ = name;
    own_member_id_ = joined.own_member_id();
  }
  rooms_[joined.room().room_id()].name = name;
  say("joined \"" + name + "\" as " + std::to_string(joined.own_member_id()));
}

void Report::on_room_changed(const ClientCore& core, std::uint64_t room_id) {
  const auto found = rooms_.find(room_id);
  if (found == rooms_.end()) return;
  Room& room = found->second;
  std::map<std::uint32_t, api::Member> present;
  for (const api::Member& member : core.members(room_id)) {
    present[member.member_id()] = member;
    if (names_seen_.size() < kMaxNames) names_seen_.insert(printable(member.name()));
    const auto known = room.members.find(member.member_id());
    if (known == room.members.end()) {
      say("member + " + describe(member) + where(room));
    } else if (!is_same(known->second, member)) {
      say("member ~ " + describe(member) + where(room));
    }
  }
  for (const auto& [id, member] : room.members) {
    if (!present.contains(id)) say("member - " + describe(member) + where(room));
  }
  room.members = std::move(present);
  print_talkers(core, room_id);
}

void Report::on_room_left(std::uint64_t room_id) {
  const auto found = rooms_.find(room_id);
  if (found == rooms_.end()) return;
  say("left \"" + found->second.name + "\"");
  rooms_.erase(found);
}

void Report::print_talkers(const ClientCore& core, std::uint64_t room_id) {
  constexpr std::uint8_t kMaxSlots = 20;
  Room& room = rooms_.at(room_id);
  std::string talkers;
  for (std::uint8_t slot = 0; slot < kMaxSlots; ++slot) {
    const SlotVoice voice = core.heard_in_slot(slot);
    const auto member = room.members.find(voice.member_id);
    if (voice.room_id != room_id || member == room.members.end()) continue;
    if (!talkers.empty()) talkers += ", ";
    talkers += "\"" + printable(member->second.name()) + "\"";
  }
  if (talkers == room.talkers) return;
  room.talkers = talkers;
  say((talkers.empty() ? "talking nobody" : "talking " + talkers) + where(room));
}

void Report::on_media_connected(bool is_tcp) {
  ++media_connects_;
  was_tcp_ = is_tcp;
  say(is_tcp ? "media connected tcp" : "media connected udp");
}

void Report::on_media_disconnected(const std::string& reason) {
  ++media_losses_;
  say("media disconnected: " + reason);
}

void Report::on_signaling_lost(std::string_view reason) {
  ++signaling_losses_;
  say("signaling lost: " + printable(reason));
}

Result<void> Report::write_stats(const std::string& file, const ClientCore& core,
                                 const Playout& playout, std::uint64_t send_drops) const {
  nlohmann::json slots = nlohmann::json::array();
  std::uint64_t lost = 0;
  for (std::size_t slot = 0; slot < playout.slot_count(); ++slot) {
    slots.push_back(to_json(playout.counters(slot), playout.target_delay(slot)));
    lost += playout.counters(slot).lost;
  }
  const ClientCounters& counters = core.counters();
  const nlohmann::json stats = {{"room", room_name_},
                                {"own_member_id", own_member_id_},
                                {"sent", counters.rtp_sent},
                                {"received", counters.rtp_received},
                                {"lost", lost},
                                {"decrypt_errors", counters.decrypt_errors},
                                {"replays", counters.replays},
                                {"send_drops", send_drops},
                                {"slots", slots},
                                {"members_seen", names_seen_},
                                {"media_connects", media_connects_},
                                {"media_losses", media_losses_},
                                {"media_is_tcp", was_tcp_},
                                {"signaling_losses", signaling_losses_},
                                {"sessions_resumed", sessions_resumed_},
                                {"record_started_unix_us", to_json(record_started_)},
                                {"play_started_unix_us", to_json(play_started_)}};
  std::ofstream out(file, std::ios::trunc);
  // Names may hold broken UTF-8; a statistics file is no place to fail for it.
  out << stats.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  out.close();
  if (!out) return fail(ErrorCode::io, "The statistics file " + file + " cannot be written.");
  return {};
}

}  // namespace parley::client
