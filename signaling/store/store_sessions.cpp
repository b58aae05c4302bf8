// The half of the store that concerns sessions and the invitations they came from.
#include <sqlite3.h>

#include <algorithm>

#include "signaling/store/statement.hpp"
#include "signaling/store/store.hpp"

namespace parley::signaling {
namespace {

// Kept this much longer than the invitation lives, for clocks that are set back.
constexpr auto kRedemptionMargin = std::chrono::hours(24);

constexpr std::string_view kSelectSessions =
    "SELECT id, display_name, delegation, token_current, token_next, token_salt, expires, muted,"
    " transport, peer, talk_room FROM sessions ORDER BY id";

constexpr std::string_view kSelectMemberships =
    "SELECT session, room, member, role, may_talk, max_tier, max_level, joined, first_slot, slots,"
    " hand_raised FROM memberships JOIN sessions ON id = session ORDER BY session, place";

SessionRecord read_session(const Statement& row) {
  SessionRecord session;
  session.id = SessionId{row.number(0)};
  session.display_name = row.text(1);
  session.delegation = row.text(2);
  row.blob(3, session.tokens.current);
  row.blob(4, session.tokens.next);
  row.blob(5, session.tokens.salt);
  session.expires = row.time(6);
  session.muted = row.flag(7);
  session.transport_id = row.number32(8);
  session.peer = PeerId{row.number(9)};
  session.talk_room = RoomId{row.number(10)};
  return session;
}

MembershipRecord read_membership(const Statement& row) {
  return {.room = RoomId{row.number(1)},
          .member = MemberId{row.number(2)},
          .rights = {.role = static_cast<floor::Role>(row.number32(3)),
                     .may_talk = row.flag(4),
                     .max_tier = static_cast<floor::Tier>(row.number32(5)),
                     .max_level = static_cast<std::uint8_t>(row.number(6))},
          .joined = row.flag(7),
          .first_slot = row.number32(8),
          .slots = row.number32(9),
          .hand_raised = row.flag(10)};
}

std::uint64_t number_of(bool flag) { return flag ? 1 : 0; }

// Runs an UPDATE or DELETE that concerns exactly one session.
Result<void> change_one(sqlite3* database, Statement& statement) {
  Result<void> done = statement.run();
  if (!done) return done;
  if (sqlite3_changes(database) == 0) {
    return fail(ErrorCode::not_found, "There is no such session.");
  }
  return {};
}

Result<void> insert_redemption(sqlite3* database, const Redemption& redemption) {
  Result<void> done =
      Statement(database,
                "INSERT INTO redemptions (invitation, not_after, session, retry_key)"
                " VALUES (?, ?, ?, ?)")
          .bind(Bytes(redemption.invitation.value))
          .bind(redemption.not_after)
          .bind(redemption.session.value)
          .bind(Bytes(redemption.retry_key))
          .run();
  if (!done && done.error().code == ErrorCode::already_exists) {
    return fail(ErrorCode::already_used, "This invitation was used already.");
  }
  return done;
}

// Takes the room's next member number.
Result<MemberId> take_member(sqlite3* database, RoomId room) {
  Statement update(database,
                   "UPDATE rooms SET next_member = next_member + 1 WHERE id = ?"
                   " RETURNING next_member - 1");
  const Result<Step> step = update.bind(room.value).step();
  if (!step) return std::unexpected(step.error());
  if (*step == Step::done) return fail(ErrorCode::not_found, "There is no such room.");
  return MemberId{update.number(0)};
}

Result<void> check_room_for_one_more(sqlite3* database) {
  Statement count(database, "SELECT count(*) FROM sessions");
  if (const Result<Step> step = count.step(); !step) return std::unexpected(step.error());
  if (count.number(0) >= kMaxSessions) {
    return fail(ErrorCode::resource_exhausted,
                "There are as many sessions as this service can hold.");
  }
  return {};
}

Result<void> insert_session(sqlite3* database, const SessionRecord& session) {
  return Statement(database,
                   "INSERT INTO sessions (id, display_name, delegation, token_current, token_next,"
                   " token_salt, expires) VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bind(session.id.value)
      .bind(session.display_name)
      .bind(session.delegation)
      .bind(Bytes(session.tokens.current))
      .bind(Bytes(session.tokens.next))
      .bind(Bytes(session.tokens.salt))
      .bind(session.expires)
      .run();
}

// Makes the session a member of one more room.
Result<void> admit(sqlite3* database, const Admission& admission, SessionRecord& session) {
  const Result<MemberId> member = take_member(database, admission.room);
  if (!member) return std::unexpected(member.error());
  const MemberRights& rights = admission.rights;
  Result<void> done =
      Statement(database,
                "INSERT INTO memberships (session, place, room, member, role, may_talk, max_tier,"
                " max_level) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
          .bind(session.id.value)
          .bind(std::uint64_t{session.rooms.size()})
          .bind(admission.room.value)
          .bind(member->value)
          .bind(static_cast<std::uint64_t>(rights.role))
          .bind(number_of(rights.may_talk))
          .bind(static_cast<std::uint64_t>(rights.max_tier))
          .bind(std::uint64_t{rights.max_level})
          .run();
  if (!done) return done;
  session.rooms.push_back({.room = admission.room, .member = *member, .rights = rights});
  return {};
}

}  // namespace

MembershipRecord* SessionRecord::find(RoomId room) {
  const auto found = std::ranges::find(rooms, room, &MembershipRecord::room);
  return found == rooms.end() ? nullptr : &*found;
}

const MembershipRecord* SessionRecord::find(RoomId room) const {
  const auto found = std::ranges::find(rooms, room, &MembershipRecord::room);
  return found == rooms.end() ? nullptr : &*found;
}

bool SessionRecord::is_in_a_room() const {
  return std::ranges::any_of(rooms, &MembershipRecord::joined);
}

Result<SessionRecord> Store::redeem(const Redemption& redemption) {
  sqlite3* database = database_.get();
  const SyncedWrites synced(database);
  if (!synced.ready()) return std::unexpected(synced.ready().error());
  Transaction transaction(database);
  if (!transaction.begun()) return std::unexpected(transaction.begun().error());

  Result<void> done = insert_redemption(database, redemption);
  if (done) done = check_room_for_one_more(database);
  if (!done) return std::unexpected(done.error());

  SessionRecord session;
  session.id = redemption.session;
  session.display_name = redemption.display_name;
  session.delegation = redemption.delegation;
  session.tokens = redemption.tokens;
  session.expires = redemption.expires;
  done = insert_session(database, session);
  for (const Admission& admission : redemption.rooms) {
    if (done) done = admit(database, admission, session);
  }
  if (done) done = transaction.commit();
  if (!done) return std::unexpected(done.error());
  return session;
}

Result<std::optional<RedeemedRecord>> Store::find_redeemed(InvitationId invitation) {
  Statement query(database_.get(),
                  "SELECT session, retry_key FROM redemptions WHERE invitation = ?");
  const Result<Step> step = query.bind(Bytes(invitation.value)).step();
  if (!step) return std::unexpected(step.error());
  if (*step == Step::done) return std::nullopt;
  RedeemedRecord redeemed{.session = SessionId{query.number(0)}};
  query.blob(1, redeemed.retry_key);
  return redeemed;
}

Result<std::vector<SessionRecord>> Store::sessions() {
  Statement query(database_.get(), kSelectSessions);
  std::vector<SessionRecord> sessions;
  for (;;) {
    const Result<Step> step = query.step();
    if (!step) return std::unexpected(step.error());
    if (*step == Step::done) break;
    sessions.push_back(read_session(query));
  }
  Result<void> read = read_memberships(sessions);
  if (!read) return std::unexpected(read.error());
  return sessions;
}

// Both are in the order of the sessions' ids.
Result<void> Store::read_memberships(std::vector<SessionRecord>& sessions) {
  Statement query(database_.get(), kSelectMemberships);
  auto session = sessions.begin();
  for (;;) {
    const Result<Step> step = query.step();
    if (!step) return std::unexpected(step.error());
    if (*step == Step::done) return {};
    const SessionId of{query.number(0)};
    while (session != sessions.end() && session->id != of) ++session;
    if (session == sessions.end())
      return fail(ErrorCode::io, "The database changed while it was read.");
    session->rooms.push_back(read_membership(query));
  }
}

Result<void> Store::set_tokens(SessionId session, const TokenChain& tokens, WallTime expires) {
  const SyncedWrites synced(database_.get());
  if (!synced.ready()) return synced.ready();
  Statement update(database_.get(),
                   "UPDATE sessions SET token_current = ?, token_next = ?, token_salt = ?,"
                   " expires = ? WHERE id = ?");
  update.bind(Bytes(tokens.current)).bind(Bytes(tokens.next)).bind(Bytes(tokens.salt));
  return change_one(database_.get(), update.bind(expires).bind(session.value));
}

Result<void> Store::set_expires(SessionId session, WallTime expires) {
  Statement update(database_.get(), "UPDATE sessions SET expires = ? WHERE id = ?");
  return change_one(database_.get(), update.bind(expires).bind(session.value));
}

Result<void> Store::set_membership(SessionId session, const MembershipRecord& membership) {
  Statement update(database_.get(),
                   "UPDATE memberships SET joined = ?, first_slot = ?, slots = ?, hand_raised = ?"
                   " WHERE session = ? AND room = ?");
  update.bind(number_of(membership.joined)).bind(std::uint64_t{membership.first_slot});
  update.bind(std::uint64_t{membership.slots}).bind(number_of(membership.hand_raised));
  return change_one(database_.get(), update.bind(session.value).bind(membership.room.value));
}

Result<void> Store::set_talk_room(SessionId session, RoomId room) {
  Statement update(database_.get(), "UPDATE sessions SET talk_room = ? WHERE id = ?");
  return change_one(database_.get(), update.bind(room.value).bind(session.value));
}

Result<void> Store::set_muted(SessionId session, bool muted) {
  Statement update(database_.get(), "UPDATE sessions SET muted = ? WHERE id = ?");
  return change_one(database_.get(), update.bind(number_of(muted)).bind(session.value));
}

Result<void> Store::set_transport(SessionId session, std::uint32_t transport_id, PeerId peer) {
  Statement update(database_.get(), "UPDATE sessions SET transport = ?, peer = ? WHERE id = ?");
  update.bind(std::uint64_t{transport_id}).bind(peer.value);
  return change_one(database_.get(), update.bind(session.value));
}

Result<void> Store::remove_session(SessionId session) {
  Statement remove(database_.get(), "DELETE FROM sessions WHERE id = ?");
  return change_one(database_.get(), remove.bind(session.value));
}

Result<std::size_t> Store::forget_expired_invitations(WallTime now) {
  Statement remove(database_.get(), "DELETE FROM redemptions WHERE not_after < ?");
  // Subtracting the margin from now, not adding it to not_after, which may be the last date there
  // is.
  const Result<void> done = remove.bind(now - kRedemptionMargin).run();
  if (!done) return std::unexpected(done.error());
  return static_cast<std::size_t>(sqlite3_changes(database_.get()));
}

}  // namespace parley::signaling
