#include "signaling/directory/rows.hpp"

#include <algorithm>
#include <concepts>
#include <limits>
#include <utility>

#include "base/bytes.hpp"
#include "protocol/limits.hpp"

namespace parley::signaling {
namespace {

constexpr std::size_t kMaxPolicy = 1024;  // bytes; the largest that keeps its limits has 200

// Row from values: one call for each column, in their order.
class RowWriter {
 public:
  template <std::integral T>
  RowWriter& add(T number) {
    row_.emplace_back(static_cast<std::int64_t>(number));
    return *this;
  }
  template <class Tag, class Rep>
  RowWriter& add(StrongId<Tag, Rep> id) {
    return add(id.value);
  }
  RowWriter& add(std::string_view text) {
    row_.emplace_back(std::string(text));
    return *this;
  }
  RowWriter& add(Bytes bytes) {
    row_.emplace_back(Blob(bytes.begin(), bytes.end()));
    return *this;
  }
  RowWriter& add(WallTime time) { return add(time.time_since_epoch().count()); }
  RowWriter& add(const Validity& validity) {
    return add(validity.from.value_or(WallTime{})).add(validity.until.value_or(WallTime{}));
  }
  [[nodiscard]] Row take() { return std::move(row_); }

 private:
  Row row_;
};

// Values from a row, in order; remembers whether each of them could be.
class RowReader {
 public:
  explicit RowReader(const Row& row) : row_(row) {}

  std::int64_t signed_number() { return std::get<std::int64_t>(row_.at(next_++)); }
  std::uint64_t number() { return static_cast<std::uint64_t>(signed_number()); }
  template <class T>
  T number_as(std::uint64_t most = std::numeric_limits<T>::max()) {
    const std::uint64_t value = number();
    is_sound_ &= value <= most;
    return static_cast<T>(value);
  }
  bool flag() { return number_as<std::uint8_t>(1) != 0; }
  template <class Id>
  Id id() {
    return Id{number_as<decltype(Id::value)>()};
  }
  template <class Id>
  Id some_id() {
    const Id one = id<Id>();
    is_sound_ &= !one.is_none();
    return one;
  }
  std::string text() { return std::get<std::string>(row_.at(next_++)); }
  const Blob& blob() { return std::get<Blob>(row_.at(next_++)); }
  template <std::size_t N>
  std::array<std::uint8_t, N> bytes() {
    const Blob& found = blob();
    std::array<std::uint8_t, N> copy{};
    is_sound_ &= found.size() == N;
    if (found.size() == N) std::ranges::copy(found, copy.begin());
    return copy;
  }
  WallTime time() { return WallTime(Duration(signed_number())); }
  Validity validity() {
    const auto bound = [this] {
      const WallTime at = time();
      return at == WallTime{} ? std::nullopt : std::optional(at);
    };
    Validity read;
    read.from = bound();
    read.until = bound();
    return read;
  }
  void require(bool is_sound) { is_sound_ &= is_sound; }

  template <class Record>
  [[nodiscard]] Result<Record> finish(Record record, std::string_view what) const {
    if (is_sound_) return record;
    return fail(ErrorCode::invalid_argument,
                "The store holds a damaged " + std::string(what) + ".");
  }

