// What the page shows, as one value, and what a person can do. The views are pure functions of it.
import type { Snapshot } from "../sdk/client";
import type { Device } from "../sdk/devices";
import type { Link } from "../sdk/link";
import type { Member, Talker } from "../sdk/members";
import type { FloorBody, RoomFloor } from "../sdk/floor_state";
import type { Mix } from "../sdk/mix";
import { talkRoomOf } from "../sdk/session_state";
import type { Phase, Room, SessionState } from "../sdk/session_state";
import type { EmergencyHold, EmergencyInput } from "./emergency_hold";
import { floorOf, nameOf } from "./floor_view";
import type { Settings } from "./settings";
import type { ButtonInput } from "./talk_button";

export type DialogName =
  | "none"
  | "keys"
  | "leave"
  | "settings"
  | "protection"
  | "clear_emergency"
  | "devices"
  | "device_question";

// What this device is to the server.
export interface IdentityModel {
  readonly isEnrolled: boolean; // signs in without a link
  readonly name: string; // of its user; empty: not known yet
  readonly digits: string; // of its key
  readonly isRemembered: boolean; // false: the browser keeps nothing
  // Whom this device belonged to before the link was opened; undefined: nobody.
  readonly owner: string | undefined;
}

export interface DeviceQuestion {
  readonly act: "approve" | "revoke";
  readonly device: Device;
}

export interface Model extends Snapshot {
  readonly host: string; // the server's name
  readonly link: Link["kind"] | "insecure";
  readonly identity: IdentityModel;
  readonly asksToReplace: boolean; // a link was opened on a device that belongs to somebody
  readonly isElsewhere: boolean; // in another tab, which is not to be disturbed
  readonly roomId: string; // chosen in the lobby, or used last; empty: none yet
  readonly roomName: string; // of the one used last; empty: first visit
  readonly name: string;
  readonly wantsToJoin: boolean; // Join was pressed, or a reload brings one back
  readonly deviceQuestion: DeviceQuestion | undefined;
  readonly dialog: DialogName;
  readonly settings: Settings;
  readonly emergencyHold: EmergencyHold;
}

export interface Actions {
  setName(name: string): void;
  checkMicrophone(): void;
  chooseMicrophone(deviceId: string): void;
  chooseRoom(roomId: string): void;
  join(): void;
  // The old identity stays, and the link is not used; or the other way round.
  keepIdentity(): void;
  useHere(): void;
  replaceIdentity(): void;
  askDevice(act: DeviceQuestion["act"], device: Device): void;
  answerDevice(): void; // yes to the question
  dismissRoomNotice(): void;
  toggleMuted(): void;
  moveButton(input: ButtonInput): void;
  moveEmergency(input: EmergencyInput): void;
  toggleHand(): void;
  talkIn(roomId: string): void;
  setMix(mix: Mix): void;
  ask(roomId: string, body: FloorBody): void;
  change(settings: Partial<Settings>): void;
  leave(): void;
  retry(): void;
  reload(): void;
  unlock(): void;
  show(dialog: DialogName): void;
}

// Loudness now, 0..1; asked by meters many times a second, past the model.
export interface Levels {
  own(): number;
  of(memberId: number): number;
}

export type Screen = "no_link" | "replace" | "elsewhere" | "lobby" | "pending" | "call" | "left" | "stopped";

export function screenOf(model: Model): Screen {
  const { phase } = model.session;
  const room = talkRoomOf(model.session);
  switch (phase.kind) {
    case "idle":
      return screenBeforeStart(model);
    case "left":
    case "leaving":
      return "left";
    case "stopped":
      return "stopped";
    case "connecting":
    case "greeting":
    case "enrolling":
    case "pending":
    case "signing_in":
    case "signed_in":
    case "joining":
    case "joined":
    case "waiting":
      if (model.session.isPending) return "pending";
      return room ? "call" : "lobby";
  }
}

function screenBeforeStart({ link, identity, asksToReplace, isElsewhere }: Model): Screen {
  if (isElsewhere) return "elsewhere";
  if (asksToReplace) return "replace";
  if (link === "damaged" || link === "insecure") return "no_link";
  return link === "none" && !identity.isEnrolled ? "no_link" : "lobby";
}

