// The page's words and its choice of what to show.
import { describe, expect, it } from "vitest";
import { connectionOf, noticesOf, ownVoiceOf, screenOf, talkersOf } from "../app/model";
import type { Model } from "../app/model";
import { english } from "../app/strings";
import { kDeviceProblems } from "../sdk/devices";
import type { Device } from "../sdk/devices";
import { kMicrophoneProblems } from "../sdk/microphone";
import { kRetryReasons, kRoomRefusals, kStopReasons } from "../sdk/session_state";
import type { SessionState } from "../sdk/session_state";
import { kEvenMix } from "../sdk/mix";
import { kNoEmergency } from "../app/emergency_hold";
import { kDefaultSettings } from "../app/settings";
import { inCall, phases, roomOf } from "./helpers";

const kViews = import.meta.glob<string>("../app/*.tsx", { query: "?raw", import: "default", eager: true });

function model(session: SessionState, change: Partial<Model> = {}): Model {
  return {
    session,
    microphone: { kind: "open", deviceId: "", isSilent: false, speaksWhileMuted: false },
    devices: [],
    isPlaybackBlocked: false,
    host: "voice.example",
    link: "guest",
    identity: { isEnrolled: false, name: "", digits: "", isRemembered: true, owner: undefined },
    asksToReplace: false,
    isElsewhere: false,
    roomId: "",
    roomName: "",
    name: "",
    wantsToJoin: false,
    deviceQuestion: undefined,
    dialog: "none",
    settings: kDefaultSettings,
    emergencyHold: kNoEmergency,
    mix: kEvenMix,
    ...change,
  };
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(texts);
  return [];
}

describe("the catalogue", () => {
  it("has no empty sentence", () => {
    for (const sentence of texts(english)) expect(sentence.trim()).not.toBe("");
  });

  it("has a sentence for everything that can go wrong", () => {
    for (const reason of kStopReasons) expect(english.stops[reason].advice).toMatch(/\.$/);
    for (const reason of kRetryReasons) expect(english.retries[reason]).toMatch(/\.$/);
    for (const refusal of kRoomRefusals) expect(english.refusals[refusal]("Harbour")).toMatch(/^.*Harbour.*\.$/);
    for (const problem of kDeviceProblems) expect(english.devices.problems[problem]).toMatch(/\.$/);
    for (const problem of kMicrophoneProblems) expect(english.problems[problem].advice).toMatch(/\.$/);
  });

  it("counts and joins names", () => {
    expect(english.call.members(1)).toBe("1 person here");
    expect(english.call.members(2)).toBe("2 people here");
    expect(english.call.talksNow([])).toBe("Nobody is talking");
    expect(english.call.talksNow(["A"])).toBe("A is talking");
    expect(english.call.talksNow(["A", "B", "C"])).toBe("A, B and C are talking");
  });

  it.each(Object.keys(kViews))("is the only place with words: %s has none", (file) => {
    const source = kViews[file] ?? "";
    const inTags = [...source.matchAll(/<\w[^<>]*>\s*([A-Za-z][^<>{}]*)</g)].map((match) => match[1]);
    const inAttributes = [...source.matchAll(/\b(?:title|aria-label|placeholder|alt)="([^"]+)"/g)];
    expect(inTags).toEqual([]);
    expect(inAttributes).toEqual([]);
  });
});

describe("the screen", () => {
  it.each(Object.entries(phases()))("in phase %s", (phase, session) => {
    const screens: Record<string, string> = {
      idle: "lobby",
      connecting: "lobby",
      greeting: "lobby",
      enrolling: "lobby",
      pending: "pending",
      signing_in: "lobby",
      signed_in: "lobby",
      joining: "lobby",
      joined: "call",
      waiting: "call",
      leaving: "left",
      left: "left",
      stopped: "stopped",
    };
    expect(screenOf(model(session))).toBe(screens[phase]);
  });

  it("without a link says so", () => {
    expect(screenOf(model(phases().idle, { link: "none" }))).toBe("no_link");
    expect(screenOf(model(phases().idle, { link: "damaged" }))).toBe("no_link");
  });
});

