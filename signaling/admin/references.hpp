// How requests name users, rooms and missions, and how they page through lists.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/result.hpp"
#include "protocol/admin.pb.h"
#include "signaling/directory/directory.hpp"

namespace parley::signaling {

inline constexpr std::uint32_t kMaxPage = 1000;

// By number, or, where that is 0, by name. not_found; invalid_argument: neither is given.
[[nodiscard]] Result<const User*> find_user(const Directory& directory, const admin::Ref& ref);
[[nodiscard]] Result<const RoomRecord*> find_room(const Directory& directory,
                                                  const admin::Ref& ref);
[[nodiscard]] Result<const Mission*> find_mission(const Directory& directory,
                                                  const admin::Ref& ref);

[[nodiscard]] inline std::uint32_t page_limit(std::uint32_t wish) {
  return wish == 0 ? kMaxPage : std::min(wish, kMaxPage);
}

// Calls `take` with the records of one page, of those that `is_wanted`. Whether there are more.
template <class Id, class Record, class IsWanted, class Take>
bool take_page(const std::map<Id, Record>& records, const admin::Page& page, IsWanted is_wanted,
               Take take) {
  std::uint32_t left = page_limit(page.limit());
  for (auto next = records.upper_bound(Id{page.after_id()}); next != records.end(); ++next) {
    if (!is_wanted(next->second)) continue;
    if (left-- == 0) return true;
    take(next->second);
  }
  return false;
}

template <class Id, class Record, class Take>
bool take_page(const std::map<Id, Record>& records, const admin::Page& page, Take take) {
  return take_page(records, page, [](const Record&) { return true; }, take);
}

}  // namespace parley::signaling
