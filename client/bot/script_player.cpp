#include "client/bot/script_player.hpp"

#include <algorithm>
#include <utility>

namespace parley::client {
namespace {

std::unexpected<std::string> cannot(std::string why) { return std::unexpected(std::move(why)); }

std::uint32_t to_ms(Duration time) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

}  // namespace

void ScriptPlayer::start(Timestamp now) {
  if (std::exchange(is_started_, true)) return;
  start_ = now;
}

Timestamp ScriptPlayer::deadline() const {
  if (!is_started_ || next_ >= script_.steps.size()) return kNever;
  return start_ + script_.steps[next_].at;
}

std::vector<std::string> ScriptPlayer::tick(Now now, std::uint32_t next_timestamp,
                                            ClientOutbox& out) {
  std::vector<std::string> failures;
  while (deadline() <= now.mono && !wants_to_leave_) {
    const ScriptStep& step = script_.steps[next_++];
    const Done done = play(step.action, {.now = now, .next_timestamp = next_timestamp, .out = out});
    if (!done) failures.push_back("line " + std::to_string(step.line) + ": " + done.error());
  }
  return failures;
}

ScriptPlayer::Done ScriptPlayer::play(const ScriptAction& action, const Moment& moment) {
  return std::visit([&](const auto& one) { return on(one, moment); }, action);
}

// ---- names --------------------------------------------------------------------------------------

std::expected<std::uint64_t, std::string> ScriptPlayer::room_of(const std::string& name) const {
  if (name.empty()) return room();
  for (const std::uint64_t id : core_.room_ids()) {
    if (core_.room_name(id) == name) return id;
  }
  return cannot("it is in no room \"" + name + '"');
}

std::expected<std::uint32_t, std::string> ScriptPlayer::member_of(const std::string& name) const {
  for (const api::Member& member : core_.members(room())) {
    if (member.name() == name) return member.member_id();
  }
  return cannot("nobody in the room is called \"" + name + '"');
}

std::expected<floor::GrantId, std::string> ScriptPlayer::grant_of(const std::string& name) const {
  const auto member = member_of(name);
  if (!member) return cannot(member.error());
  const floor::State* state = core_.floor().floor_of(room());
  for (int i = 0; state != nullptr && i < state->holders_size(); ++i) {
    if (state->holders(i).member_id() == *member) return state->holders(i).grant();
  }
  return cannot('"' + name + "\" does not hold the floor");
}

void ScriptPlayer::ask(floor::Request request, const Moment& moment) {
  request.set_room_id(room());
  core_.ask_floor(request, moment.out);
}

// ---- actions ------------------------------------------------------------------------------------

ScriptPlayer::Done ScriptPlayer::on(const ScriptPress& press, const Moment& moment) {
  const auto room_id = room_of(press.room);
  if (!room_id) return cannot(room_id.error());
  const bool is_pressed = core_.press({.room_id = *room_id,
                                       .tier = press.tier,
                                       .level = press.level,
                                       .hands_free = press.hands_free,
                                       .first_timestamp = moment.next_timestamp},
                                      moment.now, moment.out);
  if (!is_pressed) return cannot("this room takes no press now");
  return {};
}

ScriptPlayer::Done ScriptPlayer::on(const ScriptRelease&, const Moment& moment) {
  core_.release(moment.now, moment.out);
  return {};
}

ScriptPlayer::Done ScriptPlayer::on(const ScriptCancel&, const Moment& moment) {
  core_.cancel(moment.now, moment.out);
  return {};
}

// Declares it, and asks for the floor with its tier.
ScriptPlayer::Done ScriptPlayer::on(const ScriptEmergency& emergency, const Moment& moment) {
  floor::Request request;
  request.mutable_set_emergency()->set_id(std::max(random_.next_u32(), 1U));
  request.mutable_set_emergency()->set_peril(emergency.is_peril);
  ask(std::move(request), moment);
  ScriptPress press;
  press.tier = emergency.is_peril ? floor::PERIL : floor::EMERGENCY;
  return on(press, moment);
}

ScriptPlayer::Done ScriptPlayer::on(const ScriptClear&, const Moment& moment) {
  const floor::State* state = core_.floor().floor_of(room());
  if (state == nullptr || state->emergency().id() == 0) return cannot("there is no emergency");
  floor::Request request;
  request.mutable_clear_emergency()->set_id(state->emergency().id());
  ask(std::move(request), moment);
  return {};
}

ScriptPlayer::Done ScriptPlayer::on(const ScriptTalk& talk, const Moment& moment) {
  const auto room_id = room_of(talk.room);
  if (!room_id) return cannot(room_id.error());
  if (!core_.set_talk_room(*room_id, moment.now, moment.out)) {
    return cannot("the talk room cannot be changed now");
  }
  return {};
}

ScriptPlayer::Done ScriptPlayer::on(const ScriptGive& give, const Moment& moment) {
  const auto member = member_of(give.member);
  if (!member) return cannot(member.error());
  floor::Request request;
  request.mutable_give()->set_member_id(*member);
  ask(std::move(request), moment);
  return {};
}

ScriptPlayer::Done ScriptPlayer::on(const ScriptCut& cut, const Moment& moment) {
  const auto grant = grant_of(cut.member);
  if (!grant) return cannot(grant.error());
  floor::Request request;
  *request.mutable_cut()->mutable_grant() = *grant;
  request.mutable_cut()->set_grace_ms(to_ms(cut.grace));
  ask(std::move(request), moment);
  return {};
}

ScriptPlayer::Done ScriptPlayer::on(const ScriptExtend& extend, const Moment& moment) {
  const auto grant = grant_of(extend.member);
  if (!grant) return cannot(grant.error());
  floor::Request request;
  *request.mutable_extend()->mutable_grant() = *grant;
  request.mutable_extend()->set_by_ms(to_ms(extend.by));
  ask(std::move(request), moment);
  return {};
}

ScriptPlayer::Done ScriptPlayer::on(const ScriptBar& bar, const Moment& moment) {
  const auto member = member_of(bar.member);
  if (!member) return cannot(member.error());
  floor::Request request;
  request.mutable_bar()->set_member_id(*member);
  request.mutable_bar()->set_for_ms(to_ms(bar.time));
  ask(std::move(request), moment);
  return {};
}

ScriptPlayer::Done ScriptPlayer::on(const ScriptOrder& order, const Moment& moment) {
  floor::Request request;
  for (const std::string& name : order.members) {
    const auto member = member_of(name);
    if (!member) return cannot(member.error());
    request.mutable_order()->add_member_ids(*member);
  }
  ask(std::move(request), moment);
  return {};
}

ScriptPlayer::Done ScriptPlayer::on(const ScriptMode& mode, const Moment& moment) {
  floor::Request request;
  request.mutable_set_policy()->mutable_policy()->set_mode(mode.mode);
  ask(std::move(request), moment);
  return {};
}

ScriptPlayer::Done ScriptPlayer::on(const ScriptHand& hand, const Moment& moment) {
  core_.set_hand(room(), hand.is_up, moment.out);
  return {};
}

ScriptPlayer::Done ScriptPlayer::on(const ScriptLeave&, const Moment&) {
  wants_to_leave_ = true;
  return {};
}

}  // namespace parley::client
