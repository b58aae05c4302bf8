// The browser's media transport: one RTCPeerConnection with a microphone and K receive slots. A new one
// is prepared beside the old one, which goes on until the new one's answer is there.
import type { Connected } from "../src/generated/protocol/client_pb";
import { Candidate_Protocol } from "../src/generated/protocol/client_pb";
import { buildAnswer, readOffer } from "./sdp";
import type { Offer } from "./sdp";
import { kSlots } from "./slots";
import { levelOfRms } from "./voice_watch";

export interface PeerEvents {
  stateChanged(generation: number, state: "connected" | "disconnected" | "failed"): void;
  playbackBlocked(blocked: boolean): void;
}

interface Connection {
  readonly generation: number;
  readonly pc: RTCPeerConnection;
  readonly microphone: RTCRtpTransceiver;
  readonly slots: readonly RTCRtpTransceiver[];
}

export class Peer {
  private next: Connection | undefined;
  private current: Connection | undefined;
  private readonly players: HTMLAudioElement[] = [];
  private gains: readonly number[] = [];

  // `watch` sees each new sender before it sends.
  constructor(
    private readonly events: PeerEvents,
    private readonly watch: (sender: RTCRtpSender) => void,
  ) {}

  async createOffer(generation: number, track: MediaStreamTrack | undefined): Promise<Offer> {
    this.next?.pc.close();
    const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" });
    const microphone = pc.addTransceiver(track ?? "audio", {
      direction: "sendonly",
      streams: [new MediaStream(track ? [track] : [])],
    });
    this.watch(microphone.sender);
    const slots = Array.from({ length: kSlots }, () =>
      pc.addTransceiver("audio", { direction: "recvonly" }),
    );
    this.next = { generation, pc, microphone, slots };
    pc.addEventListener("connectionstatechange", () => this.report(generation, pc));
    const description = await pc.createOffer();
    await pc.setLocalDescription(description);
    return readOffer(description.sdp ?? "");
  }

  async applyAnswer(generation: number, offer: Offer, answer: Connected): Promise<void> {
    const { next } = this;
    if (next?.generation !== generation) return;
    await next.pc.setRemoteDescription({ type: "answer", sdp: answerOf(offer, answer) });
    if (this.next !== next) return; // given up meanwhile
    this.current?.pc.close();
    this.current = next;
    this.next = undefined;
    next.slots.forEach((slot, index) => this.play(index, slot.receiver.track));
    this.report(generation, next.pc);
  }

  // Switches the microphone without a new transport.
  async useTrack(track: MediaStreamTrack | undefined): Promise<void> {
    for (const connection of [this.current, this.next]) {
      await connection?.microphone.sender.replaceTrack(track ?? null);
    }
  }

  // How loud each slot is played, 0..1.
  setGains(gains: readonly number[]): void {
    this.gains = gains;
    this.players.forEach((player, slot) => this.applyGain(player, slot));
  }

  // Loudness of a slot now, 0..1.
  slotLevel(slot: number): number {
    const source = this.current?.slots[slot]?.receiver.getSynchronizationSources()[0];
    return levelOfRms(source?.audioLevel ?? 0);
  }

  // Loudness of what is sent, 0..1, where nothing else can measure it.
  async sentLevel(): Promise<number> {
    const report = await this.current?.microphone.sender.getStats();
    let level = 0;
    report?.forEach((entry: { type: string; audioLevel?: number }) => {
      if (entry.type === "media-source") level = entry.audioLevel ?? 0;
    });
    return levelOfRms(level);
  }

  // Called from a gesture where the browser wanted one before playing.
  unlock(): void {
    for (const player of this.players) void this.start(player);
  }

  close(): void {
    this.current?.pc.close();
    this.next?.pc.close();
    this.current = undefined;
    this.next = undefined;
    for (const player of this.players) {
      player.srcObject = null;
      player.remove();
    }
    this.players.length = 0;
    this.events.playbackBlocked(false);
  }

  private report(generation: number, pc: RTCPeerConnection): void {
    const state = pc.connectionState;
    if (state === "connected" || state === "disconnected" || state === "failed") {
      this.events.stateChanged(generation, state);
    }
  }

  // A remote track is decoded only while an element plays it.
  private play(slot: number, track: MediaStreamTrack): void {
    const player = this.players[slot] ?? document.body.appendChild(new Audio());
    this.players[slot] = player;
    player.hidden = true;
    player.dataset["slot"] = String(slot);
    player.srcObject = new MediaStream([track]);
    this.applyGain(player, slot);
    void this.start(player);
  }

  // Some systems leave the volume to the person: silence works everywhere.
  private applyGain(player: HTMLAudioElement, slot: number): void {
    const gain = this.gains[slot] ?? 1;
    player.volume = gain;
    player.muted = gain === 0;
  }

  private async start(player: HTMLAudioElement): Promise<void> {
    try {
      await player.play();
      this.events.playbackBlocked(false);
    } catch (error) {
      // AbortError: replaced by a newer transport while it was starting.
      const isBlocked = error instanceof DOMException && error.name === "NotAllowedError";
      if (isBlocked) this.events.playbackBlocked(true);
    }
  }
}

function answerOf(offer: Offer, answer: Connected): string {
  return buildAnswer(offer, {
    iceUfrag: answer.iceUfrag,
    icePwd: answer.icePwd,
    fingerprint: answer.dtlsFingerprint,
    slotSsrcs: answer.slotSsrcs,
    candidates: answer.candidates.map((candidate) => ({
      transport: candidate.protocol === Candidate_Protocol.TCP_PASSIVE ? "tcp" : "udp",
      address: candidate.address,
      port: candidate.port,
      priority: candidate.priority,
      foundation: candidate.foundation,
    })),
  });
}
