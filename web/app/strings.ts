// Every sentence of the talk page. English is the first catalogue; another language is another object
// of the type Catalogue. Sentences say what happened and what to do.
import type { MicrophoneProblem } from "../sdk/microphone";
import { englishFloor } from "./floor_strings";
import type { FloorCatalogue } from "./floor_strings";
import { englishIdentity } from "./identity_strings";
import type { IdentityCatalogue, Message } from "./identity_strings";
import type { KeyName } from "./keys";
import type { RetryReason, StopReason } from "../sdk/session_state";

export interface Catalogue extends IdentityCatalogue {
  readonly product: string;
  readonly lobby: {
    readonly title: string;
    readonly returnTo: (room: string) => string;
    readonly intro: string;
    readonly introGuest: string;
    readonly introNamed: string;
    readonly introKnown: (name: string) => string;
    readonly rooms: string;
    readonly noRooms: string;
    readonly notRemembered: string;
    readonly name: string;
    readonly nameHint: string;
    readonly nameFromInvitation: string;
    readonly microphone: string;
    readonly defaultMicrophone: string;
    readonly unnamedMicrophone: (number: number) => string;
    readonly check: string;
    readonly asking: string;
    readonly level: string;
    readonly sayAWord: string;
    readonly hearsYou: string;
    readonly join: string;
    readonly joining: string;
    readonly privacy: string;
  };
  readonly call: {
    readonly talking: string;
    readonly nobodyTalks: string;
    readonly nobodyElse: string;
    readonly talkersUnknown: string;
    readonly you: string;
    readonly members: (count: number) => string;
    readonly levelOf: (name: string) => string;
    readonly talkTime: string;
    readonly talksNow: (names: readonly string[]) => string;
    readonly state: Record<"talking" | "hand" | "muted" | "away" | "here", string>;
    readonly mute: string;
    readonly unmute: string;
    readonly microphoneOn: string;
    readonly microphoneMuted: string;
    readonly microphoneOff: string;
    readonly unheard: string;
    readonly leave: string;
    readonly microphone: string;
    readonly keys: string;
    readonly controls: string;
    readonly lists: string;
  };
  readonly protection: {
    readonly word: string;
    readonly title: string;
    readonly paragraphs: readonly string[];
  };
  readonly connection: Record<
    "connected" | "connecting" | "weak" | "no_sound" | "list_only" | "reconnecting" | "ended",
    string
  >;
  readonly notices: {
    readonly listPaused: string;
    readonly soundPaused: string;
    readonly weak: string;
    readonly playbackBlocked: string;
    readonly playbackAction: string;
    readonly silent: string;
    readonly speaksWhileMuted: string;
    readonly chooseMicrophone: string;
    readonly retry: string;
  };
  readonly dialogs: {
    readonly close: string;
    readonly keysTitle: string;
    readonly keys: Record<KeyName, readonly [key: string, meaning: string]>;
    readonly leaveTitle: string;
    readonly leaveAdvice: string;
    readonly leave: string;
    readonly stay: string;
    readonly microphoneTitle: string;
  };
  readonly left: Message & { readonly rejoin: string };
  readonly stops: Record<StopReason, Message>;
  readonly stopActions: Record<"retry" | "use_here" | "reload", string>;
  readonly links: Record<"none" | "damaged", Message>;
  readonly retries: Record<RetryReason, string>;
  readonly problems: Record<MicrophoneProblem, Message>;
  readonly tryAgain: string;
  readonly floor: FloorCatalogue;
}

