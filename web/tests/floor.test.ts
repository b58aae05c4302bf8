// The floor's rules by example; every order of events is in floor_orders.test.ts.
import { describe, expect, it } from "vitest";
import { Denied_Cause, Emergency_Kind, Revoked_Cause } from "../src/generated/protocol/floor_pb";
import { floorDeadline } from "../sdk/floor";
import { Mode, Role, Tier } from "../sdk/floor_state";
import type { FloorInput, FloorState } from "../sdk/floor_state";
import * as f from "./floor_helpers";

const later = (ms: number): number => f.kNow + ms;

describe("a press", () => {
  it("asks and opens the gate at once, with what was said just before", () => {
    const { state, effects } = f.walk(f.radio(), f.kPress);
    expect(f.said(effects)).toEqual(["1: press 1", "open 60"]);
    expect(state.own.kind).toBe("asking");
  });

  it("is said again every 250 ms until it is answered", () => {
    const asked = f.walk(f.radio(), f.kPress).state;
    expect(floorDeadline(asked, f.kNow)).toBe(later(250));
    expect(f.said(f.at(asked, later(249)).effects)).toEqual([]);
    const again = f.at(asked, later(250));
    expect(f.said(again.effects)).toEqual(["1: press 1"]);
    expect(floorDeadline(again.state, later(250))).toBe(later(500));
    expect(floorDeadline(f.walk(asked, f.grant(1)).state, f.kNow)).toBeUndefined();
  });

  it("that is granted holds the floor, with its limit", () => {
    const { state, effects } = f.walk(f.radio(), f.kPress, f.grant(1));
    expect(state.own).toMatchObject({ kind: "holding", grant: { term: 1, number: 1 }, endsAtMs: later(30_000) });
    expect(f.signals(effects)).toEqual(["permit"]);
  });

  it("that was let go is released with its last frame", () => {
    const { state, effects } = f.walk(f.radio(), f.kPress, f.grant(1), f.kRelease, f.shut(4800), f.done(1));
    expect(f.said(effects)).toEqual(["1: press 1", "open 60", "shut", "1: release 1"]);
    expect(effects).toContainEqual({
      type: "request",
      roomId: f.kA,
      body: { case: "release", value: { grant: { term: 1, number: 1 }, lastTimestamp: 4800 } },
    });
    expect(state.own.kind).toBe("none");
    expect(state.rooms.get(f.kA)?.claims).toEqual([]);
  });

  it("is released all the same when the gate does not answer", () => {
    const closing = f.walk(f.radio(), f.kPress, f.grant(1), f.kRelease).state;
    expect(floorDeadline(closing, f.kNow)).toBe(later(100));
    expect(f.said(f.at(closing, later(100)).effects)).toEqual(["1: release 1"]);
  });

  it("begins after the last frame of the one before", () => {
    const { effects } = f.walk(
      f.radio(), f.kPress, f.grant(1), f.kRelease, f.shut(0xffff_ffff), f.done(1), f.kPress);
    expect(effects).toContainEqual({
      type: "request",
      roomId: f.kA,
      body: { case: "press", value: { reqId: 2, tier: Tier.ROUTINE, handsFree: false, firstTimestamp: 0 } },
    });
  });

  it("names no timestamp of another stream", () => {
    const { effects } = f.walk(
      f.radio(), f.kPress, f.grant(1), f.kRelease, f.shut(4800), f.done(1), { type: "stream" }, f.kPress);
    expect(effects).toContainEqual({
      type: "request",
      roomId: f.kA,
      body: { case: "press", value: { reqId: 2, tier: Tier.ROUTINE, handsFree: false } },
    });
  });

  it("that was let go before the answer is cancelled, and a late grant goes back", () => {
    const { state, effects } = f.walk(f.radio(), f.kPress, f.kRelease, f.grant(1, 1), f.done(1));
    expect(f.said(effects)).toEqual(["1: press 1", "open 60", "1: cancel 1", "shut", "1: release 1"]);
    expect(state.rooms.get(f.kA)?.claims).toEqual([]);
  });

  it("twice in a quick row waits for the last frame of the first", () => {
    const { effects } = f.walk(f.radio(), f.kPress, f.grant(1), f.kRelease, f.kPress, f.shut(960));
    expect(f.said(effects)).toEqual([
      "1: press 1", "open 60", "shut", "1: release 1", "1: press 2", "open 60",
    ]);
  });

  it("starts from a given number and goes round", () => {
    const state = f.walk(f.radio(), { type: "start", firstReqId: 0xffff_ffff }, f.kPress, f.kRelease, f.kPress);
    expect(f.said(state.effects).filter((one) => one.includes("press"))).toEqual([
      "1: press 4294967295", "1: press 1",
    ]);
  });

  it("does nothing in an open room", () => {
    expect(f.said(f.walk(f.radio(Mode.OPEN), f.kPress).effects)).toEqual([]);
  });

  it.each([
    [Role.TALKER, Tier.ROUTINE],
    [Role.CHAIR, Tier.COMMAND],
    [Role.DISPATCHER, Tier.COMMAND],
  ])("of role %i asks with tier %i", (role, tier) => {
    const { effects } = f.walk(f.radio(Mode.PTT, role), f.kPress);
    expect(effects[0]).toMatchObject({ body: { value: { tier } } });
  });
});

