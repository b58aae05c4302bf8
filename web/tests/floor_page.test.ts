// The page's part of the floor: the button that cannot get stuck, the emergency control, what is said.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { kNoEmergency, moveEmergency } from "../app/emergency_hold";
import { emergenciesOf, floorOf, kFloorWords, moved, roomsOf, spokenOf } from "../app/floor_view";
import { keysOf } from "../app/keys";
import { kDefaultSettings, parseSettings } from "../app/settings";
import { english } from "../app/strings";
import { kFreeButton, moveButton } from "../app/talk_button";
import type { ButtonInput, TalkButton } from "../app/talk_button";
import { sentenceOf, wordOnButton } from "../app/talk_control";
import { kTones, kVibrations } from "../app/tones";
import { Denied_Cause, Emergency_Kind, PolicySchema, Revoked_Cause } from "../src/generated/protocol/floor_pb";
import { kFloorSignals, Mode } from "../sdk/floor_state";
import type { Own, RoomFloor } from "../sdk/floor_state";
import type { SessionState } from "../sdk/session_state";
import * as h from "./helpers";

describe("the talk button", () => {
  const kInputs: ButtonInput[] = [
    { type: "down", by: "space" },
    { type: "up", by: "space" },
    { type: "down", by: "pointer 1" },
    { type: "up", by: "pointer 1" },
    { type: "tap" },
    { type: "lost" },
  ];
  interface Held {
    readonly button: TalkButton;
    readonly isActive: boolean;
  }
  const act = ({ button, isActive }: Held, input: ButtonInput, isLatched: boolean): Held => {
    const step = moveButton(button, input, { isLatched, isActive });
    if (step.does === "nothing") return { button: step.button, isActive };
    return { button: step.button, isActive: step.does !== "release" };
  };
  const everyWalk = (length: number, visit: (path: readonly ButtonInput[]) => void, path: ButtonInput[] = []): void => {
    visit(path);
    if (path.length < length) for (const input of kInputs) everyWalk(length, visit, [...path, input]);
  };
  const free: Held = { button: kFreeButton, isActive: false };

  it("that is held is released by losing sight of the page, after every order of events", () => {
    everyWalk(6, (path) => {
      if (path.some(({ type }) => type === "tap")) return;
      const held = [...path, { type: "lost" } as const].reduce((now, input) => act(now, input, false), free);
      if (held.isActive || held.button.holds.size > 0) expect(path).toBe("not stuck");
    });
  });

  it("that is held talks exactly while something holds it", () => {
    everyWalk(6, (path) => {
      if (path.some(({ type }) => type === "tap")) return;
      const held = path.reduce((now, input) => act(now, input, false), free);
      if (held.isActive !== held.button.holds.size > 0) expect(path).toBe("in step");
    });
  });

  it("that is latched ends with the next press, wherever that comes from", () => {
    everyWalk(5, (path) => {
      const held = path.reduce((now, input) => act(now, input, true), free);
      if (held.isActive && act(held, { type: "tap" }, true).isActive) expect(path).toBe("ended");
    });
  });

  it("takes no notice of a key that repeats", () => {
    const down = act(free, { type: "down", by: "space" }, true);
    expect(act(down, { type: "down", by: "space" }, true).isActive).toBe(true);
  });
});

describe("the emergency control", () => {
  const times = { emergencyHoldMs: 1500, emergencyCountdownMs: 3000 };
  const holding = moveEmergency(kNoEmergency, "down", times, 0).hold;
  const counting = moveEmergency(holding, "tick", times, 1500).hold;

  it("declares after the hold and the countdown, not a moment earlier", () => {
    expect(moveEmergency(holding, "tick", times, 1499).hold).toBe(holding);
    expect(counting).toEqual({ kind: "counting", untilMs: 4500 });
    expect(moveEmergency(counting, "tick", times, 4499).declares).toBe(false);
    expect(moveEmergency(counting, "tick", times, 4500)).toEqual({ hold: kNoEmergency, declares: true });
  });

  it("forgets a hold that was too short, and goes on counting when the finger is gone", () => {
    expect(moveEmergency(holding, "up", times, 1499).hold).toBe(kNoEmergency);
    expect(moveEmergency(counting, "up", times, 1600).hold).toBe(counting);
  });

  it("can be cancelled to the last moment", () => {
    expect(moveEmergency(counting, "cancel", times, 4499)).toEqual({ hold: kNoEmergency, declares: false });
  });
});

