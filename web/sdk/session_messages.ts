// What each message of the server does to the session.
import { Error_Code, MemberLeft_Reason } from "../src/generated/protocol/client_pb";
import type {
  Error as ServerError,
  Member as WireMember,
  MemberLeft,
  ServerMessage,
  Talkers,
} from "../src/generated/protocol/client_pb";
import type { FloorEvent } from "./floor_state";
import { updateTalkers } from "./members";
import { toDevice } from "./devices";
import { finishLeaving, lose, stop } from "./session_connection";
import { onDeviceError } from "./session_devices";
import { applyFloor } from "./session_floor";
import * as media from "./session_media";
import { toMember } from "./session_members";
import { loseRoom, onJoined, onNotEntered, onRefused, onRoomsChanged, refit } from "./session_rooms";
import { keepCredential, onEnrolled, onSession, onWelcome } from "./session_sign_in";
import type { RequestKind, RetryReason, Room, RoomRefusal, StopReason } from "./session_state";
import type { Turn } from "./session_turn";

export function onMessage(turn: Turn, message: ServerMessage, nowMs: number): void {
  const { kind } = turn.state.phase;
  if (kind === "idle" || kind === "waiting" || kind === "left" || kind === "stopped") return;
  turn.clearTimers("pong"); // any message proves that the server hears us
  const request = message.requestId === 0 ? "other" : turn.take(message.requestId);
  const { body } = message;
  switch (body.case) {
    case "welcome":
      if (kind === "greeting") onWelcome(turn, body.value);
      return;
    case "enrolled":
      if (kind === "enrolling" || kind === "pending") onEnrolled(turn, body.value);
      return;
    case "credentialRenewed":
      keepCredential(turn, body.value.credential);
      return;
    case "roomsChanged":
      onRoomsChanged(turn, body.value.rooms, nowMs);
      return;
    case "devices":
      turn.change({ devices: body.value.devices.map(toDevice) });
      if (request === "devices") turn.change({ deviceProblem: undefined });
      return;
    case "session":
      if (kind === "signing_in") onSession(turn, body.value, nowMs);
      return;
    case "joined":
      if (kind === "joining" || kind === "joined") onJoined(turn, body.value, nowMs);
      return;
    case "left":
      if (kind === "leaving") finishLeaving(turn);
      return;
    case "connected":
      media.onConnected(turn, body.value);
      return;
    case "memberJoined":
    case "memberChanged":
      onMember(turn, body.value.roomId, body.value.member);
      return;
    case "memberLeft":
      onMemberLeft(turn, body.value, nowMs);
      return;
    case "talkers":
      onTalkers(turn, body.value, nowMs);
      return;
    case "mediaLost":
      media.onMediaLost(turn, body.value.transportId);
      return;
    case "error":
      onError(turn, request, body.value, nowMs);
      return;
    case "floor":
      onFloor(turn, body.value, nowMs);
      return;
    case "talkRoomSet":
      applyFloor(turn, { type: "talk_room_set", changeId: body.value.changeId }, nowMs);
      return;
    case "disconnected":
    case "pong":
    case undefined: // a message of a newer server
      return;
  }
}

function changeRoom(turn: Turn, room: Room, change: Partial<Room>): void {
  turn.change({ rooms: new Map(turn.state.rooms).set(room.id, { ...room, ...change }) });
}

function onMember(turn: Turn, roomId: string, member: WireMember | undefined): void {
  const room = turn.state.rooms.get(roomId);
  if (!room || !member) return;
  const members = new Map(room.members).set(member.memberId, toMember(member));
  changeRoom(turn, room, { members });
}

function onMemberLeft(turn: Turn, left: MemberLeft, nowMs: number): void {
  const room = turn.state.rooms.get(left.roomId);
  if (!room) return;
  if (left.memberId === room.ownId) {
    onOwnLeft(turn, room, left.reason, nowMs);
    return;
  }
  const members = new Map(room.members);
  members.delete(left.memberId);
  const talkers = room.talkers.filter((talker) => talker.memberId !== left.memberId);
  changeRoom(turn, room, { members, talkers });
}

function onOwnLeft(turn: Turn, room: Room, reason: MemberLeft_Reason, nowMs: number): void {
  if (turn.state.phase.kind === "leaving") return; // that is what we asked for
  if (reason !== MemberLeft_Reason.REMOVED) lose(turn, "unreachable"); // forgotten: come back
  else loseRoom(turn, room.id, nowMs);
}

function onTalkers(turn: Turn, talkers: Talkers, nowMs: number): void {
  const room = turn.state.rooms.get(talkers.roomId);
  if (!room) return;
  const channels = talkers.memberIds;
  changeRoom(turn, room, { channels, talkers: updateTalkers(room.talkers, channels, nowMs) });
}