describe("a busy floor", () => {
  it("queues: the voice stops, and goes on with what was held back", () => {
    const { state, effects } = f.walk(f.radio(), f.kPress, f.queue(2), f.queue(1), f.grant(4));
    expect(f.said(effects)).toEqual(["1: press 1", "open 60", "shut", "open 300"]);
    expect(f.signals(effects)).toEqual(["queued", "permit"]);
    expect(state.own.kind).toBe("holding");
  });

  it("denies: the voice stops, and the reason stays until the button is up and a while longer", () => {
    const { state, effects } = f.walk(f.radio(), f.kPress, f.deny(Denied_Cause.ANOTHER_TALKS));
    expect(f.said(effects)).toEqual(["1: press 1", "open 60", "shut"]);
    expect(state.own).toMatchObject({ kind: "denied", cause: Denied_Cause.ANOTHER_TALKS, isDown: true });
    expect(f.at(state, later(60_000)).state.own.kind).toBe("denied");
    const up = f.at(state, later(60_000), f.kRelease).state;
    expect(floorDeadline(up, later(60_000))).toBeLessThanOrEqual(later(64_000));
    expect(f.at(up, later(64_000)).state.own.kind).toBe("none");
  });

  it("leaves the queue with the button", () => {
    const { state, effects } = f.walk(f.radio(), f.kPress, f.queue(2), f.kRelease);
    expect(f.said(effects).at(-1)).toBe("1: cancel 1");
    expect(state.own.kind).toBe("none");
  });

  it("asks again by itself while the room moves", () => {
    const { state } = f.walk(f.radio(), f.kPress, f.deny(Denied_Cause.FROZEN));
    expect(state.own.kind).toBe("waiting");
    expect(f.said(f.at(state, later(250)).effects)).toEqual(["1: press 2", "open 300"]);
  });

  it("answers a press for which no node is there, whatever the term", () => {
    const { state } = f.walk(f.radio(), f.kPress, f.grant(1), f.kRelease, f.shut(), f.done(1), f.kPress, (now) =>
      f.tells(now, f.kA, { case: "denied", value: { reqId: 2, cause: Denied_Cause.NO_RESOURCES } }, 0));
    expect(state.own).toMatchObject({ kind: "denied", cause: Denied_Cause.NO_RESOURCES });
  });

  it("offers: a held button presses again by itself", () => {
    const offer = (now: FloorState) => f.tells(now, f.kA, { case: "offer", value: { reqId: 1, pressMs: 2000 } });
    const { effects } = f.walk(f.radio(), f.kPress, f.queue(1), offer);
    expect(f.said(effects).at(-1)).toBe("1: press 1");
  });
});

