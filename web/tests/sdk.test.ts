// The small pure parts: base64url, links, storage, members, the watch on the microphone.
import { describe, expect, it } from "vitest";
import { decodeBase64url, encodeBase64url } from "../sdk/base64url";
import { kCodeBytes, parseLink, toDisplayName } from "../sdk/link";
import { Role } from "../sdk/floor_state";
import { deviceOfTwin, membersInSlots, orderMembers, updateTalkers } from "../sdk/members";
import type { Member } from "../sdk/members";
import { Habits } from "../sdk/storage";
import { kSilenceMs, levelOfRms, startWatch, watchVoice } from "../sdk/voice_watch";
import type { VoiceSample, VoiceWatch } from "../sdk/voice_watch";

describe("base64url", () => {
  it("is undone by itself for every length and byte", () => {
    for (let length = 0; length < 260; ++length) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length) & 0xff);
      const text = encodeBase64url(bytes);
      expect(text).toMatch(/^[A-Za-z0-9_-]*$/);
      expect(decodeBase64url(text)).toEqual(bytes);
    }
  });

  it("knows the test vectors of RFC 4648", () => {
    expect(encodeBase64url(new TextEncoder().encode("foobar"))).toBe("Zm9vYmFy");
    expect(encodeBase64url(Uint8Array.of(0xfb, 0xff))).toBe("-_8");
  });

  it.each(["a", "abcde", "ab+d", "ab/d", "abc=", "a b", "äöüß"])("refuses %j", (text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  });
});

describe("a link", () => {
  it.each([
    ["", "none"],
    ["#", "none"],
    ["#other=1", "none"],
    ["#i=", "damaged"],
    ["#i=a", "damaged"],
    ["#i=%%%", "damaged"],
    ["#i=AQID", "damaged"],
    ["#e=AQID", "damaged"],
    ["#r=abc", "none"],
    [`#i=${encodeBase64url(new Uint8Array(kCodeBytes))}`, "guest"],
    [`#e=${encodeBase64url(new Uint8Array(kCodeBytes))}`, "named"],
    [`#i=${encodeBase64url(new Uint8Array(kCodeBytes + 1))}`, "damaged"],
    [`#e=${encodeBase64url(new Uint8Array(kCodeBytes - 1))}`, "damaged"],
  ])("%j is %s", (hash, kind) => expect(parseLink(hash).kind).toBe(kind));

  it("gives the bytes of its code", () => {
    const code = Uint8Array.from({ length: kCodeBytes }, (_, index) => 250 - index);
    expect(parseLink(`#e=${encodeBase64url(code)}`)).toEqual({ kind: "named", code });
  });
});

describe("a name", () => {
  it.each([
    ["  Anna   Lindqvist ", "Anna Lindqvist"],
    ["", ""],
    ["a".repeat(64), "a".repeat(64)],
    ["a".repeat(65), "a".repeat(64)],
    ["é".repeat(40), "é".repeat(32)],
    ["😀".repeat(17), "😀".repeat(16)],
  ])("%j is sent as %j", (typed, name) => expect(toDisplayName(typed)).toBe(name));
});

describe("the habits", () => {
  const memory = (...entries: [string, string][]) => {
    const values = new Map<string, string>(entries);
    return {
      values,
      get length() {
        return values.size;
      },
      key: (index: number) => [...values.keys()][index] ?? null,
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => void values.set(key, value),
      removeItem: (key: string) => void values.delete(key),
    };
  };

  it("are kept, and those of a person forgotten with him", () => {
    const habits = new Habits(memory());
    habits.saveHabit("room", "7");
    habits.saveHabit("mix", "{}");
    expect(habits.habit("room")).toBe("7");
    habits.forgetPerson();
    expect(habits.habit("room")).toBe("");
    expect(habits.habit("mix")).toBe("{}");
  });

  it("drop the tokens of earlier versions and nothing else", () => {
    const storage = memory(["parley.session.a", "x"], ["parley.name", "Anna"], ["parley.session.b", "y"], ["parley.last", "a"], ["other", "z"]);
    new Habits(storage).dropOldSessions();
    expect([...storage.values.keys()]).toEqual(["parley.name", "other"]);
  });

  it("are forgotten where the browser forbids storage", () => {
    const refuse = (): never => {
      throw new Error("denied");
    };
    const habits = new Habits({
      get length() {
        return refuse();
      },
      key: refuse, getItem: refuse, setItem: refuse, removeItem: refuse,
    });
    habits.saveHabit("name", "Anna");
    habits.dropOldSessions();
    expect(habits.habit("name")).toBe("");
  });
});

