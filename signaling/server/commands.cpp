#include "signaling/server/commands.hpp"

#include <algorithm>
#include <string_view>

#include "base/base64url.hpp"
#include "net/clock.hpp"
#include "net/os_random.hpp"
#include "signaling/server/floor_words.hpp"
#include "signaling/server/key_file.hpp"
#include "signaling/server/service_files.hpp"

namespace parley::signaling {

namespace {

constexpr std::uint32_t kMaxTalkers = 4;  // multi; docs/floor.md

std::string line_of(const RoomRecord& room) {
  constexpr std::size_t kModeWidth = 12;  // private-half, private-full
  std::string mode = word_of(room.policy.mode());
  mode.resize(std::max(mode.size(), kModeWidth), ' ');
  return room_text(room.id) + "  " + mode + "  " + room.name + "\n";
}

RoomId new_room_id(RandomSource& random) {
  RoomId id;
  while (id.is_none()) id = RoomId{random.next_u64()};
  return id;
}

// The new rules, or why they make no sense together.
Result<floor::Policy> combine(const floor::Policy& before, const RoomRequest& request) {
  floor::Policy policy = before;
  if (request.from_defaults) policy.Clear();
  policy.MergeFrom(request.rules);
  if (request.mode) policy.set_mode(*request.mode);
  const std::string mode = word_of(policy.mode());
  if (policy.mode() == floor::MULTI && policy.talkers() > kMaxTalkers) {
    return fail(ErrorCode::invalid_argument, "--talkers: in a room of mode multi at most 4");
  }
  if (request.rules.has_talkers() && policy.mode() != floor::MULTI &&
      policy.mode() != floor::OPEN) {
    return fail(ErrorCode::invalid_argument, "--talkers: only for open and multi, not for " + mode);
  }
  if (request.rules.has_initiator() && policy.mode() != floor::BROADCAST) {
    return fail(ErrorCode::invalid_argument, "--initiator: only for broadcast, not for " + mode);
  }
  if (policy.mode() == floor::BROADCAST && !policy.has_initiator()) {
    return fail(ErrorCode::invalid_argument,
                "--initiator: a broadcast needs the number of the member who talks");
  }
  return policy;
}

Result<RoomRecord> set_room_in(Store& store, const RoomRequest& request, RandomSource& random) {
  Result<RoomRecord> room = store.find_room(request.name);
  const bool is_new = !room && room.error().code == ErrorCode::not_found;
  if (!room && !is_new) return room;
  const Result<floor::Policy> policy = combine(is_new ? floor::Policy{} : room->policy, request);
  if (!policy) return std::unexpected(policy.error());
  if (is_new) return store.create_room(new_room_id(random), request.name, *policy);
  if (const auto stored = store.set_policy(room->id, *policy); !stored) {
    return std::unexpected(stored.error());
  }
  room->policy = *policy;
  return room;
}

Result<RoomRecord> room_to_invite_to(Store& store, const std::string& name, bool create_room,
                                     RandomSource& random) {
  auto room = store.find_room(name);
  if (room || room.error().code != ErrorCode::not_found) return room;
  if (create_room) return store.create_room(new_room_id(random), name);
  return fail(ErrorCode::not_found,
              "there is no room '" + name + "'; make it with 'room', or use --create-room");
}

// The value for room number `index`: one for all, or one for each.
template <class Value>
Value value_for(const std::vector<Value>& values, std::size_t index, Value otherwise) {
  if (values.empty()) return otherwise;
  return values.size() == 1 ? values.front() : values.at(index);
}

Result<void> check_count(std::string_view option, std::size_t count, std::size_t rooms) {
  if (count <= 1 || count == rooms) return {};
  return fail(ErrorCode::invalid_argument,
              std::string(option) + ": give it once for all rooms, or once for each --room");
}

MemberRights rights_for(const InviteRequest& request, std::size_t index) {
  MemberRights rights;
  rights.role = value_for(request.roles, index, rights.role);
  rights.may_talk = rights.role != floor::LISTENER && rights.role != floor::OBSERVER;
  rights.max_tier = value_for(request.tiers, index, rights.max_tier);
  rights.max_level = value_for(request.levels, index, rights.max_level);
  return rights;
}

Result<std::vector<Admission>> admissions(Store& store, const InviteRequest& request,
                                          RandomSource& random) {
  const std::size_t count = request.rooms.size();
  Result<void> checked = check_count("--role", request.roles.size(), count);
  if (checked) checked = check_count("--tier", request.tiers.size(), count);
  if (checked) checked = check_count("--level", request.levels.size(), count);
  if (!checked) return std::unexpected(checked.error());
  std::vector<Admission> rooms;
  for (const std::string& name : request.rooms) {
    const auto room = room_to_invite_to(store, name, request.create_room, random);
    if (!room) return std::unexpected(room.error());
    rooms.push_back({.room = room->id, .rights = rights_for(request, rooms.size())});
  }
  return rooms;
}

}  // namespace

Result<std::string> set_room(const config::SignalingServiceConfig& config,
                             const RoomRequest& request) {
  auto store = open_store(config.store_file);
  if (!store) return std::unexpected(store.error());
  net::OsRandom random;
  const auto room = set_room_in(*store, request, random);
  if (!room) return std::unexpected(room.error());
  return line_of(*room);
}

Result<std::string> list_rooms(const config::SignalingServiceConfig& config) {
  auto store = open_store(config.store_file);
  if (!store) return std::unexpected(store.error());
  const auto rooms = store->rooms();
  if (!rooms) return std::unexpected(rooms.error());
  std::string lines;
  for (const RoomRecord& room : *rooms) lines += line_of(room);
  return lines;
}

Result<std::string> make_invitation(const config::SignalingServiceConfig& config,
                                    const InviteRequest& request) {
  net::OsRandom random;
  auto key = load_or_create_key_file(config.invitations.key_file, random);
  if (!key) return std::unexpected(key.error());
  auto store = open_store(config.store_file);
  if (!store) return std::unexpected(store.error());
  const auto rooms = admissions(*store, request, random);
  if (!rooms) return std::unexpected(rooms.error());
  const auto lifetime = request.lifetime.value_or(config.invitations.lifetime);
  const auto invitation = key->sign({.id = new_invitation_id(random),
                                     .rooms = *rooms,
                                     .display_name = request.display_name,
                                     .delegation = request.delegation,
                                     .not_after = net::read_clock().wall + lifetime});
  if (!invitation) return std::unexpected(invitation.error());
  const std::string& url = request.url.empty() ? config.server.public_url : request.url;
  return url + "/#i=" + to_base64url(*invitation) + "\n";
}

Result<std::string> init_key(const config::SignalingServiceConfig& config) {
  net::OsRandom random;
  const auto key = create_key_file(config.invitations.key_file, random);
  if (!key) return std::unexpected(key.error());
  return config.invitations.key_file.string() + "\n";
}

}  // namespace parley::signaling