describe("the end of a burst by somebody else", () => {
  const revoked = (cause: Revoked_Cause, graceMs: number) => (state: FloorState) =>
    f.tells(state, f.kA, {
      case: "revoked",
      value: { grant: { term: 1, number: 1 }, cause, graceMs, byMemberId: 9 },
    });

  it("lets one finish within the grace, then shuts", () => {
    const talking = f.walk(f.radio(), f.kPress, f.grant(1), revoked(Revoked_Cause.PREEMPTED, 800));
    expect(f.said(talking.effects)).toEqual(["1: press 1", "open 60"]);
    expect(f.signals(talking.effects)).toEqual(["permit", "revoked"]);
    expect(floorDeadline(talking.state, f.kNow)).toBe(later(800));
    const ended = f.at(talking.state, later(800));
    expect(f.said(ended.effects)).toEqual(["shut"]);
    expect(ended.state.own).toMatchObject({ kind: "revoked", cause: Revoked_Cause.PREEMPTED, byId: 9 });
  });

  it("shuts at once without a grace", () => {
    const { state, effects } = f.walk(f.radio(), f.kPress, f.grant(1), revoked(Revoked_Cause.CUT_BY_CHAIR, 0));
    expect(f.said(effects).at(-1)).toBe("shut");
    expect(state.own).toMatchObject({ kind: "revoked", cause: Revoked_Cause.CUT_BY_CHAIR, isDown: true });
  });

  it("is released by a button that goes up in the grace", () => {
    const { effects } = f.walk(
      f.radio(), f.kPress, f.grant(1), revoked(Revoked_Cause.TOO_LONG, 3000), f.kRelease, f.shut(1));
    expect(f.said(effects).at(-1)).toBe("1: release 1");
  });

  it("is shown and goes where nobody holds the button", () => {
    const { state } = f.walk(
      f.radio(), { type: "press", handsFree: true }, f.grant(1), revoked(Revoked_Cause.TOO_LONG, 0));
    expect(f.at(state, later(4000)).state.own.kind).toBe("none");
  });

  it("warns before the limit", () => {
    const warning = (state: FloorState) =>
      f.tells(state, f.kA, { case: "warning", value: { grant: { term: 1, number: 1 }, leftMs: 5000 } });
    const { state, effects } = f.walk(f.radio(), f.kPress, f.grant(1), warning);
    expect(f.signals(effects)).toEqual(["permit", "warning"]);
    expect(state.own).toMatchObject({ endsAtMs: later(5000) });
  });
});