describe("slots", () => {
  it.each([
    ["a listener hears channel c in slot c", [5, 6, 0, 8, 9], 1, [5, 6, 0, 8]],
    ["a talker hears the last channel in his own", [5, 1, 0, 8, 9], 1, [5, 9, 0, 8]],
    ["a talker in the last channel hears all others", [5, 6, 0, 8, 1], 1, [5, 6, 0, 8]],
    ["a lone talker hears nobody", [1, 0, 0, 0, 0], 1, [0, 0, 0, 0]],
    ["before any news there are none", [], 1, []],
  ])("%s", (_rule, channels, own, slots) => expect(membersInSlots(channels, own)).toEqual(slots));
});

describe("members", () => {
  const member = (id: number, name: string, mediaConnected = true): Member => ({
    id,
    name,
    muted: false,
    mediaConnected,
    role: Role.TALKER,
    delegation: "",
    handRaised: false,
    userId: String(id),
    deviceLabel: "",
  });

  it("of one person are told apart by their devices", () => {
    const phone = { ...member(1, "Anna"), userId: "7", deviceLabel: "Chrome on Android" };
    const desk = { ...member(2, "Anna"), userId: "7", deviceLabel: "Firefox on Linux" };
    const other = { ...member(3, "Bruno"), userId: "8", deviceLabel: "Safari on iPhone" };
    const all = new Map([phone, desk, other].map((one) => [one.id, one]));
    expect([1, 2, 3].map((id) => deviceOfTwin(all, id))).toEqual(["Chrome on Android", "Firefox on Linux", ""]);
    all.delete(2);
    expect(deviceOfTwin(new Map(all), 1)).toBe("");
  });

  it("are ordered: talkers, present by name, away", () => {
    const members = [
      member(1, "Zoë"),
      member(2, "anna"),
      member(3, "Émile", false),
      member(4, "Bruno"),
      member(5, "Room 10"),
      member(6, "Room 9"),
    ];
    const talkers = [
      { memberId: 4, sinceMs: 1 },
      { memberId: 1, sinceMs: 2 },
    ];
    const names = orderMembers(members, talkers).map((one) => one.name);
    expect(names).toEqual(["Bruno", "Zoë", "anna", "Room 9", "Room 10", "Émile"]);
  });

  it("with one name keep their order", () => {
    const twins = [member(9, "Anna"), member(3, "Anna")];
    expect(orderMembers(twins, []).map((one) => one.id)).toEqual([3, 9]);
  });

  it("that go on talking keep their start and their place", () => {
    const before = [
      { memberId: 4, sinceMs: 1 },
      { memberId: 5, sinceMs: 2 },
    ];
    expect(updateTalkers(before, [7, 5, 0, 4, 0], 9)).toEqual([
      { memberId: 4, sinceMs: 1 },
      { memberId: 5, sinceMs: 2 },
      { memberId: 7, sinceMs: 9 },
    ]);
    expect(updateTalkers(before, [0, 0, 0, 0, 0], 9)).toEqual([]);
  });
});

describe("the watch on the microphone", () => {
  const run = (samples: (nowMs: number) => Partial<VoiceSample>, forMs: number, from?: VoiceWatch) => {
    let watch = from ?? startWatch(0);
    for (let nowMs = 0; nowMs <= forMs; nowMs += 100) {
      watch = watchVoice(watch, { peak: 0.1, level: 0.2, muted: false, nowMs, ...samples(nowMs) });
    }
    return watch;
  };

  it("notices a device that gives nothing at all", () => {
    expect(run(() => ({ peak: 0 }), kSilenceMs - 100).isSilent).toBe(false);
    expect(run(() => ({ peak: 0 }), kSilenceMs).isSilent).toBe(true);
    expect(run(() => ({ peak: 0.0005 }), 60_000).isSilent).toBe(false);
  });

  it("notices speech while muted, and not a cough", () => {
    expect(run(() => ({ muted: true, level: 0.7 }), 1000).speaksWhileMuted).toBe(true);
    expect(run((nowMs) => ({ muted: true, level: nowMs < 400 ? 0.7 : 0.1 }), 1000).speaksWhileMuted).toBe(false);
    expect(run(() => ({ muted: false, level: 0.7 }), 5000).speaksWhileMuted).toBe(false);
  });

  it("drops the notice after a pause and at once when unmuted", () => {
    const talks = (nowMs: number) => ({ muted: true, level: nowMs <= 1000 ? 0.7 : 0 });
    expect(run(talks, 3000).speaksWhileMuted).toBe(true);
    expect(run(talks, 5000).speaksWhileMuted).toBe(false);
    expect(run((nowMs) => ({ muted: nowMs <= 1000, level: 0.7 }), 1100).speaksWhileMuted).toBe(false);
  });

  it("orders levels as ears do", () => {
    expect([0, 0.001, 1, 2].map(levelOfRms)).toEqual([0, 0, 1, 1]);
    expect(levelOfRms(0.0316)).toBeCloseTo(0.5, 2);
    expect(levelOfRms(Number.NaN)).toBe(0);
  });
});
