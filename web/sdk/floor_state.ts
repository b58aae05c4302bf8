// What a client knows of the floor of each of its rooms, and what its own button is doing. Values only;
// the rules are in floor.ts.
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Emergency_Kind, Mode, Role, Tier } from "../src/generated/protocol/floor_pb";
import type {
  Denied_Cause,
  Event as FloorEvent,
  Policy,
  RequestSchema,
  Revoked_Cause,
  Rights,
} from "../src/generated/protocol/floor_pb";

export { Emergency_Kind, Mode, Role, Tier };
export type { FloorEvent };

export interface Grant {
  readonly term: number;
  readonly number: number;
}

export interface Holder {
  readonly memberId: number;
  readonly grant: Grant;
  readonly tier: Tier;
  readonly sinceMs: number; // wall clock, as all times here
  readonly endsAtMs: number; // 0: no limit
  readonly isRevoking: boolean;
}

export interface Waiting {
  readonly memberId: number;
  readonly tier: Tier;
  readonly sinceMs: number;
}

export interface Spoken {
  readonly delegation: string;
  readonly totalMs: number;
}

export interface EmergencyState {
  readonly kind: Emergency_Kind.IN_PERIL | Emergency_Kind.IN_EMERGENCY;
  readonly id: number;
  readonly ownerId: number;
  readonly sinceMs: number;
}

export interface RoomPolicy {
  readonly mode: Mode;
  readonly emergencyHoldMs: number;
  readonly emergencyCountdownMs: number;
}

export interface RoomRights {
  readonly role: Role;
  readonly mayTalk: boolean;
  readonly maxTier: Tier;
}

// One press from its first message until the server says that nothing of it passes any more. While
// a room has one, no voice is sent for another room.
export interface Claim {
  readonly reqId: number; // 0: found in a snapshot
  readonly grant?: Grant;
  // asked: the button is down. closing: it went up and the last frames are on their way through the
  // gate. told: Release or Cancel was sent.
  readonly stage: "asked" | "closing" | "told";
}

export interface RoomFloor {
  readonly id: string;
  readonly ownId: number;
  readonly policy: RoomPolicy;
  readonly rights: RoomRights;
  readonly term: number; // 0: nothing heard yet
  readonly messageId: bigint;
  readonly isFrozen: boolean;
  readonly holders: readonly Holder[];
  readonly waiting: readonly Waiting[]; // first first; in chaired rooms the speakers' list
  readonly spoken: readonly Spoken[];
  readonly emergency: EmergencyState | undefined;
  // A stuck button, told to chairs and dispatchers.
  readonly alarm: { readonly memberId: number; readonly grant: Grant } | undefined;
  readonly claims: readonly Claim[];
}

interface Ended {
  readonly isDown: boolean; // the button is still held: shown until it goes up
  readonly atMs: number;
}

// The own button, which is that of the talk room.
export type Own =
  | { readonly kind: "none" }
  // Pressed, but nothing may be asked yet: the last burst elsewhere is not over, or the room is moving.
  | {
      readonly kind: "waiting";
      readonly pressedAtMs: number;
      readonly retryAtMs: number;
      readonly tier: Tier;
      readonly handsFree: boolean;
    }
  | {
      readonly kind: "asking";
      readonly reqId: number;
      readonly pressedAtMs: number;
      readonly askedAtMs: number; // the last time
      readonly tier: Tier;
      readonly handsFree: boolean;
      // How much of what was held back goes first; undefined: no voice before the grant.
      readonly heldMs: number | undefined;
    }
  | {
      readonly kind: "queued";
      readonly reqId: number;
      readonly position: number; // 1: next
      readonly size: number;
      readonly isDown: boolean; // false: a place that a reload found again
      readonly handsFree: boolean;
      readonly askedAtMs: number;
      readonly offeredUntilMs: number; // 0: not offered
    }
  | {
      readonly kind: "holding";
      readonly reqId: number;
      readonly grant: Grant;
      readonly sinceMs: number;
      readonly endsAtMs: number; // 0: no limit
      readonly tier: Tier;
      readonly handsFree: boolean;
      readonly heldMs: number;
      readonly revoking: { readonly cause: Revoked_Cause; readonly byId: number; readonly untilMs: number } | undefined;
    }
  | ({ readonly kind: "denied"; readonly cause: Denied_Cause } & Ended)
  | ({ readonly kind: "revoked"; readonly cause: Revoked_Cause; readonly byId: number } & Ended);

