// The devices of the own user: seen, let in, put out.
import { Error_Code } from "../src/generated/protocol/client_pb";
import type { DeviceProblem } from "./devices";
import type { SessionState } from "./session_state";
import type { Turn } from "./session_turn";

function canAsk({ phase }: SessionState): boolean {
  return phase.kind === "signed_in" || phase.kind === "joining" || phase.kind === "joined";
}

export function listDevices(turn: Turn): void {
  if (canAsk(turn.state)) turn.send("other", { case: "listDevices", value: {} });
}

export function approveDevice(turn: Turn, deviceId: string): void {
  if (canAsk(turn.state)) turn.send("devices", { case: "approveDevice", value: { deviceId } });
  else turn.change({ deviceProblem: "failed" });
}

export function revokeDevice(turn: Turn, deviceId: string): void {
  if (canAsk(turn.state)) turn.send("devices", { case: "revokeDevice", value: { deviceId } });
  else turn.change({ deviceProblem: "failed" });
}

export function onDeviceError(turn: Turn, code: Error_Code): void {
  turn.change({ deviceProblem: problemOf(code) });
  if (code === Error_Code.DEVICE_NOT_FOUND) listDevices(turn); // what the page shows is old
}

function problemOf(code: Error_Code): DeviceProblem {
  if (code === Error_Code.DEVICE_NOT_FOUND) return "not_found";
  if (code === Error_Code.STORE_UNAVAILABLE) return "not_kept";
  return code === Error_Code.RATE_LIMITED ? "too_often" : "failed";
}
