// What the page says of the floor of the talk room: one state, and the values its words need.
import type { Denied_Cause, Revoked_Cause } from "../src/generated/protocol/floor_pb";
import { isActive, Mode, Role, sameGrant, Tier } from "../sdk/floor_state";
import type { Claim, EmergencyState, Grant, Holder, Own, RoomFloor } from "../sdk/floor_state";
import { deviceOfTwin } from "../sdk/members";
import type { Room, SessionState } from "../sdk/session_state";
import type { Settings } from "./settings";

export const kFloorWords = [
  "free",
  "asking",
  "yours",
  "somebody",
  "queued",
  "offered",
  "denied",
  "revoked",
  "listening", // this person may only listen
  "away", // no sound yet, or not any more
] as const;
export type FloorWord = (typeof kFloorWords)[number];

export interface HolderView {
  readonly memberId: number;
  readonly name: string;
  readonly delegation: string;
  readonly isOwn: boolean;
  readonly sinceMs: number;
  readonly endsAtMs: number;
  readonly tier: Tier;
  readonly grant: Grant;
}

export interface FloorView {
  readonly word: FloorWord;
  readonly mode: Mode;
  readonly isLatched: boolean; // a press stays down by itself
  readonly isActive: boolean;
  readonly isChair: boolean; // chair or dispatcher
  readonly mayDeclare: boolean;
  readonly holders: readonly HolderView[];
  readonly others: readonly string[]; // names of those who talk
  readonly position: number;
  readonly size: number;
  readonly pressedAtMs: number; // asking
  readonly endsAtMs: number; // yours: 0 no limit; offered: until
  readonly isEnding: boolean; // yours, but it was revoked and the grace runs
  readonly denied: Denied_Cause | undefined;
  readonly revoked: Revoked_Cause | undefined;
  readonly by: string; // who took it; empty: nobody
}

// undefined: the room is open, everybody's microphone is.
export function floorOf(session: SessionState, settings: Settings): FloorView | undefined {
  const room = session.rooms.get(session.floor.talkRoomId);
  const floor = session.floor.rooms.get(session.floor.talkRoomId);
  if (!room || !floor || floor.policy.mode === Mode.OPEN) return undefined;
  const { own } = session.floor;
  const holders = holdersOf(floor, room);
  const others = holders.filter((holder) => !holder.isOwn && !isGone(floor.claims, holder.grant));
  return {
    word: wordOf(session, floor, own, others.length > 0),
    mode: floor.policy.mode,
    isLatched: isLatched(floor, own, settings),
    isActive: isActive(own),
    isChair: floor.rights.role === Role.CHAIR || floor.rights.role === Role.DISPATCHER,
    mayDeclare: floor.rights.mayTalk && floor.rights.maxTier === Tier.EMERGENCY,
    holders,
    others: others.map(({ name }) => name),
    position: own.kind === "queued" ? own.position : 0,
    size: own.kind === "queued" ? own.size : floor.waiting.length,
    pressedAtMs: own.kind === "asking" || own.kind === "waiting" ? own.pressedAtMs : 0,
    endsAtMs: endOf(own),
    isEnding: own.kind === "holding" && own.revoking !== undefined,
    denied: own.kind === "denied" ? own.cause : undefined,
    revoked: causeOf(own),
    by: nameOf(room, byOf(own)),
  };
}

function wordOf(session: SessionState, floor: RoomFloor, own: Own, isBusy: boolean): FloorWord {
  const { kind } = session.media;
  const { role, mayTalk } = floor.rights;
  if (!mayTalk || role === Role.LISTENER || role === Role.OBSERVER) return "listening";
  switch (own.kind) {
    case "waiting":
    case "asking":
      return "asking";
    case "queued":
      return own.offeredUntilMs > 0 && !own.isDown ? "offered" : "queued";
    case "holding":
      return "yours";
    case "denied":
    case "revoked":
      return own.kind;
    case "none":
      if (kind !== "connected" && kind !== "unstable") return "away";
      return isBusy ? "somebody" : "free";
  }
}

function isLatched(floor: RoomFloor, own: Own, settings: Settings): boolean {
  const { mode } = floor.policy;
  const isTapped = mode === Mode.CHAIRED || mode === Mode.PRIVATE_FULL;
  return settings.handsFree || isTapped || ("handsFree" in own && own.handsFree);
}

function holdersOf(floor: RoomFloor, room: Room): HolderView[] {
  return floor.holders.flatMap((holder) => toView(holder, floor, room));
}

function toView(holder: Holder, floor: RoomFloor, room: Room): HolderView[] {
  const { memberId, sinceMs, endsAtMs, tier, grant } = holder;
  const isOwn = memberId === floor.ownId;
  if (isOwn && isGone(floor.claims, grant)) return []; // let go: its end is only a matter of time
  const member = room.members.get(memberId);
  const name = nameOf(room, memberId);
  return [{ memberId, name, delegation: member?.delegation ?? "", isOwn, sinceMs, endsAtMs, tier, grant }];
}

