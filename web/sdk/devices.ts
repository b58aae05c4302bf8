// The devices of the own user, as the page shows them.
import { Device_State } from "../src/generated/protocol/client_pb";
import type { Device as WireDevice } from "../src/generated/protocol/client_pb";
import { digitsOf } from "./device_keys";

export type DeviceState = "waiting" | "active" | "revoked";

export interface Device {
  readonly id: string;
  readonly label: string;
  readonly state: DeviceState;
  readonly digits: string; // what people compare
  readonly enrolledMs: number; // since 1970
}

// Why something with devices was not done. The user interface has a sentence for each.
export const kDeviceProblems = ["not_found", "not_kept", "too_often", "failed"] as const;
export type DeviceProblem = (typeof kDeviceProblems)[number];

export function toDevice({ deviceId, label, state, keyFingerprint, enrolled }: WireDevice): Device {
  return { id: deviceId, label, state: stateOf(state), digits: digitsOf(keyFingerprint), enrolledMs: Number(enrolled) * 1000 };
}

function stateOf(state: Device_State): DeviceState {
  switch (state) {
    case Device_State.PENDING:
      return "waiting";
    case Device_State.ACTIVE:
      return "active";
    case Device_State.REVOKED:
      return "revoked";
  }
}

// Waiting ones first, those that are out last; the newest first in each group.
export function orderDevices(devices: readonly Device[]): Device[] {
  const rank: Record<DeviceState, number> = { waiting: 0, active: 1, revoked: 2 };
  return [...devices].sort((a, b) => rank[a.state] - rank[b.state] || b.enrolledMs - a.enrolledMs);
}
