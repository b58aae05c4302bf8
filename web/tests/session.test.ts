import { describe, expect, it } from "vitest";
import { Error_Code, MemberLeft_Reason } from "../src/generated/protocol/client_pb";
import { kInitialState } from "../sdk/session_state";
import type { SessionEvent, SessionState } from "../sdk/session_state";
import * as h from "./helpers";

type PhaseKind = SessionState["phase"]["kind"];
const kPhases = Object.keys(h.phases()) as PhaseKind[];
const opened: SessionEvent = { type: "socket_opened" };
const closed: SessionEvent = { type: "socket_closed" };

// Where each event leads from each phase that it changes; from all others it leads nowhere.
const kTable: readonly (readonly [string, SessionEvent, Partial<Record<PhaseKind, PhaseKind>>])[] = [
  ["start", h.kStart, { idle: "connecting", left: "connecting", stopped: "connecting" }],
  ["socket opened", opened, { connecting: "greeting" }],
  [
    "socket closed",
    closed,
    {
      connecting: "waiting",
      greeting: "waiting",
      enrolling: "waiting",
      pending: "waiting",
      signing_in: "waiting",
      signed_in: "waiting",
      joining: "waiting",
      joined: "waiting",
      leaving: "left",
    },
  ],
  ["welcome", h.kWelcome, { greeting: "enrolling" }],
  ["enrolled", h.enrolled(), { enrolling: "signing_in", pending: "signing_in" }],
  ["enrolled, but waiting", h.kPending, { enrolling: "pending" }],
  ["signed", h.kLoginSigned, {}],
  ["approval timer", { type: "timer", timer: "approval" }, {}],
  ["enter", { type: "enter", roomId: "", muted: false }, { signed_in: "joining" }],
  ["credential renewed", h.says({ case: "credentialRenewed", value: { credential: h.kCredential } }), {}],
  ["devices", h.says({ case: "devices", value: { devices: [] } }), {}],
  ["approve a device", { type: "approve_device", deviceId: "5" }, {}],
  ["revoke a device", { type: "revoke_device", deviceId: "5" }, {}],
  ["no rooms any more", h.says({ case: "roomsChanged", value: { rooms: [] } }), { joined: "signed_in" }],
  ["session", h.session(), { signing_in: "joining" }],
  ["joined", h.joined(), { joining: "joined" }],
  ["left", h.says({ case: "left", value: { roomId: h.kRoomId } }), { leaving: "left" }],
  [
    "server closing",
    h.fails(Error_Code.SERVER_CLOSING, 0, true),
    {
      connecting: "waiting",
      greeting: "waiting",
      enrolling: "waiting",
      pending: "waiting",
      signing_in: "waiting",
      signed_in: "waiting",
      joining: "waiting",
      joined: "waiting",
      leaving: "left",
    },
  ],
  [
    "replaced",
    h.fails(Error_Code.SESSION_REPLACED, 0, true),
    {
      connecting: "stopped",
      greeting: "stopped",
      enrolling: "stopped",
      pending: "stopped",
      signing_in: "stopped",
      signed_in: "stopped",
      joining: "stopped",
      joined: "stopped",
      leaving: "left",
    },
  ],
  [
    "progress timer",
    { type: "timer", timer: "progress" },
    {
      connecting: "waiting",
      greeting: "waiting",
      enrolling: "waiting",
      pending: "waiting",
      signing_in: "waiting",
      joining: "waiting",
    },
  ],
  ["pong timer", { type: "timer", timer: "pong" }, { signed_in: "waiting", joining: "waiting", joined: "waiting" }],
  ["ping timer", { type: "timer", timer: "ping" }, {}],
  ["retry timer", { type: "timer", timer: "retry" }, { waiting: "connecting" }],
  ["leave timer", { type: "timer", timer: "leave" }, { leaving: "left" }],
  ["try now", { type: "retry_now" }, { waiting: "connecting" }],
  ["woke", { type: "woke" }, { waiting: "connecting" }],
  ["network changed", { type: "network_changed" }, { waiting: "connecting" }],
  ["mute", { type: "set_muted", muted: true, nowMs: h.kNowMs }, {}],
  ["offer ready", h.kOfferReady, {}],
  ["offer failed", { type: "offer_failed", generation: 1 }, {}],
  ["media connected", h.kMediaUp, {}],
  ["media failed", { type: "media_state", generation: 1, state: "failed" }, {}],
  ["media retry timer", { type: "timer", timer: "media_retry" }, {}],
  ["media progress timer", { type: "timer", timer: "media_progress" }, {}],
  ["media unstable timer", { type: "timer", timer: "media_unstable" }, {}],
  ["media lost", h.says({ case: "mediaLost", value: { transportId: 7 } }), {}],
  ["message of a newer server", h.says({ case: undefined }), {}],
  ["pong", h.says({ case: "pong", value: {} }), {}],
  [
    "leave",
    { type: "leave" },
    {
      connecting: "left",
      greeting: "left",
      enrolling: "left",
      pending: "left",
      signing_in: "left",
      signed_in: "left",
      joining: "left",
      joined: "leaving",
      waiting: "left",
      stopped: "left",
    },
  ],
];

