#include <algorithm>

#include "base/check.hpp"
#include "protocol/limits.hpp"
#include "signaling/core/state.hpp"

namespace parley::signaling {
namespace {

constexpr std::string_view kNamelessGuest = "Guest";
constexpr std::string_view kStoreTrouble = "The server could not save this; try again.";

std::string choose_name(std::string_view wished, std::string_view invited) {
  if (!wished.empty()) return std::string(wished);
  return std::string(invited.empty() ? kNamelessGuest : invited);
}

Sha256Hash hash_retry_key(std::string_view key) {
  return key.empty() ? Sha256Hash{} : sha256(as_bytes(key));
}

api::Error::Code code_of_invitation_error(ErrorCode code) {
  if (code == ErrorCode::expired) return api::Error::INVITATION_EXPIRED;
  return api::Error::INVITATION_INVALID;
}

api::Error::Code code_of_redeem_error(ErrorCode code) {
  if (code == ErrorCode::already_used) return api::Error::INVITATION_USED;
  if (code == ErrorCode::not_found) return api::Error::ROOM_UNKNOWN;
  if (code == ErrorCode::resource_exhausted) return api::Error::SERVER_FULL;
  return api::Error::INTERNAL;
}

}  // namespace

void SignalingCore::State::hello(Asker asker, const api::Hello& hello, Turn& turn) {
  Connection& connection = *find_connection(asker.connection);
  if (!std::holds_alternative<AwaitingHello>(connection.stage)) {
    return refuse(asker, api::Error::WRONG_STATE, "Hello was said already.", turn);
  }
  const std::uint32_t version =
      protocol::agree_on_version(hello.min_version(), hello.max_version());
  if (version == 0) {
    return refuse_fatally(asker, api::Error::UNSUPPORTED_VERSION,
                          "This server speaks version " + std::to_string(protocol::kMinVersion) +
                              " to " + std::to_string(protocol::kMaxVersion) + ".",
                          CloseCode::policy, turn);
  }
  connection.stage = AwaitingSignIn{};
  api::ServerMessage message;
  api::Welcome& welcome = *message.mutable_welcome();
  welcome.set_version(version);
  welcome.set_server(config.server_name);
  welcome.set_ping_interval_ms(static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(config.ping_interval).count()));
  answer(asker, message, turn);
}

bool SignalingCore::State::may_sign_in(Asker asker, Turn& turn) {
  if (std::holds_alternative<AwaitingSignIn>(find_connection(asker.connection)->stage)) return true;
  refuse(asker, api::Error::WRONG_STATE, "This connection has a session already.", turn);
  return false;
}

void SignalingCore::State::redeem(Asker asker, const api::Redeem& redeem, Turn& turn) {
  if (!may_sign_in(asker, turn)) return;
  if (!is_display_name(redeem.display_name())) {
    return refuse(asker, api::Error::MALFORMED,
                  "redeem.display_name: control characters are not allowed", turn);
  }
  const Result<Invitation> invitation =
      invitations.verify(as_bytes(redeem.invitation()), turn.now.wall);
  if (!invitation) {
    return refuse(asker, code_of_invitation_error(invitation.error().code),
                  invitation.error().message, turn);
  }
  const auto before = store.find_redeemed(invitation->id);
  if (!before) return refuse(asker, api::Error::INTERNAL, kStoreTrouble, turn);
  if (*before) return redeem_again(asker, redeem, **before, turn);
  redeem_anew(asker, redeem, *invitation, turn);
}

void SignalingCore::State::redeem_anew(Asker asker, const api::Redeem& redeem,
                                       const Invitation& invitation, Turn& turn) {
  for (const Admission& admission : invitation.rooms) {
    if (find_or_load_room(admission.room) != nullptr) continue;
    return refuse(asker, api::Error::ROOM_UNKNOWN, "A room of this invitation is gone.", turn);
  }
  const SessionId id = new_session_id();
  const TokenChain::Step first = TokenChain::start(id, random);
  Result<SessionRecord> record =
      store.redeem({.invitation = invitation.id,
                    .not_after = invitation.not_after,
                    .rooms = invitation.rooms,
                    .session = id,
                    .display_name = choose_name(redeem.display_name(), invitation.display_name),
                    .delegation = invitation.delegation,
                    .tokens = first.chain,
                    .retry_key = hash_retry_key(redeem.retry_key()),
                    .expires = turn.now.wall + config.resume_window});
  if (!record) {
    const api::Error::Code code = code_of_redeem_error(record.error().code);
    return refuse(asker, code,
                  code == api::Error::INTERNAL ? kStoreTrouble : record.error().message, turn);
  }
  Session& session = sessions
                         .emplace(id, Session{.record = std::move(*record),
                                              .connection = {},
                                              .presence = Presence(turn.now.mono),
                                              .transport = NoTransport{}})
                         .first->second;
  ++counters.redeemed;
  attach(session, asker.connection, turn);
  answer_session(asker, session, first.token, turn);
}

