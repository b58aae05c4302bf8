// The microphone: opening, choosing, muting, measuring. Owns its tracks and gives them back on close().
import { levelOfRms, startWatch, watchVoice } from "./voice_watch";
import type { VoiceWatch } from "./voice_watch";

export const kMicrophoneProblems = ["refused", "missing", "busy", "insecure"] as const;
export type MicrophoneProblem = (typeof kMicrophoneProblems)[number];

export type MicrophoneState =
  | { readonly kind: "off" }
  | { readonly kind: "asking" }
  | {
      readonly kind: "open";
      readonly deviceId: string;
      readonly isSilent: boolean;
      readonly speaksWhileMuted: boolean;
    }
  | { readonly kind: "problem"; readonly problem: MicrophoneProblem };

export interface MicrophoneDevice {
  readonly id: string;
  readonly label: string; // empty until the microphone may be used
}

interface OpenMicrophone {
  readonly track: MediaStreamTrack;
  readonly ear: MediaStreamTrack; // never muted: tells somebody who speaks that he is muted
  readonly source: MediaStreamAudioSourceNode;
  readonly analyser: AnalyserNode;
  watch: VoiceWatch;
}

const kWindow = 2048; // samples looked at: 43 ms at 48 kHz

export class Microphone {
  private context: AudioContext | undefined; // made with the first device
  private readonly samples = new Float32Array(kWindow);
  private current: OpenMicrophone | undefined;
  private enabled = true;
  private level_ = 0;
  private opening = 0; // a later open() or close() wins over an earlier one
  private state_: MicrophoneState = { kind: "off" };

  // `lost`: the device in use was pulled out or taken away.
  constructor(
    private readonly changed: () => void,
    private readonly lost: () => void,
  ) {}

  get state(): MicrophoneState {
    return this.state_;
  }

  get track(): MediaStreamTrack | undefined {
    return this.current?.track;
  }

  get level(): number {
    return this.level_;
  }

  // Opens the wanted device, or any other when it is not there. Returns the new track.
  async open(deviceId: string): Promise<MediaStreamTrack | undefined> {
    const turn = ++this.opening;
    if (!this.current) this.set({ kind: "asking" });
    try {
      const stream = await request(deviceId);
      const track = stream.getAudioTracks()[0];
      if (turn !== this.opening || !track) {
        stopTracks(stream);
        return undefined;
      }
      this.use(track);
      return track;
    } catch (error) {
      if (turn === this.opening && !this.current) {
        this.set({ kind: "problem", problem: problemOf(error) });
      }
      return undefined;
    }
  }

  setEnabled(enabled: boolean): void {
    this.enabled = enabled;
    if (this.current) this.current.track.enabled = enabled;
  }

  // Browsers start audio only after a gesture.
  unlock(): void {
    if (this.context?.state === "suspended") void this.context.resume();
  }

  // False while the browser waits for a gesture before it lets audio be looked at.
  get isMeasuring(): boolean {
    return this.context?.state === "running";
  }

  // Measures; called about ten times a second.
  sample(nowMs: number): void {
    const { current } = this;
    if (!current || !this.isMeasuring) return;
    current.analyser.getFloatTimeDomainData(this.samples);
    let sum = 0;
    let peak = 0;
    for (const value of this.samples) {
      sum += value * value;
      peak = Math.max(peak, Math.abs(value));
    }
    this.level_ = levelOfRms(Math.sqrt(sum / this.samples.length));
    const sample = { peak, level: this.level_, muted: !this.enabled, nowMs };
    current.watch = watchVoice(current.watch, sample);
    this.showOpen();
  }

  close(): void {
    this.opening += 1;
    this.release();
    this.level_ = 0;
    this.set({ kind: "off" });
  }

  private use(track: MediaStreamTrack): void {
    this.release();
    track.enabled = this.enabled;
    const ear = track.clone();
    ear.enabled = true;
    this.context ??= new AudioContext({ latencyHint: "interactive" });
    const source = this.context.createMediaStreamSource(new MediaStream([ear]));
    const analyser = new AnalyserNode(this.context, { fftSize: kWindow });
    source.connect(analyser);
    this.current = { track, ear, source, analyser, watch: startWatch(Date.now()) };
    track.addEventListener("ended", () => this.onEnded(track));
    this.unlock();
    this.showOpen();
  }

  private onEnded(track: MediaStreamTrack): void {
    if (this.current?.track !== track) return;
    this.release();
    this.level_ = 0;
    this.set({ kind: "problem", problem: "missing" });
    this.lost();
  }

  private release(): void {
    this.current?.source.disconnect();
    this.current?.track.stop();
    this.current?.ear.stop();
    this.current = undefined;
  }

  private showOpen(): void {
    if (!this.current) return;
    const { track, watch } = this.current;
    this.set({
      kind: "open",
      deviceId: track.getSettings().deviceId ?? "",
      isSilent: watch.isSilent || track.muted,
      speaksWhileMuted: watch.speaksWhileMuted,
    });
  }

  private set(state: MicrophoneState): void {
    const isSame = JSON.stringify(state) === JSON.stringify(this.state_);
    this.state_ = state;
    if (!isSame) this.changed();
  }
}

export async function listMicrophones(): Promise<MicrophoneDevice[]> {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices
    .filter((device) => device.kind === "audioinput" && device.deviceId !== "")
    .map((device) => ({ id: device.deviceId, label: device.label }));
}

// True when the microphone may be used without asking.
export async function mayUseMicrophone(): Promise<boolean> {
  try {
    const permission = await navigator.permissions.query({ name: "microphone" });
    return permission.state === "granted";
  } catch {
    return false; // a browser that does not tell
  }
}

function request(deviceId: string): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new DOMException("no secure context", "SecurityError");
  return navigator.mediaDevices.getUserMedia({
    audio: {
      ...(deviceId === "" ? {} : { deviceId: { ideal: deviceId } }),
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
      channelCount: 1,
    },
  });
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function problemOf(error: unknown): MicrophoneProblem {
  const name = error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
      return "refused";
    case "SecurityError":
      return "insecure";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    default:
      return "busy";
  }
}
