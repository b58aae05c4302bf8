// Every order of events up to a length, for one room and for two: what must hold after each step,
// whatever a person does and whatever arrives, also what no arbiter would send.
import { describe, expect, it } from "vitest";
import { Denied_Cause, Revoked_Cause } from "../src/generated/protocol/floor_pb";
import { floorDeadline, reduceFloor } from "../sdk/floor";
import { isActive, kInitialFloor, Mode, sameGrant } from "../sdk/floor_state";
import type { Claim, FloorEffect, FloorInput, FloorState } from "../sdk/floor_state";
import * as f from "./floor_helpers";

interface Node {
  readonly state: FloorState;
  readonly nowMs: number;
}
// An event as it would be in this state; undefined where it makes no sense.
type Move = (state: FloorState) => FloorInput | undefined;

const lastClaim = (state: FloorState, roomId: string, which: (claim: Claim) => boolean): Claim | undefined =>
  state.rooms.get(roomId)?.claims.findLast(which);
const nextNumber = (state: FloorState): number =>
  1 + Math.max(0, ...[...state.rooms.values()].flatMap((room) => room.claims.map((claim) => claim.grant?.number ?? 0)));

function arbiterMoves(roomId: string): Record<string, Move> {
  const asked = (state: FloorState) => lastClaim(state, roomId, (claim) => !claim.grant);
  const held = (state: FloorState) => lastClaim(state, roomId, (claim) => claim.grant !== undefined);
  const tell = (state: FloorState, body: Parameters<typeof f.tells>[2], term?: number) =>
    f.tells(state, roomId, body, term);
  return {
    granted: (state) => {
      const claim = asked(state);
      const grant = { term: state.rooms.get(roomId)?.term || 1, number: nextNumber(state) };
      return claim && tell(state, { case: "granted", value: { reqId: claim.reqId, grant, limitMs: 9000 } });
    },
    queued: (state) => {
      const claim = asked(state);
      return claim && tell(state, { case: "queued", value: { reqId: claim.reqId, position: 1, size: 1 } });
    },
    denied: (state) => {
      const claim = asked(state);
      return claim && tell(state, { case: "denied", value: { reqId: claim.reqId, cause: Denied_Cause.OTHER } });
    },
    frozen: (state) => {
      const claim = asked(state);
      return claim && tell(state, { case: "denied", value: { reqId: claim.reqId, cause: Denied_Cause.FROZEN } });
    },
    offered: (state) => {
      const claim = asked(state);
      return claim && tell(state, { case: "offer", value: { reqId: claim.reqId, pressMs: 2000 } });
    },
    revoked: (state) => {
      const grant = held(state)?.grant;
      const cause = Revoked_Cause.PREEMPTED;
      return grant && tell(state, { case: "revoked", value: { grant, cause, graceMs: 500 } });
    },
    cut: (state) => {
      const grant = held(state)?.grant;
      return grant && tell(state, { case: "revoked", value: { grant, cause: Revoked_Cause.CUT_BY_CHAIR } });
    },
    done: (state) => {
      const grant = held(state)?.grant;
      return grant && tell(state, { case: "done", value: { grant } });
    },
    empty_snapshot: (state) => tell(state, { case: "state", value: { ownRights: {}, policy: { mode: Mode.PTT } } }),
    own_snapshot: (state) => {
      const ownGrant = held(state)?.grant;
      const ownReqId = asked(state)?.reqId ?? 0;
      return tell(state, {
        case: "state",
        value: { ownRights: {}, policy: { mode: Mode.PTT }, ownReqId, ...(ownGrant && { ownGrant }) },
      });
    },
    new_arbiter: (state) => tell(state, { case: "idle", value: {} }, (state.rooms.get(roomId)?.term || 1) + 1),
  };
}

const kPerson: Record<string, Move> = {
  press: () => f.kPress,
  release: () => f.kRelease,
  shut: (state) => (state.gate.isReported ? undefined : f.shut(960)(state)),
  tick: () => ({ type: "tick" }),
};
const prefixed = (prefix: string, moves: Record<string, Move>) =>
  Object.fromEntries(Object.entries(moves).map(([name, move]) => [`${prefix} ${name}`, move]));
const without = (moves: Record<string, Move>, ...names: string[]) =>
  Object.fromEntries(Object.entries(moves).filter(([name]) => !names.includes(name)));

