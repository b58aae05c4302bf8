// What each message of the arbiter does to the floor of its room and to the own button.
import { Denied_Cause, Emergency_Kind, Revoked_Cause } from "../src/generated/protocol/floor_pb";
import type {
  Denied,
  Emergency,
  Event as FloorEvent,
  Granted,
  Holder as WireHolder,
  Offer,
  Queue,
  Queued,
  Revoked,
  State,
} from "../src/generated/protocol/floor_pb";
import { isPressed, Mode, sameGrant } from "./floor_state";
import type { Claim, Grant, Holder, Own, RoomFloor } from "./floor_state";
import {
  FloorTurn,
  kHeldMs,
  kRepeatMs,
  over,
  sendPress,
  sendRelease,
  tierOf,
  toPolicy,
  toRights,
  withoutGrant,
} from "./floor_turn";

export function onTold(turn: FloorTurn, event: FloorEvent): void {
  const room = turn.state.rooms.get(event.roomId);
  if (!room) return;
  // Term 0 is signaling itself: no node carries the room.
  if (event.term === 0) {
    if (event.body.case === "denied") onDenied(turn, room, event.body.value);
    return;
  }
  const messageId = BigInt(event.messageId);
  if (event.term < room.term) return;
  if (event.term === room.term && messageId <= room.messageId) return;
  const isNewArbiter = room.term !== 0 && event.term > room.term;
  turn.changeRoom(room.id, { term: event.term, messageId });
  if (isNewArbiter) onNewArbiter(turn, room, event.body.case === "state");
  const current = turn.state.rooms.get(room.id);
  if (current) handle(turn, current, event.body);
}

function handle(turn: FloorTurn, room: RoomFloor, body: FloorEvent["body"]): void {
  const own = ownOf(turn, room.id);
  switch (body.case) {
    case "granted":
      return onGranted(turn, room, body.value);
    case "queued":
      return onQueued(turn, room, body.value);
    case "denied":
      return onDenied(turn, room, body.value);
    case "revoked":
      return onRevoked(turn, room, body.value);
    case "offer":
      return onOffer(turn, room, body.value);
    case "warning":
      if (own.kind !== "holding" || !sameGrant(own.grant, body.value.grant)) return;
      turn.change({ own: { ...own, endsAtMs: turn.nowMs + body.value.leftMs } });
      return turn.signal(room.id, "warning");
    case "done":
      return onDone(turn, room, body.value.grant);
    case "taken":
      return setHolders(turn, room, body.value.holders);
    case "idle":
      return setHolders(turn, room, []);
    case "emergency":
      return onEmergency(turn, room, body.value);
    case "queue":
      return setQueue(turn, room, body.value);
    case "alarm": {
      const { memberId, grant } = body.value;
      return turn.changeRoom(room.id, { alarm: grant && { memberId, grant } });
    }
    case "state":
      return onState(turn, room, body.value);
    case undefined: // a message of a newer arbiter
      return;
  }
}

const kNone: Own = { kind: "none" };

// The own button as far as it belongs to this room.
function ownOf(turn: FloorTurn, roomId: string): Own {
  return roomId === turn.state.talkRoomId ? turn.state.own : kNone;
}

// A new arbiter knows nothing of what the old one granted. Who still presses asks again.
function onNewArbiter(turn: FloorTurn, room: RoomFloor, isSnapshot: boolean): void {
  const own = ownOf(turn, room.id);
  if (own.kind === "holding") over(turn, own, Revoked_Cause.OTHER, 0);
  if (own.kind === "queued") askAnew(turn, room, own);
  const reqId = own.kind === "asking" ? own.reqId : 0;
  turn.changeRoom(room.id, {
    claims: room.claims.filter((claim) => claim.reqId === reqId && reqId !== 0),
    holders: [],
    waiting: [],
    alarm: undefined,
  });
  if (!isSnapshot) turn.request(room.id, { case: "snapshot", value: {} });
}

function askAnew(turn: FloorTurn, room: RoomFloor, own: Extract<Own, { kind: "queued" }>): void {
  const { nowMs } = turn;
  const { handsFree } = own;
  const tier = tierOf(room);
  turn.change({
    own: own.isDown ? { kind: "waiting", pressedAtMs: nowMs, retryAtMs: nowMs, tier, handsFree } : kNone,
  });
}

