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
import { finishLeaving, lose, signIn, stop } from "./session_connection";
import { applyFloor } from "./session_floor";
import * as media from "./session_media";
import { toMember } from "./session_members";
import { dropRoom, onJoined, onNotEntered, onSession, refit } from "./session_rooms";
import type { RequestKind, Room, StopReason } from "./session_state";
import type { Turn } from "./session_turn";

export function onMessage(turn: Turn, message: ServerMessage, nowMs: number): void {
  const { kind } = turn.state.phase;
  if (kind === "idle" || kind === "waiting" || kind === "left" || kind === "stopped") return;
  turn.clearTimers("pong"); // any message proves that the server hears us
  const request = message.requestId === 0 ? "other" : turn.take(message.requestId);
  const { body } = message;
  switch (body.case) {
    case "welcome":
      if (kind !== "greeting") return;
      if (body.value.pingIntervalMs > 0) turn.change({ pingIntervalMs: body.value.pingIntervalMs });
      signIn(turn);
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
  else if (turn.state.rooms.size > 1) dropRoom(turn, room.id, nowMs);
  else stop(turn, "removed");
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
  if (error.code === Error_Code.SESSION_UNKNOWN) {
    onSessionUnknown(turn);
    return;
  }
  if (request === "join_more" && !error.fatal) {
    onNotEntered(turn, nowMs);
    return;
  }
  const reason = stopReasonOf(error.code, request);
  if (reason) {
    stop(turn, reason);
  } else if (request === "connect" && !error.fatal) {
    media.retryMediaLater(turn);
  } else if (error.code === Error_Code.SERVER_CLOSING) {
    lose(turn, "server_closing");
  } else if (error.code === Error_Code.SERVER_FULL) {
    lose(turn, "server_full");
  } else if (error.fatal || request === "hello" || isSigningIn(request)) {
    lose(turn, "server_busy");
  }
}

function isSigningIn(request: RequestKind): boolean {
  return request === "redeem" || request === "resume" || request === "join";
}

// The token is dead. An invitation that was not used yet still helps.
function onSessionUnknown(turn: Turn): void {
  const { displayName, invitation } = turn.state.credentials;
  turn.ask({ type: "forget_session" });
  turn.change({ credentials: invitation ? { displayName, invitation } : { displayName } });
  if (invitation && turn.state.phase.kind === "signing_in") signIn(turn);
  else stop(turn, "session_unknown");
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
    case Error_Code.SESSION_UNKNOWN:
      return "session_unknown";
    case Error_Code.SESSION_REPLACED:
      return "replaced";
    case Error_Code.ROOM_UNKNOWN:
      return isSigningIn(request) ? "room_unknown" : undefined;
    case Error_Code.NOT_A_MEMBER:
      return isSigningIn(request) ? "removed" : undefined;
    case Error_Code.ROOM_FULL:
      return "room_full";
    case Error_Code.LIMIT_EXCEEDED:
      if (request === "redeem") return "invitation_invalid";
      return isSigningIn(request) ? "protocol" : undefined;
    case Error_Code.UNKNOWN_MESSAGE:
    case Error_Code.MALFORMED:
      return request === "hello" || isSigningIn(request) ? "protocol" : undefined;
    case Error_Code.UNSPECIFIED:
    case Error_Code.NOT_SIGNED_IN:
    case Error_Code.NO_MEDIA_NODE:
    case Error_Code.MEDIA_REFUSED:
    case Error_Code.RATE_LIMITED:
    case Error_Code.WRONG_STATE:
    case Error_Code.SERVER_CLOSING:
    case Error_Code.INTERNAL:
    case Error_Code.SERVER_FULL:
      return undefined;
  }
}
