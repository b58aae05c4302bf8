// The media half of the session's rules: one transport at a time, renewed when it is lost. It is never
// torn down because signaling is away; it is renewed only when the server can be asked.
import type { Connected } from "../src/generated/protocol/client_pb";
import type { Offer } from "./sdp";
import type { SessionEvent, SessionState } from "./session_state";
import type { Turn } from "./session_turn";

export const kMediaProgressMs = 10_000; // offer to connected; longer helps nobody
export const kUnstableMs = 2_000; // shorter renews at each hiccup, longer is heard as a gap
const kMediaRetryFirstMs = 250;
const kMediaRetryLastMs = 4_000;

// True when the server can be asked for a transport.
function canAsk(state: SessionState): boolean {
  return state.phase.kind === "joining" || state.phase.kind === "joined";
}

export function transportIdOf(state: SessionState): number {
  return "transportId" in state.media ? state.media.transportId : 0;
}

// Asks for a new transport; the old one goes on until the new one's answer is there.
export function renewMedia(turn: Turn): void {
  turn.clearTimers("media_unstable", "media_retry");
  if (!canAsk(turn.state)) {
    turn.change({ media: { kind: "broken" } });
    return;
  }
  const generation = turn.state.generation + 1;
  turn.change({ generation, media: { kind: "offering" } });
  turn.ask({ type: "create_offer", generation });
  turn.setTimer("media_progress", kMediaProgressMs);
}

// After signing in: keeps the transport that the server still holds, else asks for a new one.
export function takeUpMedia(turn: Turn, serverTransportId: number): void {
  const own = transportIdOf(turn.state);
  if (own === 0 || own !== serverTransportId) renewMedia(turn);
  else if (turn.state.media.kind === "unstable") turn.setTimer("media_unstable", kUnstableMs);
}

export function retryMediaLater(turn: Turn): void {
  const longest = Math.min(kMediaRetryLastMs, kMediaRetryFirstMs * 2 ** turn.state.mediaAttempt);
  turn.change({ media: { kind: "broken" }, mediaAttempt: turn.state.mediaAttempt + 1 });
  turn.clearTimers("media_progress", "media_unstable");
  turn.setTimer("media_retry", longest / 2, longest);
}

export function closeMedia(turn: Turn): void {
  turn.change({ media: { kind: "none" }, mediaAttempt: 0 });
  turn.clearTimers("media_progress", "media_unstable", "media_retry");
  turn.ask({ type: "close_media" });
}

// Signaling went away: a request that is under way will never be answered.
export function onSignalingLost(turn: Turn): void {
  const { kind } = turn.state.media;
  if (kind === "offering" || kind === "requested") turn.change({ media: { kind: "broken" } });
  turn.clearTimers("media_retry");
}

export function onOfferReady(turn: Turn, generation: number, offer: Offer): void {
  if (generation !== turn.state.generation || turn.state.media.kind !== "offering") return;
  turn.change({ media: { kind: "requested", offer } });
  turn.send("connect", {
    case: "connect",
    value: {
      iceUfrag: offer.iceUfrag,
      icePwd: offer.icePwd,
      dtlsFingerprint: offer.fingerprint,
      opusPayloadType: offer.microphone.opusPayloadType,
      audioLevelExtensionId: offer.microphone.audioLevelId,
      uplinkSsrc: offer.microphoneSsrc,
      slots: offer.slots.length,
    },
  });
}

export function onOfferFailed(turn: Turn, generation: number): void {
  if (generation === turn.state.generation && turn.state.media.kind === "offering") {
    retryMediaLater(turn);
  }
}

export function onConnected(turn: Turn, answer: Connected): void {
  const { media, generation } = turn.state;
  if (media.kind !== "requested") return; // the answer to a request that was given up
  turn.change({ media: { kind: "connecting", transportId: answer.transportId } });
  turn.change({ floor: { ...turn.state.floor, lastTimestamp: undefined } }); // a new RTP stream
  turn.ask({ type: "apply_answer", generation, offer: media.offer, answer });
}

export function onMediaLost(turn: Turn, transportId: number): void {
  if (transportId !== 0 && transportId === transportIdOf(turn.state)) renewMedia(turn);
}

export function onMediaState(
  turn: Turn,
  event: Extract<SessionEvent, { type: "media_state" }>,
): void {
  const { media, generation } = turn.state;
  if (event.generation !== generation || !("transportId" in media)) return;
  const { transportId } = media;
  switch (event.state) {
    case "connected":
      turn.change({ media: { kind: "connected", transportId }, mediaAttempt: 0 });
      turn.clearTimers("media_progress", "media_unstable");
      return;
    case "disconnected":
      if (media.kind !== "connected") return; // the progress timer watches a new transport
      turn.change({ media: { kind: "unstable", transportId } });
      turn.setTimer("media_unstable", kUnstableMs);
      return;
    case "failed":
      if (media.kind === "connecting") retryMediaLater(turn);
      else renewMedia(turn);
      return;
  }
}

export function onMediaTimer(
  turn: Turn,
  timer: "media_progress" | "media_unstable" | "media_retry",
): void {
  const { kind } = turn.state.media;
  switch (timer) {
    case "media_progress":
      if (kind === "offering" || kind === "requested" || kind === "connecting") {
        retryMediaLater(turn);
      }
      return;
    case "media_unstable":
      // Without the server the transport may still recover by itself: leave it alone.
      if (kind === "unstable" && canAsk(turn.state)) renewMedia(turn);
      return;
    case "media_retry":
      if (kind === "broken") renewMedia(turn);
      return;
  }
}
