#include "sfu/transport/ice_lite.hpp"

#include <algorithm>
#include <utility>

namespace parley::sfu {

namespace {

using codecs::StunClass;
using codecs::StunView;
using codecs::StunWriter;

constexpr std::uint64_t kAmplification = 3;  // security.md S2
constexpr std::uint8_t kMaxChallenges = 7;   // RFC 8489 6.2.1, Rc
// Repeats at 0.1, 0.2, 0.4 ... s: a phone that changes its network is silent until this is
// answered.
constexpr Duration kFirstRepeat = std::chrono::milliseconds(100);
constexpr std::size_t kMaxStun = 640;  // bytes; a ufrag has at most 256 (RFC 8839 5.4)
// RFC 8445 5.1.2.1 with the preference of a peer-reflexive candidate, as 7.1.1 asks of every check.
constexpr std::uint32_t kCheckPriority = 110U << 24 | 0xffffU << 8 | 0xffU;

constexpr std::uint16_t kUnknownAttribute = 420;  // RFC 8489 6.3.1
constexpr std::uint16_t kRoleConflict = 487;      // RFC 8445 7.3.1.1

// What arrived, at least: MESSAGE-INTEGRITY takes 24 bytes behind what it covers.
std::uint64_t size_of(const StunView& stun) { return stun.integrity_covered.size() + 24; }

// Gives `write` a buffer in the batch and sends what it finished with. Bytes sent, 0: no room.
template <class Write>
std::size_t send(const Path& to, PacketBatch& out, Write write) {
  const MutableBytes buffer = out.reserve(kMaxStun);
  if (buffer.empty()) return 0;
  const std::size_t size = write(buffer);
  if (size > 0) out.commit(to, size);
  return size;
}

}  // namespace

IceLite::IceLite(IceCredentials local, IceCredentials remote, RandomSource& random)
    : local_(std::move(local)),
      remote_(std::move(remote)),
      challenge_username_(remote_.ufrag + ":" + local_.ufrag),
      random_(&random),
      tie_breaker_(random.next_u64()) {
  candidates_.reserve(kMaxPaths);
}

std::expected<void, Drop> IceLite::on_stun(const Path& from, const StunView& stun, Timestamp now,
                                           PacketBatch& out) {
  if (stun.method != codecs::kStunBinding) return std::unexpected(Drop::stun_unexpected);
  switch (stun.message_class) {
    case StunClass::request:
      return on_request(from, stun, now, out);
    case StunClass::success:
      return on_response(from, stun, now);
    case StunClass::indication:
    case StunClass::error:
      return std::unexpected(Drop::stun_unexpected);
  }
  return std::unexpected(Drop::stun_unexpected);
}

std::expected<void, Drop> IceLite::on_request(const Path& from, const StunView& stun, Timestamp now,
                                              PacketBatch& out) {
  const auto username = codecs::split_username(stun.username);
  if (!username || username->local != local_.ufrag || username->remote != remote_.ufrag) {
    return std::unexpected(Drop::stun_unknown_ufrag);
  }
  if (!stun.verify_integrity(local_.pwd)) return std::unexpected(Drop::stun_bad_integrity);
  if (stun.unknown_required != 0 || stun.ice_controlled) {
    // A lite agent cannot take the controlling role, so a conflict is always the other side's to
    // solve, whatever the tie-breakers say.
    refuse(from, stun, stun.unknown_required != 0 ? kUnknownAttribute : kRoleConflict, out);
    return std::unexpected(Drop::stun_refused);
  }
  Candidate& candidate = candidate_for(from, now);
  candidate.last_check = now;
  candidate.bytes_in += size_of(stun);
  last_consent_ = now;
  answer(candidate, stun, out);
  if (stun.use_candidate) nominate(candidate, now, out);
  return {};
}

std::expected<void, Drop> IceLite::on_response(const Path& from, const StunView& stun,
                                               Timestamp now) {
  Candidate* candidate = find(from);
  if (candidate == nullptr || !candidate->challenge ||
      !equal_constant_time(candidate->challenge->transaction, stun.transaction)) {
    return std::unexpected(Drop::stun_unexpected);
  }
  if (!stun.verify_integrity(remote_.pwd)) return std::unexpected(Drop::stun_bad_integrity);
  candidate->challenge.reset();
  candidate->has_answered = true;
  last_consent_ = now;
  selected_ = candidate->path;
  return {};
}

IceLite::Candidate* IceLite::find(const Path& path) {
  const auto found = std::ranges::find(candidates_, path, &Candidate::path);
  return found == candidates_.end() ? nullptr : &*found;
}

IceLite::Candidate& IceLite::candidate_for(const Path& path, Timestamp now) {
  if (Candidate* known = find(path)) return *known;
  if (candidates_.size() == kMaxPaths) {
    const auto age = [this](const Candidate& candidate) {
      return candidate.path == selected_ ? kNever : candidate.last_check;
    };
    candidates_.erase(std::ranges::min_element(candidates_, {}, age));
  }
  return candidates_.emplace_back(
      Candidate{.path = path, .last_check = now, .challenge = std::nullopt});
}

void IceLite::nominate(Candidate& candidate, Timestamp now, PacketBatch& out) {
  if (selected_ == candidate.path) return;
  if (!was_nominated_) {
    was_nominated_ = true;
    selected_ = candidate.path;
    return;
  }
  // A change of path. Anybody who saw one check can repeat it from a forged address; only the peer
  // itself can answer a fresh one. Changes that were asked for before are forgotten.
  for (Candidate& other : candidates_) {
    if (other.path != candidate.path) other.challenge.reset();
  }
  if (candidate.challenge) return;
  candidate.challenge = Challenge{.transaction = {}, .sent = 0, .next = now};
  random_->fill(candidate.challenge->transaction);
  send_challenge(candidate, now, out);
}

void IceLite::send_challenge(Candidate& candidate, Timestamp now, PacketBatch& out) {
  Challenge& challenge = *candidate.challenge;
  challenge.next = now + kFirstRepeat * (1 << challenge.sent);
  ++challenge.sent;
  // The budget grows with every check of the peer; a repeat that it does not cover yet is left out.
  const std::uint64_t room = candidate.bytes_in * kAmplification - candidate.bytes_out;
  candidate.bytes_out += send(candidate.path, out, [&](MutableBytes buffer) -> std::size_t {
    StunWriter writer(buffer, StunClass::request, challenge.transaction);
    writer.username(challenge_username_);
    writer.priority(kCheckPriority);
    writer.ice_controlled(tie_breaker_);
    const std::size_t size = writer.finish(remote_.pwd);
    return candidate.has_answered || size <= room ? size : 0;
  });
}

void IceLite::answer(Candidate& candidate, const StunView& request, PacketBatch& out) {
  const std::uint64_t room = candidate.bytes_in * kAmplification - candidate.bytes_out;
  candidate.bytes_out += send(candidate.path, out, [&](MutableBytes buffer) -> std::size_t {
    StunWriter writer(buffer, StunClass::success, request.transaction);
    writer.xor_mapped_address(candidate.path.remote);
    const std::size_t size = writer.finish(local_.pwd);
    return candidate.has_answered || size <= room ? size : 0;
  });
}

void IceLite::refuse(const Path& to, const StunView& request, std::uint16_t code,
                     PacketBatch& out) const {
  send(to, out, [&](MutableBytes buffer) {
    StunWriter writer(buffer, StunClass::error, request.transaction);
    if (code == kUnknownAttribute) {
      writer.error_code(code, "Unknown Attribute");
      writer.unknown_attributes(request.unknown_required);
    } else {
      writer.error_code(code, "Role Conflict");
    }
    return writer.finish(local_.pwd);
  });
}

void IceLite::on_path_closed(const Path& path) {
  std::erase_if(candidates_, [&](const Candidate& candidate) { return candidate.path == path; });
  if (selected_ == path) selected_.reset();
}

void IceLite::tick(Timestamp now, PacketBatch& out) {
  for (Candidate& candidate : candidates_) {
    if (!candidate.challenge || now < candidate.challenge->next) continue;
    if (candidate.challenge->sent == kMaxChallenges) {
      candidate.challenge.reset();  // the peer may ask again with its next nomination
    } else {
      send_challenge(candidate, now, out);
    }
  }
}

Timestamp IceLite::deadline() const {
  Timestamp earliest = kNever;
  for (const Candidate& candidate : candidates_) {
    if (candidate.challenge) earliest = std::min(earliest, candidate.challenge->next);
  }
  return earliest;
}

bool IceLite::is_proven(const Path& path) const {
  return std::ranges::find(candidates_, path, &Candidate::path) != candidates_.end();
}

std::optional<Path> IceLite::sending_path() const {
  if (selected_ || was_nominated_ || candidates_.empty()) return selected_;
  // Proven last, not checked last: a peer that checks two networks in turn is not followed.
  return candidates_.back().path;
}

}  // namespace parley::sfu
