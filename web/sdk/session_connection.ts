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

// The connection is gone; media and room stay as they are.
export function lose(turn: Turn, reason: RetryReason): void {
  const longest = Math.min(kRetryLastMs, kRetryFirstMs * 2 ** turn.state.attempt);
  const least = reason === "unreachable" || reason === "server_closing" ? 0 : kBusyMs;
  turn.clearTimers("progress", "approval", "ping", "pong");
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
  endConnection(turn);
  turn.change({ phase: { kind: "stopped", reason } });
}

export function finishLeaving(turn: Turn): void {
  endConnection(turn);
  turn.change({ phase: { kind: "left" } });
}

function endConnection(turn: Turn): void {
  turn.clearTimers("progress", "approval", "retry", "ping", "pong", "leave");
  turn.ask({ type: "close_socket" });
  turn.change({ pending: new Map(), isPending: false, wantsRoom: false });
}
