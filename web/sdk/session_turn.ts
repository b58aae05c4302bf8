// One turn of the session's reducer: the state so far and the effects asked for. Lives only inside
// reduce(); what leaves it is a value.
import type {
  ClientBody,
  Effect,
  RequestKind,
  SessionState,
  Step,
  TimerName,
} from "./session_state";

export class Turn {
  state: SessionState;
  private readonly effects: Effect[] = [];

  constructor(state: SessionState) {
    this.state = state;
  }

  change(change: Partial<SessionState>): void {
    this.state = { ...this.state, ...change };
  }

  ask(...effects: Effect[]): void {
    this.effects.push(...effects);
  }

  setTimer(timer: TimerName, minMs: number, maxMs = minMs): void {
    this.ask({ type: "set_timer", timer, minMs, maxMs });
  }

  clearTimers(...timers: TimerName[]): void {
    this.ask(...timers.map((timer): Effect => ({ type: "clear_timer", timer })));
  }

  // Sends a request and remembers its kind until the answer.
  send(kind: RequestKind, body: ClientBody): void {
    const requestId = this.state.nextRequestId;
    const pending = new Map(this.state.pending);
    if (kind !== "other") pending.set(requestId, kind);
    this.change({ nextRequestId: requestId + 1, pending });
    this.ask({ type: "send", requestId, body });
    if (kind !== "hello") this.setTimer("ping", this.state.pingIntervalMs);
  }

  // The kind of the request that an answer belongs to; forgotten afterwards.
  take(requestId: number): RequestKind {
    const kind = this.state.pending.get(requestId) ?? "other";
    if (kind !== "other") {
      const pending = new Map(this.state.pending);
      pending.delete(requestId);
      this.change({ pending });
    }
    return kind;
  }

  step(): Step {
    return { state: this.state, effects: this.effects };
  }
}