describe("settings", () => {
  it("are what was stored, and the default where that is missing or odd", () => {
    const changed = { ...kDefaultSettings, handsFree: true, toneVolume: 0.2, words: false };
    expect(parseSettings(JSON.stringify(changed))).toEqual(changed);
    for (const odd of ["", "null", "[]", '{"tones":"yes","toneVolume":7}']) {
      expect(parseSettings(odd)).toEqual(kDefaultSettings);
    }
  });
});

describe("tones", () => {
  it.each(kFloorSignals)("%s is short, soft and its own", (signal) => {
    const notes = kTones[signal];
    const endMs = Math.max(...notes.map((note) => note.atMs + note.forMs));
    expect(endMs).toBeLessThanOrEqual(signal === "emergency" ? 1500 : 500);
    for (const note of notes) expect(note.gain).toBeLessThanOrEqual(signal === "emergency" ? 0.9 : 0.5);
    const twins = kFloorSignals.filter((other) => JSON.stringify(kTones[other]) === JSON.stringify(notes));
    expect(twins).toEqual([signal]);
    expect(kVibrations[signal].every((ms) => ms > 0)).toBe(true);
  });
});

// In a radio room with sound.
function radio(own: Own = { kind: "none" }, change: Partial<RoomFloor> = {}): SessionState {
  const call = h.inCall();
  const floor = call.floor.rooms.get(h.kRoomId);
  if (!floor) throw new Error("no floor");
  const policy = { ...floor.policy, mode: Mode.PTT };
  return {
    ...call,
    floor: { ...call.floor, own, rooms: new Map([[h.kRoomId, { ...floor, policy, ...change }]]) },
  };
}

describe("what is said", () => {
  const holding: Own = {
    kind: "holding", reqId: 1, grant: { term: 1, number: 1 }, sinceMs: 0, endsAtMs: 0, tier: 0,
    handsFree: false, heldMs: 60, revoking: undefined,
  };
  const queued: Own = {
    kind: "queued", reqId: 1, position: 2, size: 3, isDown: true, handsFree: false, askedAtMs: 0, offeredUntilMs: 0,
  };
  const shown = { isDown: true, atMs: 0 };
  const bruno = { memberId: 2, grant: { term: 1, number: 2 }, tier: 0, sinceMs: 0, endsAtMs: 0, isRevoking: false };
  const all: Record<string, SessionState> = {
    free: radio(),
    asking: radio({ kind: "waiting", pressedAtMs: 0, retryAtMs: 0, tier: 0, handsFree: false }),
    yours: radio(holding),
    somebody: radio({ kind: "none" }, { holders: [bruno] }),
    queued: radio(queued),
    offered: radio({ ...queued, isDown: false, offeredUntilMs: 9 }),
    denied: radio({ kind: "denied", cause: Denied_Cause.QUEUE_FULL, ...shown }),
    revoked: radio({ kind: "revoked", cause: Revoked_Cause.PREEMPTED, byId: 2, ...shown }),
    listening: radio({ kind: "none" }, { rights: { role: 1, mayTalk: false, maxTier: 0 } }),
    away: { ...radio(), media: { kind: "offering" } },
  };

  it("is nothing of the floor in an open room", () => {
    expect(floorOf(h.inCall(), kDefaultSettings)).toBeUndefined();
  });

  it.each(kFloorWords)("when it is %s has a word and a sentence of its own", (word) => {
    const session = all[word];
    const view = session && floorOf(session, kDefaultSettings);
    if (!view) throw new Error(`no view for ${word}`);
    expect(view.word).toBe(word);
    expect(wordOnButton(view)).not.toBe("");
    expect(sentenceOf(view)).toMatch(/\.$/);
  });

  it("lists only keys that do something here", () => {
    const keys = (session: SessionState): string => keysOf({ session, settings: kDefaultSettings }).join(" ");
    expect(keys(h.inCall())).toBe("mute hand settings leave list close");
    expect(keys(radio())).toMatch(/^talk .*settings/);
    expect(keys(radio({ kind: "none" }, { rights: { role: 0, mayTalk: true, maxTier: 4 } }))).toContain("emergency");
    expect(keys(radio({ kind: "none" }, { rights: { role: 1, mayTalk: false, maxTier: 4 } }))).toMatch(/^settings/);
    expect(keys({ ...radio(), offers: [{ id: h.kRoomId, name: "Harbour" }, { id: "9", name: "Tugs" }] })).toContain("rooms");
  });

  it("tells the time that is left in seconds, and in minutes where there are some", () => {
    expect(english.floor.left(59)).toBe("59 s left");
    expect(english.floor.left(60)).toBe("1:00 left");
    expect(english.floor.left(95)).toBe("1:35 left");
  });

  it("names who took the floor", () => {
    const view = floorOf(all["revoked"]!, kDefaultSettings);
    expect(view && sentenceOf(view)).toBe("Somebody with priority talks now. It was Bruno.");
  });

  it("has words for every cause", () => {
    for (const cause of Object.values(Denied_Cause).filter((one) => typeof one === "number")) {
      expect(english.floor.denied[cause]).toMatch(/\.$/);
    }
    for (const cause of Object.values(Revoked_Cause).filter((one) => typeof one === "number")) {
      expect(english.floor.revoked[cause]).toMatch(/\.$/);
    }
  });

  it("does not show the own burst any more once it was let go", () => {
    const own = { memberId: 1, grant: { term: 1, number: 1 }, tier: 0, sinceMs: 0, endsAtMs: 0, isRevoking: false };
    const claims = [{ reqId: 1, grant: { term: 1, number: 1 }, stage: "told" }] as const;
    const view = floorOf(radio({ kind: "none" }, { holders: [own], claims }), kDefaultSettings);
    expect(view?.word).toBe("free");
    expect(view?.holders).toEqual([]);
  });

  it.each([
    [Mode.PTT, false],
    [Mode.CHAIRED, true],
    [Mode.PRIVATE_FULL, true],
  ])("in mode %i the button is latched: %s", (mode, isLatched) => {
    const policy = { mode, emergencyHoldMs: 1, emergencyCountdownMs: 1 };
    expect(floorOf(radio({ kind: "none" }, { policy }), kDefaultSettings)?.isLatched).toBe(isLatched);
    expect(floorOf(radio(), { ...kDefaultSettings, handsFree: true })?.isLatched).toBe(true);
  });
});

