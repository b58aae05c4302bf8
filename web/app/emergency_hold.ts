// The emergency control: held for a while, then a countdown that can be cancelled, then declared. Pure.

export type EmergencyHold =
  | { readonly kind: "idle" }
  | { readonly kind: "holding"; readonly untilMs: number }
  | { readonly kind: "counting"; readonly untilMs: number };

export const kNoEmergency: EmergencyHold = { kind: "idle" };

export interface EmergencyTimes {
  readonly emergencyHoldMs: number;
  readonly emergencyCountdownMs: number;
}

export interface EmergencyStep {
  readonly hold: EmergencyHold;
  readonly declares: boolean;
}

export type EmergencyInput = "down" | "up" | "cancel" | "tick";

export function moveEmergency(
  hold: EmergencyHold,
  input: EmergencyInput,
  times: EmergencyTimes,
  nowMs: number,
): EmergencyStep {
  const stays = { hold, declares: false };
  switch (hold.kind) {
    case "idle":
      if (input !== "down") return stays;
      return { hold: { kind: "holding", untilMs: nowMs + times.emergencyHoldMs }, declares: false };
    case "holding":
      if (input === "up" || input === "cancel") return { hold: kNoEmergency, declares: false };
      if (input !== "tick" || nowMs < hold.untilMs) return stays;
      return { hold: { kind: "counting", untilMs: nowMs + times.emergencyCountdownMs }, declares: false };
    case "counting":
      if (input === "cancel") return { hold: kNoEmergency, declares: false };
      if (input !== "tick" || nowMs < hold.untilMs) return stays;
      return { hold: kNoEmergency, declares: true };
  }
}