// ---- answers -------------------------------------------------------------------------------------

function onGranted(turn: FloorTurn, room: RoomFloor, { reqId, grant, limitMs, tier }: Granted): void {
  if (!grant) return;
  const own = ownOf(turn, room.id);
  if (own.kind === "holding" && sameGrant(own.grant, grant)) {
    turn.change({ own: { ...own, tier } });
    return;
  }
  const isAsked = (own.kind === "asking" || own.kind === "queued") && own.reqId === reqId;
  if (!isAsked || !isPressed(own)) {
    giveBack(turn, room, reqId, grant);
    return;
  }
  turn.changeRoom(room.id, {
    claims: [...answered(room.claims, reqId), { reqId, grant: plain(grant), stage: "asked" }],
  });
  turn.change({
    own: {
      kind: "holding",
      reqId,
      grant: plain(grant),
      sinceMs: turn.nowMs,
      endsAtMs: limitMs === 0 ? 0 : turn.nowMs + limitMs,
      tier,
      handsFree: own.handsFree,
      heldMs: kHeldMs,
      revoking: undefined,
    },
  });
  turn.signal(room.id, "permit");
}

// A grant that nobody presses for any more goes back at once.
function giveBack(turn: FloorTurn, room: RoomFloor, reqId: number, grant: Grant): void {
  if (room.claims.some((claim) => sameGrant(claim.grant, grant))) return; // on its way already
  const claim: Claim = { reqId, grant: plain(grant), stage: "told" };
  turn.changeRoom(room.id, { claims: [...answered(room.claims, reqId), claim] });
  sendRelease(turn, room.id, grant);
}

// Requests are answered in order: what was cancelled before this one is over, and so is this one's.
function answered(claims: readonly Claim[], reqId: number): Claim[] {
  const index = claims.findIndex((claim) => claim.reqId === reqId && !claim.grant);
  return claims.filter((claim, at) => claim.grant || at > index);
}

const plain = ({ term, number }: Grant): Grant => ({ term, number });

function onQueued(turn: FloorTurn, room: RoomFloor, { reqId, position, size }: Queued): void {
  const own = ownOf(turn, room.id);
  if ((own.kind !== "asking" && own.kind !== "queued") || own.reqId !== reqId) return;
  const was = own.kind === "queued" ? own : undefined;
  turn.change({
    own: {
      kind: "queued",
      reqId,
      position,
      size,
      isDown: was?.isDown ?? true,
      handsFree: own.handsFree,
      askedAtMs: own.askedAtMs,
      offeredUntilMs: 0,
    },
  });
  if (!was) turn.signal(room.id, "queued");
}

function onDenied(turn: FloorTurn, room: RoomFloor, { reqId, cause, retryMs }: Denied): void {
  const { nowMs } = turn;
  if (reqId === 0) {
    turn.change({ refusal: { cause, roomId: room.id, atMs: nowMs } });
    turn.signal(room.id, "denied");
    return;
  }
  const own = ownOf(turn, room.id);
  turn.changeClaims(room.id, (claims) =>
    claims.some((claim) => claim.reqId === reqId && !claim.grant) ? answered(claims, reqId) : [...claims]);
  if ((own.kind !== "asking" && own.kind !== "queued") || own.reqId !== reqId) return;
  if (cause === Denied_Cause.FROZEN && isPressed(own)) {
    const pressedAtMs = own.kind === "asking" ? own.pressedAtMs : nowMs;
    const retryAtMs = nowMs + Math.max(kRepeatMs, retryMs);
    const tier = own.kind === "asking" ? own.tier : tierOf(room);
    turn.change({ own: { kind: "waiting", pressedAtMs, retryAtMs, tier, handsFree: own.handsFree } });
    return;
  }
  // A latched button is not held: the denial is shown and goes.
  const isDown = isPressed(own) && !own.handsFree;
  turn.change({ own: { kind: "denied", cause, isDown, atMs: nowMs } });
  turn.signal(room.id, "denied");
}