describe.each(kTable)("%s", (_name, event, leads) => {
  it.each(kPhases)("from %s", (phase) => {
    const before = h.phases()[phase];
    expect(before.phase.kind).toBe(phase);
    expect(h.walk(before, event).state.phase.kind).toBe(leads[phase] ?? phase);
  });
});

describe("entering", () => {
  it("says hello, enrols, signs in, joins and asks for media", () => {
    const { state, effects } = h.walk(
      kInitialState,
      h.kStart,
      opened,
      h.kWelcome,
      h.kEnrolSigned,
      h.enrolled(),
      h.kLoginSigned,
      h.session(),
      h.joined(),
      h.kOfferReady,
      h.connected(7),
      h.kMediaUp,
    );
    expect(h.sent(effects)).toEqual(["hello", "enrol", "login", "join", "listDevices", "connect"]);
    expect(state.media).toEqual({ kind: "connected", transportId: 7 });
    expect(h.roomOf(state)?.id).toBe(h.kRoomId);
    expect(h.roomOf(state)?.members.get(2)?.name).toBe("Bruno");
    expect(state.self).toEqual({ deviceId: "21", userId: "4", name: "Anna" });
    expect(effects).toContainEqual({ type: "store_talk_room", roomId: h.kRoomId, roomName: "Harbour" });
  });

  it("signs in at once with a credential", () => {
    const { effects } = h.walk(kInitialState, h.kStartKnown, opened, h.kWelcome, h.kLoginSigned, h.session());
    expect(h.sent(effects)).toEqual(["hello", "login", "join", "listDevices"]);
  });

  it("stays in no room where none is wanted, until one is", () => {
    const lobby = h.phases().signed_in;
    expect(lobby.media.kind).toBe("none");
    expect(lobby.offers).toEqual([{ id: h.kRoomId, name: "Harbour" }]);
    const { state, effects } = h.walk(lobby, { type: "enter", roomId: h.kRoomId, muted: true }, h.joined());
    expect(h.sent(effects)).toEqual(["join", "setMuted"]);
    expect(h.types(effects)).toContain("create_offer");
    expect(state.phase.kind).toBe("joined");
  });

  it("goes on into the room when that was asked for while signing in", () => {
    const start = { ...h.kStartKnown, wantsRoom: false };
    const enter: SessionEvent = { type: "enter", roomId: "", muted: false };
    const { state } = h.walk(kInitialState, start, opened, enter, h.kWelcome, h.kLoginSigned, h.session());
    expect(state.phase.kind).toBe("joining");
  });

  it("tells the server about a muted microphone when it thinks otherwise", () => {
    const muted = h.walk(h.phases().joining, { type: "set_muted", muted: true, nowMs: h.kNowMs });
    expect(h.sent(muted.effects)).toEqual([]);
    expect(h.sent(h.walk(muted.state, h.joined(0, false)).effects)).toEqual(["setMuted"]);
    expect(h.sent(h.walk(muted.state, h.joined(0, true)).effects)).toEqual([]);
  });

  it("waits for a room when the session has none", () => {
    const none = h.says({ case: "session", value: { deviceId: "21", userId: "4", rooms: [] } });
    const { state } = h.walk(h.phases().signing_in, none);
    expect(state.phase).toEqual({ kind: "signed_in" });
    expect(state.media.kind).toBe("none");
  });
});

