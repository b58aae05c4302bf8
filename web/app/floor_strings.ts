// The words of the floor: part of the catalogue (strings.ts).
import { Denied_Cause, Revoked_Cause, Tier } from "../src/generated/protocol/floor_pb";
import type { FloorWord } from "./floor_view";

export interface FloorCatalogue {
  // On the button: what it does, or what is.
  readonly button: Record<FloorWord, string>;
  readonly latchedFree: string; // free, where a press stays down
  readonly askForFloor: string; // free, in a plenary
  readonly takeChairFloor: string;
  readonly place: (position: number) => string;
  readonly left: (seconds: number) => string;
  readonly ending: string;
  // Below the button: one sentence for each state.
  readonly free: string;
  readonly freeLatched: string;
  readonly freeChaired: string;
  readonly asking: string;
  readonly unanswered: string;
  readonly yours: string;
  readonly yoursLatched: string;
  readonly somebody: (names: readonly string[]) => string;
  readonly queued: (position: number, size: number) => string;
  readonly handRaised: (position: number, size: number) => string;
  readonly offered: string;
  readonly listening: string;
  readonly away: string;
  readonly denied: Record<Denied_Cause, string>;
  readonly revoked: Record<Revoked_Cause, string>;
  readonly revokedBy: (sentence: string, name: string) => string;
  readonly revoking: (sentence: string) => string;
  readonly refused: string;
  readonly card: {
    readonly free: string;
    readonly freeChaired: string;
    readonly tiers: Record<Exclude<Tier, Tier.ROUTINE>, string>;
  };
  readonly hand: { readonly raise: string; readonly lower: string };
  readonly speakers: {
    readonly title: (count: number) => string;
    readonly none: string;
    readonly waits: string;
    readonly give: string;
    readonly giveTo: (name: string) => string;
    readonly earlier: (name: string) => string;
    readonly later: (name: string) => string;
    readonly next: string;
    readonly extend: string;
    readonly cut: string;
    readonly controls: string;
    readonly spoken: string;
  };
  readonly emergency: {
    readonly button: string;
    readonly holding: string;
    readonly counting: string;
    readonly countingAdvice: string;
    readonly seconds: (seconds: number) => string;
    readonly cancel: string;
    readonly banner: (name: string) => string;
    readonly own: string;
    readonly peril: (name: string) => string;
    readonly inRoom: (room: string) => string;
    readonly since: string;
    readonly clear: string;
    readonly clearTitle: string;
    readonly clearAdvice: (name: string) => string;
    readonly keep: string;
    readonly goThere: string;
  };
  readonly alarm: (name: string) => string;
  readonly rooms: {
    readonly title: string;
    readonly talkHere: string;
    readonly youTalkHere: string;
    readonly talkIn: (room: string) => string;
    readonly quiet: string;
    readonly unheard: string;
    readonly volume: (room: string) => string;
    readonly silence: (room: string) => string;
    readonly hear: (room: string) => string;
    readonly priority: (room: string) => string;
    readonly priorityHint: string;
    readonly emergency: string;
  };
  readonly settings: {
    readonly title: string;
    readonly open: string;
    readonly handsFree: string;
    readonly handsFreeHint: string;
    readonly told: string;
    readonly tones: string;
    readonly toneVolume: string;
    readonly colours: string;
    readonly words: string;
    readonly vibration: string;
  };
}

