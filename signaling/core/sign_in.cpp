// From a connection to the session of a device: proofs, credentials, and what is refused.
#include <algorithm>

#include "protocol/limits.hpp"
#include "signaling/core/state.hpp"
#include "signaling/identity/sha256.hpp"

namespace parley::signaling {
namespace {

// Clocks of devices differ: a credential is good a little before it was issued.
constexpr auto kClockSkew = std::chrono::minutes(5);

api::Error::Code code_of_enrol_error(ErrorCode code) {
  switch (code) {
    case ErrorCode::expired:
      return api::Error::INVITATION_EXPIRED;
    case ErrorCode::already_used:
    case ErrorCode::already_exists:
      return api::Error::INVITATION_USED;
    case ErrorCode::resource_exhausted:
      return api::Error::TOO_MANY_DEVICES;
    default:  // the rest of an enum that other modules share
      return api::Error::INVITATION_INVALID;
  }
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
  std::array<std::uint8_t, protocol::kChallengeBytes> challenge{};
  random.fill(challenge);
  connection.stage = AwaitingSignIn{.challenge = std::string(as_text(challenge))};
  api::ServerMessage message;
  api::Welcome& welcome = *message.mutable_welcome();
  welcome.set_version(version);
  welcome.set_server(config.server_name);
  welcome.set_ping_interval_ms(static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(config.ping_interval).count()));
  welcome.set_challenge(std::string(as_text(challenge)));
  answer(asker, message, turn);
}

const std::string* SignalingCore::State::may_sign_in(Asker asker, Turn& turn) {
  const Connection& connection = *find_connection(asker.connection);
  if (const auto* stage = std::get_if<AwaitingSignIn>(&connection.stage)) return &stage->challenge;
  refuse(asker, api::Error::WRONG_STATE, "This connection has a session already.", turn);
  return nullptr;
}

bool SignalingCore::State::is_proven(protocol::ProofOf purpose, std::string_view challenge,
                                     std::string_view what, Bytes key, Bytes signature) const {
  return std::ranges::any_of(config.hosts, [&](const std::string& host) {
    return is_signed_by(key, as_bytes(protocol::proof_text(purpose, host, challenge, what)),
                        signature);
  });
}

void SignalingCore::State::refuse_sign_in(Asker asker, api::Error::Code code, std::string_view why,
                                          DeviceId device, Turn& turn) {
  count_refusal(EventKind::login_refused, code, device);
  const bool is_final = code == api::Error::DEVICE_UNKNOWN ||
                        code == api::Error::CREDENTIAL_EXPIRED || code == api::Error::ACCESS_ENDED;
  if (is_final) return refuse_fatally(asker, code, why, CloseCode::policy, turn);
  refuse(asker, code, why, turn);
}

// ---- enrolment ----------------------------------------------------------------------------------

void SignalingCore::State::enrol(Asker asker, const api::Enrol& enrol, Turn& turn) {
  const std::string* const challenge = may_sign_in(asker, turn);
  if (challenge == nullptr) return;
  const Bytes key = as_bytes(enrol.public_key());
  if (const auto sound = check_public_key(key); !sound) {
    return refuse(asker, api::Error::MALFORMED, "enrol.public_key: " + sound.error().message, turn);
  }
  if (!is_proven(protocol::ProofOf::enrolment, *challenge, enrol.public_key(), key,
                 as_bytes(enrol.signature()))) {
    return refuse_sign_in(asker, api::Error::SIGNATURE_INVALID,
                          "The signature was not made for this connection with this key.", {},
                          turn);
  }
  Draft draft;
  const NewDevice wish{.label = enrol.label(),
                       .display_name = enrol.display_name(),
                       .public_key = enrol.public_key(),
                       .key = sha256(key)};
  const auto device =
      directory.enrol(enrol.invitation(), wish, Actor{.device = {}, .now = turn.now.wall}, draft);
  if (!device) {
    directory.undo(draft);
    return refuse_sign_in(asker, code_of_enrol_error(device.error().code), device.error().message,
                          {}, turn);
  }
  finish_enrolment(asker, *device, draft, turn);
}

// A device that waits for its approval gets no credential yet, and asks again.
void SignalingCore::State::finish_enrolment(Asker asker, DeviceId id, Draft& draft, Turn& turn) {
  const bool is_new = !draft.is_empty();
  const Device& device = *directory.find(id);
  api::ServerMessage message;
  api::Enrolled& enrolled = *message.mutable_enrolled();
  enrolled.set_device_id(id.value);
  enrolled.set_display_name(directory.find(device.user)->name);
  enrolled.set_authority(std::string(as_text(authority.certificate())));
  if (device.state == DeviceState::revoked) {
    directory.undo(draft);
    return refuse_sign_in(asker, api::Error::DEVICE_UNKNOWN, "This device was revoked.", id, turn);
  }
  if (device.state == DeviceState::active) enrolled.set_credential(issue(id, draft, turn));
  // Whoever has proven a key and a link may wait for the approval on this connection.
  if (device.state == DeviceState::pending) {
    connection_deadlines.set(asker.connection, turn.now.mono + config.idle_limit);
  }
  const auto kept = keep(draft, turn, [this, asker, message, is_new, id](Turn& later) mutable {
    if (is_new) ++counters.enrolled;
    if (find_connection(asker.connection) != nullptr) answer(asker, message, later);
    const Device* const made = directory.find(id);
    if (is_new && made != nullptr) show_devices(made->user, id, later);
    watch_access(later.now);
  });
  if (!kept) refuse(asker, api::Error::STORE_UNAVAILABLE, kStoreTrouble, turn);
}

std::string SignalingCore::State::issue(DeviceId id, Draft& draft, Turn& turn) {
  const std::uint64_t serial = random.next_u64() >> 1 | 1;  // positive, as DER wants it
  const auto until = directory.renew(id, turn.now.wall + config.credential_life, serial,
                                     Actor{.device = id, .now = turn.now.wall}, draft);
  if (!until) return {};
  const Device& device = *directory.find(id);
  const Bytes key = as_bytes(device.public_key);
  const auto made = authority.issue({.device = id,
                                     .user = device.user,
                                     .name = directory.find(device.user)->name,
                                     .organisation = authority.organisation(),
                                     .serial = serial,
                                     .not_before = turn.now.wall - kClockSkew,
                                     .not_after = *until,
                                     .public_key = {key.begin(), key.end()}});
  return made ? std::string(as_text(*made)) : std::string();
}

// ---- login --------------------------------------------------------------------------------------

void SignalingCore::State::login(Asker asker, const api::Login& login, Turn& turn) {
  const std::string* const challenge = may_sign_in(asker, turn);
  if (challenge == nullptr) return;
  const auto credential =
      authority.verify(as_bytes(login.credential()), turn.now.wall, config.renewal_window);
  if (!credential) {
    const bool is_over = credential.error().code == ErrorCode::expired;
    return refuse_sign_in(asker,
                          is_over ? api::Error::CREDENTIAL_EXPIRED : api::Error::DEVICE_UNKNOWN,
                          credential.error().message, {}, turn);
  }
  const Device* const device = directory.find(credential->device);
  const bool is_known = device != nullptr && as_text(credential->public_key) == device->public_key;
  if (!is_known) {
    return refuse_sign_in(asker, api::Error::DEVICE_UNKNOWN, "This device is not known (any more).",
                          {}, turn);
  }
  if (!is_proven(protocol::ProofOf::login, *challenge, login.credential(), credential->public_key,
                 as_bytes(login.signature()))) {
    return refuse_sign_in(asker, api::Error::SIGNATURE_INVALID,
                          "The signature was not made for this connection with this device's key.",
                          {}, turn);
  }
  if (const auto allowed = directory.may_sign_in(device->id, turn.now.wall); !allowed) {
    return refuse_sign_in(asker, code_of_no_access(device->id), allowed.error().message, device->id,
                          turn);
  }
  begin_session(asker, *device, turn);
}

void SignalingCore::State::begin_session(Asker asker, const Device& device, Turn& turn) {
  const DeviceId id = device.id;
  Session& session = open_session(id, turn.now);
  if (!session.login_rate.take(turn.now.mono)) {
    return refuse_sign_in(asker, api::Error::RATE_LIMITED, "Too many logins; slow down.", id, turn);
  }
  Draft draft;
  const Actor actor{.device = id, .now = turn.now.wall};
  std::string credential;
  if (device.credential_until - turn.now.wall < config.credential_life / 2) {
    credential = issue(id, draft, turn);
  }
  directory.record({.kind = EventKind::login, .user = session.user, .device = id}, actor, draft);
  if (!keep_lazily(draft)) {
    return refuse(asker, api::Error::STORE_UNAVAILABLE, kStoreTrouble, turn);
  }
  ++counters.logins;
  attach(session, asker.connection, turn);
  answer_session(asker, session, std::move(credential), turn);
  for (const Place& place : session.places) {
    if (place.stay.is_inside) ask_for_snapshot(session, place, turn);
  }
}

void SignalingCore::State::answer_session(Asker asker, const Session& session,
                                          std::string credential, Turn& turn) {
  api::ServerMessage message;
  api::Session& answered = *message.mutable_session();
  answered.set_device_id(session.device.value);
  answered.set_user_id(session.user.value);
  answered.set_display_name(session.display_name);
  write_rooms(session, *answered.mutable_rooms());
  if (const auto* held = std::get_if<HeldTransport>(&session.transport)) {
    answered.set_transport_id(held->id.value);
  }
  answered.set_credential(std::move(credential));
  answer(asker, message, turn);
}

// While it is connected, a device has its credential renewed when half of it is over.
void SignalingCore::State::renew_credentials(Turn& turn) {
  for (auto& [id, session] : sessions) {
    const bool is_due =
        !session.connection.is_none() &&
        directory.find(id)->credential_until - turn.now.wall < config.credential_life / 2;
    if (!is_due) continue;
    Draft draft;
    api::ServerMessage message;
    message.mutable_credential_renewed()->set_credential(issue(id, draft, turn));
    if (message.credential_renewed().credential().empty()) {
      directory.undo(draft);
    } else if (keep_lazily(draft)) {
      notify(session, message.SerializeAsString(), turn);
    }
  }
}

void SignalingCore::State::ping(Asker asker, Turn& turn) {
  api::ServerMessage message;
  message.mutable_pong();
  answer(asker, message, turn);
}

}  // namespace parley::signaling
