// The rooms of a session: entered one after the other, each heard in slots of its own.
import type { Joined, RoomInfo } from "../src/generated/protocol/client_pb";
import { updateTalkers } from "./members";
import { kProgressMs } from "./session_connection";
import { applyFloor, repeatTalkRoom } from "./session_floor";
import * as media from "./session_media";
import type { RequestKind, Room, RoomRefusal } from "./session_state";
import type { Turn } from "./session_turn";
import { toMember } from "./session_members";
import { findPlace, slotsOf } from "./slots";
import type { Place } from "./slots";

// The room used last, else the first; who may enter none stays signed in.
export function enterFirst(turn: Turn): void {
  const { floor, credentials, offers, entered } = turn.state;
  const wantedId = floor.talkRoomId || credentials.talkRoomId;
  const open = offers.filter(({ id }) => !entered.has(id));
  const first = open.find(({ id }) => id === wantedId) ?? open[0];
  if (!first) {
    toLobby(turn);
    return;
  }
  turn.change({ phase: { kind: "joining" } });
  turn.setTimer("progress", kProgressMs);
  enter(turn, first.id, "join");
}

// Signed in, in no room.
export function toLobby(turn: Turn): void {
  if (turn.state.media.kind !== "none") {
    media.closeMedia(turn);
    turn.send("other", { case: "disconnect", value: {} });
  }
  turn.clearTimers("progress");
  turn.change({ phase: { kind: "signed_in" }, wantsRoom: false, entered: new Set(), enteringId: "", attempt: 0 });
  turn.setTimer("ping", turn.state.pingIntervalMs);
}

// The first room does not let us in: perhaps another does.
export function onRefused(turn: Turn, reason: RoomRefusal, nowMs: number): void {
  const { enteringId: id, offers } = turn.state;
  const roomName = offers.find((offer) => offer.id === id)?.name ?? "";
  dropRoom(turn, id, nowMs);
  turn.change({ enteringId: "", roomNotice: { reason, roomName } });
  enterFirst(turn);
}

// An administrator has put this user out of a room.
export function loseRoom(turn: Turn, id: string, nowMs: number): void {
  const roomName = turn.state.rooms.get(id)?.name ?? "";
  const entered = new Set(turn.state.entered);
  entered.delete(id); // it may be given back
  dropRoom(turn, id, nowMs);
  turn.change({
    entered,
    offers: turn.state.offers.filter((offer) => offer.id !== id),
    roomNotice: { reason: "removed", roomName },
  });
  if (turn.state.rooms.size === 0 && turn.state.phase.kind === "joined") toLobby(turn);
}

export function onRoomsChanged(turn: Turn, rooms: readonly RoomInfo[], nowMs: number): void {
  const offers = rooms.map(({ roomId, name }) => ({ id: roomId, name }));
  for (const id of turn.state.rooms.keys()) {
    if (!offers.some((offer) => offer.id === id)) loseRoom(turn, id, nowMs);
  }
  turn.change({ offers });
  if (turn.state.phase.kind === "joined" && turn.state.enteringId === "") enterNext(turn);
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
  turn.ask({ type: "store_talk_room", roomId: room.id, roomName: room.name });
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
