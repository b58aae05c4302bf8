// The sentences about who this device is, whose it is, and which rooms let it in.
import type { DeviceProblem, DeviceState } from "../sdk/devices";
import type { RoomRefusal } from "../sdk/session_state";

export interface Message {
  readonly title: string;
  readonly advice: string;
}

export interface IdentityCatalogue {
  readonly pending: Message & {
    readonly compare: string;
    readonly waiting: string;
  };
  readonly replace: {
    readonly title: (name: string) => string;
    readonly advice: (name: string) => string;
    readonly use: string;
    readonly goOn: (name: string) => string;
    readonly somebody: string;
  };
  readonly devices: {
    readonly title: string;
    readonly intro: string;
    readonly unnamed: string;
    readonly thisOne: string;
    readonly enrolled: (date: string) => string;
    readonly digits: (digits: string) => string;
    readonly state: Record<DeviceState, string>;
    readonly asks: (digits: string, label: string) => string;
    readonly approve: string;
    readonly notMine: string;
    readonly lost: string;
    readonly signOut: string;
    readonly about: (act: string, label: string) => string;
    readonly approveTitle: string;
    readonly approveAdvice: (label: string) => string;
    readonly approveYes: string;
    readonly refuseTitle: string;
    readonly refuseAdvice: (label: string) => string;
    readonly refuseYes: string;
    readonly lostTitle: string;
    readonly lostAdvice: (label: string) => string;
    readonly lostYes: string;
    readonly signOutTitle: string;
    readonly signOutAdvice: string;
    readonly signOutYes: string;
    readonly back: string;
    readonly problems: Record<DeviceProblem, string>;
  };
  readonly refusals: Record<RoomRefusal, (room: string) => string>;
  readonly understood: string;
}

export const englishIdentity: IdentityCatalogue = {
  pending: {
    title: "Approve this device",
    advice: "Open Parley on a device of yours that is signed in already. It asks about a new device.",
    compare: "Approve only if it shows these digits. Without another device, tell them to your administrator.",
    waiting: "Waiting for your approval. This page goes on by itself.",
  },
  replace: {
    title: (name) => `This device already belongs to ${name}`,
    advice: (name) => `Use the link to become somebody else? ${name} then needs a new link to come back on this device.`,
    use: "Use the link",
    goOn: (name) => `Go on as ${name}`,
    somebody: "the same person",
  },
  devices: {
    title: "Your devices",
    intro: "All of them can sign in as you. Put out at once what you have lost or do not know.",
    unnamed: "A device without a name",
    thisOne: "this device",
    enrolled: (date) => `enrolled on ${date}`,
    digits: (digits) => `digits ${digits}`,
    state: { waiting: "waits for your approval", active: "may sign in", revoked: "put out" },
    asks: (digits, label) => `A new device wants to join your account: ${digits} (${label})`,
    approve: "Approve",
    notMine: "Not mine",
    lost: "Lost?",
    signOut: "Sign out",
    about: (act, label) => `${act}: ${label}`,
    approveTitle: "Let this device in?",
    approveAdvice: (label) => `Does ${label} show the same digits? Only then let it in: it can do everything that you can.`,
    approveYes: "Let it in",
    refuseTitle: "Refuse this device?",
    refuseAdvice: (label) => `${label} stays out for ever. If you did not open a link there, tell your administrator: somebody else has your link.`,
    refuseYes: "Refuse it",
    lostTitle: "Put this device out?",
    lostAdvice: (label) => `${label} leaves the call at once and can never sign in again. If you find it, it needs a new link.`,
    lostYes: "Put it out",
    signOutTitle: "Sign this device out?",
    signOutAdvice: "You leave the call, and nobody can sign in here any more. To come back you need a new link.",
    signOutYes: "Sign out",
    back: "Back",
    problems: {
      not_found: "This device has changed meanwhile. The list is new: please look again.",
      not_kept: "The server cannot keep changes at the moment. Nothing was changed; try again in a minute.",
      too_often: "That was too often. Wait a moment, then try again.",
      failed: "That did not work: the server did not take it. Try again.",
    },
  },
  refusals: {
    removed: (room) => `You may not enter ${room} any more. If you think that this is a mistake, ask your administrator.`,
    room_unknown: (room) => `${room} does not exist any more.`,
    room_full: (room) => `${room} is full. Try again when somebody has left.`,
    room_closed: (room) => `${room} is closed at this time. Ask your administrator when it opens.`,
    room_locked: (room) => `${room} is locked: nobody may enter it now. Ask somebody inside to unlock it.`,
  },
  understood: "OK",
};
