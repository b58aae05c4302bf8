// The gate between the encoder and the network: frames pass while it is open; while it is shut the
// newest are held back, and those that were asked for go first when it opens. Runs in a worker; pure
// but for its own memory. RTP timestamps are compared modulo 2^32.

export const kClockRate = 48_000; // of Opus in RTP, whatever the microphone has (RFC 7587)
export const kHeldBackMs = 300;
const kMostHeld = 32; // frames; 300 ms are 15 of 20 ms, or 30 of 10 ms

export interface GateFrame {
  readonly timestamp: number; // RTP
  readonly size: number; // bytes; 0: a probe of the browser, which says nothing
}

export class FrameGate<Frame extends GateFrame> {
  private isOpen = false;
  private held: Frame[] = [];
  private last: number | undefined;

  // RTP timestamp of the last frame that passed.
  get lastTimestamp(): number | undefined {
    return this.last;
  }

  // Of the frames held back, the newest `heldMs` pass before the next one does.
  open(heldMs: number): Frame[] {
    this.isOpen = true;
    const newest = this.held.at(-1);
    const flushed = newest ? this.held.filter((frame) => this.isWithin(frame, newest, heldMs)) : [];
    this.held = [];
    for (const frame of flushed) this.note(frame);
    return flushed;
  }

  shut(): void {
    this.isOpen = false;
  }

  // Nothing of what was said so far is sent later.
  forget(): void {
    this.held = [];
  }

  // True: the frame passes now.
  offer(frame: Frame): boolean {
    if (frame.size === 0) return false;
    if (this.isOpen) {
      this.note(frame);
      return true;
    }
    this.held.push(frame);
    const isTooOld = (oldest: Frame): boolean => !this.isWithin(oldest, frame, kHeldBackMs);
    while (this.held.length > kMostHeld || (this.held[0] && isTooOld(this.held[0]))) this.held.shift();
    return false;
  }

  private note(frame: Frame): void {
    this.last = frame.timestamp;
  }

  // Whether `frame` begins less than `ms` before the end of `newest`, the frame that came last.
  private isWithin(frame: Frame, newest: Frame, ms: number): boolean {
    const age = (newest.timestamp - frame.timestamp) >>> 0;
    return age < (ms * kClockRate) / 1000;
  }
}
