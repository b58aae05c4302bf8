#include "signaling/admin/events.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "protocol/limits.hpp"
#include "signaling/admin/references.hpp"
#include "signaling/directory/rows.hpp"

namespace parley::signaling {
namespace {

std::string_view word_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::unauthenticated:
      return "unauthenticated";
    case ErrorCode::expired:
      return "expired";
    case ErrorCode::already_used:
      return "already_used";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::already_exists:
      return "already_exists";
    case ErrorCode::resource_exhausted:
      return "resource_exhausted";
    case ErrorCode::failed_precondition:
      return "failed_precondition";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::io:
      return "io";
  }
  return "io";
}

std::string name_of(const Directory& directory, UserId id) {
  const User* const user = directory.find(id);
  return user == nullptr ? std::string() : user->name;
}

void add_names(const Event& event, const Directory& directory, admin::Event& message) {
  if (const Device* const actor = directory.find(event.actor)) {
    message.set_actor_name(name_of(directory, actor->user));
  }
  message.set_user_name(name_of(directory, event.user));
  if (const RoomRecord* const room = directory.find(event.room)) message.set_room_name(room->name);
}

void write(const StoredEvent& stored, admin::Event& message) {
  const Event& event = stored.event;
  message.set_number(event.number);
  message.set_at_us(static_cast<std::uint64_t>(event.at.time_since_epoch().count()));
  message.set_kind(static_cast<admin::Event::Kind>(event.kind));
  message.set_actor_device_id(event.actor.value);
  message.set_user_id(event.user.value);
  message.set_device_id(event.device.value);
  message.set_room_id(event.room.value);
  message.set_mission_id(event.mission.value);
  message.set_code(event.code);
  message.set_detail(event.detail);
  message.set_hash(std::string(as_text(stored.hash)));
}

// The first event that does not follow from what was before it; 0: all do.
std::uint64_t find_break(std::span<const StoredEvent> events, std::uint64_t number,
                         EventHash before) {
  for (const auto& [event, hash] : events) {
    if (event.number != ++number || chain(before, event) != hash) return event.number;
    before = hash;
  }
  return 0;
}

admin::Answer answer_of(const admin::ListEvents& request, std::span<const StoredEvent> read,
                        const Directory* names) {
  const bool has_before = !read.empty() && read.front().event.number <= request.after();
  const EventHash before = has_before ? read.front().hash : EventHash{};
  if (has_before) read = read.subspan(1);
  const std::size_t limit = page_limit(request.limit());

  admin::Answer answer;
  admin::Events& page = *answer.mutable_events();
  page.set_has_more(read.size() > limit);
  read = read.first(std::min(read.size(), limit));
  if (request.verify()) page.set_broken_at(find_break(read, request.after(), before));
  for (const StoredEvent& stored : read) {
    admin::Event& message = *page.add_events();
    write(stored, message);
    if (names != nullptr) add_names(stored.event, *names, message);
  }
  return answer;
}

}  // namespace

admin::Answer refused(const Error& error) {
  admin::Answer answer;
  answer.mutable_refused()->set_code(std::string(word_of(error.code)));
  answer.mutable_refused()->set_sentence(error.message);
  return answer;
}

bool is_about_events(const admin::Request& request) { return request.has_list_events(); }

EventRange event_range(const admin::Request& request) {
  const admin::ListEvents& list = request.list_events();
  const bool has_before = list.after() > 0;
  return {.after = has_before ? list.after() - 1 : 0,
          .limit = page_limit(list.limit()) + (has_before ? 2U : 1U)};
}

admin::Answer events_answer(const admin::Request& request, const std::vector<Row>& rows,
                            const Directory* names) {
  std::vector<StoredEvent> read;
  for (const Row& row : rows) {
    auto event = event_from(row);
    if (!event) return refused(event.error());
    read.push_back(std::move(*event));
  }
  return answer_of(request.list_events(), read, names);
}

}  // namespace parley::signaling
