// What a user does with his own devices: sees them, lets one in, puts one out.
#include "signaling/core/state.hpp"

namespace parley::signaling {

api::ServerMessage SignalingCore::State::devices_message(UserId user) const {
  api::ServerMessage message;
  api::Devices& devices = *message.mutable_devices();
  for (const DeviceId id : directory.devices_of(user)) {
    const Device& device = *directory.find(id);
    api::Device& told = *devices.add_devices();
    told.set_device_id(id.value);
    told.set_label(device.label);
    told.set_state(static_cast<api::Device::State>(device.state));
    told.set_key_fingerprint(std::string(as_text(device.key)));
    const auto enrolled = std::chrono::floor<std::chrono::seconds>(device.enrolled);
    told.set_enrolled(static_cast<std::uint64_t>(enrolled.time_since_epoch().count()));
  }
  return message;
}

void SignalingCore::State::show_devices(UserId user, DeviceId except, Turn& turn) {
  const std::string frame = devices_message(user).SerializeAsString();
  for (const DeviceId id : directory.devices_of(user)) {
    const Session* const session = id == except ? nullptr : find_session(id);
    if (session != nullptr) notify(*session, frame, turn);
  }
}

void SignalingCore::State::list_devices(Asker asker, Turn& turn) {
  const Session* const session = signed_in(asker, turn);
  if (session == nullptr) return;
  api::ServerMessage message = devices_message(session->user);
  answer(asker, message, turn);
}

const Device* SignalingCore::State::own_device(Asker asker, const Session& session, DeviceId id,
                                               Turn& turn) {
  const Device* const device = directory.find(id);
  if (device != nullptr && device->user == session.user) return device;
  refuse(asker, api::Error::DEVICE_NOT_FOUND, "You have no such device.", turn);
  return nullptr;
}

void SignalingCore::State::approve_device(Asker asker, const api::ApproveDevice& approve,
                                          Turn& turn) {
  const Session* const session = signed_in(asker, turn);
  if (session == nullptr) return;
  const DeviceId id{approve.device_id()};
  if (own_device(asker, *session, id, turn) == nullptr) return;
  Draft draft;
  const Actor actor{.device = session->device, .now = turn.now.wall};
  if (const auto approved = directory.approve_device(id, actor, draft); !approved) {
    directory.undo(draft);
    return refuse(asker, api::Error::DEVICE_NOT_FOUND, approved.error().message, turn);
  }
  answer_devices(asker, *session, draft, turn);
}

void SignalingCore::State::revoke_device(Asker asker, const api::RevokeDevice& revoke, Turn& turn) {
  const Session* const session = signed_in(asker, turn);
  if (session == nullptr) return;
  const DeviceId id{revoke.device_id()};
  if (own_device(asker, *session, id, turn) == nullptr) return;
  Draft draft;
  const Actor actor{.device = session->device, .now = turn.now.wall};
  // It exists: nothing can be wrong with it.
  (void)directory.revoke_device(id, actor, draft);
  answer_devices(asker, *session, draft, turn);
}

void SignalingCore::State::answer_devices(Asker asker, const Session& session, Draft& draft,
                                          Turn& turn) {
  const UserId user = session.user;
  const DeviceId device = session.device;
  const auto kept = keep(draft, turn, [this, asker, user, device](Turn& later) {
    if (find_connection(asker.connection) != nullptr) {
      api::ServerMessage message = devices_message(user);
      answer(asker, message, later);
    }
    show_devices(user, device, later);
  });
  if (!kept) refuse(asker, api::Error::STORE_UNAVAILABLE, kStoreTrouble, turn);
}

}  // namespace parley::signaling
