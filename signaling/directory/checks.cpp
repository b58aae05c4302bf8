#include "signaling/directory/checks.hpp"

#include "protocol/limits.hpp"
#include "signaling/identity/display_name.hpp"

namespace parley::signaling {

Result<void> check_name(std::string_view name) {
  if (!name.empty() && name.size() <= kMaxName && is_display_name(name)) return {};
  return fail(ErrorCode::invalid_argument,
              "A name has 1 to 64 bytes of UTF-8 without control characters.");
}

Result<void> check_validity(const Validity& validity) {
  if (!validity.from || !validity.until || *validity.from < *validity.until) return {};
  return fail(ErrorCode::invalid_argument, "The end is not after the beginning.");
}

Result<void> check_user(const User& user) {
  if (user.delegation.size() > kMaxName || !is_display_name(user.delegation)) {
    return fail(ErrorCode::invalid_argument,
                "A delegation has at most 64 bytes of UTF-8 without control characters.");
  }
  if (user.is_guest && (user.is_admin || user.may_create_rooms)) {
    return fail(ErrorCode::invalid_argument, "A guest has no rights of his own.");
  }
  return check_validity(user.validity);
}

Result<void> check_room(const RoomRecord& room) {
  if (const std::string violation = protocol::find_violation(room.policy); !violation.empty()) {
    return fail(ErrorCode::invalid_argument,
                "A rule of the floor is outside its limit: " + violation);
  }
  return check_validity(room.open);
}

}  // namespace parley::signaling