const claimsOf = (state: FloorState) =>
  [...state.rooms.values()].flatMap((room) => room.claims.map((claim) => ({ room: room.id, claim })));

// Problems of one step, as sentences; none is what we want.
function problemsOf(before: FloorState, input: FloorInput, after: Node, effects: readonly FloorEffect[]): string[] {
  const problems: string[] = [];
  const { state, nowMs } = after;
  let voiceRoom = before.gate.roomId;
  for (const effect of effects) {
    if (effect.type === "open_gate") {
      if (voiceRoom !== "") problems.push("an open gate is opened");
      voiceRoom = state.gate.roomId;
    }
    if (effect.type === "shut_gate") {
      if (voiceRoom === "") problems.push("a shut gate is shut");
      voiceRoom = "";
    }
    if (effect.type === "request" && effect.body.case === "press" && effect.roomId !== state.talkRoomId) {
      problems.push("a press in another room than the talk room");
    }
  }
  if (voiceRoom !== state.gate.roomId) problems.push("the gate is not what the effects say");
  if (state.gate.roomId !== "") {
    const isOpenRoom = state.rooms.get(state.gate.roomId)?.policy.mode === Mode.OPEN;
    const mayTalk = isOpenRoom ? !state.muted : state.own.kind === "asking" || state.own.kind === "holding";
    if (!mayTalk) problems.push(`voice passes while the button is ${state.own.kind}`);
    if (state.gate.roomId !== state.talkRoomId) problems.push("voice for another room than the talk room");
    if (!state.isTalkRoomTold) problems.push("voice before the server knows the room");
    if (state.awaitedChange !== 0) problems.push("voice before the media node has changed the room");
    if (claimsOf(state).some(({ room }) => room !== state.gate.roomId)) {
      problems.push("voice while a burst in another room is not known to be over");
    }
  }
  if (input.type !== "told") {
    const gone = claimsOf(before).filter(({ room, claim }) =>
      !claimsOf(state).some((now) => now.room === room && sameClaim(now.claim, claim)));
    if (gone.length > 0) problems.push("a claim is forgotten without a word of the arbiter");
  }
  const isWaitingForSomething = state.own.kind === "asking" || state.own.kind === "waiting" || !state.gate.isReported;
  if (isWaitingForSomething && floorDeadline(state, nowMs) === undefined) problems.push("nothing would wake it up");
  const isPermitted = effects.some((effect) => effect.type === "signal" && effect.signal === "permit");
  if (isPermitted && state.own.kind !== "holding") problems.push("a permit tone without the floor");
  return problems;
}

const sameClaim = (a: Claim, b: Claim): boolean =>
  (a.reqId === b.reqId && a.reqId !== 0) || sameGrant(a.grant, b.grant);

// Lets go in `state`: afterwards nothing is asked for and the arbiter was told so for every claim.
function problemsOfLettingGo({ state, nowMs }: Node, sent: readonly string[]): string[] {
  const effects: FloorEffect[] = [];
  let now = state;
  for (const input of [f.kRelease, "shut"] as const) {
    const step = reduceFloor(now, input === "shut" ? f.shut(960)(now) : input, nowMs);
    now = step.state;
    effects.push(...step.effects);
  }
  const problems: string[] = [];
  if (isActive(now.own)) problems.push("the button is stuck");
  const isOpenRoom = now.rooms.get(now.talkRoomId)?.policy.mode === Mode.OPEN;
  if (now.gate.roomId !== "" && !isOpenRoom) problems.push("the gate is stuck");
  const said = [...sent, ...f.said(effects)];
  for (const { room, claim } of claimsOf(now)) {
    const wasEnded = said.includes(`${room}: cancel ${claim.reqId}`) ||
      said.includes(`${room}: release ${claim.grant?.number}`);
    if (!wasEnded && !isOver(now, claim)) {
      problems.push(`the press ${claim.reqId} in ${room} is neither released nor cancelled`);
    }
  }
  return problems;
}

// The arbiter has ended it by itself and owes only the last word.
const isOver = (state: FloorState, claim: Claim): boolean =>
  claim.stage === "told" && (state.own.kind === "revoked" || claim.grant !== undefined);

