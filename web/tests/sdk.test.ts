// The small pure parts: base64url, links, storage, members, the watch on the microphone.
import { describe, expect, it } from "vitest";
import { decodeBase64url, encodeBase64url } from "../sdk/base64url";
import { kMaxInvitation, parseLink, toDisplayName } from "../sdk/link";
import { Role } from "../sdk/floor_state";
import { membersInSlots, orderMembers, updateTalkers } from "../sdk/members";
import type { Member } from "../sdk/members";
import { sessionKey, SessionStore } from "../sdk/storage";
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
    ["#i=AQID", "invitation"],
    ["#r=abc", "session"],
    [`#i=${encodeBase64url(new Uint8Array(kMaxInvitation))}`, "invitation"],
    [`#i=${encodeBase64url(new Uint8Array(kMaxInvitation + 1))}`, "damaged"],
  ])("%j is %s", (hash, kind) => expect(parseLink(hash).kind).toBe(kind));

  it("gives the invitation's bytes", () => {
    expect(parseLink("#i=AQID")).toEqual({ kind: "invitation", invitation: Uint8Array.of(1, 2, 3) });
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

describe("the store", () => {
  const memory = () => {
    const values = new Map<string, string>();
    return {
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => void values.set(key, value),
      removeItem: (key: string) => void values.delete(key),
    };
  };

  it("keeps a session per link and knows the last one", () => {
    const store = new SessionStore(memory());
    store.saveSession("a", { token: Uint8Array.of(1), roomName: "A", roomId: "1", left: false });
    store.saveSession("b", { token: Uint8Array.of(2), roomName: "B", roomId: "", left: false });
    store.markLeft("a", true);
    expect(store.session("a")).toEqual({ token: Uint8Array.of(1), roomName: "A", roomId: "1", left: true });
    expect(store.lastKey()).toBe("a");
    store.forgetSession("a");
    expect(store.session("a")).toBeUndefined();
    expect(store.lastKey()).toBeUndefined();
    expect(store.session("b")?.roomName).toBe("B");
  });

  it.each(["", "{", "null", "[]", '{"token":5}', '{"token":"*"}', '{"token":""}'])(
    "takes %j for no session",
    (value) => {
      const storage = memory();
      storage.setItem("parley.session.a", value);
      expect(new SessionStore(storage).session("a")).toBeUndefined();
    },
  );

  it("forgets where the browser forbids storage", () => {
    const refuse = (): never => {
      throw new Error("denied");
    };
    const store = new SessionStore({ getItem: refuse, setItem: refuse, removeItem: refuse });
    store.saveSession("a", { token: Uint8Array.of(1), roomName: "A", roomId: "1", left: false });
    expect(store.session("a")).toBeUndefined();
    expect(store.habit("name")).toBe("");
  });

  it("names sessions by a digest of the invitation", async () => {
    expect(await sessionKey(Uint8Array.of(1, 2, 3))).toMatch(/^[A-Za-z0-9_-]{16}$/);
    expect(await sessionKey(Uint8Array.of(1))).not.toBe(await sessionKey(Uint8Array.of(2)));
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
