// The rules of a session: pure, (state, event) -> (state, effects). No clock, no socket, no browser.
//
// Signaling: connecting -> greeting -> (enrolling -> pending) -> signing_in -> signed_in, and from there
// joining -> joined for who wants a room. Whatever breaks leads to `waiting` and back by itself, with the
// room kept, except where the server says that trying again is useless (`stopped`). Media lives beside it (session_media.ts) and survives a loss of signaling.
import { kInitialFloor } from "./floor_state";
import { applyFloor, askFloor, settleMicrophone } from "./session_floor";
import * as media from "./session_media";
import { onMessage } from "./session_messages";
import { talkRoomOf } from "./session_state";
import type { SessionEvent, SessionState, Step, TimerName } from "./session_state";
import { approveDevice, revokeDevice } from "./session_devices";
import { onApprovalDue, onSigned } from "./session_sign_in";
import { enterFirst } from "./session_rooms";
import { Turn } from "./session_turn";
import { connect, finishLeaving, greet, lose, retryNow } from "./session_connection";

export const kWakeAnswerMs = 2_000; // after sleep or a change of network the socket is suspect
export const kPongMs = 5_000;
export const kLeaveMs = 1_000;

export function reduce(state: SessionState, event: SessionEvent): Step {
  const turn = new Turn(state);
  switch (event.type) {
    case "start":
      onStart(turn, event);
      break;
    case "enter":
      onEnter(turn, event.roomId, event.muted);
      break;
    case "signed":
      onSigned(turn, event);
      break;
    case "approve_device":
      approveDevice(turn, event.deviceId);
      break;
    case "revoke_device":
      revokeDevice(turn, event.deviceId);
      break;
    case "dismiss_room_notice":
      turn.change({ roomNotice: undefined });
      break;
    case "socket_opened":
      if (state.phase.kind === "connecting") greet(turn);
      break;
    case "socket_closed":
      onSocketClosed(turn);
      break;
    case "message":
      onMessage(turn, event.message, event.nowMs);
      break;
    case "timer":
      onTimer(turn, event.timer);
      break;
    case "offer_ready":
      media.onOfferReady(turn, event.generation, event.offer);
      break;
    case "offer_failed":
      media.onOfferFailed(turn, event.generation);
      break;
    case "media_state":
      media.onMediaState(turn, event);
      break;
    case "network_changed":
      onNetworkChanged(turn);
      break;
    case "woke":
      onWoke(turn);
      break;
    case "set_muted":
      onSetMuted(turn, event.muted, event.nowMs);
      break;
    case "floor":
      applyFloor(turn, event.input, event.nowMs);
      break;
    case "floor_request":
      askFloor(turn, event.roomId, event.body);
      break;
    case "set_hand":
      onSetHand(turn, event.raised);
      break;
    case "retry_now":
      retryNow(turn);
      break;
    case "leave":
      onLeave(turn);
      break;
  }
  settleMicrophone(turn, state);
  return turn.step();
}

function onStart(turn: Turn, event: Extract<SessionEvent, { type: "start" }>): void {
  const { kind } = turn.state.phase;
  if (kind !== "idle" && kind !== "left" && kind !== "stopped") return;
  const { credentials, wantsRoom, muted, firstReqId } = event;
  turn.change({
    credentials,
    wantsRoom,
    muted,
    isPending: false,
    devices: [],
    deviceProblem: undefined,
    roomNotice: undefined,
    offers: [],
    rooms: new Map(),
    places: new Map(),
    // The gate is that of the page and stays as it was told.
    floor: { ...kInitialFloor, gate: turn.state.floor.gate, nextReqId: firstReqId || 1, muted },
    attempt: 0,
    mediaAttempt: 0,
  });
  turn.ask({ type: "set_microphone_enabled", enabled: !muted });
  connect(turn);
}