 private:
  const Row& row_;
  std::size_t next_ = 0;
  bool is_sound_ = true;
};

}  // namespace

Row to_row(const User& user) {
  return RowWriter()
      .add(user.id)
      .add(user.name)
      .add(user.delegation)
      .add(user.is_admin)
      .add(user.may_create_rooms)
      .add(user.is_guest)
      .add(user.is_disabled)
      .add(user.validity)
      .add(user.created)
      .take();
}

Result<User> user_from(const Row& row) {
  RowReader reader(row);
  User user{.id = reader.some_id<UserId>(), .name = reader.text(), .delegation = reader.text()};
  user.is_admin = reader.flag();
  user.may_create_rooms = reader.flag();
  user.is_guest = reader.flag();
  user.is_disabled = reader.flag();
  user.validity = reader.validity();
  user.created = reader.time();
  return reader.finish(std::move(user), "user");
}

Row to_row(const Device& device) {
  return RowWriter()
      .add(device.id)
      .add(device.user)
      .add(device.label)
      .add(std::to_underlying(device.state))
      .add(Bytes(device.key))
      .add(as_bytes(device.public_key))
      .add(device.enrolled)
      .add(device.credential_until)
      .add(device.credential_serial)
      .take();
}

Result<Device> device_from(const Row& row) {
  RowReader reader(row);
  Device device{
      .id = reader.some_id<DeviceId>(), .user = reader.some_id<UserId>(), .label = reader.text()};
  device.state =
      DeviceState{reader.number_as<std::uint8_t>(std::to_underlying(DeviceState::revoked))};
  device.key = reader.bytes<std::tuple_size_v<KeyFingerprint>>();
  device.public_key = std::string(as_text(reader.blob()));
  device.enrolled = reader.time();
  device.credential_until = reader.time();
  device.credential_serial = reader.number();
  return reader.finish(std::move(device), "device");
}

Row to_row(const Enrolment& enrolment) {
  return RowWriter()
      .add(Bytes(enrolment.id))
      .add(enrolment.user)
      .add(enrolment.until)
      .add(enrolment.is_approved)
      .add(enrolment.chooses_name)
      .add(enrolment.used_by)
      .take();
}

Result<Enrolment> enrolment_from(const Row& row) {
  RowReader reader(row);
  Enrolment enrolment{.id = reader.bytes<std::tuple_size_v<EnrolmentId>>(),
                      .user = reader.some_id<UserId>(),
                      .until = reader.time()};
  enrolment.is_approved = reader.flag();
  enrolment.chooses_name = reader.flag();
  enrolment.used_by = reader.id<DeviceId>();
  return reader.finish(enrolment, "enrolment");
}

Row to_row(const RoomRecord& room) {
  return RowWriter()
      .add(room.id)
      .add(room.name)
      .add(as_bytes(room.policy.SerializeAsString()))
      .add(room.open)
      .add(room.cap)
      .add(room.is_locked)
      .add(room.has_lobby)
      .add(room.next_member)
      .take();
}

Result<RoomRecord> room_from(const Row& row) {
  RowReader reader(row);
  RoomRecord room{.id = reader.some_id<RoomId>(), .name = reader.text()};
  reader.require(protocol::decode(reader.blob(), kMaxPolicy, room.policy).has_value());
  room.open = reader.validity();
  room.cap = reader.number_as<std::uint32_t>();
  room.is_locked = reader.flag();
  room.has_lobby = reader.flag();
  room.next_member = reader.number_as<std::uint32_t>();
  return reader.finish(std::move(room), "room");
}

Row to_row(const Mission& mission) {
  return RowWriter()
      .add(mission.id)
      .add(mission.name)
      .add(mission.validity)
      .add(mission.is_ended)
      .take();
}

Result<Mission> mission_from(const Row& row) {
  RowReader reader(row);
  Mission mission{.id = reader.some_id<MissionId>(), .name = reader.text()};
  mission.validity = reader.validity();
  mission.is_ended = reader.flag();
  return reader.finish(std::move(mission), "mission");
}

Row to_row(const MembershipRecord& membership) {
  return RowWriter()
      .add(membership.room)
      .add(membership.user)
      .add(static_cast<int>(membership.rights.role))
      .add(membership.rights.may_talk)
      .add(static_cast<int>(membership.rights.max_tier))
      .add(membership.rights.max_level)
      .add(membership.place)
      .add(membership.validity)
      .add(membership.mission)
      .take();
}

Result<MembershipRecord> membership_from(const Row& row) {
  RowReader reader(row);
  MembershipRecord membership{.room = reader.some_id<RoomId>(), .user = reader.some_id<UserId>()};
  const int role = reader.number_as<int>();
  membership.rights.may_talk = reader.flag();
  const int tier = reader.number_as<int>();
  reader.require(floor::Role_IsValid(role) && floor::Tier_IsValid(tier));
  membership.rights.role = static_cast<floor::Role>(role);
  membership.rights.max_tier = static_cast<floor::Tier>(tier);
  membership.rights.max_level = reader.number_as<std::uint8_t>(kMaxLevel);
  membership.place = reader.number_as<std::uint32_t>();
  membership.validity = reader.validity();
  membership.mission = reader.id<MissionId>();
  return reader.finish(membership, "membership");
}

Row to_row(const SessionRecord& session) {
  return RowWriter()
      .add(session.device)
      .add(session.transport_id)
      .add(session.peer)
      .add(session.talk_room)
      .add(session.muted)
      .take();
}

Result<SessionRecord> session_from(const Row& row) {
  RowReader reader(row);
  SessionRecord session{.device = reader.some_id<DeviceId>()};
  session.transport_id = reader.number_as<std::uint32_t>();
  session.peer = reader.id<PeerId>();
  session.talk_room = reader.id<RoomId>();
  session.muted = reader.flag();
  return reader.finish(session, "session");
}

Row to_row(const Stay& stay) {
  return RowWriter()
      .add(stay.device)
      .add(stay.room)
      .add(stay.member)
      .add(stay.is_inside)
      .add(stay.first_slot)
      .add(stay.slots)
      .add(stay.hand_raised)
      .take();
}

Result<Stay> stay_from(const Row& row) {
  RowReader reader(row);
  Stay stay{.device = reader.some_id<DeviceId>(), .room = reader.some_id<RoomId>()};
  stay.member = reader.some_id<MemberId>();
  stay.is_inside = reader.flag();
  stay.first_slot = reader.number_as<std::uint32_t>();
  stay.slots = reader.number_as<std::uint32_t>();
  stay.hand_raised = reader.flag();
  return reader.finish(stay, "stay");
}

Row to_row(const std::pair<MissionId, RoomId>& mission_room) {
  return RowWriter().add(mission_room.first).add(mission_room.second).take();
}

Result<std::pair<MissionId, RoomId>> mission_room_from(const Row& row) {
  RowReader reader(row);
  const auto mission = reader.some_id<MissionId>();
  return reader.finish(std::pair(mission, reader.some_id<RoomId>()), "room of a mission");
}

Row to_row(const StoredEvent& stored) {
  const Event& event = stored.event;
  return RowWriter()
      .add(event.number)
      .add(event.at)
      .add(std::to_underlying(event.kind))
      .add(event.actor)
      .add(event.user)
      .add(event.device)
      .add(event.room)
      .add(event.mission)
      .add(event.code)
      .add(event.detail)
      .add(Bytes(stored.hash))
      .take();
}

Result<StoredEvent> event_from(const Row& row) {
  RowReader reader(row);
  Event event{.number = reader.number(), .at = reader.time()};
  event.kind = EventKind{reader.number_as<std::uint16_t>()};
  event.actor = reader.id<DeviceId>();
  event.user = reader.id<UserId>();
  event.device = reader.id<DeviceId>();
  event.room = reader.id<RoomId>();
  event.mission = reader.id<MissionId>();
  event.code = reader.number_as<std::uint32_t>();
  event.detail = reader.text();
  StoredEvent stored{.event = std::move(event),
                     .hash = reader.bytes<std::tuple_size_v<EventHash>>()};
  return reader.finish(std::move(stored), "event");
}

}  // namespace parley::signaling