export const englishFloor: FloorCatalogue = {
  button: {
    free: "Hold to talk",
    asking: "Asking…",
    yours: "You talk",
    somebody: "Busy",
    queued: "Waiting",
    offered: "Talk now",
    denied: "Not now",
    revoked: "Stopped",
    listening: "Listening",
    away: "No sound",
  },
  latchedFree: "Tap to talk",
  askForFloor: "Ask for the floor",
  takeChairFloor: "Speak as chair",
  place: (position) => (position === 1 ? "Next" : `Place ${position}`),
  left: (seconds) => `${seconds < 60 ? `${seconds} s` : minutes(seconds)} left`,
  ending: "Finish",
  free: "Hold the button and talk. Let go when you are done.",
  freeLatched: "Tap the button and talk. Tap again to stop.",
  freeChaired: "The chair gives the floor.",
  asking: "Keep holding and talk: the first word is not lost.",
  unanswered: "The server has not answered yet. Keep holding, or try again.",
  yours: "Everybody hears you. Let go when you are done.",
  yoursLatched: "Everybody hears you. Tap to stop.",
  somebody: (names) => `${joined(names)} ${names.length > 1 ? "are" : "is"} talking.`,
  queued: (position, size) => `You are number ${position} of ${Math.max(position, size)}. Keep holding.`,
  handRaised: (position, size) =>
    `Your hand is raised: number ${position} of ${Math.max(position, size)}. Tap to lower it.`,
  offered: "It is your turn. Press and talk.",
  listening: "You can listen in this room, not talk.",
  away: "The sound is being connected.",
  denied: {
    [Denied_Cause.UNSPECIFIED]: "The floor was not given. Try again.",
    [Denied_Cause.ANOTHER_TALKS]: "Somebody else is talking. Wait and press again.",
    [Denied_Cause.INTERNAL]: "The server had a problem. Press again.",
    [Denied_Cause.NOBODY_ELSE_HERE]: "Nobody else is here to hear you.",
    [Denied_Cause.RETRY_TIMER_RUNS]: "Wait a moment, then press again.",
    [Denied_Cause.RECEIVE_ONLY]: "You can listen in this room, not talk.",
    [Denied_Cause.NO_RESOURCES]: "The media server is away. It comes back by itself; press again then.",
    [Denied_Cause.QUEUE_FULL]: "Too many people are waiting. Try again later.",
    [Denied_Cause.STALE_ROSTER]: "The list of members has just changed. Press again.",
    [Denied_Cause.STALE_TERM]: "The room has just moved. Press again.",
    [Denied_Cause.NOT_A_MEMBER]: "You are no longer in this room.",
    [Denied_Cause.LOCKED]: "The floor is locked.",
    [Denied_Cause.FROZEN]: "The room is moving. Press again in a moment.",
    [Denied_Cause.RATE_LIMIT]: "Too many presses. Wait a moment.",
    [Denied_Cause.NO_PERMISSION]: "You may not do that here.",
    [Denied_Cause.OTHER]: "The floor was not given. Try again.",
  },
  revoked: {
    [Revoked_Cause.UNSPECIFIED]: "Your turn has ended.",
    [Revoked_Cause.NOBODY_ELSE_HERE]: "Everybody else has left.",
    [Revoked_Cause.TOO_LONG]: "Your time is up.",
    [Revoked_Cause.NO_PERMISSION]: "You may not talk at the moment.",
    [Revoked_Cause.PREEMPTED]: "Somebody with priority talks now.",
    [Revoked_Cause.NO_RESOURCES]: "The server has no room for your voice at the moment.",
    [Revoked_Cause.NO_MEDIA]: "Nothing was heard from you. Check your microphone.",
    [Revoked_Cause.MEMBER_REVOKED]: "You were removed from this room.",
    [Revoked_Cause.CUT_BY_CHAIR]: "Your turn was ended.",
    [Revoked_Cause.STUCK_BUTTON]: "Your button seems stuck. Let go and press again.",
    [Revoked_Cause.OTHER]: "Your turn has ended. Press again to go on.",
  },
  revokedBy: (sentence, name) => `${sentence} It was ${name}.`,
  revoking: (sentence) => `${sentence} Finish your sentence.`,
  refused: "That did not work.",
  card: {
    free: "The floor is free",
    freeChaired: "Nobody has the floor",
    tiers: {
      [Tier.PRIORITY]: "priority",
      [Tier.PERIL]: "peril",
      [Tier.COMMAND]: "command",
      [Tier.EMERGENCY]: "emergency",
    },
  },
  hand: { raise: "Raise hand", lower: "Lower hand" },
  speakers: {
    title: (count) => (count === 0 ? "Speakers' list" : `Speakers' list: ${count}`),
    none: "Nobody has asked for the floor.",
    waits: "waits",
    give: "Give",
    giveTo: (name) => `Give the floor to ${name}`,
    earlier: (name) => `Move ${name} up`,
    later: (name) => `Move ${name} down`,
    next: "Next speaker",
    extend: "1 more minute",
    cut: "End this speech",
    controls: "The chair's controls",
    spoken: "Speaking time",
  },
  emergency: {
    button: "Emergency",
    holding: "Keep holding",
    counting: "Emergency alert",
    countingAdvice: "Everybody in the room will be alerted and will hear you before anybody else.",
    seconds: (seconds) => `in ${seconds} s`,
    cancel: "Cancel",
    banner: (name) => `Emergency: ${name}`,
    own: "Your emergency is on. Everybody was alerted.",
    peril: (name) => `Danger: ${name}`,
    inRoom: (room) => `in ${room}`,
    since: "for",
    clear: "End the emergency",
    clearTitle: "End the emergency?",
    clearAdvice: (name) => `Everybody is told that the emergency of ${name} is over.`,
    keep: "Keep it on",
    goThere: "Talk there",
  },
  alarm: (name) => `The button of ${name} seems stuck: it has been held for minutes.`,
  rooms: {
    title: "Your rooms",
    talkHere: "Talk here",
    youTalkHere: "You talk here",
    talkIn: (room) => `Talk here: ${room}`,
    quiet: "quiet",
    unheard: "not heard: too many rooms",
    volume: (room) => `Volume of ${room}`,
    silence: (room) => `Silence ${room}`,
    hear: (room) => `Hear ${room}`,
    priority: (room) => `Priority for ${room}`,
    priorityHint: "While the priority room talks, the others are softer.",
    emergency: "emergency",
  },
  settings: {
    title: "Settings",
    open: "Settings",
    handsFree: "Hands-free",
    handsFreeHint: "Tap once to talk, tap again to stop.",
    told: "How you are told",
    tones: "Tones",
    toneVolume: "Volume of the tones",
    colours: "Colours",
    words: "Words",
    vibration: "Vibration",
  },
};

function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function joined(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? "Somebody";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
