// The connection half of the session's rules: opening, greeting, signing in, losing, stopping.
import { closeMedia, onSignalingLost } from "./session_media";
import { kProtocolVersion } from "./session_state";
import type { RetryReason, StopReason } from "./session_state";
import type { Turn } from "./session_turn";

export const kAgent = "parley-web/0.1";
export const kProgressMs = 10_000; // opening to joined; a dead server is noticed after this
const kRetryFirstMs = 500; // a restarted server is back within this
const kRetryLastMs = 8_000; // more spares a server that is down, and keeps people waiting
const kBusyMs = 2_000; // least wait where the server said that it has too much to do

export function connect(turn: Turn): void {
  turn.change({ phase: { kind: "connecting" }, pending: new Map() });
  turn.clearTimers("retry");
  turn.ask({ type: "open_socket" });
  turn.setTimer("progress", kProgressMs);
}

export function greet(turn: Turn): void {
  turn.change({ phase: { kind: "greeting" } });
  turn.send("hello", {
    case: "hello",
    value: { minVersion: kProtocolVersion, maxVersion: kProtocolVersion, agent: kAgent },
  });
}

// Resumes where a token is known, else redeems the invitation.
export function signIn(turn: Turn): void {
  const { token, invitation, retryKey, displayName } = turn.state.credentials;
  if (token) {
    turn.change({ phase: { kind: "signing_in", by: "token" } });
    turn.send("resume", { case: "resume", value: { resumeToken: Uint8Array.from(token) } });
  } else if (invitation) {
    turn.change({ phase: { kind: "signing_in", by: "invitation" } });
    turn.send("redeem", {
      case: "redeem",
      value: {
        invitation: Uint8Array.from(invitation),
        displayName,
        ...(retryKey && { retryKey: Uint8Array.from(retryKey) }),
      },
    });
  } else {
    stop(turn, "session_unknown");
  }
}

// The connection is gone; media and room stay as they are.
export function lose(turn: Turn, reason: RetryReason): void {
  const longest = Math.min(kRetryLastMs, kRetryFirstMs * 2 ** turn.state.attempt);
  const least = reason === "server_full" || reason === "server_busy" ? kBusyMs : 0;
  turn.clearTimers("progress", "ping", "pong");
  turn.ask({ type: "close_socket" });
  turn.change({
    phase: { kind: "waiting", reason },
    attempt: turn.state.attempt + 1,
    pending: new Map(),
  });
  turn.setTimer("retry", Math.max(least, longest / 2), Math.max(least * 2, longest));
  onSignalingLost(turn);
}

export function retryNow(turn: Turn): void {
  if (turn.state.phase.kind === "waiting") connect(turn);
}

export function stop(turn: Turn, reason: StopReason): void {
  closeMedia(turn);
  turn.clearTimers("progress", "retry", "ping", "pong", "leave");
  turn.ask({ type: "close_socket" });
  turn.change({ phase: { kind: "stopped", reason }, pending: new Map() });
}

export function finishLeaving(turn: Turn): void {
  turn.clearTimers("progress", "retry", "ping", "pong", "leave");
  turn.ask({ type: "close_socket" });
  turn.change({ phase: { kind: "left" }, pending: new Map() });
}
