// One turn of the floor's reducer: the state so far and the effects asked for. Lives only inside
// reduceFloor(); what leaves it is a value.
import type { Policy, Revoked_Cause, Rights } from "../src/generated/protocol/floor_pb";
import { Emergency_Kind, Mode, Role, sameGrant, Tier } from "./floor_state";
import type {
  Claim,
  FloorBody,
  FloorEffect,
  FloorSignal,
  FloorState,
  FloorStep,
  Grant,
  Own,
  RoomFloor,
  RoomPolicy,
  RoomRights,
} from "./floor_state";

export const kRepeatMs = 250; // a press without an answer is said again
export const kBeforePressMs = 60; // people begin to speak as they press
export const kHeldMs = 300; // held back in all: as long as the node's pre-roll
export const kReportMs = 100; // the gate tells its last frame within this
export const kNudgeMs = 1_000; // an end that is awaited is asked after
export const kShownMs = 4_000; // a denial stays readable after the button went up

export class FloorTurn {
  state: FloorState;
  private readonly effects: FloorEffect[] = [];

  constructor(
    state: FloorState,
    readonly nowMs: number,
  ) {
    this.state = state;
  }

  get own(): Own {
    return this.state.own;
  }

  get talkRoom(): RoomFloor | undefined {
    return this.state.rooms.get(this.state.talkRoomId);
  }

  change(change: Partial<FloorState>): void {
    this.state = { ...this.state, ...change };
  }

  changeRoom(id: string, change: Partial<RoomFloor>): void {
    const room = this.state.rooms.get(id);
    if (room) this.change({ rooms: new Map(this.state.rooms).set(id, { ...room, ...change }) });
  }

  changeClaims(id: string, change: (claims: readonly Claim[]) => Claim[]): void {
    const room = this.state.rooms.get(id);
    if (room && room.claims.length > 0) this.changeRoom(id, { claims: change(room.claims) });
  }

  request(roomId: string, body: FloorBody): void {
    this.effects.push({ type: "request", roomId, body });
  }

  ask(effect: FloorEffect): void {
    this.effects.push(effect);
  }

  signal(roomId: string, signal: FloorSignal): void {
    this.ask({ type: "signal", roomId, signal });
  }

  step(): FloorStep {
    return { state: this.state, effects: this.effects };
  }
}

// Sends the press of `reqId`, for the first time or again: it always gets the same answer.
export function sendPress(
  turn: FloorTurn,
  room: RoomFloor,
  press: { readonly reqId: number; readonly handsFree: boolean; readonly tier?: Tier },
): void {
  const { lastTimestamp } = turn.state;
  turn.request(room.id, {
    case: "press",
    value: {
      reqId: press.reqId,
      tier: press.tier ?? tierOf(room),
      handsFree: press.handsFree,
      // Whatever passed before belongs to an earlier press.
      ...(lastTimestamp !== undefined && { firstTimestamp: (lastTimestamp + 1) >>> 0 }),
    },
  });
}

export function sendRelease(turn: FloorTurn, roomId: string, grant: Grant): void {
  const { lastTimestamp } = turn.state;
  turn.request(roomId, {
    case: "release",
    value: { grant: { ...grant }, ...(lastTimestamp !== undefined && { lastTimestamp }) },
  });
}

// The burst has been ended by the arbiter. A latched button is not held: what happened is shown and
// goes.
export function over(
  turn: FloorTurn,
  own: { readonly handsFree: boolean },
  cause: Revoked_Cause,
  byId: number,
): void {
  const isDown = !own.handsFree;
  turn.change({ own: { kind: "revoked", cause, byId, isDown, atMs: turn.nowMs } });
}

export function takeReqId(turn: FloorTurn): number {
  const { nextReqId } = turn.state;
  turn.change({ nextReqId: nextReqId >= 0xffff_ffff ? 1 : nextReqId + 1 });
  return nextReqId;
}

// What an ordinary press asks for; the arbiter bounds it. Whoever declared an emergency goes before
// everything, a chair before his room.
export function tierOf(room: RoomFloor): Tier {
  const { emergency, ownId, rights } = room;
  if (emergency?.ownerId === ownId) {
    return emergency.kind === Emergency_Kind.IN_PERIL ? Tier.PERIL : Tier.EMERGENCY;
  }
  if (rights.role === Role.CHAIR || rights.role === Role.DISPATCHER) return Tier.COMMAND;
  // EMERGENCY is the right to declare one, not a rank.
  return rights.maxTier === Tier.EMERGENCY ? Tier.ROUTINE : rights.maxTier;
}

export function toPolicy(policy: Policy | undefined): RoomPolicy {
  return {
    mode: policy?.mode ?? Mode.OPEN,
    emergencyHoldMs: policy?.emergencyHoldMs ?? 1_500,
    emergencyCountdownMs: policy?.emergencyCountdownMs ?? 3_000,
  };
}

export function toRights(rights: Rights | undefined): RoomRights {
  return {
    role: rights?.role ?? Role.TALKER,
    mayTalk: rights?.mayTalk ?? true,
    maxTier: rights?.maxTier ?? Tier.ROUTINE,
  };
}

// In a chaired room a press only raises the hand: voice comes with the grant.
export function speaksAtOnce(room: RoomFloor): boolean {
  return room.policy.mode !== Mode.CHAIRED && canTalk(room);
}

export function canTalk({ rights: { mayTalk, role } }: RoomFloor): boolean {
  return mayTalk && role !== Role.LISTENER && role !== Role.OBSERVER;
}

// True when nothing of this member can still be on its way into another room than the talk room.
export function isClear(state: FloorState): boolean {
  if (!state.isTalkRoomTold || state.awaitedChange !== 0) return false;
  for (const room of state.rooms.values()) {
    const blocks = room.id === state.talkRoomId ? isClosing : isAny;
    if (room.claims.some(blocks)) return false;
  }
  return true;
}

const isAny = (): boolean => true;
const isClosing = (claim: Claim): boolean => claim.stage === "closing";

export function withoutGrant(claims: readonly Claim[], grant: Grant): Claim[] {
  return claims.filter((claim) => !sameGrant(claim.grant, grant));
}
