#include "signaling/server/commands.hpp"

#include <array>
#include <cstdio>

#include "base/base64url.hpp"
#include "net/clock.hpp"
#include "net/os_random.hpp"
#include "signaling/server/key_file.hpp"
#include "signaling/server/service_files.hpp"

namespace parley::signaling {

namespace {

std::string line_of(const RoomRecord& room) {
  std::array<char, 17> id{};
  std::snprintf(id.data(), id.size(), "%016llx", static_cast<unsigned long long>(room.id.value));
  return std::string(id.data()) + "  " + room.name + "\n";
}

RoomId new_room_id(RandomSource& random) {
  RoomId id;
  while (id.is_none()) id = RoomId{random.next_u64()};
  return id;
}

Result<RoomRecord> room_to_invite_to(Store& store, const InviteRequest& request,
                                     RandomSource& random) {
  auto room = store.find_room(request.room);
  if (room || room.error().code != ErrorCode::not_found) return room;
  if (request.create_room) return store.create_room(new_room_id(random), request.room);
  return fail(ErrorCode::not_found, "there is no room '" + request.room +
                                        "'; make it with 'room add', or use --create-room");
}

}  // namespace

Result<std::string> add_room(const config::SignalingServiceConfig& config,
                             const std::string& name) {
  auto store = open_store(config.store_file);
  if (!store) return std::unexpected(store.error());
  net::OsRandom random;
  const auto room = store->create_room(new_room_id(random), name);
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
  const auto room = room_to_invite_to(*store, request, random);
  if (!room) return std::unexpected(room.error());
  const auto lifetime = request.lifetime.value_or(config.invitations.lifetime);
  const auto invitation = key->sign({.id = new_invitation_id(random),
                                     .room = room->id,
                                     .display_name = request.display_name,
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
