// What each message of the server does to the session.
import { Error_Code, MemberLeft_Reason } from "../src/generated/protocol/client_pb";
import type {
  Error as ServerError,
  Joined,
  Member as WireMember,
  MemberLeft,
  ServerMessage,
  Session,
  Talkers,
} from "../src/generated/protocol/client_pb";
import { updateTalkers } from "./members";
import type { Member } from "./members";
import { finishLeaving, lose, signIn, stop } from "./session_connection";
import * as media from "./session_media";
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
      if (kind === "signing_in") onSession(turn, body.value);
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
      onMemberLeft(turn, body.value);
      return;
    case "talkers":
      onTalkers(turn, body.value, nowMs);
      return;
    case "mediaLost":
      media.onMediaLost(turn, body.value.transportId);
      return;
    case "error":
      onError(turn, request, body.value);
      return;
    case "disconnected":
    case "pong":
    case undefined: // a message of a newer server
      return;
  }
}

function onSession(turn: Turn, session: Session): void {
  const known = turn.state.room?.id;
  const room = session.rooms.find((info) => info.roomId === known) ?? session.rooms[0];
  const displayName = session.displayName || turn.state.credentials.displayName;
  turn.change({ credentials: { displayName, token: session.resumeToken } });
  turn.ask({ type: "store_session", token: session.resumeToken, roomName: room?.name ?? "" });
  if (!room) {
    stop(turn, "room_unknown");
    return;
  }
  turn.change({ phase: { kind: "joining" } });
  turn.send("join", { case: "join", value: { roomId: room.roomId } });
  media.takeUpMedia(turn, session.transportId);
}

function onJoined(turn: Turn, joined: Joined, nowMs: number): void {
  const channels = joined.talkers?.memberIds ?? [];
  const room: Room = {
    id: joined.room?.roomId ?? "",
    name: joined.room?.name ?? "",
    ownId: joined.ownMemberId,
    members: new Map(joined.members.map((member) => [member.memberId, toMember(member)])),
    channels,
    talkers: updateTalkers(turn.state.room?.talkers ?? [], channels, nowMs),
  };
  turn.clearTimers("progress");
  turn.change({ phase: { kind: "joined" }, attempt: 0, room });
  // A new member is not muted for the server, and it may have missed a change while we were away.
  const muted = room.members.get(room.ownId)?.muted ?? false;
  if (muted !== turn.state.muted) {
    turn.send("other", { case: "setMuted", value: { muted: turn.state.muted } });
  }
  turn.setTimer("ping", turn.state.pingIntervalMs);
}

function toMember(member: WireMember): Member {
  return {
    id: member.memberId,
    name: member.name,
    muted: member.muted,
    mediaConnected: member.mediaConnected,
  };
}

// The current room when `roomId` is it.
function roomOf(turn: Turn, roomId: string): Room | undefined {
  return turn.state.room?.id === roomId ? turn.state.room : undefined;
}

function onMember(turn: Turn, roomId: string, member: WireMember | undefined): void {
  const room = roomOf(turn, roomId);
  if (!room || !member) return;
  const members = new Map(room.members).set(member.memberId, toMember(member));
  turn.change({ room: { ...room, members } });
}

function onMemberLeft(turn: Turn, left: MemberLeft): void {
  const room = roomOf(turn, left.roomId);
  if (!room) return;
  if (left.memberId === room.ownId) {
    if (turn.state.phase.kind === "leaving") return; // that is what we asked for
    if (left.reason === MemberLeft_Reason.REMOVED) stop(turn, "removed");
    else lose(turn, "unreachable"); // the server forgot us: come back
    return;
  }
  const members = new Map(room.members);
  members.delete(left.memberId);
  const talkers = room.talkers.filter((talker) => talker.memberId !== left.memberId);
  turn.change({ room: { ...room, members, talkers } });
}

function onTalkers(turn: Turn, talkers: Talkers, nowMs: number): void {
  const room = roomOf(turn, talkers.roomId);
  if (!room) return;
  const channels = talkers.memberIds;
  turn.change({
    room: { ...room, channels, talkers: updateTalkers(room.talkers, channels, nowMs) },
  });
}

function onError(turn: Turn, request: RequestKind, error: ServerError): void {
  if (turn.state.phase.kind === "leaving") {
    finishLeaving(turn); // nothing keeps somebody who goes
    return;
  }
  if (error.code === Error_Code.SESSION_UNKNOWN) {
    onSessionUnknown(turn);
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