describe("two rooms", () => {
  const toB = { type: "talk_room", roomId: f.kB } as const;

  it("close the burst in the first before the second is bound and asked", () => {
    const { state, effects } = f.walk(f.twoRooms(), f.kPress, f.grant(1), toB, f.kPress, f.shut(480));
    expect(f.said(effects)).toEqual(["1: press 1", "open 60", "shut", "1: release 1", "talk in 2"]);
    expect(state.own.kind).toBe("waiting");
    const over = f.walk(state, f.done(1));
    expect(f.said(over.effects)).toEqual(["2: press 2", "open 60"]);
  });

  it("wait for the answer to a cancelled press", () => {
    const { state } = f.walk(f.twoRooms(), f.kPress, toB, f.kPress);
    expect(state.own.kind).toBe("waiting");
    expect(f.said(f.walk(state, f.deny(Denied_Cause.OTHER, 1)).effects)).toEqual(["2: press 2", "open 60"]);
  });

  it("ask after an end that does not come", () => {
    const { state } = f.walk(f.twoRooms(), f.kPress, toB, f.kPress);
    expect(f.said(f.at(state, later(1000)).effects)).toEqual(["1: snapshot"]);
    const clear = (now: FloorState) => f.tells(now, f.kA, { case: "state", value: { ownRights: {} } });
    expect(f.said(f.walk(state, clear).effects)).toEqual(["2: press 2", "open 60"]);
  });

  it("wait, between an open one and another, until the node has changed them", () => {
    const { state, effects } = f.walk(f.twoRooms(Mode.OPEN, Mode.PTT), toB, f.kPress, f.shut(480));
    expect(f.said(effects)).toEqual(["shut", "talk in 2"]);
    expect(effects).toContainEqual({ type: "set_talk_room", roomId: f.kB, changeId: 1, firstTimestamp: 481 });
    expect(f.said(f.walk(state, f.kTalkRoomSet(7)).effects)).toEqual([]);
    expect(f.said(f.walk(state, f.kTalkRoomSet(1)).effects)).toEqual(["2: press 2", "open 60"]);
  });

  it("say the change again when nothing answers", () => {
    const { state } = f.walk(f.twoRooms(Mode.OPEN, Mode.PTT), toB, f.kPress, f.shut(480));
    expect(floorDeadline(state, f.kNow)).toBe(later(1000));
    const again = f.at(state, later(1000));
    expect(again.effects).toEqual([{ type: "set_talk_room", roomId: f.kB, changeId: 1, firstTimestamp: 481 }]);
  });

  it("count the answer to the last change only", () => {
    const toA: FloorInput = { type: "talk_room", roomId: f.kA };
    const { state } = f.walk(f.twoRooms(Mode.OPEN, Mode.OPEN), toB, f.shut(480), toA, toB);
    expect(state.gate.roomId).toBe("");
    expect(f.walk(state, f.kTalkRoomSet(1)).state.gate.roomId).toBe("");
    expect(f.walk(state, f.kTalkRoomSet(3)).state.gate.roomId).toBe(f.kB);
  });

  it("are not waited for where one may only listen", () => {
    const listens = f.enters(f.kB, Mode.PTT, Role.LISTENER);
    const { effects } = f.walk(f.radio(Mode.OPEN), listens, toB, f.kPress);
    expect(f.said(effects)).toEqual(["shut", "talk in 2", "2: press 1"]);
  });
});

describe("an open room", () => {
  it("hears the microphone unless it is muted, and nothing from before", () => {
    const open = f.walk(f.radio(Mode.OPEN), { type: "muted", muted: true }, { type: "muted", muted: false });
    expect(f.said(open.effects)).toEqual(["shut", "open 0"]);
    expect(f.said(f.walk(f.radio(Mode.OPEN), { type: "room_gone", roomId: f.kA }).effects)).toEqual(["shut"]);
  });
});

describe("a plenary", () => {
  it("hears nobody before the chair has given the floor", () => {
    const { state, effects } = f.walk(f.radio(Mode.CHAIRED), { type: "press", handsFree: true }, f.queue(3));
    expect(f.said(effects)).toEqual(["1: press 1"]);
    expect(f.said(f.walk(state, f.grant(2)).effects)).toEqual(["open 300"]);
  });

  it("keeps a hand raised over a reload", () => {
    const snapshot = (now: FloorState) =>
      f.tells(now, f.kA, {
        case: "state",
        value: { ownRights: {}, policy: { mode: Mode.CHAIRED }, ownReqId: 44, ownPosition: 2 },
      });
    const { state } = f.walk(f.radio(Mode.CHAIRED), snapshot);
    expect(state.own).toMatchObject({ kind: "queued", reqId: 44, position: 2, isDown: true });
    expect(f.said(f.walk(state, f.kRelease).effects)).toEqual(["1: cancel 44"]);
  });

  it("shows the speakers and their times", () => {
    const queue = (now: FloorState) =>
      f.tells(now, f.kA, {
        case: "queue",
        value: { waiting: [{ memberId: 3, forMs: 4000 }], spoken: [{ delegation: "Kenya", totalMs: 61_000 }] },
      });
    const room = f.walk(f.radio(Mode.CHAIRED), queue).state.rooms.get(f.kA);
    expect(room?.waiting).toEqual([{ memberId: 3, tier: 0, sinceMs: later(-4000) }]);
    expect(room?.spoken).toEqual([{ delegation: "Kenya", totalMs: 61_000 }]);
  });

  it("tells a chair why an action was refused", () => {
    const { state } = f.walk(f.radio(Mode.CHAIRED), f.deny(Denied_Cause.NO_PERMISSION, 0));
    expect(state.refusal).toMatchObject({ cause: Denied_Cause.NO_PERMISSION, roomId: f.kA });
    expect(f.at(state, later(4000)).state.refusal).toBeUndefined();
  });
});

