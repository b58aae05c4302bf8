// Several rooms in one session, their slots and volumes, and the gate in front of the encoder's frames.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Error_Code, MemberLeft_Reason } from "../src/generated/protocol/client_pb";
import { EventSchema, PolicySchema } from "../src/generated/protocol/floor_pb";
import { Mode } from "../sdk/floor_state";
import { FrameGate } from "../sdk/frame_gate";
import { kDucked, kEvenMix, parseMix, slotGains } from "../sdk/mix";
import { findPlace, kSlots, slotsOf } from "../sdk/slots";
import type { Effect, SessionEvent, SessionState } from "../sdk/session_state";
import * as h from "./helpers";

const kNames: Record<string, string> = { "1": "Harbour", "2": "Tugs", "3": "Weather" };

const session: SessionEvent = h.says({
  case: "session",
  value: {
    deviceId: "21",
    userId: "4",
    rooms: Object.entries(kNames).map(([roomId, name]) => ({ roomId, name })),
  },
});

function entered(roomId: string, mode: Mode, requestId = 0): SessionEvent {
  return h.says(
    {
      case: "joined",
      value: {
        room: { roomId, name: kNames[roomId] ?? "" },
        ownMemberId: 10 + Number(roomId),
        members: [{ memberId: 10 + Number(roomId), name: "Anna" }],
        policy: create(PolicySchema, { mode }),
      },
    },
    requestId,
  );
}

// "1@0+4": room 1 from slot 0, four slots.
function joins(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => {
    if (effect.type !== "send" || effect.body.case !== "join") return [];
    const { roomId, firstSlot, slots } = effect.body.value;
    return [`${roomId}@${firstSlot}+${slots}`];
  });
}

describe("several rooms", () => {
  const signedIn = h.walk(h.phases().signing_in, session);

  it("are entered one after the other, each in slots of its own", () => {
    expect(joins(signedIn.effects)).toEqual(["1@0+4"]);
    const { effects, state } = h.walk(
      signedIn.state,
      entered("1", Mode.PTT),
      entered("1", Mode.PTT),
      entered("2", Mode.OPEN),
      entered("3", Mode.DUAL),
    );
    expect(joins(effects)).toEqual(["1@0+2", "2@2+4", "3@6+4"]);
    expect(h.sent(effects)).toContain("setTalkRoom");
    expect([...state.rooms.keys()]).toEqual(["1", "2", "3"]);
    expect(state.floor.talkRoomId).toBe("1");
  });

  const all = h.walk(
    signedIn.state, entered("1", Mode.OPEN), entered("2", Mode.PTT), entered("2", Mode.PTT), entered("3", Mode.PTT),
  ).state;

  it("keep their slots over a lost connection, the talk room first", () => {
    const shuts = all.floor.gate.shuts + 1;
    const moved = h.walk(
      all,
      { type: "floor", input: { type: "talk_room", roomId: "2" }, nowMs: h.kNowMs },
      { type: "floor", input: { type: "gate_shut", shuts, lastTimestamp: 480 }, nowMs: h.kNowMs },
    );
    expect(h.sent(moved.effects)).toEqual(["setTalkRoom"]);
    expect(moved.effects).toContainEqual({ type: "store_talk_room", roomId: "2", roomName: "Tugs" });
    const opened: SessionEvent = { type: "socket_opened" };
    const back = h.walk(
      moved.state, { type: "socket_closed" }, { type: "retry_now" }, opened, h.kWelcome, session,
      entered("2", Mode.PTT), entered("1", Mode.OPEN), entered("3", Mode.PTT));
    expect(joins(back.effects)).toEqual(["2@4+2", "1@0+4", "3@6+4"]);
    expect(back.state.floor.talkRoomId).toBe("2");
  });

  it("go on without one that does not let us in, or is closed", () => {
    const one = h.walk(signedIn.state, entered("1", Mode.OPEN));
    const requestId = [...one.state.pending.keys()].at(-1) ?? 0;
    const refused = h.walk(one.state, h.fails(Error_Code.ROOM_FULL, requestId));
    expect(refused.state.phase.kind).toBe("joined");
    expect(joins(refused.effects)).toEqual(["3@4+4"]);
    const removed = h.says({
      case: "memberLeft",
      value: { roomId: "1", memberId: 11, reason: MemberLeft_Reason.REMOVED },
    });
    const left = h.walk(all, removed).state;
    expect([...left.rooms.keys()]).toEqual(["2", "3"]);
    expect(left.floor.talkRoomId).toBe("2");
  });

  it("come and go as an administrator decides", () => {
    const changed = (...ids: string[]): SessionEvent =>
      h.says({ case: "roomsChanged", value: { rooms: ids.map((roomId) => ({ roomId, name: kNames[roomId] ?? "" })) } });
    const taken = h.walk(all, changed("2", "3")).state;
    expect([...taken.rooms.keys()]).toEqual(["2", "3"]);
    expect(taken.floor.talkRoomId).toBe("2");
    expect(taken.roomNotice).toEqual({ reason: "removed", roomName: "Harbour" });
    expect(h.walk(taken, { type: "dismiss_room_notice" }).state.roomNotice).toBeUndefined();
    const given = h.walk(taken, changed("1", "2", "3"));
    expect(joins(given.effects)).toEqual(["1@0+4"]);
    const one = h.walk(h.walk(h.phases().signing_in, session, entered("1", Mode.OPEN), changed("1")).state, entered("2", Mode.PTT), changed("1"));
    expect([...one.state.rooms.keys()]).toEqual(["1"]);
  });

  it("are tried in turn where the first does not let one in", () => {
    const requestId = h.requestOf(signedIn.state, "join");
    const second = h.walk(signedIn.state, h.fails(Error_Code.ROOM_CLOSED, requestId));
    expect(joins(second.effects)).toEqual(["2@0+4"]);
    expect(second.state.roomNotice).toEqual({ reason: "room_closed", roomName: "Harbour" });
    const { state } = h.walk(second.state, entered("2", Mode.OPEN));
    expect(state.phase.kind).toBe("joined");
    expect(state.floor.talkRoomId).toBe("2");
  });

  it("are all left together", () => {
    expect(h.sent(h.walk(all, { type: "leave" }).effects)).toEqual(["leave", "leave", "leave", "disconnect"]);
  });

  it("return to the one this device talked in last", () => {
    const state: SessionState = {
      ...h.phases().signing_in,
      credentials: { ...h.kStart.credentials, talkRoomId: "3" },
    };
    expect(joins(h.walk(state, session).effects)).toEqual(["3@0+4"]);
  });

  it("take more slots when their mode changes", () => {
    const state = create(EventSchema, {
      roomId: "3", term: 1, fseq: "1", messageId: "1",
      body: { case: "state", value: { policy: { mode: Mode.OPEN } } },
    });
    const small = { ...all, places: new Map(all.places).set("3", { firstSlot: 6, slots: 2 }) };
    expect(joins(h.walk(small, h.says({ case: "floor", value: state })).effects)).toEqual(["3@6+4"]);
  });
});

