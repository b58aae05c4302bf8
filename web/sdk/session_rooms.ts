// The rooms of a session: entered one after the other, each heard in slots of its own.
import type { Joined, Session } from "../src/generated/protocol/client_pb";
import { updateTalkers } from "./members";
import { stop } from "./session_connection";
import { applyFloor, repeatTalkRoom } from "./session_floor";
import * as media from "./session_media";
import type { RequestKind, Room } from "./session_state";
import type { Turn } from "./session_turn";
import { toMember } from "./session_members";
import { findPlace, slotsOf } from "./slots";
import type { Place } from "./slots";

export function onSession(turn: Turn, session: Session, nowMs: number): void {
  const { floor, credentials } = turn.state;
  const offers = session.rooms.map(({ roomId, name }) => ({ id: roomId, name }));
  const wantedId = floor.talkRoomId || credentials.talkRoomId;
  const first = offers.find(({ id }) => id === wantedId) ?? offers[0];
  const displayName = session.displayName || credentials.displayName;
  turn.change({
    credentials: {
      displayName,
      token: session.resumeToken,
      ...(credentials.talkRoomId && { talkRoomId: credentials.talkRoomId }),
    },
    offers,
    entered: new Set(),
    enteringId: "",
  });
  turn.ask({ type: "store_session", token: session.resumeToken, roomName: first?.name ?? "" });
  for (const id of turn.state.rooms.keys()) {
    if (!offers.some((offer) => offer.id === id)) dropRoom(turn, id, nowMs);
  }
  if (!first) {
    stop(turn, "room_unknown");
    return;
  }
  turn.change({ phase: { kind: "joining" } });
  enter(turn, first.id, "join");
  media.takeUpMedia(turn, session.transportId);
}

// Asks for a room in the slots it has, or in the first that are free. False: none are left.
function enter(turn: Turn, id: string, kind: RequestKind, place = placeOf(turn, id)): boolean {
  turn.change({ entered: new Set(turn.state.entered).add(id) });
  if (!place) return false;
  turn.change({ places: new Map(turn.state.places).set(id, place), enteringId: id });
  turn.send(kind, { case: "join", value: { roomId: id, ...place } });
  return true;
}

function placeOf(turn: Turn, id: string): Place | undefined {
  return turn.state.places.get(id) ?? findPlace(turn.state.places.values(), slotsOf(undefined));
}

// The next room that was not asked for on this connection.
export function enterNext(turn: Turn): void {
  turn.change({ enteringId: "" });
  for (const { id } of turn.state.offers) {
    if (!turn.state.entered.has(id) && enter(turn, id, "join_more")) return;
  }
}

// A room that did not let us in is not heard; the others are.
export function onNotEntered(turn: Turn, nowMs: number): void {
  const id = turn.state.enteringId;
  if (id !== "") dropRoom(turn, id, nowMs);
  enterNext(turn);
}

export function dropRoom(turn: Turn, id: string, nowMs: number): void {
  const rooms = new Map(turn.state.rooms);
  const places = new Map(turn.state.places);
  rooms.delete(id);
  places.delete(id);
  turn.change({ rooms, places });
  applyFloor(turn, { type: "room_gone", roomId: id }, nowMs);
  const [nextId] = rooms.keys();
  if (turn.state.floor.talkRoomId === "" && nextId !== undefined) {
    applyFloor(turn, { type: "talk_room", roomId: nextId }, nowMs);
  }
}

export function onJoined(turn: Turn, joined: Joined, nowMs: number): void {
  const id = joined.room?.roomId ?? "";
  const channels = joined.talkers?.memberIds ?? [];
  const room: Room = {
    id,
    name: joined.room?.name ?? "",
    ownId: joined.ownMemberId,
    members: new Map(joined.members.map((member) => [member.memberId, toMember(member)])),
    channels,
    talkers: updateTalkers(turn.state.rooms.get(id)?.talkers ?? [], channels, nowMs),
  };
  const isFirst = turn.state.phase.kind === "joining";
  turn.change({ phase: { kind: "joined" }, attempt: 0, rooms: new Map(turn.state.rooms).set(id, room) });
  const { policy, ownRights: rights } = joined;
  applyFloor(turn, { type: "room", roomId: id, ownId: room.ownId, policy, rights }, nowMs);
  if (isFirst) onFirstJoined(turn, room);
  if (turn.state.enteringId !== id) return;
  if (!refit(turn, id)) enterNext(turn);
}

function onFirstJoined(turn: Turn, room: Room): void {
  turn.clearTimers("progress");
  if (turn.state.offers.length > 1) repeatTalkRoom(turn);
  // A new member is not muted for the server, and it may have missed a change while we were away.
  const muted = room.members.get(room.ownId)?.muted ?? false;
  if (muted !== turn.state.muted) {
    turn.send("other", { case: "setMuted", value: { muted: turn.state.muted } });
  }
  turn.setTimer("ping", turn.state.pingIntervalMs);
}

// Gives slots back that the room's mode does not need while others want them, and takes more where it
// needs them. True: the room was asked to move.
export function refit(turn: Turn, id: string): boolean {
  const { places, floor, offers, entered } = turn.state;
  const place = places.get(id);
  const mode = floor.rooms.get(id)?.policy.mode;
  if (!place || mode === undefined) return false;
  const wanted = slotsOf(mode);
  if (place.slots === wanted) return false;
  if (place.slots > wanted) {
    if (!offers.some((offer) => !entered.has(offer.id))) return false;
    return enter(turn, id, "join_more", { firstSlot: place.firstSlot, slots: wanted });
  }
  const others = [...places].filter(([other]) => other !== id).map(([, one]) => one);
  const better = findPlace(others, wanted);
  if (!better || better.slots <= place.slots) return false;
  return enter(turn, id, "join_more", better);
}