// Into a room: at once, or as soon as this device is signed in.
function onEnter(turn: Turn, roomId: string, muted: boolean): void {
  const { phase, credentials } = turn.state;
  if (phase.kind === "idle" || phase.kind === "leaving" || phase.kind === "left" || phase.kind === "stopped") return;
  if (talkRoomOf(turn.state)) return; // is there already
  turn.change({
    wantsRoom: true,
    muted,
    roomNotice: undefined,
    floor: { ...turn.state.floor, muted },
    credentials: roomId === "" ? credentials : { ...credentials, talkRoomId: roomId },
  });
  turn.ask({ type: "set_microphone_enabled", enabled: !muted });
  if (phase.kind !== "signed_in") return;
  enterFirst(turn);
  if (turn.state.enteringId !== "") media.renewMedia(turn);
}

function onSocketClosed(turn: Turn): void {
  switch (turn.state.phase.kind) {
    case "connecting":
    case "greeting":
    case "enrolling":
    case "pending":
    case "signing_in":
    case "signed_in":
    case "joining":
    case "joined":
      lose(turn, "unreachable");
      return;
    case "leaving":
      finishLeaving(turn);
      return;
    case "idle":
    case "waiting":
    case "left":
    case "stopped":
      return;
  }
}

function onTimer(turn: Turn, timer: TimerName): void {
  const { kind } = turn.state.phase;
  switch (timer) {
    case "progress":
      if (isProgressing(kind)) lose(turn, "unreachable");
      return;
    case "approval":
      onApprovalDue(turn);
      return;
    case "pong":
      if (isIn(kind) || kind === "joining") lose(turn, "unreachable");
      return;
    case "ping":
      if (isIn(kind)) ping(turn, kPongMs);
      return;
    case "retry":
      if (kind === "waiting") connect(turn);
      return;
    case "leave":
      if (kind === "leaving") finishLeaving(turn);
      return;
    case "media_progress":
    case "media_unstable":
    case "media_retry":
      media.onMediaTimer(turn, timer);
      return;
    case "floor": // carries the time: arrives as an input of the floor
      return;
  }
}

type PhaseKind = SessionState["phase"]["kind"];

function isIn(kind: PhaseKind): boolean {
  return kind === "signed_in" || kind === "joined";
}

function isProgressing(kind: PhaseKind): boolean {
  const isSigningIn = kind === "enrolling" || kind === "pending" || kind === "signing_in";
  return kind === "connecting" || kind === "greeting" || isSigningIn || kind === "joining";
}

function ping(turn: Turn, answerWithinMs: number): void {
  turn.send("other", { case: "ping", value: {} });
  turn.setTimer("pong", answerWithinMs);
}

function onWoke(turn: Turn): void {
  if (isIn(turn.state.phase.kind)) ping(turn, kWakeAnswerMs);
  else retryNow(turn);
}

// The addresses of this machine changed: the old media path is gone, the socket probably too.
function onNetworkChanged(turn: Turn): void {
  const { kind } = turn.state.media;
  if (kind === "connecting" || kind === "connected" || kind === "unstable") media.renewMedia(turn);
  onWoke(turn);
}

function onSetMuted(turn: Turn, muted: boolean, nowMs: number): void {
  if (muted === turn.state.muted) return;
  applyFloor(turn, { type: "muted", muted }, nowMs);
  turn.change({ muted });
  if (turn.state.phase.kind === "joined") {
    turn.send("other", { case: "setMuted", value: { muted } });
  }
}

function onLeave(turn: Turn): void {
  const { phase, floor } = turn.state;
  const room = talkRoomOf(turn.state);
  if (phase.kind === "idle" || phase.kind === "left" || phase.kind === "leaving") return;
  media.closeMedia(turn);
  if (phase.kind !== "joined" || !room) {
    finishLeaving(turn);
    return;
  }
  for (const id of turn.state.rooms.keys()) {
    if (id !== floor.talkRoomId) turn.send("other", { case: "leave", value: { roomId: id } });
  }
  turn.send("leave", { case: "leave", value: { roomId: room.id } });
  turn.send("other", { case: "disconnect", value: {} });
  turn.clearTimers("ping", "pong");
  turn.change({ phase: { kind: "leaving" } });
  turn.setTimer("leave", kLeaveMs);
}

// In an open room a hand is an attribute of the member; elsewhere a press raises it.
function onSetHand(turn: Turn, raised: boolean): void {
  const room = talkRoomOf(turn.state);
  if (!room || turn.state.phase.kind !== "joined") return;
  turn.send("other", { case: "setHand", value: { roomId: room.id, raised } });
}
