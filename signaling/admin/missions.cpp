// Missions: people and rooms for a time.
#include "signaling/admin/job.hpp"

namespace parley::signaling {

using Answer = Result<admin::Answer>;

namespace {

constexpr int kMaxMemberships = 10'000;  // of one mission, as many as an answer shows
constexpr int kMaxRevoked = 1000;        // shown of an end

}  // namespace

Answer AdminDesk::Job::do_list_missions(const admin::ListMissions& list) {
  admin::Answer answer;
  admin::Missions& page = *answer.mutable_missions();
  page.set_has_more(take_page(directory.missions(), list.page(), [&](const Mission& mission) {
    *page.add_missions() = to_message(mission);
  }));
  return answer;
}

admin::Answer AdminDesk::Job::answer_mission(MissionId mission) const {
  admin::Answer answer;
  *answer.mutable_mission() = show(*directory.find(mission), directory);
  return answer;
}

Answer AdminDesk::Job::do_show_mission(const admin::ShowMission& wish) {
  const auto mission = find_mission(directory, wish.mission());
  if (!mission) return std::unexpected(mission.error());
  return answer_mission((*mission)->id);
}

Answer AdminDesk::Job::do_create_mission(const admin::CreateMission& wish) {
  if (wish.users_size() * wish.rooms_size() > kMaxMemberships) {
    return fail(ErrorCode::resource_exhausted, "A mission has at most 10000 memberships.");
  }
  std::vector<UserId> users;
  for (const admin::Ref& ref : wish.users()) {
    const auto user = find_user(directory, ref);
    if (!user) return std::unexpected(user.error());
    users.push_back((*user)->id);
  }
  std::vector<RoomId> rooms;
  for (const admin::Ref& ref : wish.rooms()) {
    const auto room = room_or_new(ref, wish.create_rooms());
    if (!room) return std::unexpected(room.error());
    rooms.push_back(*room);
  }
  Mission mission{.name = wish.name()};
  mission.validity = {.from = to_bound(wish.from()), .until = to_bound(wish.until())};
  const auto created = directory.create_mission(std::move(mission), users, rooms, actor, draft);
  if (!created) return std::unexpected(created.error());
  return answer_mission(*created);
}

Answer AdminDesk::Job::do_end_mission(const admin::EndMission& wish) {
  const auto mission = find_mission(directory, wish.mission());
  if (!mission) return std::unexpected(mission.error());
  const MissionId id = (*mission)->id;
  const auto revoked = directory.end_mission(id, actor, draft);
  if (!revoked) return std::unexpected(revoked.error());
  admin::Answer answer;
  admin::MissionEnded& ended = *answer.mutable_mission_ended();
  *ended.mutable_mission() = show(*directory.find(id), directory);
  ended.set_revoked_count(static_cast<std::uint32_t>(revoked->size()));
  for (const DeviceId device : *revoked) {
    if (ended.revoked_size() == kMaxRevoked) break;
    *ended.add_revoked() = show(*directory.find(device), directory, live);
  }
  return answer;
}

}  // namespace parley::signaling