// The answer to the first redemption was lost, and the client proves that it was its own.
void SignalingCore::State::redeem_again(Asker asker, const api::Redeem& redeem,
                                        const RedeemedRecord& before, Turn& turn) {
  const Sha256Hash key = hash_retry_key(redeem.retry_key());
  const bool is_same_client = key != Sha256Hash{} && equal_constant_time(key, before.retry_key);
  Session* session = find_session(before.session);
  if (!is_same_client || session == nullptr) {
    return refuse(asker, api::Error::INVITATION_USED, "This invitation was used already.", turn);
  }
  const TokenChain::Step first = TokenChain::start(session->record.id, random);
  if (!store_tokens(*session, first.chain, turn)) {
    return refuse(asker, api::Error::INTERNAL, kStoreTrouble, turn);
  }
  ++counters.redeemed;
  attach(*session, asker.connection, turn);
  answer_session(asker, *session, first.token, turn);
}

void SignalingCore::State::resume(Asker asker, const api::Resume& resume, Turn& turn) {
  if (!may_sign_in(asker, turn)) return;
  const Bytes token = as_bytes(resume.resume_token());
  const std::optional<SessionId> id = session_of_token(token);
  Session* session = id ? find_session(*id) : nullptr;
  if (session != nullptr && is_expired(*session, turn.now)) {
    remove_session(*session, turn);
    session = nullptr;
  }
  std::optional<TokenChain::Step> step;
  if (session != nullptr) step = session->record.tokens.use(token, random);
  if (!step) {
    return refuse(asker, api::Error::SESSION_UNKNOWN,
                  "This session is over; a new invitation is needed.", turn);
  }
  if (!store_tokens(*session, step->chain, turn)) {
    return refuse(asker, api::Error::INTERNAL, kStoreTrouble, turn);
  }
  ++counters.resumed;
  attach(*session, asker.connection, turn);
  answer_session(asker, *session, step->token, turn);
  for (const MembershipRecord& membership : session->record.rooms) {
    if (membership.joined) ask_for_snapshot(*session, membership, turn);
  }
}

// Before the new token is answered, so that the process may die in between.
bool SignalingCore::State::store_tokens(Session& session, const TokenChain& chain, Turn& turn) {
  const WallTime expires = turn.now.wall + config.resume_window;
  const SessionId id = session.record.id;
  const Result<void> stored = chain == session.record.tokens ? store.set_expires(id, expires)
                                                             : store.set_tokens(id, chain, expires);
  if (!stored) return false;
  session.record.tokens = chain;
  session.record.expires = expires;
  return true;
}

void SignalingCore::State::answer_session(Asker asker, const Session& session,
                                          const SessionToken& token, Turn& turn) {
  api::ServerMessage message;
  api::Session& answered = *message.mutable_session();
  answered.set_resume_token(std::string(as_text(token.view())));
  constexpr std::int64_t kMaxWindow = 31'536'000;  // Session.resume_window_s in client.proto
  answered.set_resume_window_s(static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(config.resume_window.count(), 0, kMaxWindow)));
  answered.set_display_name(session.record.display_name);
  for (const MembershipRecord& membership : session.record.rooms) {
    const Room* room = find_or_load_room(membership.room);
    PARLEY_CHECK(room != nullptr);  // rooms are never removed, and the store ties members to them
    api::RoomInfo& info = *answered.add_rooms();
    info.set_room_id(room->id().value);
    info.set_name(room->name());
  }
  if (const auto* held = std::get_if<HeldTransport>(&session.transport)) {
    answered.set_transport_id(held->id.value);
  }
  answer(asker, message, turn);
}

void SignalingCore::State::ping(Asker asker, Turn& turn) {
  api::ServerMessage message;
  message.mutable_pong();
  answer(asker, message, turn);
}

}  // namespace parley::signaling
