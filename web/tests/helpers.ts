// What the tests of the session share: the server's messages, and a walk through several events.
import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { ServerMessageSchema } from "../src/generated/protocol/client_pb";
import type { Error_Code } from "../src/generated/protocol/client_pb";
import { reduce } from "../sdk/session";
import type { Offer } from "../sdk/sdp";
import { kInitialState, talkRoomOf } from "../sdk/session_state";
import type { Room, Effect, SessionEvent, SessionState, Step } from "../sdk/session_state";

export const kRoomId = "18446744073709551615"; // larger than a number can hold
export const kInvitation = Uint8Array.of(1, 2, 3);
export const kToken = Uint8Array.of(9, 9);
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

export const kWelcome = says({ case: "welcome", value: { version: 1, pingIntervalMs: 10_000 } }, 1);

export function session(transportId = 0, requestId = 2): SessionEvent {
  return says(
    {
      case: "session",
      value: {
        resumeToken: kToken,
        displayName: "Anna",
        rooms: [{ roomId: kRoomId, name: "Harbour" }],
        transportId,
      },
    },
    requestId,
  );
}

export function joined(requestId = 3, muted = false): SessionEvent {
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

export function connected(transportId: number, requestId = 4): SessionEvent {
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

export const kStart: SessionEvent = {
  type: "start",
  credentials: { displayName: "Anna", invitation: kInvitation },
  muted: false,
};

export const kOfferReady: SessionEvent = { type: "offer_ready", generation: 1, offer: kOffer };
export const kMediaUp: SessionEvent = { type: "media_state", generation: 1, state: "connected" };

// One state per phase, each reached by the events that lead there.
export function phases(): Record<SessionState["phase"]["kind"], SessionState> {
  const opened: SessionEvent = { type: "socket_opened" };
  const at = (...events: SessionEvent[]): SessionState => walk(kInitialState, ...events).state;
  const toJoined = [kStart, opened, kWelcome, session(), joined()];
  return {
    idle: kInitialState,
    connecting: at(kStart),
    greeting: at(kStart, opened),
    signing_in: at(kStart, opened, kWelcome),
    joining: at(kStart, opened, kWelcome, session()),
    joined: at(...toJoined),
    waiting: at(...toJoined, { type: "socket_closed" }),
    leaving: at(...toJoined, { type: "leave" }),
    left: at(...toJoined, { type: "leave" }, says({ case: "left", value: { roomId: kRoomId } }, 4)),
    stopped: at(kStart, opened, kWelcome, fails(6, 2)),
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

export function redemptions(effects: readonly Effect[]) {
  return effects.flatMap((effect) =>
    effect.type === "send" && effect.body.case === "redeem" ? [effect.body.value] : []);
}

export function types(effects: readonly Effect[]): string[] {
  return effects.map((effect) => effect.type);
}

export function timer(effects: readonly Effect[], name: string): Extract<Effect, { type: "set_timer" }> | undefined {
  return effects.findLast((effect) => effect.type === "set_timer" && effect.timer === name) as
    | Extract<Effect, { type: "set_timer" }>
    | undefined;
}
