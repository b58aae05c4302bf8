// What the page shows, as one value, and what a person can do. The views are pure functions of it.
import type { Snapshot } from "../sdk/client";
import type { Link } from "../sdk/link";
import type { Member, Talker } from "../sdk/members";
import type { FloorBody, RoomFloor } from "../sdk/floor_state";
import type { Mix } from "../sdk/mix";
import { talkRoomOf } from "../sdk/session_state";
import type { Phase, Room, SessionState } from "../sdk/session_state";
import type { EmergencyHold, EmergencyInput } from "./emergency_hold";
import { floorOf } from "./floor_view";
import type { Settings } from "./settings";
import type { ButtonInput } from "./talk_button";

export type DialogName = "none" | "keys" | "leave" | "settings" | "protection" | "clear_emergency";

export interface Model extends Snapshot {
  readonly host: string; // the server's name
  readonly link: Link["kind"];
  readonly knownRoom: string; // name of the room this device has been in; empty: first visit
  readonly name: string;
  readonly wantsToJoin: boolean; // Join was pressed, or a reload brings one back
  readonly dialog: DialogName;
  readonly settings: Settings;
  readonly emergencyHold: EmergencyHold;
}

export interface Actions {
  setName(name: string): void;
  checkMicrophone(): void;
  chooseMicrophone(deviceId: string): void;
  join(): void;
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

export type Screen = "no_link" | "lobby" | "call" | "left" | "stopped";

export function screenOf(model: Model): Screen {
  const { phase } = model.session;
  const room = talkRoomOf(model.session);
  switch (phase.kind) {
    case "idle":
      return model.link === "none" || model.link === "damaged" ? "no_link" : "lobby";
    case "left":
    case "leaving":
      return "left";
    case "stopped":
      return "stopped";
    case "connecting":
    case "greeting":
    case "signing_in":
    case "joining":
    case "joined":
    case "waiting":
      return room ? "call" : "lobby";
  }
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
    return [{ memberId, sinceMs, name: member.name, isOwn: memberId === room.ownId }];
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
