// What is stored, and what waits until it is.
#include <algorithm>
#include <utility>

#include "signaling/core/state.hpp"
#include "signaling/directory/rows.hpp"
#include "signaling/store/tables.hpp"

namespace parley::signaling {
namespace {

// What such a change takes away is gone before anybody is told that it was stored.
bool takes_access_away(const Event& event) {
  switch (event.kind) {
    case EventKind::user_changed:
    case EventKind::user_disabled:
    case EventKind::user_removed:
    case EventKind::device_revoked:
    case EventKind::room_changed:
    case EventKind::room_removed:
    case EventKind::membership_set:
    case EventKind::membership_removed:
    case EventKind::mission_changed:
    case EventKind::mission_ended:
      return true;
    default:  // kinds that give, or change nothing for anybody who is here
      return false;
  }
}

}  // namespace

Result<void> SignalingCore::State::load(Now now) {
  for (const Table* const table : all_tables()) {
    if (table->is_append_only) continue;
    const auto rows = engine.read(*table);
    if (!rows) return std::unexpected(rows.error());
    if (auto taken = directory.load(*table, *rows); !taken) return taken;
  }
  const auto newest = engine.read_last_event();
  if (!newest) return std::unexpected(newest.error());
  for (const Row& row : *newest) {
    const auto event = event_from(row);
    if (!event) return std::unexpected(event.error());
    directory.continue_events(event->event.number, event->hash);
  }
  for (const auto& [id, record] : directory.sessions()) load_session(record, now);
  watch_access(now);
  return {};
}

Result<void> SignalingCore::State::keep(Draft& draft, Turn& turn, std::function<void(Turn&)> then) {
  CommitNumber number = 0;
  if (!draft.is_empty()) {
    const auto taken = engine.commit(draft.take_writes(), Durability::synced);
    if (!taken) {
      directory.undo(draft);
      return std::unexpected(taken.error());
    }
    newest_commit = number = *taken;
  }
  if (std::ranges::any_of(draft.events(), takes_access_away)) review_after(draft.events(), turn);
  if (engine.committed() >= number) {
    then(turn);
  } else {
    waiting.push_back({.commit = number, .then = std::move(then)});
  }
  return {};
}

Result<void> SignalingCore::State::keep_lazily(Draft& draft) {
  if (draft.is_empty()) return {};
  const auto taken = engine.commit(draft.take_writes(), Durability::lazy);
  if (!taken) {
    directory.undo(draft);
    return std::unexpected(taken.error());
  }
  newest_commit = *taken;
  return {};
}

// If one of these fails, a restart shows what was before until the client says it again.
void SignalingCore::State::keep_session(const Session& session) {
  if (directory.find(session.device) == nullptr) return;  // removed with its user
  Draft draft;
  directory.put(session.record, draft);
  (void)keep_lazily(draft);
}

void SignalingCore::State::keep_stay(const Stay& stay) {
  Draft draft;
  directory.put(stay, draft);
  (void)keep_lazily(draft);
}

void SignalingCore::State::on_store_progress(Turn& turn) {
  counters.store_available = engine.is_available();
  while (!waiting.empty() && waiting.front().commit <= engine.committed()) {
    const auto then = std::move(waiting.front().then);
    waiting.pop_front();
    then(turn);
  }
}

// ---- refusals: a hostile stranger fills no table ------------------------------------------------

void SignalingCore::State::count_refusal(EventKind kind, api::Error::Code code, DeviceId device) {
  RefusalKind key{kind, code, device};
  if (!refusals.contains(key) && refusals.size() >= kMaxRefusalKinds) key.device = {};
  ++refusals[key];
}

void SignalingCore::State::write_refusals(Turn& turn) {
  Draft draft;
  for (const auto& [kind, count] : std::exchange(refusals, {})) {
    directory.record({.kind = kind.kind,
                      .device = kind.device,
                      .code = static_cast<std::uint32_t>(kind.code),
                      .detail = "times=" + std::to_string(count)},
                     Actor{.device = {}, .now = turn.now.wall}, draft);
  }
  (void)keep_lazily(draft);
}

// ---- administrators -----------------------------------------------------------------------------

void SignalingCore::State::on_admin(AdminRequestId id, const admin::Request& request, Turn& turn) {
  if (is_about_events(request)) return read_events(id, request, turn);
  Draft draft;
  const Actor actor{.device = {}, .now = turn.now.wall};
  admin::Answer answer = desk.handle(request, actor, *this, draft);
  if (answer.has_refused()) {
    directory.undo(draft);
    turn.out.admin_answers.push_back({.request = id, .answer = std::move(answer)});
    return;
  }
  const auto kept = keep(draft, turn, [this, id, answer, events = draft.events()](Turn& later) {
    review_after(events, later);
    later.out.admin_answers.push_back({.request = id, .answer = answer});
  });
  if (!kept) turn.out.admin_answers.push_back({.request = id, .answer = refused(kept.error())});
}

// Rows that come later go out with the next turn.
void SignalingCore::State::read_events(AdminRequestId id, const admin::Request& request,
                                       Turn& turn) {
  engine.read_events(event_range(request), [this, id, request](Result<std::vector<Row>> rows) {
    read_answers.push_back(
        {.request = id,
         .answer = rows ? events_answer(request, *rows, &directory) : refused(rows.error())});
  });
  give_read_answers(turn);
}

void SignalingCore::State::give_read_answers(Turn& turn) {
  for (auto& answer : std::exchange(read_answers, {})) {
    turn.out.admin_answers.push_back(std::move(answer));
  }
}

bool SignalingCore::State::is_online(DeviceId device) const {
  const auto found = sessions.find(device);
  return found != sessions.end() && !found->second.connection.is_none();
}

std::uint32_t SignalingCore::State::present(RoomId room) const {
  const auto found = rooms.find(room);
  return found == rooms.end() ? 0 : static_cast<std::uint32_t>(found->second.members().size());
}

}  // namespace parley::signaling
