// The rules of the floor as a client keeps them: pure, (state, input, time) -> (state, effects). One
// button, which belongs to the talk room; one gate, through which voice goes to one room only.
//
// A press is asked for at once and its voice goes at once (the node holds it until the grant). Queued
// or denied shuts the gate; a grant out of the queue opens it with what was held back. Voice for
// another room waits until the last burst is known to be over.
import type { Policy, Rights } from "../src/generated/protocol/floor_pb";
import { onTold } from "./floor_events";
import { isActive, Mode, sameGrant, Tier } from "./floor_state";
import type { Claim, FloorInput, FloorState, FloorStep, Own, RoomFloor } from "./floor_state";
import {
  canTalk,
  FloorTurn,
  isClear,
  kBeforePressMs,
  kHeldMs,
  kNudgeMs,
  kRepeatMs,
  kReportMs,
  kShownMs,
  over,
  sendPress,
  sendRelease,
  speaksAtOnce,
  takeReqId,
  tierOf,
  toPolicy,
  toRights,
} from "./floor_turn";

export function reduceFloor(state: FloorState, input: FloorInput, nowMs: number): FloorStep {
  const turn = new FloorTurn(state, nowMs);
  switch (input.type) {
    case "start":
      turn.change({ nextReqId: Math.max(1, input.firstReqId >>> 0) });
      break;
    case "room":
      onRoom(turn, input.roomId, input.ownId, input.policy, input.rights);
      break;
    case "stream":
      turn.change({ lastTimestamp: undefined });
      break;
    case "room_gone":
      onRoomGone(turn, input.roomId);
      break;
    case "talk_room":
      onTalkRoom(turn, input.roomId);
      break;
    case "talk_room_set":
      if (input.changeId === state.awaitedChange) turn.change({ awaitedChange: 0 });
      break;
    case "muted":
      turn.change({ muted: input.muted });
      break;
    case "told":
      onTold(turn, input.event);
      break;
    case "press":
      onPress(turn, input.handsFree);
      break;
    case "release":
      onRelease(turn);
      break;
    case "gate_shut":
      onGateShut(turn, input.shuts, input.lastTimestamp);
      break;
    case "declare":
      onDeclare(turn, input.peril);
      break;
    case "tick":
      onTick(turn);
      break;
  }
  settle(turn);
  return turn.step();
}

// ---- rooms ---------------------------------------------------------------------------------------

function onRoom(turn: FloorTurn, id: string, ownId: number, policy?: Policy, rights?: Rights): void {
  const known = turn.state.rooms.get(id);
  const room: RoomFloor = {
    ...(known ?? kEmptyRoom),
    id,
    ownId,
    policy: known && !policy ? known.policy : toPolicy(policy),
    rights: known && !rights ? known.rights : toRights(rights),
  };
  turn.change({ rooms: new Map(turn.state.rooms).set(id, room) });
  if (turn.state.talkRoomId === "") turn.change({ talkRoomId: id }); // the server's rule too
}

const kEmptyRoom: Omit<RoomFloor, "id" | "ownId" | "policy" | "rights"> = {
  term: 0,
  messageId: 0n,
  isFrozen: false,
  holders: [],
  waiting: [],
  spoken: [],
  emergency: undefined,
  alarm: undefined,
  claims: [],
};

function onRoomGone(turn: FloorTurn, id: string): void {
  if (id === turn.state.talkRoomId) {
    turn.change({ own: { kind: "none" }, talkRoomId: "", isTalkRoomTold: true, awaitedChange: 0 });
  }
  const rooms = new Map(turn.state.rooms);
  rooms.delete(id);
  turn.change({ rooms });
}

// What was going on in the old room ends there: a burst is closed, a request and a raised hand are
// taken back. The server is told of the new room once the last frames are through the gate. An OPEN
// room hears whatever comes, so between it and another one nothing is said until the media node has
// changed rooms.
function onTalkRoom(turn: FloorTurn, id: string): void {
  const { state } = turn;
  const next = state.rooms.get(id);
  if (id === state.talkRoomId || !next) return;
  onRelease(turn);
  const left = turn.talkRoom;
  const isFromOrToOpen = !left || [left, next].some(({ policy }) => policy.mode === Mode.OPEN);
  const isAnswerAwaited = canTalk(next) && (isFromOrToOpen || state.awaitedChange !== 0);
  turn.change({
    own: { kind: "none" },
    talkRoomId: id,
    isTalkRoomTold: false,
    nudgedAtMs: turn.nowMs,
    awaitedChange: isAnswerAwaited ? takeReqId(turn) : 0,
  });
}

function tellTalkRoom(turn: FloorTurn): void {
  const { talkRoomId: roomId, awaitedChange: changeId, lastTimestamp } = turn.state;
  turn.change({ isTalkRoomTold: true });
  turn.ask({
    type: "set_talk_room",
    roomId,
    changeId,
    ...(lastTimestamp !== undefined && { firstTimestamp: (lastTimestamp + 1) >>> 0 }),
  });
}

// ---- the button ----------------------------------------------------------------------------------

