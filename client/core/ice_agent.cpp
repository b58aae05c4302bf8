#include "client/core/ice_agent.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace parley::client {
namespace {

// Type preference 110 for a peer-reflexive candidate (RFC 8445 7.1.1), local preference 65535,
// component 1.
constexpr std::uint32_t kPeerReflexivePriority = (110U << 24) | (65535U << 8) | 255U;
// Attempts of a nomination before another valid path is tried.
constexpr std::uint8_t kMaxNominationSends = 4;

std::string random_ice_text(RandomSource& random, std::size_t length) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < length; ++i) text.push_back(kAlphabet[random.next_u32() % 64]);
  return text;
}

std::uint16_t local_of(const Endpoint& remote) {
  return remote.address.is_v6 ? kLocalIpv6 : kLocalIpv4;
}

}  // namespace

// UDP before TCP, then by priority.
bool IceAgent::is_better(const Pair& a, const Pair& b) {
  if (a.candidate.is_tcp != b.candidate.is_tcp) return b.candidate.is_tcp;
  return a.candidate.priority > b.candidate.priority;
}

IceCredentials make_ice_credentials(RandomSource& random) {
  std::string ufrag = random_ice_text(random, 8);
  return {.ufrag = std::move(ufrag), .pwd = random_ice_text(random, 24)};
}

IceAgent::IceAgent(IceAgentConfig config, RandomSource& random, Timestamp now)
    : config_(std::move(config)),
      random_(random),
      tie_breaker_(random.next_u64()),
      username_(config_.remote.ufrag + ":" + config_.local.ufrag),
      expected_username_(config_.local.ufrag + ":" + config_.remote.ufrag),
      started_(now),
      next_new_check_(now) {
  for (const RemoteCandidate& candidate : config_.candidates) {
    if (pairs_.size() >= kMaxCandidates) break;
    if (candidate.is_tcp ? !config_.allow_tcp : !config_.allow_udp) continue;
    Pair pair;
    pair.candidate = candidate;
    pair.path = Path{.remote = candidate.endpoint, .local = local_of(candidate.endpoint)};
    if (candidate.is_tcp) pair.state = PairState::connecting;
    pairs_.insert(std::ranges::upper_bound(pairs_, pair, is_better), pair);
  }
}

void IceAgent::write_request(const codecs::StunTransactionId& id, const Path& path, bool nominate,
                             ClientOutbox& out) {
  const MutableBytes buffer = out.packets.reserve(600);
  if (buffer.empty()) return;  // a full batch is a lost packet; the check is repeated
  codecs::StunWriter writer(buffer, codecs::StunClass::request, id);
  writer.username(username_);
  writer.priority(kPeerReflexivePriority);
  writer.ice_controlling(tie_breaker_);
  if (nominate) writer.use_candidate();
  const std::size_t size = writer.finish(config_.remote.pwd);
  if (size > 0) out.packets.commit(path, size);
}

IceAgent::Check IceAgent::begin_check(const Path& path, bool nominate, Timestamp now,
                                      ClientOutbox& out) {
  Check check;
  random_.fill(check.id);
  check.sends = 1;
  // TCP repeats for us (RFC 8489 6.2.2).
  check.resend_at = path.is_tcp() ? kNever : now + check.timeout;
  write_request(check.id, path, nominate, out);
  return check;
}

void IceAgent::repeat_check(Check& check, const Path& path, bool nominate, Timestamp now,
                            ClientOutbox& out) {
  ++check.sends;
  check.timeout *= 2;
  check.resend_at = now + check.timeout;
  write_request(check.id, path, nominate, out);
}

void IceAgent::on_stun(const Path& from, const codecs::StunView& stun, Timestamp now,
                       ClientOutbox& out) {
  if (state_ == State::lost || stun.method != codecs::kStunBinding) return;
  switch (stun.message_class) {
    case codecs::StunClass::request:
      return on_request(from, stun, out);
    case codecs::StunClass::success:
      return on_response(from, stun, now, out);
    case codecs::StunClass::error:       // proves nothing; the check is repeated until it times out
    case codecs::StunClass::indication:  // keeps a binding alive, asks for nothing
      return;
  }
}