function onRevoked(turn: FloorTurn, room: RoomFloor, told: Revoked): void {
  const { grant, cause, graceMs, byMemberId } = told;
  const own = ownOf(turn, room.id);
  if (own.kind !== "holding" || !sameGrant(own.grant, grant)) {
    // Voice without a grant (cause 3), or one that was given back already.
    if (own.kind === "asking" && !grant?.number) over(turn, own, cause, byMemberId);
    return;
  }
  if (!own.revoking) turn.signal(room.id, "revoked");
  if (graceMs > 0) {
    const revoking = { cause, byId: byMemberId, untilMs: turn.nowMs + graceMs };
    turn.change({ own: { ...own, revoking } });
    return;
  }
  over(turn, own, cause, byMemberId);
  turn.changeClaims(room.id, (claims) =>
    claims.map((claim) => (sameGrant(claim.grant, grant) ? { ...claim, stage: "told" } : claim)));
}

function onDone(turn: FloorTurn, room: RoomFloor, grant: Grant | undefined): void {
  if (!grant) return;
  turn.changeClaims(room.id, (claims) => withoutGrant(claims, grant));
  const own = ownOf(turn, room.id);
  if (own.kind !== "holding" || !sameGrant(own.grant, grant)) return;
  over(turn, own, own.revoking?.cause ?? Revoked_Cause.NO_MEDIA, own.revoking?.byId ?? 0);
  if (!own.revoking) turn.signal(room.id, "revoked");
}

function onOffer(turn: FloorTurn, room: RoomFloor, { reqId, pressMs }: Offer): void {
  const own = ownOf(turn, room.id);
  if (own.kind !== "queued" || own.reqId !== reqId) return;
  const { nowMs } = turn;
  turn.change({ own: { ...own, offeredUntilMs: nowMs + pressMs, askedAtMs: nowMs } });
  if (own.isDown) sendPress(turn, room, own);
  else turn.signal(room.id, "offered");
}

// ---- what all are told -----------------------------------------------------------------------------

function setHolders(turn: FloorTurn, room: RoomFloor, wire: readonly WireHolder[]): void {
  const holders = wire.map((holder) => toHolder(holder, turn.nowMs));
  const isOver = room.holders.some(
    ({ memberId, grant }) =>
      memberId !== room.ownId && !holders.some((holder) => sameGrant(holder.grant, grant)),
  );
  const alarm = holders.some(({ grant }) => sameGrant(grant, room.alarm?.grant)) ? room.alarm : undefined;
  turn.changeRoom(room.id, { holders, alarm });
  if (isOver) turn.signal(room.id, "over");
  const own = ownOf(turn, room.id);
  if (own.kind !== "holding") return;
  const self = holders.find(({ grant }) => sameGrant(grant, own.grant));
  if (self) turn.change({ own: { ...own, endsAtMs: self.endsAtMs, tier: self.tier } });
}

function toHolder(holder: WireHolder, nowMs: number): Holder {
  return {
    memberId: holder.memberId,
    grant: plain(holder.grant ?? { term: 0, number: 0 }),
    tier: holder.tier,
    sinceMs: nowMs - holder.forMs,
    endsAtMs: holder.leftMs === 0 ? 0 : nowMs + holder.leftMs,
    isRevoking: holder.isRevoking,
  };
}

function setQueue(turn: FloorTurn, room: RoomFloor, queue: Queue | undefined): void {
  turn.changeRoom(room.id, {
    waiting: (queue?.waiting ?? []).map(({ memberId, tier, forMs }) => ({
      memberId,
      tier,
      sinceMs: turn.nowMs - forMs,
    })),
    spoken: (queue?.spoken ?? []).map(({ delegation, totalMs }) => ({ delegation, totalMs })),
  });
}

function onEmergency(turn: FloorTurn, room: RoomFloor, told: Emergency): void {
  const before = room.emergency;
  setEmergency(turn, room, told);
  if (told.kind !== Emergency_Kind.NONE && before?.id !== told.id) turn.signal(room.id, "emergency");
  else if (told.kind === Emergency_Kind.NONE && before) turn.signal(room.id, "emergencyOver");
}

function setEmergency(turn: FloorTurn, room: RoomFloor, told: Emergency | undefined): void {
  const isOn = told && told.kind !== Emergency_Kind.NONE;
  turn.changeRoom(room.id, {
    emergency: isOn
      ? { kind: told.kind as 1 | 2, id: told.id, ownerId: told.ownerMemberId, sinceMs: turn.nowMs - told.forMs }
      : undefined,
  });
}