// The devices of this person that ask to be let in.
export function waitingDevices({ devices, self }: SessionState): Device[] {
  return devices.filter(({ id, state }) => state === "waiting" && id !== self.deviceId);
}

export type ConnectionWord =
  | "connected"
  | "connecting"
  | "weak"
  | "no_sound"
  | "list_only"
  | "reconnecting"
  | "ended";

export function connectionOf(model: Model): ConnectionWord {
  const { phase, media, mediaAttempt } = model.session;
  const hasSound = media.kind === "connected" || media.kind === "unstable";
  if (phase.kind === "left" || phase.kind === "stopped" || phase.kind === "idle") return "ended";
  if (phase.kind !== "joined") return hasSound ? "list_only" : "reconnecting";
  if (media.kind === "unstable") return "weak";
  if (hasSound) return "connected";
  return mediaAttempt > 0 ? "no_sound" : "connecting";
}

// Whether the others hear this person, as far as this page can tell.
export type OwnVoice = "on" | "muted" | "unheard" | "no_microphone";

export function ownVoiceOf(model: Model): OwnVoice {
  const { media, muted } = model.session;
  if (model.microphone.kind !== "open") return "no_microphone";
  if (muted) return "muted";
  return media.kind === "connected" || media.kind === "unstable" ? "on" : "unheard";
}

export type MemberState = "talking" | "hand" | "muted" | "away" | "here";

export function stateOf(member: Member, talkers: readonly Talker[]): MemberState {
  if (!member.mediaConnected) return "away";
  if (talkers.some((talker) => talker.memberId === member.id)) return "talking";
  if (member.handRaised) return "hand";
  return member.muted ? "muted" : "here";
}

export interface TalkerView {
  readonly memberId: number;
  readonly name: string;
  readonly isOwn: boolean;
  readonly sinceMs: number;
}

// Who talks as far as the server told: unknown while it is away. Somebody who has just muted himself
// holds his channel for a moment longer, but says nothing any more.
export function talkersOf(room: Room, phase: Phase): TalkerView[] | undefined {
  if (phase.kind !== "joined") return undefined;
  return room.talkers.flatMap(({ memberId, sinceMs }) => {
    const member = room.members.get(memberId);
    if (!member || member.muted) return [];
    return [{ memberId, sinceMs, name: nameOf(room, memberId), isOwn: memberId === room.ownId }];
  });
}

export type NoticeName =
  | "retrying"
  | "listPaused"
  | "soundPaused"
  | "weak"
  | "playbackBlocked"
  | "microphoneProblem"
  | "silent"
  | "speaksWhileMuted"
  | "deviceWaits"
  | "roomLost"
  | "refused"
  | "stuckButton";

// A stuck button in the talk room, told to chairs and dispatchers.
export function alarmOf(session: SessionState): RoomFloor["alarm"] {
  return session.floor.rooms.get(session.floor.talkRoomId)?.alarm;
}

// What a person in a call has to know, most urgent first.
export function noticesOf(model: Model): NoticeName[] {
  const { microphone, session } = model;
  const connection = connectionOf(model);
  const notices: NoticeName[] = [];
  if (connection === "reconnecting") notices.push("retrying");
  if (connection === "list_only") notices.push("listPaused");
  if (connection === "no_sound") notices.push("soundPaused");
  if (connection === "weak") notices.push("weak");
  if (waitingDevices(session).length > 0) notices.push("deviceWaits");
  if (session.roomNotice) notices.push("roomLost");
  if (model.isPlaybackBlocked) notices.push("playbackBlocked");
  if (microphone.kind === "problem") notices.push("microphoneProblem");
  if (session.floor.refusal) notices.push("refused");
  if (alarmOf(session)) notices.push("stuckButton");
  if (microphone.kind === "open") {
    if (microphone.speaksWhileMuted) notices.push("speaksWhileMuted");
    const wantsToTalk = !session.muted || floorOf(session, model.settings) !== undefined;
    if (microphone.isSilent && wantsToTalk) notices.push("silent");
  }
  return notices;
}