describe("errors", () => {
  it.each([
    [Error_Code.INVITATION_INVALID, "invitation_invalid"],
    [Error_Code.INVITATION_EXPIRED, "invitation_expired"],
    [Error_Code.INVITATION_USED, "invitation_used"],
    [Error_Code.TOO_MANY_DEVICES, "too_many_devices"],
    [Error_Code.SIGNATURE_INVALID, "signature_invalid"],
    [Error_Code.LIMIT_EXCEEDED, "protocol"],
    [Error_Code.MALFORMED, "protocol"],
    [Error_Code.UNSUPPORTED_VERSION, "version"],
  ] as const)("to enrol with code %i stop with %s, and forget nothing", (code, reason) => {
    const { state, effects } = h.walk(h.phases().enrolling, h.fails(code, 2));
    expect(state.phase).toEqual({ kind: "stopped", reason });
    expect(h.types(effects)).toContain("close_socket");
    expect(h.types(effects)).toContain("close_media");
    expect(h.types(effects)).not.toContain("forget_identity");
  });

  it.each([
    [Error_Code.DEVICE_UNKNOWN, "device_unknown", true],
    [Error_Code.CREDENTIAL_EXPIRED, "credential_expired", false],
  ] as const)("with code %i stop with %s wherever they come, and forget", (code, reason, withKey) => {
    for (const before of [h.phases().signing_in, h.phases().signed_in, h.inCall()]) {
      const { state, effects } = h.walk(before, h.fails(code, 0, true));
      expect(state.phase).toEqual({ kind: "stopped", reason });
      expect(effects).toContainEqual({ type: "forget_identity", withKey });
      expect(h.types(effects)).toContain("close_media");
    }
  });

  it("without access now stops, and forgets nothing: it may be given again", () => {
    const { state, effects } = h.walk(h.inCall(), h.fails(Error_Code.ACCESS_ENDED, 0, true));
    expect(state.phase).toEqual({ kind: "stopped", reason: "access_ended" });
    expect(h.types(effects)).not.toContain("forget_identity");
  });

  it.each([
    [Error_Code.ROOM_UNKNOWN, "room_unknown"],
    [Error_Code.ROOM_FULL, "room_full"],
    [Error_Code.ROOM_CLOSED, "room_closed"],
    [Error_Code.ROOM_LOCKED, "room_locked"],
    [Error_Code.NOT_A_MEMBER, "removed"],
  ] as const)("to join with code %i lead back to the lobby with %s", (code, reason) => {
    const before = h.phases().joining;
    const { state, effects } = h.walk(before, h.fails(code, h.requestOf(before, "join")));
    expect(state.phase).toEqual({ kind: "signed_in" });
    expect(state.roomNotice).toEqual({ reason, roomName: "Harbour" });
    expect(h.types(effects)).toContain("close_media");
    expect(state.wantsRoom).toBe(false);
  });

  it.each([
    [Error_Code.SERVER_FULL, "server_full"],
    [Error_Code.SERVER_CLOSING, "server_closing"],
    [Error_Code.STORE_UNAVAILABLE, "store_unavailable"],
    [Error_Code.RATE_LIMITED, "server_busy"],
    [Error_Code.INTERNAL, "server_busy"],
  ] as const)("with code %i wait with %s and try again", (code, reason) => {
    const { state, effects } = h.walk(h.phases().enrolling, h.fails(code, 2));
    expect(state.phase).toEqual({ kind: "waiting", reason });
    expect(h.timer(effects, "retry")).toBeDefined();
  });

  it("of every code leave a session that is over as it is", () => {
    for (const code of Object.values(Error_Code).filter((value) => typeof value === "number")) {
      expect(h.walk(h.phases().left, h.fails(code)).state).toEqual(h.phases().left);
    }
  });

  it("of every code to Connect keep the room, and all but fatal ones try again", () => {
    const before = h.walk(h.phases().joined, h.kOfferReady).state;
    for (const code of [Error_Code.NO_MEDIA_NODE, Error_Code.MEDIA_REFUSED, Error_Code.RATE_LIMITED, Error_Code.INTERNAL, Error_Code.WRONG_STATE]) {
      const { state, effects } = h.walk(before, h.fails(code, h.requestOf(before, "connect")));
      expect(state.phase.kind).toBe("joined");
      expect(state.media.kind).toBe("broken");
      expect(h.timer(effects, "media_retry")).toBeDefined();
    }
  });

  it("about muting change nothing", () => {
    const { state } = h.walk(h.inCall(), h.fails(Error_Code.RATE_LIMITED));
    expect(state.phase.kind).toBe("joined");
    expect(state.media.kind).toBe("connected");
  });
});