const isGone = (claims: readonly Claim[], grant: Grant): boolean =>
  claims.some((claim) => claim.stage !== "asked" && sameGrant(claim.grant, grant));

function endOf(own: Own): number {
  if (own.kind === "holding") return own.revoking?.untilMs ?? own.endsAtMs;
  return own.kind === "queued" ? own.offeredUntilMs : 0;
}

function causeOf(own: Own): Revoked_Cause | undefined {
  if (own.kind === "revoked") return own.cause;
  return own.kind === "holding" ? own.revoking?.cause : undefined;
}

function byOf(own: Own): number {
  if (own.kind === "revoked") return own.byId;
  return own.kind === "holding" ? (own.revoking?.byId ?? 0) : 0;
}

// With his device, where a person is there with several.
export function nameOf(room: Room | undefined, memberId: number): string {
  const name = room?.members.get(memberId)?.name ?? "";
  const device = room ? deviceOfTwin(room.members, memberId) : "";
  return device === "" ? name : `${name} (${device})`;
}

export interface EmergencyView {
  readonly roomId: string;
  readonly roomName: string;
  readonly isHere: boolean; // in the talk room
  readonly isOwn: boolean;
  readonly name: string;
  readonly state: EmergencyState;
  readonly mayClear: boolean;
}

// Emergencies of all rooms this person is in, the talk room's first.
export function emergenciesOf(session: SessionState): EmergencyView[] {
  const views = [...session.floor.rooms.values()].flatMap((floor): EmergencyView[] => {
    const { emergency, ownId, rights } = floor;
    const room = session.rooms.get(floor.id);
    if (!emergency || !room) return [];
    const isOwn = emergency.ownerId === ownId;
    const isChair = rights.role === Role.CHAIR || rights.role === Role.DISPATCHER;
    const isHere = floor.id === session.floor.talkRoomId;
    const name = nameOf(room, emergency.ownerId);
    return [{ roomId: floor.id, roomName: room.name, isHere, isOwn, name, state: emergency, mayClear: isOwn || isChair }];
  });
  return views.sort((a, b) => Number(b.isHere) - Number(a.isHere));
}

export interface RoomView {
  readonly id: string;
  readonly name: string;
  readonly isTalkRoom: boolean;
  readonly isHeard: boolean; // false: it was not entered, or no slots were left
  readonly talkers: readonly string[];
  readonly hasEmergency: boolean;
}

// The rooms of this session, in the server's order; none where there is only one.
export function roomsOf(session: SessionState): RoomView[] {
  if (session.offers.length < 2) return [];
  return session.offers.map(({ id, name }) => {
    const room = session.rooms.get(id);
    const talkers = room?.talkers.filter(({ memberId }) => memberId !== room.ownId) ?? [];
    return {
      id,
      name,
      isTalkRoom: id === session.floor.talkRoomId,
      isHeard: room !== undefined,
      talkers: talkers.map(({ memberId }) => nameOf(room, memberId)),
      hasEmergency: session.floor.rooms.get(id)?.emergency !== undefined,
    };
  });
}

export interface SpeakerView {
  readonly memberId: number;
  readonly name: string;
  readonly delegation: string;
  readonly sinceMs: number;
}

export function speakersOf(session: SessionState): SpeakerView[] {
  const room = session.rooms.get(session.floor.talkRoomId);
  const floor = session.floor.rooms.get(session.floor.talkRoomId);
  return (floor?.waiting ?? []).map(({ memberId, sinceMs }) => ({
    memberId,
    name: nameOf(room, memberId),
    delegation: room?.members.get(memberId)?.delegation ?? "",
    sinceMs,
  }));
}

// The speakers' list with one of them a place earlier (-1) or later (+1).
export function moved(speakers: readonly SpeakerView[], memberId: number, by: -1 | 1): number[] {
  const order = speakers.map((speaker) => speaker.memberId);
  const from = order.indexOf(memberId);
  const to = from + by;
  if (from < 0 || to < 0 || to >= order.length) return order;
  const [moving] = order.splice(from, 1);
  if (moving !== undefined) order.splice(to, 0, moving);
  return order;
}

export interface SpokenView {
  readonly delegation: string;
  readonly totalMs: number;
  readonly runsSinceMs: number; // 0: nobody of it speaks now
}

// Speaking time by delegation, longest first; with the speech that runs.
export function spokenOf(session: SessionState, holders: readonly HolderView[]): SpokenView[] {
  const floor = session.floor.rooms.get(session.floor.talkRoomId);
  const totals = new Map((floor?.spoken ?? []).map(({ delegation, totalMs }) => [delegation, totalMs]));
  const running = new Map(holders.map(({ delegation, sinceMs }) => [delegation, sinceMs]));
  for (const delegation of running.keys()) totals.set(delegation, totals.get(delegation) ?? 0);
  return [...totals]
    .filter(([delegation]) => delegation !== "")
    .map(([delegation, totalMs]) => ({ delegation, totalMs, runsSinceMs: running.get(delegation) ?? 0 }))
    .sort((a, b) => b.totalMs - a.totalMs || a.delegation.localeCompare(b.delegation));
}
