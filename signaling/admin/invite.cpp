// Guests in one step, and the links that let people in.
#include <algorithm>

#include "base/base64url.hpp"
#include "signaling/admin/job.hpp"

namespace parley::signaling {

using Answer = Result<admin::Answer>;

namespace {

// What a guest is called until he has chosen.
constexpr std::string_view kNameless = "Guest";

MemberRights rights_of(const admin::Invite::Room& room) {
  return {.role = room.role(),
          .may_talk = talks(room.role()),
          .max_tier = room.has_max_tier() ? room.max_tier() : floor::EMERGENCY,
          .max_level = static_cast<std::uint8_t>(room.max_level())};
}

}  // namespace

// Whole seconds, as people see it.
WallTime AdminDesk::Job::link_end(std::uint32_t lifetime_s) const {
  const auto life = lifetime_s == 0 ? defaults.link_life : std::chrono::seconds(lifetime_s);
  return to_time(to_seconds(actor.now + life));
}

Result<admin::Link> AdminDesk::Job::make_link(UserId user, const EnrolmentWish& wish) {
  const auto secret = directory.create_enrolment(user, wish, actor, draft);
  if (!secret) return std::unexpected(secret.error());
  const std::string code = to_base64url(as_bytes(*secret));
  admin::Link link;
  if (!defaults.public_url.empty()) {
    link.set_url(defaults.public_url + (wish.chooses_name ? "/#i=" : "/#e=") + code);
  }
  link.set_code(code);
  *link.mutable_user() = to_message(*directory.find(user));
  link.set_until(to_seconds(wish.until));
  link.set_chooses_name(wish.chooses_name);
  return link;
}

Answer AdminDesk::Job::do_invite(const admin::Invite& invite) {
  const auto rooms = places(invite);
  if (!rooms) return std::unexpected(rooms.error());
  User guest{.delegation = invite.delegation(), .is_guest = true};
  guest.validity.from = to_bound(invite.from());
  const WallTime latest_start =
      std::max(link_end(invite.lifetime_s()), guest.validity.from.value_or(WallTime{}));
  guest.validity.until =
      invite.until() != 0 ? to_time(invite.until()) : latest_start + defaults.guest_life;
  if (*guest.validity.until <= actor.now) {
    return fail(ErrorCode::invalid_argument, "The time of this guest is over already.");
  }
  admin::Answer answer;
  for (std::uint32_t i = 0; i < std::max(invite.count(), 1U); ++i) {
    guest.name = invite.name();
    if (invite.name().empty()) guest.name = directory.free_name(kNameless);
    if (i > 0) guest.name = directory.free_name(guest.name);
    auto link = invite_one(invite, guest, *rooms);
    if (!link) return std::unexpected(link.error());
    *answer.mutable_links()->add_links() = std::move(*link);
  }
  return answer;
}

// The memberships of a guest, but for his number.
Result<std::vector<MembershipRecord>> AdminDesk::Job::places(const admin::Invite& invite) {
  if (invite.rooms().empty()) {
    return fail(ErrorCode::invalid_argument, "Say into which rooms the guest may go.");
  }
  std::vector<MembershipRecord> all;
  for (const admin::Invite::Room& wish : invite.rooms()) {
    const auto room = room_or_new(wish.room(), invite.create_rooms());
    if (!room) return std::unexpected(room.error());
    if (std::ranges::find(all, *room, &MembershipRecord::room) != all.end()) {
      return fail(ErrorCode::invalid_argument, "The same room is named twice.");
    }
    all.push_back({.room = *room, .user = {}, .rights = rights_of(wish)});
  }
  return all;
}

Result<admin::Link> AdminDesk::Job::invite_one(const admin::Invite& invite, const User& guest,
                                               std::span<const MembershipRecord> places_of_guest) {
  const auto user = directory.create_user(guest, actor, draft);
  if (!user) return std::unexpected(user.error());
  for (MembershipRecord membership : places_of_guest) {
    membership.user = *user;
    const auto added = directory.set_membership(membership, actor, draft);
    if (!added) return std::unexpected(added.error());
  }
  return make_link(*user,
                   {.until = link_end(invite.lifetime_s()), .chooses_name = invite.name().empty()});
}

}  // namespace parley::signaling
