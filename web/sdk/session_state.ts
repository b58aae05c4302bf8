// What a session is, what can happen to it, and what it asks of the world. Values only; the rules are
// in session.ts, the world is in client.ts.
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ClientMessageSchema, Connected, ServerMessage } from "../src/generated/protocol/client_pb";
import type { Member, Talker } from "./members";
import type { Offer } from "./sdp";

export const kProtocolVersion = 1;

// Why a session ended for good. The user interface has a sentence for each.
export const kStopReasons = [
  "invitation_invalid",
  "invitation_expired",
  "invitation_used",
  "session_unknown",
  "replaced",
  "version",
  "room_unknown",
  "room_full",
  "removed",
  "protocol",
] as const;
export type StopReason = (typeof kStopReasons)[number];

// Why a session waits before it tries again by itself.
export const kRetryReasons = ["unreachable", "server_closing", "server_full", "server_busy"] as const;
export type RetryReason = (typeof kRetryReasons)[number];

export type Phase =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" } // the socket opens
  | { readonly kind: "greeting" } // Hello sent
  | { readonly kind: "signing_in"; readonly by: "token" | "invitation" }
  | { readonly kind: "joining" }
  | { readonly kind: "joined" }
  | { readonly kind: "waiting"; readonly reason: RetryReason }
  | { readonly kind: "leaving" }
  | { readonly kind: "left" }
  | { readonly kind: "stopped"; readonly reason: StopReason };

// The media transport. `generation` names one RTCPeerConnection of this page, `transportId` the
// transport of the server that belongs to it.
export type Media =
  | { readonly kind: "none" }
  | { readonly kind: "offering" }
  | { readonly kind: "requested"; readonly offer: Offer }
  | { readonly kind: "connecting"; readonly transportId: number }
  | { readonly kind: "connected"; readonly transportId: number }
  | { readonly kind: "unstable"; readonly transportId: number } // no answer to checks for a moment
  | { readonly kind: "broken" }; // waits for the server or for the next attempt

export interface Room {
  readonly id: string;
  readonly name: string;
  readonly ownId: number;
  readonly members: ReadonlyMap<number, Member>;
  readonly channels: readonly number[];
  readonly talkers: readonly Talker[];
}

export interface Credentials {
  readonly displayName: string;
  readonly invitation?: Uint8Array;
  // Random; with the same one a lost answer to Redeem does not cost the invitation.
  readonly retryKey?: Uint8Array;
  readonly token?: Uint8Array;
}

export type RequestKind = "hello" | "redeem" | "resume" | "join" | "connect" | "leave" | "other";

export interface SessionState {
  readonly phase: Phase;
  readonly media: Media;
  readonly generation: number;
  readonly credentials: Credentials;
  readonly room: Room | undefined; // stays while reconnecting
  readonly muted: boolean;
  readonly pingIntervalMs: number;
  readonly attempt: number; // of the connection, since it last worked
  readonly mediaAttempt: number;
  readonly nextRequestId: number;
  readonly pending: ReadonlyMap<number, RequestKind>;
}

export const kInitialState: SessionState = {
  phase: { kind: "idle" },
  media: { kind: "none" },
  generation: 0,
  credentials: { displayName: "" },
  room: undefined,
  muted: false,
  pingIntervalMs: 10_000,
  attempt: 0,
  mediaAttempt: 0,
  nextRequestId: 1,
  pending: new Map(),
};

export type TimerName =
  | "progress" // from opening the socket to being in the room
  | "retry"
  | "ping"
  | "pong"
  | "leave"
  | "media_progress" // from offer to connected
  | "media_unstable"
  | "media_retry";

export type SessionEvent =
  | { readonly type: "start"; readonly credentials: Credentials; readonly muted: boolean }
  | { readonly type: "socket_opened" }
  | { readonly type: "socket_closed" }
  | { readonly type: "message"; readonly message: ServerMessage; readonly nowMs: number }
  | { readonly type: "timer"; readonly timer: TimerName }
  | { readonly type: "offer_ready"; readonly generation: number; readonly offer: Offer }
  | { readonly type: "offer_failed"; readonly generation: number }
  | {
      readonly type: "media_state";
      readonly generation: number;
      readonly state: "connected" | "disconnected" | "failed";
    }
  | { readonly type: "network_changed" }
  | { readonly type: "woke" } // the page was hidden or the machine slept
  | { readonly type: "set_muted"; readonly muted: boolean }
  | { readonly type: "retry_now" }
  | { readonly type: "leave" };

export type ClientBody = NonNullable<MessageInitShape<typeof ClientMessageSchema>["body"]>;

export type Effect =
  | { readonly type: "open_socket" }
  | { readonly type: "close_socket" }
  | { readonly type: "send"; readonly requestId: number; readonly body: ClientBody }
  // A random moment between both; replaces a running timer of that name.
  | { readonly type: "set_timer"; readonly timer: TimerName; readonly minMs: number; readonly maxMs: number }
  | { readonly type: "clear_timer"; readonly timer: TimerName }
  | { readonly type: "create_offer"; readonly generation: number }
  | {
      readonly type: "apply_answer";
      readonly generation: number;
      readonly offer: Offer;
      readonly answer: Connected;
    }
  | { readonly type: "close_media" }
  | { readonly type: "set_microphone_enabled"; readonly enabled: boolean }
  | { readonly type: "store_session"; readonly token: Uint8Array; readonly roomName: string }
  | { readonly type: "forget_session" };

export interface Step {
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}
