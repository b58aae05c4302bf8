// What the tests of the floor share: the arbiter's messages and a walk through several inputs.
import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { EventSchema, PolicySchema, RightsSchema } from "../src/generated/protocol/floor_pb";
import { reduceFloor } from "../sdk/floor";
import { kInitialFloor, Mode, Role, Tier } from "../sdk/floor_state";
import type { FloorEffect, FloorInput, FloorState, FloorStep } from "../sdk/floor_state";

export const kA = "1";
export const kB = "2";
export const kNow = 1_000_000;

type EventBody = NonNullable<MessageInitShape<typeof EventSchema>["body"]>;

// The next message of the room's arbiter.
export function tells(state: FloorState, roomId: string, body: EventBody, term?: number): FloorInput {
  const room = state.rooms.get(roomId);
  const messageId = String((room?.messageId ?? 0n) + 1n);
  return {
    type: "told",
    event: create(EventSchema, { roomId, term: term ?? (room?.term || 1), fseq: messageId, messageId, body }),
  };
}

export function enters(roomId: string, mode: Mode, role = Role.TALKER): FloorInput {
  return {
    type: "room",
    roomId,
    ownId: 7,
    policy: create(PolicySchema, { mode }),
    rights: create(RightsSchema, { role, mayTalk: true, maxTier: Tier.EMERGENCY }),
  };
}

export function walk(from: FloorState, ...inputs: (FloorInput | ((state: FloorState) => FloorInput))[]): FloorStep {
  const effects: FloorEffect[] = [];
  let state = from;
  for (const input of inputs) {
    const step = reduceFloor(state, typeof input === "function" ? input(state) : input, kNow);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

export function at(state: FloorState, nowMs: number, input: FloorInput = { type: "tick" }): FloorStep {
  return reduceFloor(state, input, nowMs);
}

export function radio(mode = Mode.PTT, role = Role.TALKER): FloorState {
  return walk(kInitialFloor, enters(kA, mode, role)).state;
}

export function twoRooms(a = Mode.PTT, b = Mode.PTT): FloorState {
  return walk(kInitialFloor, enters(kA, a), enters(kB, b)).state;
}

export const kPress: FloorInput = { type: "press", handsFree: false };
export const kRelease: FloorInput = { type: "release" };

export const shut = (lastTimestamp?: number) => (state: FloorState): FloorInput => ({
  type: "gate_shut",
  shuts: state.gate.shuts,
  lastTimestamp,
});
export const grant = (number: number, reqId?: number, roomId = kA) => (state: FloorState): FloorInput =>
  tells(state, roomId, {
    case: "granted",
    value: { reqId: reqId ?? askedId(state), grant: { term: 1, number }, limitMs: 30_000 },
  });
export const done = (number: number, roomId = kA) => (state: FloorState): FloorInput =>
  tells(state, roomId, { case: "done", value: { grant: { term: 1, number } } });
export const queue = (position: number, reqId?: number) => (state: FloorState): FloorInput =>
  tells(state, kA, { case: "queued", value: { reqId: reqId ?? askedId(state), position, size: 3 } });
export const deny = (cause: number, reqId?: number) => (state: FloorState): FloorInput =>
  tells(state, kA, { case: "denied", value: { reqId: reqId ?? askedId(state), cause } });

export const kTalkRoomSet = (changeId: number): FloorInput => ({ type: "talk_room_set", changeId });

export function askedId(state: FloorState): number {
  return "reqId" in state.own ? state.own.reqId : 0;
}

// "press 3", "release 1", "open", "shut": what went out, in order.
export function said(effects: readonly FloorEffect[]): string[] {
  return effects.flatMap((effect) => {
    switch (effect.type) {
      case "request":
        return [describe(effect.roomId, effect.body)];
      case "open_gate":
        return [`open ${effect.heldMs}`];
      case "shut_gate":
        return ["shut"];
      case "set_talk_room":
        return [`talk in ${effect.roomId}`];
      case "signal":
        return [];
    }
  });
}

function describe(roomId: string, body: Extract<FloorEffect, { type: "request" }>["body"]): string {
  switch (body.case) {
    case "press":
    case "cancel":
      return `${roomId}: ${body.case} ${body.value.reqId}`;
    case "release":
      return `${roomId}: release ${body.value.grant?.number}`;
    default:
      return `${roomId}: ${body.case}`;
  }
}

export function signals(effects: readonly FloorEffect[]): string[] {
  return effects.flatMap((effect) => (effect.type === "signal" ? [effect.signal] : []));
}