describe("the screen of a device", () => {
  const identity = { ...model(phases().idle).identity, isEnrolled: true, name: "Anna", owner: "Anna" };

  it("that is known needs no link", () => {
    expect(screenOf(model(phases().idle, { link: "none", identity }))).toBe("lobby");
  });
  it("that belongs to somebody asks before a new link is used", () => {
    expect(screenOf(model(phases().idle, { identity, asksToReplace: true }))).toBe("replace");
  });
  it("that is open in another tab does not disturb it", () => {
    expect(screenOf(model(phases().idle, { identity, isElsewhere: true }))).toBe("elsewhere");
  });
  it("on an address that is not secure says so", () => {
    expect(screenOf(model(phases().idle, { link: "insecure", identity }))).toBe("no_link");
  });
  it("that waits keeps showing its digits while it reconnects", () => {
    const lost: SessionState = { ...phases().pending, phase: { kind: "waiting", reason: "unreachable" } };
    expect(screenOf(model(lost))).toBe("pending");
  });
});

describe("the connection in a word", () => {
  const call = inCall();
  it.each([
    ["connected", call],
    ["weak", { ...call, media: { kind: "unstable", transportId: 7 } }],
    ["connecting", { ...call, media: { kind: "offering" } }],
    ["no_sound", { ...call, media: { kind: "broken" }, mediaAttempt: 1 }],
    ["list_only", { ...call, phase: { kind: "waiting", reason: "unreachable" } }],
    ["reconnecting", { ...call, phase: { kind: "joining" }, media: { kind: "broken" } }],
    ["ended", { ...call, phase: { kind: "left" } }],
  ] as [string, SessionState][])("%s", (word, session) => {
    expect(connectionOf(model(session))).toBe(word);
  });
});

describe("who talks", () => {
  const room = roomOf(inCall());
  const { phase } = inCall();
  if (!room) throw new Error("no room");

  it("is shown by name", () => {
    expect(talkersOf(room, phase)?.map((talker) => talker.name)).toEqual(["Bruno"]);
  });

  it("does not include somebody who muted himself", () => {
    const bruno = { ...room.members.get(2)!, muted: true };
    expect(talkersOf({ ...room, members: new Map([[2, bruno]]) }, phase)).toEqual([]);
  });

  it("is unknown while the server is away", () => {
    expect(talkersOf(room, { kind: "waiting", reason: "unreachable" })).toBeUndefined();
  });
});

describe("the own voice", () => {
  const call = inCall();
  it("is said to be heard only when it is", () => {
    expect(ownVoiceOf(model(call))).toBe("on");
    expect(ownVoiceOf(model({ ...call, muted: true }))).toBe("muted");
    expect(ownVoiceOf(model({ ...call, media: { kind: "offering" } }))).toBe("unheard");
    expect(ownVoiceOf(model(call, { microphone: { kind: "off" } }))).toBe("no_microphone");
  });
});

describe("notices", () => {
  it("are none in a good call", () => expect(noticesOf(model(inCall()))).toEqual([]));

  it("come most urgent first", () => {
    const session: SessionState = {
      ...inCall(),
      phase: { kind: "waiting", reason: "unreachable" },
      media: { kind: "broken" },
    };
    const microphone = { kind: "problem", problem: "busy" } as const;
    expect(noticesOf(model(session, { isPlaybackBlocked: true, microphone }))).toEqual([
      "retrying",
      "playbackBlocked",
      "microphoneProblem",
    ]);
  });

  it("tell of a device that waits, but not of this one, nor of one that was let in", () => {
    const waits: Device = { id: "9", label: "Phone", state: "waiting", digits: "1234 5678", enrolledMs: 0 };
    const tell = (...devices: Device[]) => noticesOf(model({ ...inCall(), devices }));
    expect(tell(waits)).toEqual(["deviceWaits"]);
    expect(tell({ ...waits, id: inCall().self.deviceId })).toEqual([]);
    expect(tell({ ...waits, state: "active" })).toEqual([]);
  });

  it("tell a silent microphone only to somebody who wants to be heard", () => {
    const microphone = { kind: "open", deviceId: "", isSilent: true, speaksWhileMuted: false } as const;
    expect(noticesOf(model(inCall(), { microphone }))).toEqual(["silent"]);
    expect(noticesOf(model({ ...inCall(), muted: true }, { microphone }))).toEqual([]);
  });
});