export const english: Catalogue = {
  ...englishIdentity,
  product: "Parley",
  lobby: {
    title: "Join the call",
    returnTo: (room) => `Return to ${room}`,
    intro: "Check your microphone. Nobody hears you before you join.",
    introGuest: "Check your name and your microphone. Nobody hears you before you join.",
    introNamed: "Your link signs this device in, once and for all. Check your microphone; nobody hears you before you join.",
    introKnown: (name) => `You are signed in as ${name}. Nobody hears you before you join.`,
    rooms: "The room you talk in first",
    noRooms: "You have no room at the moment. Your administrator can give you one; it then appears here.",
    notRemembered: "This browser keeps nothing, as private windows do. Once this page is closed you need a new link.",
    name: "Your name",
    nameHint: "The others see it.",
    nameFromInvitation: "As in the invitation",
    microphone: "Microphone",
    defaultMicrophone: "The one your system chose",
    unnamedMicrophone: (number) => `Microphone ${number}`,
    check: "Check the microphone",
    asking: "Your browser asks whether Parley may use the microphone. Please allow it.",
    level: "Level of your microphone",
    sayAWord: "Say a word: the bar should move.",
    hearsYou: "Your microphone works.",
    join: "Join",
    joining: "Joining…",
    privacy: "Your voice goes to this server only, encrypted on the way. No other service is involved.",
  },
  call: {
    talking: "Talking now",
    nobodyTalks: "Nobody is talking",
    nobodyElse: "Nobody else is here yet. Those who open their link appear here.",
    talkersUnknown: "Who talks is shown again once the server answers",
    you: "you",
    members: (count) => (count === 1 ? "1 person here" : `${count} people here`),
    levelOf: (name) => `Level of ${name}`,
    talkTime: "Talking for",
    talksNow: (names) => {
      if (names.length === 0) return "Nobody is talking";
      if (names.length === 1) return `${names[0]} is talking`;
      return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are talking`;
    },
    state: { talking: "talking", hand: "hand raised", muted: "muted", away: "reconnecting", here: "listening" },
    mute: "Mute",
    unmute: "Unmute",
    microphoneOn: "Your microphone is on",
    microphoneMuted: "You are muted",
    microphoneOff: "You have no microphone",
    unheard: "Nobody hears you at the moment",
    leave: "Leave",
    microphone: "Microphone",
    keys: "Keys",
    controls: "Your controls",
    lists: "Rooms and people",
  },
  protection: {
    word: "Encrypted to the server",
    title: "How this call is protected",
    paragraphs: [
      "Your voice is encrypted between this device and the server, and again between the server and each listener. Nobody on the way can hear it.",
      "The server itself handles the unencrypted voice while it passes it on. It keeps nothing. End-to-end encryption, which shuts out the server too, is not active in this room.",
      "This page talks to this server only. No other service is involved.",
    ],
  },
  connection: {
    connected: "Connected",
    connecting: "Connecting",
    weak: "Weak line",
    no_sound: "No sound",
    list_only: "Sound only",
    reconnecting: "Reconnecting",
    ended: "Not connected",
  },
  notices: {
    listPaused: "You can go on talking. The list of people is updated once the server answers again.",
    soundPaused: "Sound is being reconnected. The others cannot hear you for a moment.",
    weak: "Your network barely answers. If this stays, move closer to your access point.",
    playbackBlocked: "Your browser waits for a tap before it plays sound.",
    playbackAction: "Play sound",
    silent: "Your microphone gives no sound at all. See whether it is switched off, or choose another.",
    speaksWhileMuted: "You are muted. Nobody hears you.",
    chooseMicrophone: "Choose a microphone",
    retry: "Try now",
  },
  dialogs: {
    close: "Close",
    keysTitle: "Keys",
    keys: {
      talk: ["Space", "Talk, or ask for the floor"],
      emergency: ["E", "Hold for an emergency"],
      mute: ["M", "Mute or unmute"],
      hand: ["H", "Raise or lower your hand"],
      rooms: ["1-9", "Talk in another of your rooms"],
      settings: ["S", "Settings"],
      leave: ["L", "Leave the call"],
      list: ["?", "This list"],
      close: ["Esc", "Close what is open"],
    },
    leaveTitle: "Leave the call?",
    leaveAdvice: "The others see that you left. You can come back from this page.",
    leave: "Leave",
    stay: "Stay",
    microphoneTitle: "Microphone",
  },
  left: {
    title: "You left the call",
    advice: "Your microphone is off. You can come back at any time from this page.",
    rejoin: "Join again",
  },
  stops: {
    invitation_invalid: {
      title: "This link is not valid",
      advice: "It may have been cut when it was copied. Open it again from the original message, or ask for a new one.",
    },
    invitation_expired: {
      title: "This link has expired",
      advice: "Ask your administrator, or the person who invited you, for a new one.",
    },
    invitation_used: {
      title: "This link has been used already",
      advice: "A link works once. On the device where you used it, open this page without the link. Here, ask your administrator for a new one.",
    },
    device_unknown: {
      title: "This device is not known any more",
      advice: "It was put out, or the server is another one. Ask your administrator for a new link.",
    },
    credential_expired: {
      title: "This device was away for too long",
      advice: "Ask your administrator for a new link.",
    },
    access_ended: {
      title: "You have no access now",
      advice: "Your time here is over, was ended or has not begun. When your administrator has given you access, try again.",
    },
    signature_invalid: {
      title: "The server does not recognise this device here",
      advice: "Open the page by the address that is in your link. If that does not help, tell your administrator.",
    },
    too_many_devices: {
      title: "You have too many devices",
      advice: "Open \u201cYour devices\u201d on one that is signed in and put out what you no longer use. Then try again.",
    },
    replaced: {
      title: "Parley is open in another tab",
      advice: "You opened it somewhere else on this device. You can bring it back here.",
    },
    version: {
      title: "This page is out of date",
      advice: "The server has been updated. Reload the page to go on.",
    },
    protocol: {
      title: "This page and the server do not understand each other",
      advice: "Reload the page. If that does not help, tell the people who run this server.",
    },
  },
  stopActions: { retry: "Try again", use_here: "Use it here", reload: "Reload the page" },
  links: {
    none: {
      title: "This device is not signed in",
      advice: "You need a link, once: ask your administrator or the person who invites you, and open it on this device.",
    },
    damaged: {
      title: "This link is damaged",
      advice: "Part of it is missing. Open it again from the original message, or ask for a new one.",
    },
  },
  retries: {
    unreachable: "The server does not answer. Trying again by itself; check your network if this lasts.",
    server_closing: "The server restarts. Reconnecting by itself in a moment.",
    server_full: "The server is full. Trying again by itself every few seconds.",
    server_busy: "The server is busy. Trying again by itself in a moment.",
    store_unavailable: "The server cannot keep changes at the moment. Trying again by itself.",
  },
  problems: {
    refused: {
      title: "Parley may not use your microphone",
      advice: "Allow it in the address bar of your browser (the icon beside the address), then try again.",
    },
    missing: {
      title: "No microphone was found",
      advice: "Plug one in or switch it on, then try again.",
    },
    busy: {
      title: "The microphone cannot be opened",
      advice: "Another program may be using it. Close that program, then try again.",
    },
    insecure: {
      title: "This address is not secure",
      advice: "Browsers allow the microphone only on https addresses. Open the https link of this server.",
    },
  },
  tryAgain: "Try again",
  floor: englishFloor,
};

export const text: Catalogue = english;
