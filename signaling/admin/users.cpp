// People, their links and devices.
#include "signaling/admin/job.hpp"

namespace parley::signaling {

using Answer = Result<admin::Answer>;

namespace {

admin::Answer answer_user(const User& user) {
  admin::Answer answer;
  *answer.mutable_user() = to_message(user);
  return answer;
}

}  // namespace

Answer AdminDesk::Job::do_list_users(const admin::ListUsers& list) {
  admin::Answer answer;
  admin::Users& page = *answer.mutable_users();
  page.set_has_more(take_page(directory.users(), list.page(),
                              [&](const User& user) { *page.add_users() = to_message(user); }));
  return answer;
}

Answer AdminDesk::Job::do_show_user(const admin::ShowUser& wish) {
  const auto user = find_user(directory, wish.user());
  if (!user) return std::unexpected(user.error());
  admin::Answer answer;
  admin::UserDetails& details = *answer.mutable_user_details();
  *details.mutable_user() = to_message(**user);
  for (const DeviceId device : directory.devices_of((*user)->id)) {
    *details.add_devices() = show(*directory.find(device), directory, live);
  }
  for (const MembershipRecord& membership : directory.memberships_of((*user)->id)) {
    *details.add_memberships() = show(membership, directory);
  }
  return answer;
}

Answer AdminDesk::Job::do_create_user(const admin::CreateUser& wish) {
  const auto user = directory.create_user(to_record(wish.user()), actor, draft);
  if (!user) return std::unexpected(user.error());
  return answer_user(*directory.find(*user));
}

Answer AdminDesk::Job::do_change_user(const admin::ChangeUser& change) {
  const auto user = find_user(directory, change.user());
  if (!user) return std::unexpected(user.error());
  User changed = **user;
  if (change.has_name()) changed.name = change.name();
  if (change.has_delegation()) changed.delegation = change.delegation();
  if (change.has_is_admin()) changed.is_admin = change.is_admin();
  if (change.has_may_create_rooms()) changed.may_create_rooms = change.may_create_rooms();
  if (change.has_is_guest()) changed.is_guest = change.is_guest();
  if (change.has_is_disabled()) changed.is_disabled = change.is_disabled();
  if (change.has_from()) changed.validity.from = to_bound(change.from());
  if (change.has_until()) changed.validity.until = to_bound(change.until());
  if (const auto done = directory.change_user(changed, actor, draft); !done) {
    return std::unexpected(done.error());
  }
  return answer_user(*directory.find(changed.id));
}

Answer AdminDesk::Job::do_remove_user(const admin::RemoveUser& wish) {
  const auto user = find_user(directory, wish.user());
  if (!user) return std::unexpected(user.error());
  const auto removed = directory.remove_user((*user)->id, actor, draft);
  if (!removed) return std::unexpected(removed.error());
  return done();
}

Answer AdminDesk::Job::do_create_enrolment(const admin::CreateEnrolment& wish) {
  const auto user = find_user(directory, wish.user());
  if (!user) return std::unexpected(user.error());
  const auto link = make_link(
      (*user)->id, {.until = link_end(wish.lifetime_s()), .is_approved = wish.is_approved()});
  if (!link) return std::unexpected(link.error());
  admin::Answer answer;
  *answer.mutable_links()->add_links() = *link;
  return answer;
}

Answer AdminDesk::Job::do_list_devices(const admin::ListDevices& list) {
  UserId owner;
  if (list.has_user()) {
    const auto user = find_user(directory, list.user());
    if (!user) return std::unexpected(user.error());
    owner = (*user)->id;
  }
  const auto is_wanted = [&](const Device& device) {
    const bool is_of_owner = owner.is_none() || device.user == owner;
    return is_of_owner &&
           (!list.has_state() || static_cast<int>(device.state) == static_cast<int>(list.state()));
  };
  admin::Answer answer;
  admin::Devices& page = *answer.mutable_devices();
  page.set_has_more(take_page(
      directory.devices(), list.page(), is_wanted,
      [&](const Device& device) { *page.add_devices() = show(device, directory, live); }));
  return answer;
}

Answer AdminDesk::Job::do_approve_device(const admin::ApproveDevice& wish) {
  const DeviceId device{wish.device_id()};
  const auto approved = directory.approve_device(device, actor, draft);
  if (!approved) return std::unexpected(approved.error());
  return answer_device(device);
}

Answer AdminDesk::Job::do_revoke_device(const admin::RevokeDevice& wish) {
  const DeviceId device{wish.device_id()};
  const auto revoked = directory.revoke_device(device, actor, draft);
  if (!revoked) return std::unexpected(revoked.error());
  return answer_device(device);
}

admin::Answer AdminDesk::Job::answer_device(DeviceId device) const {
  admin::Answer answer;
  *answer.mutable_device() = show(*directory.find(device), directory, live);
  return answer;
}

}  // namespace parley::signaling
