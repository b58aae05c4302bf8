// Devices: enrolment, approval, revocation, credentials.
#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "signaling/directory/checks.hpp"
#include "signaling/directory/tables.hpp"
#include "signaling/identity/display_name.hpp"
#include "signaling/identity/sha256.hpp"

namespace parley::signaling {
namespace {

constexpr std::size_t kCodeBytes = 16;

EnrolmentId id_of_code(std::string_view code) {
  const Sha256Hash hash = sha256(as_bytes(code));
  EnrolmentId id{};
  std::copy_n(hash.begin(), id.size(), id.begin());
  return id;
}

}  // namespace

Result<std::string> Directory::create_enrolment(UserId user, const EnrolmentWish& wish,
                                                const Actor& actor, Draft& draft) {
  if (find(user) == nullptr) return no_such_user();
  if (wish.until <= actor.now) {
    return fail(ErrorCode::invalid_argument, "The link would be over before it is used.");
  }
  forget_old_enrolments(actor.now, draft);
  if (tables_->enrolments.size() >= tables_->limits.open_enrolments) {
    return fail(ErrorCode::resource_exhausted, "There are as many open links as there may be.");
  }
  std::array<std::uint8_t, kCodeBytes> secret{};
  tables_->random.fill(secret);
  std::string code(as_text(secret));
  tables_->put(Enrolment{.id = id_of_code(code),
                         .user = user,
                         .until = wish.until,
                         .is_approved = wish.is_approved,
                         .chooses_name = wish.chooses_name},
               draft);
  tables_->write_down({.kind = EventKind::enrolment_created, .user = user}, actor, draft);
  return code;
}

// Used or not, a link that is over says nothing any more.
void Directory::forget_old_enrolments(WallTime now, Draft& draft) {
  const auto& by_end = tables_->enrolments_by_end;
  while (!by_end.empty() && by_end.begin()->first <= now) {
    tables_->remove(tables_->enrolments, tables::kEnrolments, by_end.begin()->second, draft);
  }
}

Result<DeviceId> Directory::enrol(std::string_view code, const NewDevice& wish, const Actor& actor,
                                  Draft& draft) {
  const auto found = tables_->enrolments.find(id_of_code(code));
  if (found == tables_->enrolments.end()) {
    return fail(ErrorCode::unauthenticated, "This link is not known (any more).");
  }
  Enrolment enrolment = found->second;
  const Device* const before = find_device(wish.key);
  if (!enrolment.used_by.is_none()) {
    if (before != nullptr && before->id == enrolment.used_by) return before->id;
    return fail(ErrorCode::already_used, "This link was used already.");
  }
  if (actor.now >= enrolment.until) {
    return fail(ErrorCode::expired, "This link is over; ask for a new one.");
  }
  if (before != nullptr) {
    return fail(ErrorCode::already_exists, "This key belongs to a device already.");
  }
  const auto device = add_device(enrolment, wish, actor, draft);
  if (!device) return device;
  enrolment.used_by = *device;
  tables_->put(enrolment, draft);
  if (enrolment.chooses_name) rename_guest(enrolment.user, wish.display_name, actor, draft);
  return device;
}

Result<DeviceId> Directory::add_device(const Enrolment& enrolment, const NewDevice& wish,
                                       const Actor& actor, Draft& draft) {
  const auto others = devices_of(enrolment.user);
  if (others.size() >= tables_->limits.devices_per_user) {
    return fail(ErrorCode::resource_exhausted, "This user has as many devices as he may have.");
  }
  const bool has_active = std::ranges::any_of(
      others, [&](DeviceId id) { return find(id)->state == DeviceState::active; });
  const bool is_active = enrolment.is_approved || !has_active;
  Device device{.id = tables_->new_id(tables_->devices),
                .user = enrolment.user,
                .label = is_display_name(wish.label) ? wish.label : "",
                .state = is_active ? DeviceState::active : DeviceState::pending,
                .key = wish.key,
                .public_key = wish.public_key,
                .enrolled = actor.now};
  const DeviceId id = device.id;
  tables_->put(std::move(device), draft);
  tables_->write_down({.kind = EventKind::device_enrolled, .user = enrolment.user, .device = id},
                      actor, draft);
  return id;
}

// A name that cannot be his leaves him the one he has.
void Directory::rename_guest(UserId id, const std::string& name, const Actor& actor, Draft& draft) {
  User guest = *find(id);
  if (!guest.is_guest || guest.name == name || !check_name(name)) return;
  guest.name = free_name(name);
  (void)change_user(guest, actor, draft);  // its rules are kept: the name is good and free
}

Result<void> Directory::approve_device(DeviceId id, const Actor& actor, Draft& draft) {
  const Device* const device = find(id);
  if (device == nullptr) return no_such_device();
  if (device->state != DeviceState::pending) {
    return fail(ErrorCode::failed_precondition, "This device does not wait for an approval.");
  }
  const UserId user = device->user;
  Device approved = *device;
  approved.state = DeviceState::active;
  tables_->put(std::move(approved), draft);
  tables_->write_down({.kind = EventKind::device_approved, .user = user, .device = id}, actor,
                      draft);
  return {};
}

// Its row stays, so that the key can never come back.
Result<void> Directory::revoke_device(DeviceId id, const Actor& actor, Draft& draft) {
  const Device* const device = find(id);
  if (device == nullptr) return no_such_device();
  if (device->state == DeviceState::revoked) return {};
  const UserId user = device->user;
  Device revoked = *device;
  revoked.state = DeviceState::revoked;
  tables_->forget_device(id, draft);
  tables_->put(std::move(revoked), draft);
  tables_->write_down({.kind = EventKind::device_revoked, .user = user, .device = id}, actor,
                      draft);
  return {};
}

Result<WallTime> Directory::renew(DeviceId id, WallTime until, std::uint64_t serial,
                                  const Actor& actor, Draft& draft) {
  if (auto allowed = may_sign_in(id, actor.now); !allowed) return std::unexpected(allowed.error());
  Device renewed = *find(id);
  const Validity& validity = find(renewed.user)->validity;
  renewed.credential_until = validity.until ? std::min(until, *validity.until) : until;
  renewed.credential_serial = serial;
  const WallTime granted = renewed.credential_until;
  const UserId user = renewed.user;
  tables_->put(std::move(renewed), draft);
  tables_->write_down({.kind = EventKind::device_renewed, .user = user, .device = id}, actor,
                      draft);
  return granted;
}

}  // namespace parley::signaling
