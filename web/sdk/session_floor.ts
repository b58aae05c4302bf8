// The floor within the session: its rules run beside those of signaling and media, and their effects
// become the session's.
import { floorDeadline, reduceFloor } from "./floor";
import { Mode } from "./floor_state";
import type { FloorBody, FloorEffect, FloorInput } from "./floor_state";
import type { SessionState } from "./session_state";
import type { Turn } from "./session_turn";

export function applyFloor(turn: Turn, input: FloorInput, nowMs: number): void {
  const before = turn.state.floor;
  const { state, effects } = reduceFloor(before, input, nowMs);
  turn.change({ floor: state });
  for (const effect of effects) run(turn, effect);
  const deadline = floorDeadline(state, nowMs);
  if (deadline !== undefined) turn.setTimer("floor", Math.max(0, deadline - nowMs));
  else if (state !== before) turn.clearTimers("floor");
}

function run(turn: Turn, effect: FloorEffect): void {
  switch (effect.type) {
    case "request":
      askFloor(turn, effect.roomId, effect.body);
      return;
    case "set_talk_room":
      onTalkRoom(turn, effect);
      return;
    case "open_gate":
    case "shut_gate":
    case "signal":
      turn.ask(effect);
      return;
  }
}

// While the server is away nothing is sent: the press repeats itself, the snapshot after the return
// settles the rest.
export function askFloor(turn: Turn, roomId: string, body: FloorBody): void {
  if (turn.state.phase.kind !== "joined") return;
  turn.send("other", { case: "floor", value: { roomId, body } });
}

type SetTalkRoom = Extract<FloorEffect, { type: "set_talk_room" }>;

function onTalkRoom(turn: Turn, { type: _type, ...value }: SetTalkRoom): void {
  const { roomId } = value;
  sendTalkRoom(turn, value);
  turn.ask({ type: "store_talk_room", roomId, roomName: turn.state.rooms.get(roomId)?.name ?? "" });
}

// On a new connection, which knows of no earlier one's choice.
export function repeatTalkRoom(turn: Turn): void {
  const { talkRoomId: roomId, awaitedChange: changeId } = turn.state.floor;
  sendTalkRoom(turn, { roomId, changeId });
}

function sendTalkRoom(turn: Turn, value: Omit<SetTalkRoom, "type">): void {
  if (turn.state.phase.kind === "joined") turn.send("other", { case: "setTalkRoom", value });
}

// Where the floor decides, the gate alone keeps the voice back; muting is for open rooms.
function isMicrophoneOn({ muted, floor }: SessionState): boolean {
  const mode = floor.rooms.get(floor.talkRoomId)?.policy.mode ?? Mode.OPEN;
  return mode !== Mode.OPEN || !muted;
}

export function settleMicrophone(turn: Turn, before: SessionState): void {
  const enabled = isMicrophoneOn(turn.state);
  if (enabled !== isMicrophoneOn(before)) turn.ask({ type: "set_microphone_enabled", enabled });
}