function onPress(turn: FloorTurn, handsFree: boolean): void {
  const { own, talkRoom } = turn;
  if (!talkRoom || talkRoom.policy.mode === Mode.OPEN || isActive(own)) return;
  if (own.kind === "queued") {
    // A place that was found again, or an offer: the same request once more.
    turn.change({ own: { ...own, isDown: true, handsFree, askedAtMs: turn.nowMs } });
    sendPress(turn, talkRoom, { reqId: own.reqId, handsFree });
    return;
  }
  begin(turn, tierOf(talkRoom), handsFree);
}

function begin(turn: FloorTurn, tier: Tier, handsFree: boolean): void {
  const { nowMs } = turn;
  turn.change({
    own: { kind: "waiting", pressedAtMs: nowMs, retryAtMs: nowMs, tier, handsFree },
    nudgedAtMs: nowMs,
  });
}

function onRelease(turn: FloorTurn): void {
  const { own } = turn;
  const roomId = turn.state.talkRoomId;
  switch (own.kind) {
    case "none":
      return;
    case "waiting":
      break;
    case "asking":
    case "queued":
      turn.request(roomId, { case: "cancel", value: { reqId: own.reqId } });
      stage(turn, roomId, (claim) => claim.reqId === own.reqId, "told");
      break;
    case "holding":
      stage(turn, roomId, (claim) => sameGrant(claim.grant, own.grant), "closing");
      break;
    case "denied":
    case "revoked":
      turn.change({ own: { ...own, isDown: false, atMs: turn.nowMs } });
      return;
  }
  turn.change({ own: { kind: "none" } });
}

function stage(turn: FloorTurn, id: string, which: (claim: Claim) => boolean, to: Claim["stage"]): void {
  turn.changeClaims(id, (claims) =>
    claims.map((claim) => (which(claim) ? { ...claim, stage: to } : claim)),
  );
}

// Sets the emergency and asks for the floor with its tier, hands free: who is in danger may not be
// able to hold a button.
function onDeclare(turn: FloorTurn, peril: boolean): void {
  const { talkRoom: room, own } = turn;
  if (!room || room.policy.mode === Mode.OPEN) return;
  const tier = peril ? Tier.PERIL : Tier.EMERGENCY;
  turn.request(room.id, { case: "setEmergency", value: { id: takeReqId(turn), peril } });
  if (own.kind === "holding") {
    sendPress(turn, room, { reqId: takeReqId(turn), handsFree: true, tier }); // the burst goes on
    turn.change({ own: { ...own, handsFree: true } });
    return;
  }
  onRelease(turn);
  begin(turn, tier, true);
}

// ---- time and the gate ---------------------------------------------------------------------------

function onGateShut(turn: FloorTurn, shuts: number, lastTimestamp: number | undefined): void {
  if (lastTimestamp !== undefined) turn.change({ lastTimestamp });
  const { gate } = turn.state;
  if (shuts !== gate.shuts) return; // the report of an earlier shutting
  turn.change({ gate: { ...gate, isReported: true } });
}

function onTick(turn: FloorTurn): void {
  const { own, talkRoom, nowMs, state } = turn;
  const { gate } = state;
  if (!gate.isReported && nowMs >= gate.shutAtMs + kReportMs) {
    turn.change({ gate: { ...gate, isReported: true } });
  }
  if (state.refusal && nowMs >= state.refusal.atMs + kShownMs) turn.change({ refusal: undefined });
  switch (own.kind) {
    case "none":
    case "waiting":
      return;
    case "asking":
      if (talkRoom && nowMs >= own.askedAtMs + kRepeatMs) {
        turn.change({ own: { ...own, askedAtMs: nowMs } });
        sendPress(turn, talkRoom, own);
      }
      return;
    case "queued":
      onQueuedTick(turn, own);
      return;
    case "holding":
      if (own.revoking && nowMs >= own.revoking.untilMs) {
        stage(turn, state.talkRoomId, (claim) => sameGrant(claim.grant, own.grant), "closing");
        over(turn, own, own.revoking.cause, own.revoking.byId);
      }
      return;
    case "denied":
    case "revoked":
      if (!own.isDown && nowMs >= own.atMs + kShownMs) turn.change({ own: { kind: "none" } });
      return;
  }
}

function onQueuedTick(turn: FloorTurn, own: Extract<Own, { kind: "queued" }>): void {
  if (own.offeredUntilMs === 0) return;
  if (turn.nowMs >= own.offeredUntilMs) {
    turn.change({ own: { ...own, offeredUntilMs: 0 } });
  } else if (own.isDown && turn.talkRoom && turn.nowMs >= own.askedAtMs + kRepeatMs) {
    turn.change({ own: { ...own, askedAtMs: turn.nowMs } });
    sendPress(turn, turn.talkRoom, own);
  }
}

// After every input: the gate follows the state, then whatever waited for it goes on.
function settle(turn: FloorTurn): void {
  moveGate(turn);
  if (turn.state.gate.isReported && turn.state.gate.roomId === "") finishClosing(turn);
  if (!turn.state.isTalkRoomTold && mayTellTalkRoom(turn.state)) tellTalkRoom(turn);
  askIfClear(turn);
  moveGate(turn);
  nudge(turn);
}

