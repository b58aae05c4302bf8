// Worker: the gate in front of every frame this page sends (RTCRtpScriptTransform). It knows nothing of
// rooms; the page tells it when to open and asks what passed last.
import { FrameGate } from "./frame_gate";
import type { GateFrame } from "./frame_gate";
import type { KeyingCommand, KeyingReport } from "./keying";

interface HeldFrame extends GateFrame {
  readonly frame: RTCEncodedAudioFrame;
}

// What the DOM's types lack of the encoded transform in a worker.
interface Transformer {
  readonly readable: ReadableStream<RTCEncodedAudioFrame>;
  readonly writable: WritableStream<RTCEncodedAudioFrame>;
}
interface Scope {
  onrtctransform: ((event: { readonly transformer: Transformer }) => void) | null;
  onmessage: ((event: MessageEvent<KeyingCommand>) => void) | null;
  postMessage(report: KeyingReport): void;
}
const scope = globalThis as unknown as Scope;

// One stream of frames: that of the present transport, or of the one that is being prepared.
class Stream {
  readonly gate = new FrameGate<HeldFrame>();
  private controller: TransformStreamDefaultController<RTCEncodedAudioFrame> | undefined;

  constructor(transformer: Transformer, ended: (stream: Stream) => void) {
    const passing = new TransformStream<RTCEncodedAudioFrame, RTCEncodedAudioFrame>({
      start: (controller) => {
        this.controller = controller;
      },
      transform: (frame, controller) => {
        const { rtpTimestamp } = frame.getMetadata() as { rtpTimestamp?: number };
        const timestamp = rtpTimestamp ?? frame.timestamp;
        if (this.gate.offer({ timestamp, size: frame.data.byteLength, frame })) controller.enqueue(frame);
      },
    });
    const end = (): void => ended(this);
    transformer.readable.pipeThrough(passing).pipeTo(transformer.writable).then(end, end);
  }

  open(heldMs: number): void {
    for (const { frame } of this.gate.open(heldMs)) this.controller?.enqueue(frame);
  }
}

let streams: Stream[] = [];
let isOpen = false;

scope.onrtctransform = ({ transformer }) => {
  const stream = new Stream(transformer, (ended) => {
    streams = streams.filter((one) => one !== ended);
  });
  if (isOpen) stream.open(0);
  streams.push(stream);
};

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case "open":
      isOpen = true;
      for (const stream of streams) stream.open(data.heldMs);
      return;
    case "shut": {
      isOpen = false;
      for (const { gate } of streams) gate.shut();
      // The newest stream that sent anything is the one the server hears.
      const lastTimestamp = streams.map(({ gate }) => gate.lastTimestamp).findLast((one) => one !== undefined);
      scope.postMessage({ shuts: data.shuts, lastTimestamp });
      return;
    }
    case "forget":
      for (const { gate } of streams) gate.forget();
      return;
  }
};