describe("the floor in the session", () => {
  const press: SessionEvent = { type: "floor", input: { type: "press", handsFree: false }, nowMs: h.kNowMs };
  const radio = h.walk(h.phases().joining, entered("1", Mode.PTT)).state;

  it("waits for the word that the media node has changed the talk room", () => {
    const told = (changeId: number): SessionEvent => h.says({ case: "talkRoomSet", value: { roomId: "2", changeId } });
    const moved = h.walk(
      h.walk(h.phases().signing_in, session, entered("1", Mode.OPEN), entered("2", Mode.OPEN)).state,
      { type: "floor", input: { type: "talk_room", roomId: "2" }, nowMs: h.kNowMs },
    ).state;
    const { awaitedChange } = moved.floor;
    expect(awaitedChange).not.toBe(0);
    expect(h.walk(moved, told(awaitedChange + 1)).state.floor.awaitedChange).toBe(awaitedChange);
    expect(h.walk(moved, told(awaitedChange)).state.floor.awaitedChange).toBe(0);
  });

  it("sends a press, opens the gate and wakes up to repeat it", () => {
    const { effects } = h.walk(radio, press);
    expect(h.sent(effects)).toEqual(["floor"]);
    expect(effects).toContainEqual({ type: "open_gate", heldMs: 60 });
    expect(h.timer(effects, "floor")?.maxMs).toBe(250);
  });

  it("sends nothing while the server is away, but lets the voice ask by itself", () => {
    const { effects } = h.walk({ ...radio, phase: { kind: "waiting", reason: "unreachable" } }, press);
    expect(h.sent(effects)).toEqual([]);
    expect(h.types(effects)).toContain("open_gate");
  });

  it("leaves the microphone on in a radio room, muted or not", () => {
    const muted: SessionEvent = { type: "set_muted", muted: true, nowMs: h.kNowMs };
    expect(h.types(h.walk(radio, muted).effects)).not.toContain("set_microphone_enabled");
    expect(h.walk(h.inCall(), muted).effects).toContainEqual({ type: "set_microphone_enabled", enabled: false });
  });

  it("raises a hand in a conference", () => {
    expect(h.sent(h.walk(h.inCall(), { type: "set_hand", raised: true }).effects)).toEqual(["setHand"]);
  });
});

