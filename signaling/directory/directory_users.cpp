// People: who exists, and for how long.
#include <algorithm>
#include <chrono>

#include "signaling/directory/checks.hpp"
#include "signaling/directory/tables.hpp"

namespace parley::signaling {
namespace {

constexpr Duration kGuestIsKept =
    std::chrono::days(7);                       // after his time, for the audit trail's reader
constexpr std::size_t kForgottenAtOnce = 1000;  // guests, in one transaction

// At most `most` bytes from the front of a name, and no part of a character.
std::string_view cut_name(std::string_view name, std::size_t most) {
  if (name.size() <= most) return name;
  const auto is_inside = [&](std::size_t at) {
    return (static_cast<unsigned char>(name[at]) & 0xC0U) == 0x80U;
  };
  while (most > 0 && is_inside(most)) --most;
  return name.substr(0, most);
}

bool can_administer(const User& user) {
  return user.is_admin && !user.is_disabled && !user.validity.until;
}

}  // namespace

Result<UserId> Directory::create_user(User user, const Actor& actor, Draft& draft) {
  if (auto sound = check_name(user.name); !sound) return std::unexpected(sound.error());
  if (auto sound = check_user(user); !sound) return std::unexpected(sound.error());
  if (find_user(user.name) != nullptr) return name_taken();
  if (users().size() >= tables_->limits.users) {
    return fail(ErrorCode::resource_exhausted, "There are as many users as there may be.");
  }
  user.id = tables_->new_id(tables_->users);
  user.created = actor.now;
  const UserId id = user.id;
  tables_->put(std::move(user), draft);
  tables_->write_down({.kind = EventKind::user_created, .user = id}, actor, draft);
  return id;
}

Result<void> Directory::change_user(const User& user, const Actor& actor, Draft& draft) {
  const User* const before = find(user.id);
  if (before == nullptr) return no_such_user();
  if (auto sound = check_name(user.name); !sound) return sound;
  if (auto sound = check_user(user); !sound) return sound;
  const User* const namesake = find_user(user.name);
  if (namesake != nullptr && namesake->id != user.id) return name_taken();
  if (can_administer(*before) && !can_administer(user) && is_last_administrator(user.id)) {
    return last_administrator();
  }
  User changed = user;
  changed.created = before->created;
  if (changed == *before) return {};
  EventKind kind = EventKind::user_changed;
  if (changed.is_disabled != before->is_disabled) {
    kind = changed.is_disabled ? EventKind::user_disabled : EventKind::user_enabled;
  }
  tables_->put(std::move(changed), draft);
  tables_->write_down({.kind = kind, .user = user.id}, actor, draft);
  return {};
}

// What refers to the user goes first, as the store's foreign keys want it.
Result<void> Directory::remove_user(UserId id, const Actor& actor, Draft& draft) {
  const User* const user = find(id);
  if (user == nullptr) return no_such_user();
  if (can_administer(*user) && is_last_administrator(id)) return last_administrator();
  for (const DeviceId device : devices_of(id)) {
    tables_->forget_device(device, draft);
    tables_->remove(tables_->devices, tables::kDevices, device, draft);
  }
  for (const MembershipRecord& membership : memberships_of(id)) {
    tables_->remove(tables_->memberships, tables::kMemberships,
                    Tables::MembershipKey(membership.room, id), draft);
  }
  for (auto next = tables_->enrolments.begin(); next != tables_->enrolments.end();) {
    const Enrolment& enrolment = (next++)->second;
    if (enrolment.user != id) continue;
    tables_->remove(tables_->enrolments, tables::kEnrolments, EnrolmentId(enrolment.id), draft);
  }
  tables_->remove(tables_->users, tables::kUsers, id, draft);
  tables_->write_down({.kind = EventKind::user_removed, .user = id}, actor, draft);
  return {};
}

std::size_t Directory::forget_over_guests(WallTime now, Draft& draft) {
  std::vector<UserId> over;
  for (const auto& [id, user] : users()) {
    if (over.size() == kForgottenAtOnce) break;
    const auto& until = user.validity.until;
    if (user.is_guest && until && *until + kGuestIsKept <= now) over.push_back(id);
  }
  const Actor service{.device = {}, .now = now};
  for (const UserId user : over) (void)remove_user(user, service, draft);  // no administrator
  return over.size();
}

std::string Directory::free_name(std::string_view wanted) const {
  if (find_user(wanted) == nullptr) return std::string(wanted);
  for (std::uint64_t number = 2;; ++number) {
    const std::string suffix = " " + std::to_string(number);
    std::string name(cut_name(wanted, kMaxName - suffix.size()));
    name += suffix;
    if (find_user(name) == nullptr) return name;
  }
}

bool Directory::is_last_administrator(UserId user) const {
  return std::ranges::none_of(users(), [user](const auto& entry) {
    return entry.first != user && can_administer(entry.second);
  });
}

}  // namespace parley::signaling
