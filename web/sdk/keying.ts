// Keys the microphone: a gate for encoded frames in a worker where the browser has one, else by
// switching the track (slower, and it sends silence).

export type KeyingCommand =
  | { readonly type: "open"; readonly heldMs: number }
  | { readonly type: "shut"; readonly shuts: number }
  | { readonly type: "forget" };

export interface KeyingReport {
  readonly shuts: number;
  readonly lastTimestamp: number | undefined;
}

export interface KeyingEvents {
  shut(shuts: number, lastTimestamp: number | undefined): void;
}

export class Keying {
  private readonly worker: Worker | undefined;
  private readonly isOnTheWire = knowsWireTimestamps();

  // `setTrackOn` is the way without a worker.
  constructor(
    private readonly events: KeyingEvents,
    private readonly setTrackOn: (on: boolean) => void,
  ) {
    if (!("RTCRtpScriptTransform" in globalThis)) {
      setTrackOn(false);
      return;
    }
    this.worker = new Worker(new URL("./keying_worker.ts", import.meta.url), { type: "module" });
    this.worker.addEventListener("message", ({ data }: MessageEvent<KeyingReport>) =>
      this.events.shut(data.shuts, this.isOnTheWire ? data.lastTimestamp : undefined));
  }

  // To be called for each new sender, before it sends.
  watch(sender: RTCRtpSender): void {
    if (this.worker) sender.transform = new RTCRtpScriptTransform(this.worker);
  }

  open(heldMs: number): void {
    if (this.worker) this.tell({ type: "open", heldMs });
    else this.setTrackOn(true);
  }

  shut(shuts: number): void {
    if (this.worker) {
      this.tell({ type: "shut", shuts });
    } else {
      this.setTrackOn(false);
      queueMicrotask(() => this.events.shut(shuts, undefined));
    }
  }

  // What was said while muted is never sent.
  forget(): void {
    this.tell({ type: "forget" });
  }

  private tell(command: KeyingCommand): void {
    this.worker?.postMessage(command);
  }
}

// Chromium's frames carry the timestamp of the wire (tests/keying.mjs sees it). Of other browsers it is
// not known, and a wrong one would silence a burst: there the server goes by time instead.
function knowsWireTimestamps(): boolean {
  const { userAgentData } = navigator as { userAgentData?: { brands: readonly { brand: string }[] } };
  return userAgentData?.brands.some(({ brand }) => brand === "Chromium") ?? false;
}