function keyOf({ state, nowMs }: Node, sent: readonly string[]): string {
  const rooms = [...state.rooms.values()].map(({ messageId: _id, ...room }) => room);
  return JSON.stringify([{ ...state, rooms }, nowMs, [...new Set(sent)].sort()]);
}

function explore(start: FloorState, moves: Record<string, Move>, depth: number): number {
  const seen = new Map<string, number>();
  const visit = (node: Node, path: readonly string[], sent: readonly string[]): void => {
    const key = keyOf(node, sent);
    const left = depth - path.length;
    if ((seen.get(key) ?? -1) >= left) return;
    seen.set(key, left);
    const stuck = problemsOfLettingGo(node, sent);
    if (stuck.length > 0) throw new Error(`${stuck.join(", ")} after: ${path.join(", ")}`);
    if (left === 0) return;
    for (const [name, move] of Object.entries(moves)) {
      const input = move(node.state);
      if (!input) continue;
      const nowMs = input.type === "tick" ? node.nowMs + 250 : node.nowMs + 1;
      const step = reduceFloor(node.state, input, nowMs);
      const next = { state: step.state, nowMs };
      const problems = problemsOf(node.state, input, next, step.effects);
      if (problems.length > 0) throw new Error(`${problems.join(", ")} after: ${[...path, name].join(", ")}`);
      if (input.type === "told" && reduceFloor(step.state, input, nowMs).effects.length > 0) {
        throw new Error(`a duplicate had an effect after: ${[...path, name].join(", ")}`);
      }
      const ends = f.said(step.effects).filter((one) => /cancel|release/.test(one));
      visit(next, [...path, name], ends.length > 0 ? [...sent, ...ends] : sent);
    }
  };
  visit({ state: start, nowMs: f.kNow }, [], []);
  return seen.size;
}

describe("every order of events", () => {
  it("in a radio room", () => {
    const states = explore(f.radio(), { ...kPerson, ...arbiterMoves(f.kA) }, 6);
    expect(states).toBeGreaterThan(10_000);
  }, 60_000);

  it("in a plenary", () => {
    const moves = { ...kPerson, ...without(arbiterMoves(f.kA), "frozen", "new_arbiter") };
    expect(explore(f.radio(Mode.CHAIRED), moves, 6)).toBeGreaterThan(2_000);
  }, 60_000);

  const rooms: Record<string, Move> = {
    ...without(kPerson, "tick"),
    changed: ({ awaitedChange }) => (awaitedChange === 0 ? undefined : f.kTalkRoomSet(awaitedChange)),
    to_1: () => ({ type: "talk_room", roomId: f.kA }),
    to_2: () => ({ type: "talk_room", roomId: f.kB }),
  };
  const few = (id: string) => prefixed(id, without(arbiterMoves(id), "frozen", "offered", "revoked", "new_arbiter"));

  it("in two radio rooms", () => {
    expect(explore(f.twoRooms(), { ...rooms, ...few(f.kA), ...few(f.kB) }, 6)).toBeGreaterThan(10_000);
  }, 60_000);

  it("in a conference and a radio room", () => {
    const moves = {
      ...rooms,
      tick: kPerson["tick"]!,
      mute: () => ({ type: "muted", muted: true }) as const,
      unmute: () => ({ type: "muted", muted: false }) as const,
      ...prefixed(f.kB, without(arbiterMoves(f.kB), "frozen", "offered", "revoked", "empty_snapshot", "own_snapshot")),
    };
    expect(explore(f.twoRooms(Mode.OPEN, Mode.PTT), moves, 6)).toBeGreaterThan(5_000);
  }, 60_000);

  it("would show a rule that is broken", () => {
    const { state } = f.walk(kInitialFloor, f.enters(f.kA, Mode.PTT), f.enters(f.kB, Mode.PTT), f.kPress);
    const claims = [{ reqId: 9, stage: "told" }] as const;
    const broken = { ...state, rooms: new Map(state.rooms).set(f.kB, { ...state.rooms.get(f.kB)!, claims }) };
    expect(problemsOf(state, f.kPress, { state: broken, nowMs: f.kNow }, [])).toEqual([
      "voice while a burst in another room is not known to be over",
    ]);
    expect(problemsOfLettingGo({ state: broken, nowMs: f.kNow }, [])).toEqual([
      "the press 9 in 2 is neither released nor cancelled",
    ]);
  });
});