// ---- snapshots -------------------------------------------------------------------------------------

// Replaces everything. Only one to this member alone has a part of its own.
function onState(turn: FloorTurn, room: RoomFloor, state: State): void {
  turn.changeRoom(room.id, {
    isFrozen: state.isFrozen,
    ...(state.policy && { policy: toPolicy(state.policy) }),
    ...(state.ownRights && { rights: toRights(state.ownRights) }),
  });
  const now = (): RoomFloor => turn.state.rooms.get(room.id) ?? room;
  const wasOn = room.emergency?.id;
  setQueue(turn, now(), state.queue);
  setEmergency(turn, now(), state.emergency);
  setHolders(turn, now(), state.holders);
  if (now().emergency && now().emergency?.id !== wasOn) turn.signal(room.id, "emergency");
  if (state.policy?.mode === Mode.OPEN && room.id === turn.state.talkRoomId) turn.change({ own: kNone });
  if (state.ownRights) reconcile(turn, now(), state);
}

// What the arbiter holds of this member against what the button does.
function reconcile(turn: FloorTurn, room: RoomFloor, state: State): void {
  const own = ownOf(turn, room.id);
  const grant = state.ownGrant && state.ownGrant.number !== 0 ? plain(state.ownGrant) : undefined;
  const reqId = state.ownReqId;
  const isCurrent = (claim: Claim): boolean =>
    sameGrant(claim.grant, grant) ||
    (claim.reqId !== 0 && claim.reqId === reqId) ||
    claim.stage === "closing" ||
    (own.kind === "asking" && claim.reqId === own.reqId);
  turn.changeRoom(room.id, { claims: room.claims.filter(isCurrent) });
  if (grant) reconcileGrant(turn, turn.state.rooms.get(room.id) ?? room, own, grant);
  else if (own.kind === "holding") {
    over(turn, own, own.revoking?.cause ?? Revoked_Cause.OTHER, own.revoking?.byId ?? 0);
    turn.signal(room.id, "revoked");
  }
  if (!grant) reconcileRequest(turn, room, own, reqId, state.ownPosition, state.queue?.waiting.length ?? 0);
}

function reconcileGrant(turn: FloorTurn, room: RoomFloor, own: Own, grant: Grant): void {
  if (own.kind === "holding" && sameGrant(own.grant, grant)) return;
  if (own.kind === "asking") return; // its answer comes, or the next repeat brings it
  if (own.kind === "queued" && own.isDown) {
    sendPress(turn, room, own); // the grant was lost: the same answer again
    return;
  }
  const claim = room.claims.find((one) => sameGrant(one.grant, grant));
  if (claim?.stage === "closing") return;
  if (!claim) giveBack(turn, room, 0, grant);
  else sendRelease(turn, room.id, grant); // the first one did not arrive
}

function reconcileRequest(
  turn: FloorTurn,
  room: RoomFloor,
  own: Own,
  reqId: number,
  position: number,
  size: number,
): void {
  if (own.kind === "queued" && own.reqId === reqId) {
    turn.change({ own: { ...own, position, size } });
    return;
  }
  if (own.kind === "queued") {
    askAnew(turn, room, own);
  } else if (reqId !== 0 && own.kind === "none" && room.id === turn.state.talkRoomId &&
      !room.claims.some((claim) => claim.reqId === reqId && claim.stage === "told")) {
    adopt(turn, room, reqId, position, size);
    return;
  }
  if (reqId !== 0 && !(own.kind === "asking" && own.reqId === reqId)) {
    turn.request(room.id, { case: "cancel", value: { reqId } });
  }
}

// A place in the queue from before a reload. In a chaired room the hand stays raised; elsewhere the
// button has to be pressed again.
function adopt(turn: FloorTurn, room: RoomFloor, reqId: number, position: number, size: number): void {
  const isChaired = room.policy.mode === Mode.CHAIRED;
  turn.change({
    own: {
      kind: "queued",
      reqId,
      position,
      size,
      isDown: isChaired,
      handsFree: isChaired,
      askedAtMs: turn.nowMs,
      offeredUntilMs: 0,
    },
  });
  turn.changeRoom(room.id, { claims: [...room.claims, { reqId, stage: "asked" }] });
}