function moveGate(turn: FloorTurn): void {
  const { gate } = turn.state;
  const wanted = gateWanted(turn.state);
  if (gate.roomId !== "" && gate.roomId !== wanted?.roomId) {
    const shuts = gate.shuts + 1;
    turn.change({ gate: { roomId: "", shuts, shutAtMs: turn.nowMs, isReported: false } });
    turn.ask({ type: "shut_gate", shuts });
  }
  if (wanted && turn.state.gate.roomId === "") {
    turn.change({ gate: { ...turn.state.gate, roomId: wanted.roomId } });
    turn.ask({ type: "open_gate", heldMs: wanted.heldMs });
  }
}

// The room that may hear the microphone now.
function gateWanted(state: FloorState): { roomId: string; heldMs: number } | undefined {
  const room = state.rooms.get(state.talkRoomId);
  if (!room) return undefined;
  if (room.policy.mode === Mode.OPEN) {
    const mayPass = !state.muted && isClear(state);
    return mayPass ? { roomId: room.id, heldMs: 0 } : undefined;
  }
  const { own } = state;
  if (own.kind !== "asking" && own.kind !== "holding") return undefined;
  return own.heldMs === undefined ? undefined : { roomId: room.id, heldMs: own.heldMs };
}

// What is meant for an OPEN room is over when its last frame is known.
function mayTellTalkRoom(state: FloorState): boolean {
  return !hasClosing(state) && (state.awaitedChange === 0 || state.gate.isReported);
}

function hasClosing(state: FloorState): boolean {
  return [...state.rooms.values()].some((room) =>
    room.claims.some((claim) => claim.stage === "closing"));
}

// The last frame is through: the releases can name it.
function finishClosing(turn: FloorTurn): void {
  for (const room of turn.state.rooms.values()) {
    for (const claim of room.claims) {
      if (claim.stage === "closing" && claim.grant) sendRelease(turn, room.id, claim.grant);
    }
    stage(turn, room.id, (claim) => claim.stage === "closing", "told");
  }
}

function askIfClear(turn: FloorTurn): void {
  const { own, talkRoom, nowMs } = turn;
  if (own.kind !== "waiting" || !talkRoom || nowMs < own.retryAtMs) return;
  if (!isClear(turn.state)) return;
  const { pressedAtMs, tier, handsFree } = own;
  const reqId = takeReqId(turn);
  const heldMs = Math.min(kHeldMs, nowMs - pressedAtMs + kBeforePressMs);
  turn.change({
    own: {
      kind: "asking",
      reqId,
      pressedAtMs,
      askedAtMs: nowMs,
      tier,
      handsFree,
      heldMs: speaksAtOnce(talkRoom) ? heldMs : undefined,
    },
  });
  turn.changeRoom(talkRoom.id, { claims: [...talkRoom.claims, { reqId, stage: "asked" }] });
  sendPress(turn, talkRoom, { reqId, handsFree, tier });
}

function isBlocked(state: FloorState): boolean {
  const isOpen = state.rooms.get(state.talkRoomId)?.policy.mode === Mode.OPEN;
  const wants = state.own.kind === "waiting" || (isOpen && !state.muted);
  return wants && !isClear(state);
}

// Asks again for what is waited for, in case the answer was lost with a connection.
function nudge(turn: FloorTurn): void {
  const { state, nowMs } = turn;
  if (!isBlocked(state) || nowMs < state.nudgedAtMs + kNudgeMs) return;
  turn.change({ nudgedAtMs: nowMs });
  if (state.isTalkRoomTold && state.awaitedChange !== 0) tellTalkRoom(turn);
  for (const room of state.rooms.values()) {
    const isAwaited = room.id !== state.talkRoomId && room.claims.some(({ stage }) => stage === "told");
    if (isAwaited) turn.request(room.id, { case: "snapshot", value: {} });
  }
}

// When a tick is due; undefined: when something happens.
export function floorDeadline(state: FloorState, nowMs: number): number | undefined {
  const { own, gate, refusal } = state;
  const times: number[] = [];
  if (!gate.isReported) times.push(gate.shutAtMs + kReportMs);
  if (refusal) times.push(refusal.atMs + kShownMs);
  if (isBlocked(state)) times.push(state.nudgedAtMs + kNudgeMs);
  if (own.kind === "waiting" && own.retryAtMs > nowMs) times.push(own.retryAtMs);
  if (own.kind === "asking") times.push(own.askedAtMs + kRepeatMs);
  if (own.kind === "queued" && own.offeredUntilMs !== 0) {
    times.push(own.isDown ? Math.min(own.askedAtMs + kRepeatMs, own.offeredUntilMs) : own.offeredUntilMs);
  }
  if (own.kind === "holding" && own.revoking) times.push(own.revoking.untilMs);
  if ((own.kind === "denied" || own.kind === "revoked") && !own.isDown) times.push(own.atMs + kShownMs);
  return times.length === 0 ? undefined : Math.min(...times);
}