describe("losing signaling", () => {
  it("leaves room and media untouched", () => {
    const { state, effects } = h.walk(h.inCall(), closed);
    expect(state.media).toEqual({ kind: "connected", transportId: 7 });
    expect(h.roomOf(state)?.members.size).toBe(2);
    expect(h.types(effects)).not.toContain("close_media");
    expect(h.types(effects)).not.toContain("create_offer");
  });

  it("signs in again and keeps a transport that the server still holds", () => {
    const back = [closed, { type: "timer", timer: "retry" } as const, opened, h.kWelcome, h.kLoginSigned];
    const again = h.walk(h.inCall(), ...back);
    expect(h.sent(again.effects)).toEqual(["hello", "login"]);
    const kept = h.walk(again.state, h.session(7, 0), h.joined(0));
    expect(h.types(kept.effects)).not.toContain("create_offer");
    expect(kept.state.media).toEqual({ kind: "connected", transportId: 7 });
    const renewed = h.walk(again.state, h.session(0, 0), h.joined(0));
    expect(renewed.effects).toContainEqual({ type: "create_offer", generation: 2 });
  });

  it("waits longer each time, and from the start again once it worked", () => {
    const longest: number[] = [];
    let state = h.phases().connecting;
    for (let attempt = 0; attempt < 8; ++attempt) {
      const step = h.walk(state, closed, { type: "timer", timer: "retry" });
      const wait = h.timer(step.effects, "retry");
      expect(wait?.minMs).toBe((wait?.maxMs ?? 0) / 2);
      longest.push(wait?.maxMs ?? 0);
      state = step.state;
    }
    expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000, 8000]);
    expect(h.walk(state, opened, h.kWelcome, h.kEnrolSigned, h.enrolled(), h.session(), h.joined()).state.attempt).toBe(0);
  });

  it("pings when it has been quiet, and gives up without an answer", () => {
    const pinged = h.walk(h.inCall(), { type: "timer", timer: "ping" });
    expect(h.sent(pinged.effects)).toEqual(["ping"]);
    expect(h.timer(pinged.effects, "pong")).toBeDefined();
    const answered = h.walk(pinged.state, h.says({ case: "pong", value: {} }));
    expect(answered.effects).toContainEqual({ type: "clear_timer", timer: "pong" });
  });

  it("doubts the connection after sleep", () => {
    const { effects } = h.walk(h.inCall(), { type: "woke" });
    expect(h.sent(effects)).toEqual(["ping"]);
    expect(h.timer(effects, "pong")?.maxMs).toBe(2000);
  });
});

describe("media", () => {
  const disconnected: SessionEvent = { type: "media_state", generation: 1, state: "disconnected" };
  const unstable: SessionEvent = { type: "timer", timer: "media_unstable" };

  it("is renewed when it stays disconnected, not at a hiccup", () => {
    const hiccup = h.walk(h.inCall(), disconnected, h.kMediaUp, unstable);
    expect(h.types(hiccup.effects)).not.toContain("create_offer");
    const lost = h.walk(h.inCall(), disconnected, unstable);
    expect(h.timer(lost.effects, "media_unstable")?.maxMs).toBe(2000);
    expect(lost.effects).toContainEqual({ type: "create_offer", generation: 2 });
  });

  it("may recover by itself while the server cannot be asked", () => {
    const away = h.walk(h.inCall(), closed, disconnected, unstable);
    expect(away.state.media.kind).toBe("unstable");
    expect(h.walk(away.state, h.kMediaUp).state.media.kind).toBe("connected");
    const back = h.walk(away.state, { type: "retry_now" }, opened, h.kWelcome, h.session(7, 0));
    expect(h.timer(back.effects, "media_unstable")).toBeDefined();
  });

  it("is renewed at once when the node lost it", () => {
    const lost = h.says({ case: "mediaLost", value: { transportId: 7 } });
    const { state, effects } = h.walk(h.inCall(), lost);
    expect(effects).toContainEqual({ type: "create_offer", generation: 2 });
    expect(state.phase.kind).toBe("joined");
  });

  it("ignores the loss of a transport that was replaced", () => {
    const { state } = h.walk(h.inCall(), h.says({ case: "mediaLost", value: { transportId: 6 } }));
    expect(state.media.kind).toBe("connected");
  });

  it("is renewed at once when the browser gave it up", () => {
    const { effects } = h.walk(h.inCall(), { type: "media_state", generation: 1, state: "failed" });
    expect(effects).toContainEqual({ type: "create_offer", generation: 2 });
  });

  it("is renewed after a change of network, and the socket is doubted", () => {
    const { effects } = h.walk(h.inCall(), { type: "network_changed" });
    expect(effects).toContainEqual({ type: "create_offer", generation: 2 });
    expect(h.sent(effects)).toEqual(["ping"]);
    const away = h.walk(h.inCall(), closed, { type: "network_changed" });
    expect(away.state.media.kind).toBe("broken");
    expect(away.state.phase.kind).toBe("connecting");
  });

  it("is asked for again when signaling broke before the answer", () => {
    const asked = h.walk(h.phases().joined, h.kOfferReady, closed);
    expect(asked.state.media.kind).toBe("broken");
    const back = h.walk(asked.state, { type: "retry_now" }, opened, h.kWelcome, h.session(9, 0));
    expect(back.effects).toContainEqual({ type: "create_offer", generation: 2 });
  });

  it("takes no notice of what an older transport does", () => {
    const renewed = h.walk(h.inCall(), disconnected, unstable).state;
    expect(h.walk(renewed, { type: "media_state", generation: 1, state: "failed" }).state).toBe(renewed);
    expect(h.walk(renewed, h.kOfferReady).state).toBe(renewed);
    expect(h.walk(renewed, h.connected(8)).state.media.kind).toBe("offering");
  });

  it("tries again, with growing waits, when it does not connect in time", () => {
    const late: SessionEvent = { type: "timer", timer: "media_progress" };
    const first = h.walk(h.phases().joined, h.kOfferReady, h.connected(7), late);
    expect(h.timer(first.effects, "media_retry")?.maxMs).toBe(250);
    const again = h.walk(first.state, { type: "timer", timer: "media_retry" }, late);
    expect(again.effects).toContainEqual({ type: "create_offer", generation: 2 });
    expect(h.timer(again.effects, "media_retry")?.maxMs).toBe(500);
  });
});

