#include "client/bot/floor_report.hpp"

#include <nlohmann/json.hpp>

#include <cctype>
#include <utility>

namespace parley::client {
namespace {

using nlohmann::json;

// FNV-1a: names a packet, no more.
std::uint32_t hash_of(const std::vector<std::uint8_t>& bytes) {
  std::uint32_t hash = 0x811c9dc5U;
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x01000193U;
  return hash;
}

std::string text_of(const floor::GrantId& grant) {
  return std::to_string(grant.term()) + "." + std::to_string(grant.number());
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

const char* text_of(FloorPhase phase) {
  switch (phase) {
    case FloorPhase::idle:
      return "idle";
    case FloorPhase::asking:
      return "asking";
    case FloorPhase::queued:
      return "queued";
    case FloorPhase::offered:
      return "offered";
    case FloorPhase::granted:
      return "granted";
    case FloorPhase::revoking:
      return "revoking";
    case FloorPhase::denied:
      return "denied";
    case FloorPhase::ended:
      return "ended";
  }
  return "";
}

std::string cause_of(const OwnFloorChanged& change) {
  if (change.cause == 0) return "";
  const int cause = static_cast<int>(change.cause);
  return change.phase == FloorPhase::denied ? floor::Denied::Cause_Name(cause)
                                            : floor::Revoked::Cause_Name(cause);
}

std::int64_t ms_until(Timestamp until, Timestamp now) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(until - now).count();
}

}  // namespace

Result<void> FloorReport::open(const std::string& file) {
  events_.open(file, std::ios::trunc);
  if (!events_) return fail(ErrorCode::io, "The events file " + file + " cannot be written.");
  return {};
}

void FloorReport::say(std::uint64_t room_id, const std::string& what) {
  report_.say("floor \"" + printable(core_.room_name(room_id)) + "\": " + what);
}

void FloorReport::write(std::string_view event, std::uint64_t room_id, WallTime wall, json fields) {
  if (!events_.is_open()) return;
  fields["at_us"] = wall.time_since_epoch().count();
  fields["event"] = event;
  fields["room"] = core_.room_name(room_id);
  // Names may hold broken UTF-8.
  events_ << fields.dump(-1, ' ', false, json::error_handler_t::replace) << '\n' << std::flush;
}

std::string FloorReport::name_of(std::uint64_t room_id, std::uint32_t member_id) const {
  if (member_id == 0) return "";
  for (const api::Member& member : core_.members(room_id)) {
    if (member.member_id() == member_id) return member.name();
  }
  return "member " + std::to_string(member_id);
}

std::string FloorReport::quoted(std::uint64_t room_id, std::uint32_t member_id) const {
  return '"' + printable(name_of(room_id, member_id)) + '"';
}

// ---- what the arbiter says ----------------------------------------------------------------------

void FloorReport::on_heard(const floor::Event& event, Now now) {
  const std::uint64_t room_id = event.room_id();
  using Body = floor::Event::BodyCase;
  switch (event.body_case()) {
    case Body::kTaken:
      return tell_taken(event, now.wall);
    case Body::kIdle:
      say(room_id, "idle");
      return write("idle", room_id, now.wall, json::object());
    case Body::kEmergency:
      return tell_emergency(event, now.wall);
    case Body::kQueue:
      return tell_queue(room_id, event.queue(), now.wall);
    case Body::kState:
      return tell_state(event, now.wall);
    case Body::kAlarm:
      say(room_id, "the button of " + quoted(room_id, event.alarm().member_id()) + " is stuck");
      return write("alarm", room_id, now.wall,
                   {{"member", name_of(room_id, event.alarm().member_id())}});
    case Body::kGranted:
    case Body::kQueued:
    case Body::kDenied:
    case Body::kRevoked:
    case Body::kOffer:
    case Body::kWarning:
    case Body::kDone:
      return tell_answer(event, now.wall);
    case Body::BODY_NOT_SET:
      return;
  }
}

// Answers to this device. Its own state, which follows, is what is printed of most.
void FloorReport::tell_answer(const floor::Event& event, WallTime wall) {
  const std::uint64_t room_id = event.room_id();
  if (event.has_granted()) {
    write("granted", room_id, wall,
          {{"req_id", event.granted().req_id()},
           {"grant", text_of(event.granted().grant())},
           {"limit_ms", event.granted().limit_ms()},
           {"tier", lower(floor::Tier_Name(event.granted().tier()))}});
  } else if (event.has_queued()) {
    write("queued", room_id, wall,
          {{"req_id", event.queued().req_id()},
           {"position", event.queued().position()},
           {"size", event.queued().size()}});
  } else if (event.has_denied()) {
    const std::string cause = floor::Denied::Cause_Name(event.denied().cause());
    if (event.denied().req_id() == 0) say(room_id, "refused " + cause);
    write("denied", room_id, wall, {{"req_id", event.denied().req_id()}, {"cause", cause}});
  } else if (event.has_revoked()) {
    const std::uint32_t by = event.revoked().by_member_id();
    if (by != 0) say(room_id, "revoked by " + quoted(room_id, by));
    write("revoked", room_id, wall,
          {{"grant", text_of(event.revoked().grant())},
           {"cause", floor::Revoked::Cause_Name(event.revoked().cause())},
           {"grace_ms", event.revoked().grace_ms()},
           {"by", name_of(room_id, by)}});
  } else if (event.has_offer()) {
    write("offer", room_id, wall, {{"press_ms", event.offer().press_ms()}});
  } else if (event.has_warning()) {
    say(room_id, std::to_string(event.warning().left_ms()) + " ms left");
    write("warning", room_id, wall, {{"left_ms", event.warning().left_ms()}});
  } else if (event.has_done()) {
    say(room_id, "done");
    write("done", room_id, wall, {{"grant", text_of(event.done().grant())}});
  }
}

void FloorReport::tell_taken(const floor::Event& event, WallTime wall) {
  const std::uint64_t room_id = event.room_id();
  std::string text;
  json holders = json::array();
  for (const floor::Holder& holder : event.taken().holders()) {
    const std::string tier = lower(floor::Tier_Name(holder.tier()));
    text += (text.empty() ? "" : ", ") + quoted(room_id, holder.member_id());
    if (holder.tier() != floor::ROUTINE) text += " (" + tier + ")";
    if (holder.is_revoking()) text += " (ending)";
    holders.push_back({{"name", name_of(room_id, holder.member_id())},
                       {"grant", text_of(holder.grant())},
                       {"tier", tier},
                       {"channel", holder.channel()},
                       {"is_revoking", holder.is_revoking()},
                       {"left_ms", holder.left_ms()}});
  }
  say(room_id, "taken by " + text);
  write("taken", room_id, wall, {{"holders", std::move(holders)}});
}

void FloorReport::tell_emergency(const floor::Event& event, WallTime wall) {
  const std::uint64_t room_id = event.room_id();
  const floor::Emergency& emergency = event.emergency();
  const std::uint32_t cleared_by = emergency.cleared_by_member_id();
  if (emergency.kind() == floor::Emergency::NONE) {
    say(room_id,
        cleared_by == 0 ? "emergency over" : "emergency cleared by " + quoted(room_id, cleared_by));
  } else {
    const bool is_peril = emergency.kind() == floor::Emergency::IN_PERIL;
    say(room_id, std::string(is_peril ? "peril" : "emergency") + " of " +
                     quoted(room_id, emergency.owner_member_id()));
  }
  write("emergency", room_id, wall,
        {{"kind", floor::Emergency::Kind_Name(emergency.kind())},
         {"owner", name_of(room_id, emergency.owner_member_id())},
         {"cleared_by", name_of(room_id, cleared_by)}});
}

void FloorReport::tell_queue(std::uint64_t room_id, const floor::Queue& queue, WallTime wall) {
  std::string text;
  json names = json::array();
  for (const floor::Waiting& waiting : queue.waiting()) {
    text += (text.empty() ? "" : ", ") + quoted(room_id, waiting.member_id());
    names.push_back(name_of(room_id, waiting.member_id()));
  }
  json spoken = json::object();
  for (const floor::SpokenTime& time : queue.spoken()) {
    if (!time.delegation().empty()) spoken[time.delegation()] = time.total_ms();
  }
  if (text != std::exchange(queues_[room_id], text)) {
    say(room_id, "queue " + (text.empty() ? "empty" : text));
  }
  write("queue", room_id, wall, {{"waiting", std::move(names)}, {"spoken_ms", std::move(spoken)}});
}

void FloorReport::tell_state(const floor::Event& event, WallTime wall) {
  const std::uint64_t room_id = event.room_id();
  const floor::Mode mode = event.state().policy().mode();
  const std::string name = lower(floor::Mode_Name(mode));
  const auto [known, is_new] = modes_.try_emplace(room_id, mode);
  if (is_new || known->second != mode) say(room_id, "mode " + name);
  known->second = mode;
  json holders = json::array();
  for (const floor::Holder& holder : event.state().holders()) {
    holders.push_back(name_of(room_id, holder.member_id()));
  }
  write("state", room_id, wall, {{"mode", name}, {"holders", std::move(holders)}});
}

// ---- the own press ------------------------------------------------------------------------------

std::string FloorReport::describe(const OwnFloorChanged& change, Timestamp now) const {
  std::string text = text_of(change.phase);
  if (change.phase == FloorPhase::queued) {
    text += " " + std::to_string(change.position) + " of " + std::to_string(change.size);
  }
  if (const std::string cause = cause_of(change); !cause.empty()) text += " " + cause;
  if (change.until != kNever) {
    text += " for " + std::to_string(ms_until(change.until, now)) + " ms";
  }
  return text;
}

void FloorReport::on_own(const OwnFloorChanged& change, Now now) {
  say(change.room_id, "own " + describe(change, now.mono));
  // What has been sent until here was one burst.
  if (change.phase == FloorPhase::idle || change.phase == FloorPhase::ended) end_sent();
  const bool is_press = change.phase == FloorPhase::asking;
  write(is_press ? "press" : "own", change.room_id, now.wall,
        {{"phase", text_of(change.phase)},
         {"cause", cause_of(change)},
         {"req_id", core_.floor().req_id()}});
}

// ---- voice --------------------------------------------------------------------------------------

void FloorReport::on_joined(std::uint64_t room_id, WallTime wall) {
  write("joined", room_id, wall, json::object());
}

void FloorReport::on_media_connected(WallTime wall) {
  write("media_connected", 0, wall, json::object());
}

void FloorReport::on_voice_sent(const VoiceSent& sent, WallTime wall) {
  if (!events_.is_open()) return;
  const std::uint32_t payload = hash_of(sent.opus);
  if (sent_ &&
      (sent_->room_id != sent.room_id || sent.timestamp - sent_->timestamp > kPauseTicks)) {
    end_sent();
  }
  if (!sent_) {
    sent_ = Sent{.room_id = sent.room_id, .timestamp = 0, .payload = 0, .wall = {}, .packets = 0};
    write("first_sent", sent.room_id, wall, {{"timestamp", sent.timestamp}, {"payload", payload}});
  }
  sent_->timestamp = sent.timestamp;
  sent_->payload = payload;
  sent_->wall = wall;
  ++sent_->packets;
}

void FloorReport::end_sent() {
  const auto sent = std::exchange(sent_, std::nullopt);
  if (!sent) return;
  write("last_sent", sent->room_id, sent->wall,
        {{"timestamp", sent->timestamp}, {"payload", sent->payload}, {"packets", sent->packets}});
}

// Who is heard is told by another way than voice and may be known later, so it divides nothing.
bool FloorReport::begins_burst(const Received& before, const AudioReceived& audio) {
  return audio.marker || audio.timestamp - before.timestamp > kPauseTicks;
}

void FloorReport::on_audio(const AudioReceived& audio, Now now) {
  if (!events_.is_open()) return;
  const SlotVoice voice = core_.heard_in_slot(audio.slot);
  const auto known = received_.find(audio.slot);
  if (known != received_.end()) {
    const auto step = static_cast<std::int16_t>(audio.sequence - known->second.sequence);
    if (step <= 0) return;  // late or twice
    if (begins_burst(known->second, audio)) end_received(audio.slot);
  }
  const std::uint32_t payload = hash_of(audio.opus);
  auto [burst, is_new] = received_.try_emplace(audio.slot, Received{.room_id = voice.room_id,
                                                                    .member_id = 0,
                                                                    .sender = {},
                                                                    .sequence = audio.sequence,
                                                                    .timestamp = audio.timestamp,
                                                                    .payload = payload,
                                                                    .last = now,
                                                                    .packets = 0,
                                                                    .gaps = 0});
  Received& received = burst->second;
  if (is_new) {
    write("first_received", voice.room_id, now.wall,
          {{"slot", audio.slot},
           {"sender", name_of(voice.room_id, voice.member_id)},
           {"payload", payload}});
  } else {
    received.gaps += static_cast<std::uint16_t>(audio.sequence - received.sequence - 1);
  }
  if (voice.member_id != 0 && voice.member_id != received.member_id) {
    received.member_id = voice.member_id;
    received.sender = name_of(voice.room_id, voice.member_id);
  }
  received.sequence = audio.sequence;
  received.timestamp = audio.timestamp;
  received.payload = payload;
  received.last = now;
  ++received.packets;
}

void FloorReport::end_received(std::uint8_t slot) {
  const auto found = received_.find(slot);
  if (found == received_.end()) return;
  const Received& burst = found->second;
  write("last_received", burst.room_id, burst.last.wall,
        {{"slot", slot},
         {"sender", burst.sender},
         {"payload", burst.payload},
         {"packets", burst.packets},
         {"gaps", burst.gaps}});
  received_.erase(found);
}

void FloorReport::tick(Timestamp now) {
  std::vector<std::uint8_t> over;
  for (const auto& [slot, burst] : received_) {
    if (now - burst.last.mono > kBurstEnd) over.push_back(slot);
  }
  for (const std::uint8_t slot : over) end_received(slot);
}

void FloorReport::finish() {
  end_sent();
  while (!received_.empty()) end_received(received_.begin()->first);
}

}  // namespace parley::client