// The node's challenge of a new path, and any other check of its own (RFC 8445 7.3).
void IceAgent::on_request(const Path& from, const codecs::StunView& stun, ClientOutbox& out) {
  if (stun.username != expected_username_ || !stun.verify_integrity(config_.local.pwd)) return;
  const MutableBytes buffer = out.packets.reserve(200);
  if (buffer.empty()) return;
  codecs::StunWriter writer(buffer, codecs::StunClass::success, stun.transaction);
  writer.xor_mapped_address(from.remote);
  const std::size_t size = writer.finish(config_.local.pwd);
  if (size > 0) out.packets.commit(from, size);
}

void IceAgent::on_response(const Path& from, const codecs::StunView& stun, Timestamp now,
                           ClientOutbox& out) {
  if (!stun.verify_integrity(config_.remote.pwd)) return;
  if (state_ == State::selected) {
    const auto open = std::ranges::find(open_consents_, stun.transaction);
    if (open == open_consents_.end() || from != *selected_path_) return;
    open_consents_.erase(open_consents_.begin(), std::next(open));  // older ones are answered too
    last_consent_ = now;
    return;
  }
  if (nomination_ && nomination_->check.id == stun.transaction &&
      from == pairs_[nomination_->pair].path) {
    return select(nomination_->pair, now, out);
  }
  for (Pair& pair : pairs_) {
    if (pair.state != PairState::checking || pair.check.id != stun.transaction) continue;
    if (pair.path != from) return;  // only a symmetric answer proves a path (RFC 8445 7.2.5.2.1)
    pair.state = PairState::valid;
    if (first_valid_ == kNever) first_valid_ = now;
    return nominate(now, out);
  }
}

std::optional<std::size_t> IceAgent::best_valid() const {
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    if (pairs_[i].state == PairState::valid) return i;
  }
  return std::nullopt;
}

// True while a candidate better than `pair` may still answer.
bool IceAgent::may_improve(std::size_t pair) const {
  return std::any_of(
      pairs_.begin(), pairs_.begin() + static_cast<std::ptrdiff_t>(pair), [](const Pair& better) {
        return better.state == PairState::waiting || better.state == PairState::checking;
      });
}

Timestamp IceAgent::nomination_due() const {
  const std::optional<std::size_t> best = best_valid();
  if (!best || nomination_) return kNever;
  return may_improve(*best) ? first_valid_ + kBetterPathWait : first_valid_;
}

void IceAgent::nominate(Timestamp now, ClientOutbox& out) {
  if (now < nomination_due()) return;
  const std::optional<std::size_t> best = best_valid();
  if (!best) return;
  nomination_ = Nomination{.pair = *best, .check = begin_check(pairs_[*best].path, true, now, out)};
}

void IceAgent::select(std::size_t pair, Timestamp now, ClientOutbox& out) {
  state_ = State::selected;
  selected_path_ = pairs_[pair].path;
  nomination_.reset();
  last_consent_ = now;
  next_consent_ = now + kConsentInterval;
  for (Pair& other : pairs_) {
    if (&other == &pairs_[pair] || !other.is_owned) continue;
    out.close_tcp.push_back(other.path.connection);
    other.is_owned = false;
    other.state = PairState::failed;
  }
}

// TCP starts when UDP has had its chance, at once when there is no UDP to try.
Timestamp IceAgent::tcp_start() const {
  const bool has_tcp = !pairs_.empty() && pairs_.back().candidate.is_tcp;
  if (tcp_opened_ || !has_tcp || first_valid_ != kNever) return kNever;
  return pairs_.front().candidate.is_tcp ? started_ : started_ + kTcpDelay;
}

void IceAgent::open_tcp(Timestamp now, ClientOutbox& out) {
  if (now < tcp_start()) return;
  tcp_opened_ = true;
  for (const Pair& pair : pairs_) {
    if (pair.candidate.is_tcp) out.connect_tcp.push_back(pair.candidate.endpoint);
  }
}

void IceAgent::on_tcp_connected(const Endpoint& remote, std::uint32_t connection, Timestamp now,
                                ClientOutbox& out) {
  const auto pair = std::ranges::find_if(pairs_, [&](const Pair& candidate) {
    return candidate.candidate.is_tcp && candidate.state == PairState::connecting &&
           candidate.candidate.endpoint == remote;
  });
  if (state_ != State::checking || pair == pairs_.end()) {
    out.close_tcp.push_back(connection);  // too late to be of use
    return;
  }
  pair->path = Path{.remote = remote, .connection = connection};
  pair->is_owned = true;
  pair->state = PairState::checking;
  pair->check = begin_check(pair->path, false, now, out);
}