describe("the room", () => {
  const member = (id: number, name: string) => ({
    roomId: h.kRoomId,
    member: { memberId: id, name, muted: true, mediaConnected: true },
  });

  it("follows who comes, changes and goes", () => {
    const came = h.walk(h.inCall(), h.says({ case: "memberJoined", value: member(3, "Chiara") }));
    expect(h.roomOf(came.state)?.members.get(3)?.name).toBe("Chiara");
    const changed = h.walk(came.state, h.says({ case: "memberChanged", value: member(2, "Bruno") }));
    expect(h.roomOf(changed.state)?.members.get(2)?.muted).toBe(true);
    const went = h.says({
      case: "memberLeft",
      value: { roomId: h.kRoomId, memberId: 2, reason: MemberLeft_Reason.LOST },
    });
    const gone = h.walk(changed.state, went);
    expect([...(h.roomOf(gone.state)?.members.keys() ?? [])]).toEqual([1, 3]);
    expect(h.roomOf(gone.state)?.talkers).toEqual([]);
  });

  it("takes nothing from another room", () => {
    const other = h.says({ case: "talkers", value: { roomId: "5", memberIds: [1] } });
    const before = h.inCall();
    expect(h.walk(before, other).state.rooms).toBe(before.rooms);
  });

  it("keeps the start of somebody who goes on talking", () => {
    const talkers = h.says({ case: "talkers", value: { roomId: h.kRoomId, memberIds: [1, 2] } });
    const { state } = h.walk({ ...h.inCall() }, talkers);
    expect(h.roomOf(state)?.talkers.map((talker) => talker.memberId)).toEqual([2, 1]);
  });

  it("is left by somebody who was removed, and entered again by somebody who was forgotten", () => {
    const gone = (reason: MemberLeft_Reason) =>
      h.says({ case: "memberLeft", value: { roomId: h.kRoomId, memberId: 1, reason } });
    const removed = h.walk(h.inCall(), gone(MemberLeft_Reason.REMOVED));
    expect(removed.state.phase).toEqual({ kind: "signed_in" });
    expect(removed.state.roomNotice).toEqual({ reason: "removed", roomName: "Harbour" });
    expect(h.sent(removed.effects)).toEqual(["disconnect"]);
    expect(h.types(removed.effects)).toContain("close_media");
    expect(h.walk(h.inCall(), gone(MemberLeft_Reason.LOST)).state.phase.kind).toBe("waiting");
  });
});

describe("leaving", () => {
  it("says goodbye, gives the microphone back and closes", () => {
    const { effects } = h.walk(h.inCall(), { type: "leave" });
    expect(h.sent(effects)).toEqual(["leave", "disconnect"]);
    expect(h.types(effects)).toContain("close_media");
    const left = h.says({ case: "left", value: { roomId: h.kRoomId } }, 5);
    expect(h.types(h.walk(h.phases().leaving, left).effects)).toContain("close_socket");
  });

  it("lets one come back with the credential", () => {
    const { state, effects } = h.walk(h.phases().left, h.kStartKnown, opened, h.kWelcome, h.kLoginSigned);
    expect(h.sent(effects)).toEqual(["hello", "login"]);
    expect(state.phase).toEqual({ kind: "signing_in" });
  });
});
