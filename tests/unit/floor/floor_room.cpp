#include "tests/unit/floor/floor_room.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/check.hpp"
#include "sfu/floor/mutation.hpp"

namespace parley::sfu {
namespace {

constexpr Duration kPacket = std::chrono::milliseconds(20);

#ifdef PARLEY_FLOOR_MUTATIONS
// Set by the test of the tests for the processes it starts.
[[maybe_unused]] const bool is_mutation_set = [] {
  const char* number = std::getenv("PARLEY_FLOOR_MUTATION");
  if (number != nullptr) floor_mutation = std::atoi(number);
  return true;
}();
#endif

}  // namespace

FloorRoom::FloorRoom(const FloorPolicy& policy, std::uint32_t term) : arbiter_(policy, term, 400) {}

template <class Step>
void FloorRoom::step(Step&& step) {
  out_.told.clear();
  out_.gates.clear();
  watch_.before(arbiter_);
  step();
  for (const FloorTold& told : out_.told) {
    const auto* granted = std::get_if<Granted>(&told.message);
    if (granted != nullptr) grants_.at(told.to.value) = granted->grant;
  }
  watch_.after(arbiter_, now_, out_);
}

void FloorRoom::add(std::uint32_t member, const FloorRights& rights) {
  step([&] { arbiter_.add(MemberId{member}, rights, now_, out_); });
}

void FloorRoom::add_talkers(std::uint32_t count) {
  for (std::uint32_t member = 1; member <= count; ++member) add(member);
}

void FloorRoom::remove(std::uint32_t member, bool is_expelled) {
  step([&] {
    watch_.on_removed(MemberId{member});
    arbiter_.remove(MemberId{member}, is_expelled, now_, out_);
  });
}

void FloorRoom::lose_peer(std::uint32_t member) {
  step([&] {
    watch_.on_lost(MemberId{member});
    arbiter_.on_peer_lost(MemberId{member}, now_, out_);
  });
}

void FloorRoom::return_peer(std::uint32_t member) {
  step([&] {
    watch_.on_returned(MemberId{member});
    arbiter_.on_peer_back(MemberId{member}, now_, out_);
  });
}

void FloorRoom::set_signaling(std::uint32_t member, bool is_reachable) {
  step([&] { arbiter_.set_signaling(MemberId{member}, is_reachable, now_, out_); });
}

std::uint32_t FloorRoom::press(std::uint32_t member, FloorPriority asked,
                               std::optional<std::uint32_t> first) {
  const std::uint32_t req_id = ++req_ids_.at(member);
  request(member, Press{.req_id = req_id, .asked = asked, .first_timestamp = first});
  return req_id;
}

void FloorRoom::press_again(std::uint32_t member, std::uint32_t req_id) {
  request(member, Press{.req_id = req_id});
}

void FloorRoom::release(std::uint32_t member, std::optional<std::uint32_t> last) {
  request(member, Release{.grant = grants_.at(member), .last_timestamp = last});
}

void FloorRoom::cancel(std::uint32_t member, std::uint32_t req_id) {
  request(member, Cancel{req_id});
}

void FloorRoom::cut(std::uint32_t chair, std::uint32_t member, Duration grace) {
  request(chair, Cut{.grant = grants_.at(member), .grace = grace});
}

void FloorRoom::give(std::uint32_t chair, std::uint32_t member) {
  request(chair, Give{MemberId{member}});
}

void FloorRoom::request(std::uint32_t member, const FloorRequest& request) {
  step([&] {
    if (const auto* press = std::get_if<Press>(&request)) {
      watch_.on_press(MemberId{member}, press->req_id);
    } else if (const auto* cancel = std::get_if<Cancel>(&request)) {
      watch_.on_cancel(MemberId{member}, cancel->req_id);
    } else if (const auto* release = std::get_if<Release>(&request)) {
      watch_.on_release(MemberId{member}, release->grant, release->last_timestamp);
    }
    arbiter_.on_request(MemberId{member}, request, now_, out_);
  });
}

FloorArbiter::Passage FloorRoom::packet(std::uint32_t member, std::uint32_t rtp) {
  if (now_ >= arbiter_.deadline()) tick();
  FloorArbiter::Passage passage{};
  rtp_.at(member) = rtp;
  step([&] {
    passage = arbiter_.on_packet(MemberId{member}, rtp, now_, out_);
    watch_.on_packet(arbiter_, MemberId{member}, rtp, now_, passage);
  });
  return passage;
}

void FloorRoom::voice(std::uint32_t member) {
  step([&] { arbiter_.on_voice_without_grant(MemberId{member}, now_, out_); });
}

void FloorRoom::freeze() {
  step([&] { arbiter_.freeze(now_, out_); });
}

void FloorRoom::thaw(std::uint32_t term) {
  step([&] { arbiter_.thaw(term, now_, out_); });
}

void FloorRoom::close() {
  step([&] { arbiter_.close(now_, out_); });
}

void FloorRoom::tick() {
  step([&] { arbiter_.tick(now_, out_); });
}

void FloorRoom::pass(Duration time) { pass_to(now_ + time); }

// What was told on the way and at the end is kept, as if it were one step.
void FloorRoom::pass_to(Timestamp then) {
  FloorOutbox all;
  while (arbiter_.deadline() <= then) {
    now_ = std::max(now_, arbiter_.deadline());
    tick();
    all.told.insert(all.told.end(), out_.told.begin(), out_.told.end());
    all.gates.insert(all.gates.end(), out_.gates.begin(), out_.gates.end());
  }
  now_ = then;
  out_ = std::move(all);
}

void FloorRoom::talk(std::uint32_t member, Duration time) {
  const Timestamp until = now_ + time;
  while (now_ < until) {
    packet(member, rtp_.at(member) + 960);
    pass_to(std::min(now_ + kPacket, until));
  }
}

bool FloorRoom::holds(std::uint32_t member) const { return holder(member) != nullptr; }

bool FloorRoom::is_revoking(std::uint32_t member) const {
  const FloorHolder* found = holder(member);
  return found != nullptr && found->is_revoking;
}

const FloorHolder* FloorRoom::holder(std::uint32_t member) const {
  const auto found = std::ranges::find(arbiter_.holders(), MemberId{member}, &FloorHolder::member);
  return found == arbiter_.holders().end() ? nullptr : &*found;
}

std::size_t FloorRoom::position(std::uint32_t member) const {
  const auto found = std::ranges::find(arbiter_.queue(), MemberId{member}, &FloorWaiting::member);
  if (found == arbiter_.queue().end()) return 0;
  return static_cast<std::size_t>(found - arbiter_.queue().begin()) + 1;
}

std::optional<DenyCause> FloorRoom::denied(std::uint32_t member) const {
  const auto message = told<Denied>(member);
  return message ? std::optional(message->cause) : std::nullopt;
}

std::optional<RevokeCause> FloorRoom::revoked(std::uint32_t member) const {
  const auto message = told<Revoked>(member);
  return message ? std::optional(message->cause) : std::nullopt;
}

std::string FloorRoom::gates() const {
  std::string text;
  for (const GateChange& change : out_.gates) {
    if (!text.empty()) text += ", ";
    switch (change.kind) {
      case GateChange::Kind::open:
        text += "open ";
        break;
      case GateChange::Kind::open_until:
        text += "until ";
        break;
      case GateChange::Kind::shut:
        text += "shut ";
        break;
    }
    text += std::to_string(change.member.value);
  }
  return text;
}

}  // namespace parley::sfu