function onFloor(turn: Turn, event: FloorEvent, nowMs: number): void {
  applyFloor(turn, { type: "told", event }, nowMs);
  if (event.body.case === "state" && turn.state.enteringId === "") refit(turn, event.roomId);
}

function onError(turn: Turn, request: RequestKind, error: ServerError, nowMs: number): void {
  if (turn.state.phase.kind === "leaving") {
    finishLeaving(turn); // nothing keeps somebody who goes
    return;
  }
  if (request === "devices" && !error.fatal) {
    onDeviceError(turn, error.code);
    return;
  }
  const refusal = request === "join" && !error.fatal ? kRefusals[error.code] : undefined;
  if (refusal) {
    onRefused(turn, refusal, nowMs);
    return;
  }
  if (request === "join_more" && !error.fatal) {
    onNotEntered(turn, nowMs);
    return;
  }
  const reason = stopReasonOf(error.code, request);
  if (reason) stopFor(turn, reason);
  else if (request === "connect" && !error.fatal) media.retryMediaLater(turn);
  else if (error.fatal || request === "hello" || isSigningIn(request)) lose(turn, retryReasonOf(error.code));
}

function isSigningIn(request: RequestKind): boolean {
  return request === "enrol" || request === "login" || request === "join";
}

// What no longer helps to sign in is forgotten. A key stays where the link that it was made for may
// help again.
function stopFor(turn: Turn, reason: StopReason): void {
  const isUnknown = reason === "device_unknown";
  if (isUnknown || reason === "credential_expired") {
    turn.ask({ type: "forget_identity", withKey: isUnknown });
  }
  stop(turn, reason);
}

// Errors that are about one room only.
const kRefusals: Partial<Record<Error_Code, RoomRefusal>> = {
  [Error_Code.ROOM_UNKNOWN]: "room_unknown",
  [Error_Code.NOT_A_MEMBER]: "removed",
  [Error_Code.ROOM_FULL]: "room_full",
  [Error_Code.ROOM_CLOSED]: "room_closed",
  [Error_Code.ROOM_LOCKED]: "room_locked",
};

function retryReasonOf(code: Error_Code): RetryReason {
  if (code === Error_Code.SERVER_CLOSING) return "server_closing";
  if (code === Error_Code.SERVER_FULL) return "server_full";
  return code === Error_Code.STORE_UNAVAILABLE ? "store_unavailable" : "server_busy";
}

// Why trying again is useless; undefined where it is not.
function stopReasonOf(code: Error_Code, request: RequestKind): StopReason | undefined {
  switch (code) {
    case Error_Code.UNSUPPORTED_VERSION:
      return "version";
    case Error_Code.INVITATION_INVALID:
      return "invitation_invalid";
    case Error_Code.INVITATION_EXPIRED:
      return "invitation_expired";
    case Error_Code.INVITATION_USED:
      return "invitation_used";
    case Error_Code.DEVICE_UNKNOWN:
      return "device_unknown";
    case Error_Code.CREDENTIAL_EXPIRED:
      return "credential_expired";
    case Error_Code.ACCESS_ENDED:
      return "access_ended";
    case Error_Code.TOO_MANY_DEVICES:
      return "too_many_devices";
    case Error_Code.SESSION_REPLACED:
      return "replaced";
    case Error_Code.SIGNATURE_INVALID:
      return isSigningIn(request) ? "signature_invalid" : undefined;
    case Error_Code.LIMIT_EXCEEDED:
      return isSigningIn(request) ? "protocol" : undefined;
    case Error_Code.UNKNOWN_MESSAGE:
    case Error_Code.MALFORMED:
      return request === "hello" || isSigningIn(request) ? "protocol" : undefined;
    case Error_Code.UNSPECIFIED:
    case Error_Code.NOT_SIGNED_IN:
    case Error_Code.ROOM_UNKNOWN:
    case Error_Code.NOT_A_MEMBER:
    case Error_Code.ROOM_FULL:
    case Error_Code.ROOM_CLOSED:
    case Error_Code.ROOM_LOCKED:
    case Error_Code.NO_MEDIA_NODE:
    case Error_Code.MEDIA_REFUSED:
    case Error_Code.RATE_LIMITED:
    case Error_Code.WRONG_STATE:
    case Error_Code.SERVER_CLOSING:
    case Error_Code.INTERNAL:
    case Error_Code.SERVER_FULL:
    case Error_Code.STORE_UNAVAILABLE:
    case Error_Code.DEVICE_NOT_FOUND:
      return undefined;
  }
}
