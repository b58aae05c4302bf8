// The tones of the floor: short, soft, made here. A rising pair permits, a falling one refuses; what
// is urgent repeats. Beside them, the vibration of each.
import type { FloorSignal } from "../sdk/floor_state";

export interface Note {
  readonly hz: number;
  readonly atMs: number;
  readonly forMs: number;
  readonly gain: number; // 0..1 of the tones' volume
}

const note = (hz: number, atMs: number, forMs: number, gain = 0.5): Note => ({ hz, atMs, forMs, gain });

export const kTones: Readonly<Record<FloorSignal, readonly Note[]>> = {
  permit: [note(660, 0, 70), note(880, 75, 90)],
  queued: [note(520, 0, 80), note(520, 130, 80)],
  denied: [note(300, 0, 130), note(240, 140, 200)],
  revoked: [note(440, 0, 90), note(350, 95, 90), note(280, 190, 180)],
  warning: [note(780, 0, 60, 0.4), note(780, 120, 60, 0.4)],
  offered: [note(520, 0, 90), note(660, 110, 90), note(880, 220, 140)],
  over: [note(590, 0, 45, 0.3)],
  emergency: [0, 1, 2].flatMap((turn) => [note(960, turn * 420, 200, 0.9), note(720, turn * 420 + 210, 200, 0.9)]),
  emergencyOver: [note(720, 0, 150), note(540, 160, 220)],
};

// Milliseconds on, off, on ...
export const kVibrations: Readonly<Record<FloorSignal, readonly number[]>> = {
  permit: [40],
  queued: [30, 60, 30],
  denied: [120, 60, 120],
  revoked: [200, 60, 60],
  warning: [30, 40, 30, 40, 30],
  offered: [60, 60, 60, 60, 60],
  over: [],
  emergency: [400, 150, 400, 150, 400],
  emergencyOver: [60],
};

const kEdgeS = 0.012; // softens the beginning and the end

export class Tones {
  private context: AudioContext | undefined;

  // To be called from a gesture: browsers keep sound back before one.
  unlock(): void {
    this.context ??= new AudioContext({ latencyHint: "interactive" });
    if (this.context.state === "suspended") void this.context.resume();
  }

  play(signal: FloorSignal, volume: number): void {
    const { context } = this;
    if (context?.state !== "running") return;
    for (const one of kTones[signal]) this.playNote(context, one, volume);
  }

  private playNote(context: AudioContext, { hz, atMs, forMs, gain }: Note, volume: number): void {
    const from = context.currentTime + 0.01 + atMs / 1000;
    const to = from + forMs / 1000;
    const oscillator = new OscillatorNode(context, { type: "sine", frequency: hz });
    const shape = new GainNode(context, { gain: 0 });
    shape.gain.setValueAtTime(0, from);
    shape.gain.linearRampToValueAtTime(gain * volume * 0.5, from + kEdgeS);
    shape.gain.setValueAtTime(gain * volume * 0.5, Math.max(from + kEdgeS, to - kEdgeS));
    shape.gain.linearRampToValueAtTime(0, to);
    oscillator.connect(shape).connect(context.destination);
    oscillator.start(from);
    oscillator.stop(to);
  }
}
