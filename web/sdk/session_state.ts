// What a session is, what can happen to it, and what it asks of the world. Values only; the rules are
// in session.ts, the world is in client.ts.
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ClientMessageSchema, Connected, ServerMessage } from "../src/generated/protocol/client_pb";
import type { Proof } from "./device_keys";
import type { Device, DeviceProblem } from "./devices";
import { kInitialFloor } from "./floor_state";
import type { FloorBody, FloorInput, FloorSignal, FloorState } from "./floor_state";
import type { Member, Talker } from "./members";
import type { Offer } from "./sdp";
import type { Place } from "./slots";

export const kProtocolVersion = 2;

// Why a session ended for good. The user interface has a sentence for each.
export const kStopReasons = [
  "invitation_invalid",
  "invitation_expired",
  "invitation_used",
  "device_unknown",
  "credential_expired",
  "access_ended",
  "signature_invalid",
  "too_many_devices",
  "replaced",
  "version",
  "protocol",
] as const;
export type StopReason = (typeof kStopReasons)[number];

// Why a session waits before it tries again by itself.
export const kRetryReasons = [
  "unreachable",
  "server_closing",
  "server_full",
  "server_busy",
  "store_unavailable",
] as const;
export type RetryReason = (typeof kRetryReasons)[number];

// Why a room does not let one in, or no longer.
export const kRoomRefusals = ["removed", "room_unknown", "room_full", "room_closed", "room_locked"] as const;
export type RoomRefusal = (typeof kRoomRefusals)[number];

export type Phase =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" } // the socket opens
  | { readonly kind: "greeting" } // Hello sent
  | { readonly kind: "enrolling" }
  | { readonly kind: "pending" } // enrolled; waits until another device has approved this one
  | { readonly kind: "signing_in" }
  | { readonly kind: "signed_in" } // in no room
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
  readonly displayName: string; // how a guest wants to be called
  readonly label: string; // how people tell this device from others
  readonly publicKey: Uint8Array;
  readonly invitation: Uint8Array; // that this key was made for
  readonly credential: Uint8Array; // empty: enrol first
  readonly talkRoomId?: string; // the one this device used last
}

export interface Self {
  readonly deviceId: string;
  readonly userId: string;
  readonly name: string;
}

export interface RoomNotice {
  readonly reason: RoomRefusal;
  readonly roomName: string;
}

export interface RoomOffer {
  readonly id: string;
  readonly name: string;
}

export type RequestKind =
  | "hello"
  | "enrol"
  | "login"
  | "join"
  | "join_more"
  | "connect"
  | "leave"
  | "devices"
  | "other";

export interface SessionState {
  readonly phase: Phase;
  readonly media: Media;
  readonly generation: number;
  readonly credentials: Credentials;
  readonly challenge: Uint8Array; // of this connection
  readonly self: Self;
  readonly isPending: boolean; // waits for approval, also while reconnecting
  readonly devices: readonly Device[]; // of the own user
  readonly deviceProblem: DeviceProblem | undefined;
  readonly wantsRoom: boolean; // else it stays signed in, in no room
  readonly roomNotice: RoomNotice | undefined;
  readonly offers: readonly RoomOffer[]; // the rooms this session may enter
  readonly rooms: ReadonlyMap<string, Room>; // those it is in; they stay while reconnecting
  readonly places: ReadonlyMap<string, Place>; // where each is heard
  readonly entered: ReadonlySet<string>; // asked for on this connection, whatever came of it
  readonly enteringId: string; // "": none under way
  readonly floor: FloorState;
  readonly muted: boolean;
  readonly pingIntervalMs: number;
  readonly attempt: number; // of the connection, since it last worked
  readonly mediaAttempt: number;
  readonly nextRequestId: number;
  readonly pending: ReadonlyMap<number, RequestKind>;
}

const kNoBytes = new Uint8Array(0);
const kNoCredentials: Credentials = {
  displayName: "",
  label: "",
  publicKey: kNoBytes,
  invitation: kNoBytes,
  credential: kNoBytes,
};

export const kInitialState: SessionState = {
  phase: { kind: "idle" },
  media: { kind: "none" },
  generation: 0,
  credentials: kNoCredentials,
  challenge: kNoBytes,
  self: { deviceId: "", userId: "", name: "" },
  isPending: false,
  devices: [],
  deviceProblem: undefined,
  wantsRoom: false,
  roomNotice: undefined,
  offers: [],
  rooms: new Map(),
  places: new Map(),
  entered: new Set(),
  enteringId: "",
  floor: kInitialFloor,
  muted: false,
  pingIntervalMs: 10_000,
  attempt: 0,
  mediaAttempt: 0,
  nextRequestId: 1,
  pending: new Map(),
};

// The room in which this person talks; everything on the page is about it.
export function talkRoomOf(state: SessionState): Room | undefined {
  return state.rooms.get(state.floor.talkRoomId);
}

export type TimerName =
  | "progress" // from opening the socket to being signed in, or in the room
  | "approval" // to asking again whether this device was approved
  | "retry"
  | "ping"
  | "pong"
  | "leave"
  | "media_progress" // from offer to connected
  | "media_unstable"
  | "media_retry"
  | "floor";

export type SessionEvent =
  | {
      readonly type: "start";
      readonly credentials: Credentials;
      readonly wantsRoom: boolean;
      readonly muted: boolean;
      readonly firstReqId?: number; // random
    }
  | { readonly type: "enter"; readonly roomId: string; readonly muted: boolean } // "": the one used last
  | {
      readonly type: "signed";
      readonly proof: Proof;
      readonly challenge: Uint8Array;
      readonly signature: Uint8Array;
    }
  | { readonly type: "approve_device"; readonly deviceId: string }
  | { readonly type: "revoke_device"; readonly deviceId: string }
  | { readonly type: "dismiss_room_notice" }
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
  | { readonly type: "set_muted"; readonly muted: boolean; readonly nowMs: number }
  | { readonly type: "floor"; readonly input: FloorInput; readonly nowMs: number }
  | { readonly type: "floor_request"; readonly roomId: string; readonly body: FloorBody } // chair and dispatcher
  | { readonly type: "set_hand"; readonly raised: boolean }
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
  | { readonly type: "open_gate"; readonly heldMs: number }
  | { readonly type: "shut_gate"; readonly shuts: number }
  | { readonly type: "signal"; readonly roomId: string; readonly signal: FloorSignal }
  // With the device's key; answered by the event "signed".
  | {
      readonly type: "sign";
      readonly proof: Proof;
      readonly challenge: Uint8Array;
      readonly what: Uint8Array;
    }
  | { readonly type: "store_talk_room"; readonly roomId: string; readonly roomName: string }
  | { readonly type: "forget_identity"; readonly withKey: boolean };

export interface Step {
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}