describe("messages", () => {
  const taken = (memberId: number) => (state: FloorState) =>
    f.tells(state, f.kA, { case: "taken", value: { holders: [{ memberId, grant: { term: 1, number: memberId }, forMs: 2000, leftMs: 9000 }] } });

  it("say who talks, since when and for how long", () => {
    const { state } = f.walk(f.radio(), taken(3));
    expect(state.rooms.get(f.kA)?.holders).toMatchObject([
      { memberId: 3, sinceMs: later(-2000), endsAtMs: later(9000) },
    ]);
    const over = f.walk(state, (now) => f.tells(now, f.kA, { case: "idle", value: {} }));
    expect(f.signals(over.effects)).toEqual(["over"]);
    expect(over.state.rooms.get(f.kA)?.holders).toEqual([]);
  });

  it("extend the own time", () => {
    const extended = (now: FloorState) =>
      f.tells(now, f.kA, { case: "taken", value: { holders: [{ memberId: 7, grant: { term: 1, number: 1 }, leftMs: 90_000 }] } });
    const { state } = f.walk(f.radio(), f.kPress, f.grant(1), extended);
    expect(state.own).toMatchObject({ endsAtMs: later(90_000) });
  });

  it("that are not newer, or of an older term, or of another room change nothing", () => {
    const before = f.walk(f.radio(), taken(3), f.kPress).state;
    const again = f.grant(1)(before);
    const held = f.walk(before, again).state;
    expect(f.walk(held, again).state).toEqual(held);
    const older = f.tells(before, f.kA, { case: "idle", value: {} }, 1);
    const moved = f.walk(before, f.tells(before, f.kA, { case: "idle", value: {} }, 5)).state;
    expect(f.walk(moved, older).state).toEqual(moved);
    expect(f.walk(before, f.tells(before, "99", { case: "idle", value: {} })).state).toEqual(before);
  });

  it("of a new arbiter end what the old one granted, and ask for a snapshot", () => {
    const held = f.walk(f.radio(), taken(3), f.kPress, f.grant(1)).state;
    const { state, effects } = f.walk(held, f.tells(held, f.kA, { case: "idle", value: {} }, 2));
    expect(f.said(effects)).toEqual(["1: snapshot", "shut"]);
    expect(state.own.kind).toBe("revoked");
    expect(state.rooms.get(f.kA)?.claims).toEqual([]);
  });

  it("of a new arbiter let somebody in the queue ask again", () => {
    const queued = f.walk(f.radio(), f.kPress, f.queue(2)).state;
    const { state, effects } = f.walk(queued, f.tells(queued, f.kA, { case: "idle", value: {} }, 2));
    expect(f.said(effects)).toContain("1: press 2");
    expect(state.own.kind).toBe("asking");
  });
});