void IceAgent::on_tcp_closed(std::uint32_t connection) {
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    Pair& pair = pairs_[i];
    if (!pair.is_owned || pair.path.connection != connection) continue;
    pair.is_owned = false;
    pair.state = PairState::failed;
    if (nomination_ && nomination_->pair == i) nomination_.reset();
    if (selected_path_ == pair.path) lose("the connection to the media node was closed");
    return;
  }
}

bool IceAgent::has_waiting_pair() const {
  return std::ranges::any_of(pairs_,
                             [](const Pair& pair) { return pair.state == PairState::waiting; });
}

void IceAgent::start_next_check(Timestamp now, ClientOutbox& out) {
  if (now < next_new_check_) return;
  for (Pair& pair : pairs_) {
    if (pair.state != PairState::waiting) continue;
    pair.state = PairState::checking;
    pair.check = begin_check(pair.path, false, now, out);
    next_new_check_ = now + kPacing;
    return;
  }
}

void IceAgent::repeat_checks(Timestamp now, ClientOutbox& out) {
  for (Pair& pair : pairs_) {
    if (pair.state != PairState::checking || now < pair.check.resend_at) continue;
    if (pair.check.sends >= kMaxSends) {
      pair.state = PairState::failed;
    } else {
      repeat_check(pair.check, pair.path, false, now, out);
    }
  }
  if (!nomination_ || now < nomination_->check.resend_at) return;
  if (nomination_->check.sends >= kMaxNominationSends) {
    pairs_[nomination_->pair].state = PairState::failed;  // it answered once and no more
    nomination_.reset();
  } else {
    repeat_check(nomination_->check, pairs_[nomination_->pair].path, true, now, out);
  }
}

// Consent checks carry USE-CANDIDATE, so that the node follows when a NAT gives us a new address.
void IceAgent::keep_consent(Timestamp now, ClientOutbox& out) {
  if (now >= last_consent_ + kConsentLimit) return lose("the media node does not answer any more");
  if (now < next_consent_) return;
  if (open_consents_.size() >= kMaxOpenConsents) open_consents_.pop_front();
  codecs::StunTransactionId id{};
  random_.fill(id);
  open_consents_.push_back(id);
  write_request(id, *selected_path_, true, out);
  const auto percent = static_cast<std::int64_t>(80 + random_.next_u32() % 41);
  next_consent_ = now + kConsentInterval * percent / 100;
}

void IceAgent::tick(Timestamp now, ClientOutbox& out) {
  switch (state_) {
    case State::lost:
      return;
    case State::selected:
      return keep_consent(now, out);
    case State::checking:
      break;
  }
  if (now >= started_ + kConnectLimit) return lose("the media node does not answer");
  open_tcp(now, out);
  start_next_check(now, out);
  repeat_checks(now, out);
  nominate(now, out);
}

void IceAgent::lose(const char* reason) {
  state_ = State::lost;
  lost_reason_ = reason;
  nomination_.reset();
}

void IceAgent::close(ClientOutbox& out) {
  for (Pair& pair : pairs_) {
    if (std::exchange(pair.is_owned, false)) out.close_tcp.push_back(pair.path.connection);
  }
  lose("closed");
}

bool IceAgent::is_proven(const Path& path) const {
  return std::ranges::any_of(pairs_, [&](const Pair& pair) {
    return pair.state == PairState::valid && pair.path == path;
  });
}

Timestamp IceAgent::deadline() const {
  switch (state_) {
    case State::lost:
      return kNever;
    case State::selected:
      return std::min(next_consent_, last_consent_ + kConsentLimit);
    case State::checking:
      break;
  }
  Timestamp due = std::min({started_ + kConnectLimit, tcp_start(), nomination_due()});
  if (has_waiting_pair()) due = std::min(due, next_new_check_);
  for (const Pair& pair : pairs_) {
    if (pair.state == PairState::checking) due = std::min(due, pair.check.resend_at);
  }
  if (nomination_) due = std::min(due, nomination_->check.resend_at);
  return due;
}

}  // namespace parley::client
