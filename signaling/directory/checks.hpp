// What every kind of record has to keep, and the words for it.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "signaling/directory/records.hpp"

namespace parley::signaling {

inline constexpr std::size_t kMaxName = 64;   // bytes of UTF-8, of users, rooms and missions
inline constexpr std::size_t kMaxLabel = 64;  // of devices

[[nodiscard]] Result<void> check_name(std::string_view name);
[[nodiscard]] Result<void> check_validity(const Validity& validity);
[[nodiscard]] Result<void> check_user(const User& user);
[[nodiscard]] Result<void> check_room(const RoomRecord& room);

[[nodiscard]] inline std::unexpected<Error> name_taken() {
  return fail(ErrorCode::already_exists, "This name is taken.");
}
[[nodiscard]] inline std::unexpected<Error> no_such_user() {
  return fail(ErrorCode::not_found, "There is no such user.");
}
[[nodiscard]] inline std::unexpected<Error> no_such_device() {
  return fail(ErrorCode::not_found, "There is no such device.");
}
[[nodiscard]] inline std::unexpected<Error> no_such_room() {
  return fail(ErrorCode::not_found, "There is no such room.");
}
[[nodiscard]] inline std::unexpected<Error> last_administrator() {
  return fail(ErrorCode::failed_precondition,
              "This is the last administrator: make another one first.");
}

}  // namespace parley::signaling