describe("slots", () => {
  it.each([
    [[], 4, { firstSlot: 0, slots: 4 }],
    [[{ firstSlot: 0, slots: 4 }], 2, { firstSlot: 4, slots: 2 }],
    [[{ firstSlot: 4, slots: 8 }, { firstSlot: 0, slots: 2 }], 2, { firstSlot: 2, slots: 2 }],
    [[{ firstSlot: 2, slots: 8 }], 4, { firstSlot: 0, slots: 2 }],
    [[{ firstSlot: 0, slots: kSlots }], 1, undefined],
  ])("beside %j, %i go to %j", (taken, wanted, place) => expect(findPlace(taken, wanted)).toEqual(place));

  it("are enough for every mode, and no more than the server takes", () => {
    for (const mode of Object.values(Mode).filter((one) => typeof one === "number")) {
      expect(slotsOf(mode)).toBeLessThanOrEqual(slotsOf(undefined));
    }
    expect(kSlots).toBeLessThanOrEqual(20);
  });
});

describe("the mix", () => {
  const rooms = [
    { id: "1", place: { firstSlot: 0, slots: 2 }, isTalking: true },
    { id: "2", place: { firstSlot: 2, slots: 2 }, isTalking: true },
  ];
  const first = (gains: readonly number[]) => gains.slice(0, 5);

  it("is even, until it is changed", () => expect(first(slotGains(kEvenMix, rooms))).toEqual([1, 1, 1, 1, 0]));

  it("has a volume for each room, and silence", () => {
    const mix = { ...kEvenMix, volumes: { 1: 0.3 }, silenced: ["2"] };
    expect(first(slotGains(mix, rooms))).toEqual([0.3, 0.3, 0, 0, 0]);
  });

  it("ducks the others while the priority room talks", () => {
    const mix = { ...kEvenMix, priorityRoomId: "2" };
    expect(first(slotGains(mix, rooms))).toEqual([kDucked, kDucked, 1, 1, 0]);
    const quiet = rooms.map((room) => ({ ...room, isTalking: room.id === "1" }));
    expect(first(slotGains(mix, quiet))).toEqual([1, 1, 1, 1, 0]);
  });

  it("is what was stored, or even", () => {
    const mix = { volumes: { 1: 0.5 }, silenced: ["2"], priorityRoomId: "1" };
    expect(parseMix(JSON.stringify(mix))).toEqual(mix);
    for (const odd of ["", "7", "{}", '{"volumes":{"1":"loud"},"silenced":[4],"priorityRoomId":9}']) {
      expect(parseMix(odd)).toEqual(kEvenMix);
    }
  });
});

describe("the gate", () => {
  const frame = (number: number, size = 80) => ({ timestamp: (number * 960) >>> 0, size });
  const numbers = (frames: readonly { timestamp: number }[]) => frames.map(({ timestamp }) => timestamp / 960);
  const fed = (count: number, from = 0) => {
    const gate = new FrameGate();
    for (let number = 0; number < count; ++number) gate.offer(frame(from + number));
    return gate;
  };

  it("passes nothing while it is shut and everything while it is open", () => {
    const gate = fed(3);
    expect(gate.offer(frame(3))).toBe(false);
    gate.open(0);
    expect(gate.offer(frame(4))).toBe(true);
    gate.shut();
    expect(gate.offer(frame(5))).toBe(false);
  });

  it.each([
    [0, []],
    [60, [97, 98, 99]],
    [300, [85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99]],
    [9000, [85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99]],
  ])("sends the newest %i ms of what it held back first", (heldMs, sent) => {
    expect(numbers(fed(100).open(heldMs))).toEqual(sent);
  });

  it("sends what it held back once", () => {
    const gate = fed(20);
    gate.open(60);
    gate.shut();
    expect(gate.open(300)).toEqual([]);
  });

  it("holds back across the end of the timestamps", () => {
    const gate = fed(4, 2 ** 32 / 960 - 2);
    expect(gate.open(60)).toHaveLength(3);
  });

  it("forgets what was said while muted", () => {
    const gate = fed(20);
    gate.forget();
    expect(gate.open(300)).toEqual([]);
  });

  it("drops the browser's probes and keeps no more than it may", () => {
    const gate = fed(0);
    gate.open(0);
    expect(gate.offer(frame(1, 0))).toBe(false);
    gate.shut();
    for (let number = 0; number < 1000; ++number) gate.offer({ timestamp: 7, size: 80 });
    expect(gate.open(300).length).toBeLessThanOrEqual(32);
  });

  it("knows the last frame that passed", () => {
    const gate = fed(5);
    expect(gate.lastTimestamp).toBeUndefined();
    gate.open(60);
    expect(gate.lastTimestamp).toBe(4 * 960);
    gate.offer(frame(5));
    gate.shut();
    gate.offer(frame(6));
    expect(gate.lastTimestamp).toBe(5 * 960);
  });
});