describe("a snapshot", () => {
  const snapshot = (value: object) => (state: FloorState) =>
    f.tells(state, f.kA, { case: "state", value: { ownRights: {}, policy: { mode: Mode.PTT }, ...value } });

  it("keeps a grant that both sides know", () => {
    const { state } = f.walk(f.radio(), f.kPress, f.grant(1), snapshot({ ownGrant: { term: 1, number: 1 } }));
    expect(state.own.kind).toBe("holding");
  });

  it("ends a burst that the arbiter knows nothing of", () => {
    const { state, effects } = f.walk(f.radio(), f.kPress, f.grant(1), snapshot({}));
    expect(state.own.kind).toBe("revoked");
    expect(f.said(effects).at(-1)).toBe("shut");
  });

  it("gives a grant back that nobody presses for, and says a lost release again", () => {
    const unknown = f.walk(f.radio(), snapshot({ ownGrant: { term: 1, number: 8 } }));
    expect(f.said(unknown.effects)).toEqual(["1: release 8"]);
    const lost = f.walk(
      f.radio(), f.kPress, f.grant(1), f.kRelease, f.shut(), snapshot({ ownGrant: { term: 1, number: 1 } }));
    expect(f.said(lost.effects).slice(-2)).toEqual(["1: release 1", "1: release 1"]);
  });

  it("for all leaves the own part alone", () => {
    const held = f.walk(f.radio(), f.kPress, f.grant(1)).state;
    const forAll = f.tells(held, f.kA, { case: "state", value: { policy: { mode: Mode.PTT } } });
    expect(f.walk(held, forAll).state.own.kind).toBe("holding");
  });

  it("finds a place in the queue again, which a press takes up", () => {
    const { state } = f.walk(f.radio(), snapshot({ ownReqId: 12, ownPosition: 1 }));
    expect(state.own).toMatchObject({ kind: "queued", isDown: false, position: 1 });
    const offer = (now: FloorState) => f.tells(now, f.kA, { case: "offer", value: { reqId: 12, pressMs: 2000 } });
    const offered = f.walk(state, offer);
    expect(f.signals(offered.effects)).toEqual(["offered"]);
    expect(f.said(f.walk(offered.state, f.kPress).effects)).toEqual(["1: press 12"]);
    expect(f.at(offered.state, later(2000)).state.own).toMatchObject({ offeredUntilMs: 0 });
  });

  it("tells of a mode change", () => {
    const { state, effects } = f.walk(f.radio(), f.kPress, snapshot({ policy: { mode: Mode.OPEN } }));
    expect(state.own.kind).toBe("none");
    expect(state.rooms.get(f.kA)?.policy.mode).toBe(Mode.OPEN);
    expect(f.said(effects)).not.toContain("shut"); // the room is open: the microphone goes on
  });
});

describe("an emergency", () => {
  const declared = (kind: Emergency_Kind, ownerMemberId: number) => (state: FloorState) =>
    f.tells(state, f.kA, { case: "emergency", value: { kind, id: 5, ownerMemberId, forMs: 1000 } });

  it("is set before the floor is asked for with its tier, hands free", () => {
    const { effects } = f.walk(f.radio(), { type: "declare", peril: false });
    expect(f.said(effects)).toEqual(["1: setEmergency", "1: press 2", "open 60"]);
    expect(effects).toContainEqual({
      type: "request",
      roomId: f.kA,
      body: { case: "press", value: { reqId: 2, tier: Tier.EMERGENCY, handsFree: true } },
    });
  });

  it("raises a burst that runs and does not end it", () => {
    const { state, effects } = f.walk(f.radio(), f.kPress, f.grant(1), { type: "declare", peril: false });
    expect(f.said(effects).slice(2)).toEqual(["1: setEmergency", "1: press 3"]);
    expect(state.own.kind).toBe("holding");
    const raised = f.walk(state, f.grant(1, 3));
    expect(f.said(raised.effects)).toEqual([]);
  });

  it("alerts once and is shown until it is cleared", () => {
    const { state, effects } = f.walk(f.radio(), declared(Emergency_Kind.IN_EMERGENCY, 3), declared(Emergency_Kind.IN_EMERGENCY, 3));
    expect(f.signals(effects)).toEqual(["emergency"]);
    expect(state.rooms.get(f.kA)?.emergency).toMatchObject({ ownerId: 3, sinceMs: later(-1000) });
    const over = f.walk(state, declared(Emergency_Kind.NONE, 0));
    expect(f.signals(over.effects)).toEqual(["emergencyOver"]);
    expect(over.state.rooms.get(f.kA)?.emergency).toBeUndefined();
  });

  it("gives its owner's presses its tier", () => {
    const { effects } = f.walk(f.radio(), declared(Emergency_Kind.IN_EMERGENCY, 7), f.kPress);
    expect(effects).toContainEqual({
      type: "request",
      roomId: f.kA,
      body: { case: "press", value: { reqId: 1, tier: Tier.EMERGENCY, handsFree: false } },
    });
  });
});
