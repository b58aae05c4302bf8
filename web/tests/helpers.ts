// What the tests of the session share: the server's messages, and a walk through several events.
import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { ServerMessageSchema } from "../src/generated/protocol/client_pb";
import { Error_Code } from "../src/generated/protocol/client_pb";
import { reduce } from "../sdk/session";
import type { Offer } from "../sdk/sdp";
import { kInitialState, talkRoomOf } from "../sdk/session_state";
import type { RequestKind, Room, Effect, SessionEvent, SessionState, Step } from "../sdk/session_state";

export const kRoomId = "18446744073709551615"; // larger than a number can hold
export const kInvitation = new Uint8Array(16).fill(3);
export const kPublicKey = new Uint8Array(91).fill(5);
export const kCredential = Uint8Array.of(9, 9);
export const kChallenge = new Uint8Array(32).fill(6);
export const kSignature = new Uint8Array(64).fill(8);
const kNone = new Uint8Array(0);
export const kNowMs = 1_000_000;

type ServerBody = NonNullable<MessageInitShape<typeof ServerMessageSchema>["body"]>;

export function says(body: ServerBody, requestId = 0): SessionEvent {
  return { type: "message", message: create(ServerMessageSchema, { requestId, body }), nowMs: kNowMs };
}

export function fails(code: Error_Code, requestId = 0, fatal = false): SessionEvent {
  return says({ case: "error", value: { code, message: "test", fatal } }, requestId);
}

export const kOffer: Offer = {
  iceUfrag: "user",
  icePwd: "p".repeat(24),
  fingerprint: new Uint8Array(32).fill(7),
  microphoneSsrc: 4242,
  microphone: { mid: "0", opusPayloadType: 111, audioLevelId: 1 },
  slots: ["1", "2", "3", "4"].map((mid) => ({ mid, opusPayloadType: 111, audioLevelId: 1 })),
};

export const kWelcome = says(
  { case: "welcome", value: { version: 2, pingIntervalMs: 10_000, challenge: kChallenge } },
  1,
);
export const kEnrolSigned: SessionEvent = { type: "signed", proof: "enrol", challenge: kChallenge, signature: kSignature };
export const kLoginSigned: SessionEvent = { ...kEnrolSigned, proof: "login" };

// Without a credential: the device waits.
export function enrolled(credential: Uint8Array = kCredential, requestId = 2): SessionEvent {
  return says({
    case: "enrolled",
    value: { deviceId: "21", credential: Uint8Array.from(credential), displayName: "Anna" },
  }, requestId);
}
export const kPending = enrolled(kNone);

export function session(transportId = 0, requestId = 0): SessionEvent {
  return says(
    {
      case: "session",
      value: {
        deviceId: "21",
        userId: "4",
        displayName: "Anna",
        rooms: [{ roomId: kRoomId, name: "Harbour" }],
        transportId,
      },
    },
    requestId,
  );
}

export function joined(requestId = 0, muted = false): SessionEvent {
  return says(
    {
      case: "joined",
      value: {
        room: { roomId: kRoomId, name: "Harbour" },
        ownMemberId: 1,
        members: [
          { memberId: 1, name: "Anna", muted, mediaConnected: false },
          { memberId: 2, name: "Bruno", muted: false, mediaConnected: true },
        ],
        talkers: { roomId: kRoomId, memberIds: [2, 0, 0, 0, 0] },
      },
    },
    requestId,
  );
}

export function connected(transportId: number, requestId = 0): SessionEvent {
  return says({ case: "connected", value: { transportId, slotSsrcs: [1, 2, 3, 4] } }, requestId);
}

// The state and all effects after several events.
export function walk(from: SessionState, ...events: SessionEvent[]): Step {
  const effects: Effect[] = [];
  let state = from;
  for (const event of events) {
    const step = reduce(state, event);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

type Start = Extract<SessionEvent, { type: "start" }>;

export const kStart: Start = {
  type: "start",
  credentials: {
    displayName: "Anna",
    label: "Chrome on Linux",
    publicKey: kPublicKey,
    invitation: kInvitation,
    credential: kNone,
  },
  wantsRoom: true,
  muted: false,
};
// Of a device that has been enrolled before.
export const kStartKnown: Start = {
  ...kStart,
  credentials: { ...kStart.credentials, credential: kCredential },
};

export const kOfferReady: SessionEvent = { type: "offer_ready", generation: 1, offer: kOffer };
export const kMediaUp: SessionEvent = { type: "media_state", generation: 1, state: "connected" };

// One state per phase, each reached by the events that lead there.
export function phases(): Record<SessionState["phase"]["kind"], SessionState> {
  const opened: SessionEvent = { type: "socket_opened" };
  const at = (...events: SessionEvent[]): SessionState => walk(kInitialState, ...events).state;
  const toEnrolling = [kStart, opened, kWelcome, kEnrolSigned];
  const toLogin = [...toEnrolling, enrolled(), kLoginSigned];
  const toJoined = [...toLogin, session(), joined()];
  return {
    idle: kInitialState,
    connecting: at(kStart),
    greeting: at(kStart, opened),
    enrolling: at(...toEnrolling),
    pending: at(...toEnrolling, kPending),
    signing_in: at(...toLogin),
    signed_in: at({ ...kStartKnown, wantsRoom: false }, opened, kWelcome, kLoginSigned, session()),
    joining: at(...toLogin, session()),
    joined: at(...toJoined),
    waiting: at(...toJoined, { type: "socket_closed" }),
    leaving: at(...toJoined, { type: "leave" }),
    left: at(...toJoined, { type: "leave" }, says({ case: "left", value: { roomId: kRoomId } })),
    stopped: at(...toEnrolling, fails(Error_Code.INVITATION_INVALID, 2)),
  };
}

// In the room with sound.
export function inCall(): SessionState {
  return walk(phases().joined, kOfferReady, connected(7), kMediaUp).state;
}

export function roomOf(state: SessionState): Room | undefined {
  return talkRoomOf(state);
}

export function sent(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => (effect.type === "send" && effect.body.case ? [effect.body.case] : []));
}

// The number of the newest request of that kind.
export function requestOf(state: SessionState, kind: RequestKind): number {
  return [...state.pending].findLast(([, one]) => one === kind)?.[0] ?? -1;
}

export function types(effects: readonly Effect[]): string[] {
  return effects.map((effect) => effect.type);
}

export function timer(effects: readonly Effect[], name: string): Extract<Effect, { type: "set_timer" }> | undefined {
  return effects.findLast((effect) => effect.type === "set_timer" && effect.timer === name) as
    | Extract<Effect, { type: "set_timer" }>
    | undefined;
}
