#include "signaling/admin/references.hpp"

#include <string>
#include <string_view>

namespace parley::signaling {
namespace {

template <class Record, class ById, class ByName>
Result<const Record*> find_one(const admin::Ref& ref, std::string_view kind, ById by_id,
                               ByName by_name) {
  const std::string what(kind);
  if (ref.id() == 0 && ref.name().empty()) {
    return fail(ErrorCode::invalid_argument, "Say which " + what + ", by name or by number.");
  }
  const Record* const found = ref.id() != 0 ? by_id(ref.id()) : by_name(ref.name());
  if (found != nullptr) return found;
  return fail(ErrorCode::not_found,
              ref.id() != 0 ? "There is no " + what + " of this number."
                            : "There is no " + what + " with the name '" + ref.name() + "'.");
}

}  // namespace

Result<const User*> find_user(const Directory& directory, const admin::Ref& ref) {
  return find_one<User>(
      ref, "user", [&](std::uint64_t id) { return directory.find(UserId{id}); },
      [&](std::string_view name) { return directory.find_user(name); });
}

Result<const RoomRecord*> find_room(const Directory& directory, const admin::Ref& ref) {
  return find_one<RoomRecord>(
      ref, "room", [&](std::uint64_t id) { return directory.find(RoomId{id}); },
      [&](std::string_view name) { return directory.find_room(name); });
}

Result<const Mission*> find_mission(const Directory& directory, const admin::Ref& ref) {
  return find_one<Mission>(
      ref, "mission", [&](std::uint64_t id) { return directory.find(MissionId{id}); },
      [&](std::string_view name) { return directory.find_mission(name); });
}

}  // namespace parley::signaling