describe("a plenary", () => {
  const speakers = [3, 6, 7].map((memberId) => ({ memberId, name: "", delegation: "", sinceMs: 0 }));

  it.each([
    [6, -1, [6, 3, 7]],
    [6, 1, [3, 7, 6]],
    [3, -1, [3, 6, 7]],
    [7, 1, [3, 6, 7]],
    [99, 1, [3, 6, 7]],
  ] as const)("moves %i by %i", (memberId, by, order) => {
    expect(moved(speakers, memberId, by)).toEqual(order);
  });

  it("counts the speech that runs for its delegation", () => {
    const session = radio({ kind: "none" }, { spoken: [{ delegation: "France", totalMs: 5 }, { delegation: "", totalMs: 9 }] });
    const holder = {
      memberId: 2, name: "", delegation: "Kenya", isOwn: false, sinceMs: 77, endsAtMs: 0, tier: 0,
      grant: { term: 1, number: 1 },
    };
    expect(spokenOf(session, [holder])).toEqual([
      { delegation: "France", totalMs: 5, runsSinceMs: 0 },
      { delegation: "Kenya", totalMs: 0, runsSinceMs: 77 },
    ]);
  });
});

describe("emergencies and rooms", () => {
  const emergency = { kind: Emergency_Kind.IN_EMERGENCY, id: 4, ownerId: 2, sinceMs: 9 } as const;

  it("are shown with who may end them", () => {
    expect(emergenciesOf(radio({ kind: "none" }, { emergency }))).toMatchObject([
      { name: "Bruno", isHere: true, isOwn: false, mayClear: false },
    ]);
    const own = { ...emergency, ownerId: 1 };
    expect(emergenciesOf(radio({ kind: "none" }, { emergency: own }))[0]?.mayClear).toBe(true);
    const rights = { role: 2, mayTalk: true, maxTier: 4 } as const;
    expect(emergenciesOf(radio({ kind: "none" }, { emergency, rights }))[0]?.mayClear).toBe(true);
  });

  it("lists rooms only where there are several", () => {
    expect(roomsOf(radio())).toEqual([]);
    const offers = [{ id: h.kRoomId, name: "Harbour" }, { id: "9", name: "Tugs" }];
    expect(roomsOf({ ...radio(), offers })).toEqual([
      { id: h.kRoomId, name: "Harbour", isTalkRoom: true, isHeard: true, talkers: ["Bruno"], hasEmergency: false },
      { id: "9", name: "Tugs", isTalkRoom: false, isHeard: false, talkers: [], hasEmergency: false },
    ]);
  });

  it("take the policy's times", () => {
    const joined = h.says({
      case: "joined",
      value: {
        room: { roomId: h.kRoomId, name: "Harbour" },
        ownMemberId: 1,
        policy: create(PolicySchema, { mode: Mode.PTT, emergencyHoldMs: 700 }),
      },
    }, 3);
    const { floor } = h.walk(h.phases().joining, joined).state;
    expect(floor.rooms.get(h.kRoomId)?.policy).toEqual({ mode: Mode.PTT, emergencyHoldMs: 700, emergencyCountdownMs: 3000 });
  });
});