// The gate in front of the encoder's frames, as it was last told.
export interface Gate {
  readonly roomId: string; // "": shut
  readonly shuts: number; // names the last shutting
  readonly shutAtMs: number;
  readonly isReported: boolean; // the gate has said what passed last
}

export interface FloorState {
  readonly rooms: ReadonlyMap<string, RoomFloor>;
  readonly talkRoomId: string;
  readonly isTalkRoomTold: boolean; // false: the server has to be told once the last burst is closed
  readonly awaitedChange: number; // of the talk room, which the media node has not confirmed; 0: none
  readonly muted: boolean; // counts in OPEN rooms
  readonly own: Own;
  readonly gate: Gate;
  readonly nextReqId: number;
  readonly lastTimestamp: number | undefined; // RTP, of the last frame that passed the gate
  readonly nudgedAtMs: number; // a snapshot was asked for while something is awaited
  readonly refusal: { readonly cause: Denied_Cause; readonly roomId: string; readonly atMs: number } | undefined;
}

export const kInitialFloor: FloorState = {
  rooms: new Map(),
  talkRoomId: "",
  isTalkRoomTold: true,
  awaitedChange: 0,
  muted: false,
  own: { kind: "none" },
  gate: { roomId: "", shuts: 0, shutAtMs: 0, isReported: true },
  nextReqId: 1,
  lastTimestamp: undefined,
  nudgedAtMs: 0,
  refusal: undefined,
};

// What a person hears, sees and feels. Each state of the floor has one.
export const kFloorSignals = [
  "permit",
  "queued",
  "denied",
  "revoked",
  "warning",
  "offered",
  "over", // somebody's burst has ended
  "emergency",
  "emergencyOver",
] as const;
export type FloorSignal = (typeof kFloorSignals)[number];

export type FloorBody = NonNullable<MessageInitShape<typeof RequestSchema>["body"]>;

export type FloorInput =
  | { readonly type: "start"; readonly firstReqId: number } // random, so that a reload repeats no number
  | {
      readonly type: "room";
      readonly roomId: string;
      readonly ownId: number;
      readonly policy: Policy | undefined;
      readonly rights: Rights | undefined;
    }
  // A new RTP stream: timestamps of the old one mean nothing in it.
  | { readonly type: "stream" }
  | { readonly type: "room_gone"; readonly roomId: string }
  | { readonly type: "talk_room"; readonly roomId: string }
  | { readonly type: "talk_room_set"; readonly changeId: number } // the media node has changed it
  | { readonly type: "muted"; readonly muted: boolean }
  | { readonly type: "told"; readonly event: FloorEvent }
  | { readonly type: "press"; readonly handsFree: boolean }
  | { readonly type: "release" }
  // The gate is shut; `shuts` is that of the effect.
  | { readonly type: "gate_shut"; readonly shuts: number; readonly lastTimestamp: number | undefined }
  // The owner of an emergency asks for the floor with the press that follows.
  | { readonly type: "declare"; readonly peril: boolean }
  | { readonly type: "tick" };

export type FloorEffect =
  | { readonly type: "request"; readonly roomId: string; readonly body: FloorBody }
  // `changeId` 0: no answer is waited for.
  | {
      readonly type: "set_talk_room";
      readonly roomId: string;
      readonly changeId: number;
      readonly firstTimestamp?: number;
    }
  // Frames pass; of those held back, the newest `heldMs` go first.
  | { readonly type: "open_gate"; readonly heldMs: number }
  | { readonly type: "shut_gate"; readonly shuts: number }
  | { readonly type: "signal"; readonly roomId: string; readonly signal: FloorSignal };

export interface FloorStep {
  readonly state: FloorState;
  readonly effects: readonly FloorEffect[];
}

export function sameGrant(a: Grant | undefined, b: Grant | undefined): boolean {
  return a !== undefined && b !== undefined && a.term === b.term && a.number === b.number;
}

export function isPressed(own: Own): boolean {
  switch (own.kind) {
    case "none":
      return false;
    case "waiting":
    case "asking":
    case "holding":
      return true;
    case "queued":
    case "denied":
    case "revoked":
      return own.isDown;
  }
}

// Whether the press is still alive: a tap ends it where the button is latched.
export function isActive(own: Own): boolean {
  return own.kind === "waiting" || own.kind === "asking" || own.kind === "holding" ||
    (own.kind === "queued" && own.isDown);
}
