// Who this device is, told to the server: Enrol where it has no credential yet, then Login. What is
// signed is good for this connection only.
import type { Enrolled, Session, Welcome } from "../src/generated/protocol/client_pb";
import { kProgressMs, stop } from "./session_connection";
import { listDevices } from "./session_devices";
import * as media from "./session_media";
import { dropRoom, enterFirst, toLobby } from "./session_rooms";
import type { SessionEvent } from "./session_state";
import type { Turn } from "./session_turn";

export const kApprovalMs = 3_000; // between two questions whether this device was approved

export function onWelcome(turn: Turn, { pingIntervalMs, challenge }: Welcome): void {
  turn.change({ challenge });
  if (pingIntervalMs > 0) turn.change({ pingIntervalMs });
  const { credential, invitation } = turn.state.credentials;
  if (credential.length > 0) login(turn);
  else if (invitation.length > 0) enrol(turn);
  else stop(turn, "device_unknown");
}

function enrol(turn: Turn): void {
  const { challenge, credentials } = turn.state;
  turn.change({ phase: { kind: turn.state.isPending ? "pending" : "enrolling" } });
  turn.ask({ type: "sign", proof: "enrol", challenge, what: credentials.publicKey });
}

function login(turn: Turn): void {
  const { challenge, credentials } = turn.state;
  turn.change({ phase: { kind: "signing_in" } });
  turn.ask({ type: "sign", proof: "login", challenge, what: credentials.credential });
}

export function onSigned(turn: Turn, event: Extract<SessionEvent, { type: "signed" }>): void {
  const { phase, challenge, credentials } = turn.state;
  if (event.challenge !== challenge) return; // for a connection that is gone
  const signature = Uint8Array.from(event.signature);
  if (event.proof === "login") {
    if (phase.kind !== "signing_in") return;
    const credential = Uint8Array.from(credentials.credential);
    turn.send("login", { case: "login", value: { credential, signature } });
    return;
  }
  if (phase.kind !== "enrolling" && phase.kind !== "pending") return;
  turn.send("enrol", {
    case: "enrol",
    value: {
      invitation: Uint8Array.from(credentials.invitation),
      publicKey: Uint8Array.from(credentials.publicKey),
      signature,
      label: credentials.label,
      displayName: credentials.displayName,
    },
  });
}

export function onEnrolled(turn: Turn, { deviceId, credential, displayName: name }: Enrolled): void {
  turn.change({ attempt: 0, self: { ...turn.state.self, deviceId, name } });
  if (credential.length > 0) {
    turn.change({ isPending: false });
    keepCredential(turn, credential);
    login(turn);
    return;
  }
  turn.change({ phase: { kind: "pending" }, isPending: true, wantsRoom: false });
  turn.clearTimers("progress");
  media.closeMedia(turn); // it may take long: no microphone is open meanwhile
  turn.setTimer("approval", kApprovalMs);
}

export function onApprovalDue(turn: Turn): void {
  if (turn.state.phase.kind !== "pending") return;
  turn.setTimer("progress", kProgressMs);
  enrol(turn);
}

export function keepCredential(turn: Turn, credential: Uint8Array): void {
  if (credential.length > 0) turn.change({ credentials: { ...turn.state.credentials, credential } });
}

export function onSession(turn: Turn, session: Session, nowMs: number): void {
  const { deviceId, userId, displayName: name } = session;
  const offers = session.rooms.map(({ roomId, name: roomName }) => ({ id: roomId, name: roomName }));
  keepCredential(turn, session.credential);
  turn.change({ self: { deviceId, userId, name }, isPending: false, offers, entered: new Set(), enteringId: "" });
  for (const id of turn.state.rooms.keys()) {
    if (!offers.some((offer) => offer.id === id)) dropRoom(turn, id, nowMs);
  }
  if (turn.state.wantsRoom) enterFirst(turn);
  else toLobby(turn);
  if (turn.state.enteringId !== "") media.takeUpMedia(turn, session.transportId);
  listDevices(turn);
}
