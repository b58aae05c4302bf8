// Every state of the talk page that a person can meet.
import type { Model } from "../../app/model";
import { floorScenes } from "./floor_scenes";
import { identityScenes } from "./identity_scenes";
import { kMicrophoneProblems } from "../../sdk/microphone";
import type { MicrophoneState } from "../../sdk/microphone";
import type { Member } from "../../sdk/members";
import { kNoEmergency } from "../../app/emergency_hold";
import { kDefaultSettings } from "../../app/settings";
import { kEvenMix } from "../../sdk/mix";
import { kInitialFloor, Role } from "../../sdk/floor_state";
import { kInitialState, kRetryReasons, kStopReasons } from "../../sdk/session_state";
import type { Media, Phase, Room, SessionState } from "../../sdk/session_state";

const kOpen: MicrophoneState = {
  kind: "open",
  deviceId: "b",
  isSilent: false,
  speaksWhileMuted: false,
};

const kLobby: Model = {
  session: kInitialState,
  microphone: { kind: "off" },
  devices: [
    { id: "a", label: "Built-in microphone" },
    { id: "b", label: "Jabra Evolve2 65 Mono (USB headset)" },
  ],
  isPlaybackBlocked: false,
  host: "voice.harbour.example",
  link: "guest",
  identity: { isEnrolled: false, name: "", digits: "", isRemembered: true, owner: undefined },
  asksToReplace: false,
  isElsewhere: false,
  roomId: "",
  roomName: "",
  name: "",
  wantsToJoin: false,
  deviceQuestion: undefined,
  dialog: "none",
  settings: kDefaultSettings,
  emergencyHold: kNoEmergency,
  mix: kEvenMix,
};

const kNames = [
  "Anna Lindqvist",
  "Bruno Castellanos",
  "Chiara De Luca",
  "David Okonkwo",
  "Élise Moreau",
  "Friederike von Hohenstein-Bartenstein",
  "Goran Petrović",
];

function member(id: number, change: Partial<Member> = {}): Member {
  const name = kNames[id - 1] ?? `Delegate ${id}`;
  return {
    id,
    name,
    muted: false,
    mediaConnected: true,
    role: Role.TALKER,
    delegation: "",
    handRaised: false,
    userId: String(id),
    deviceLabel: "",
    ...change,
  };
}

function room(members: Member[], talking: number[]): Room {
  const nowMs = Date.now();
  return {
    id: "7",
    name: "Harbour watch",
    ownId: 1,
    members: new Map(members.map((one) => [one.id, one])),
    channels: [...talking, 0, 0, 0, 0, 0].slice(0, 5),
    talkers: talking.map((memberId, index) => ({ memberId, sinceMs: nowMs - 12_000 + index * 5000 })),
  };
}

const kSeven = [
  member(1),
  member(2),
  member(3, { muted: true }),
  member(4, { mediaConnected: false }),
  member(5, { muted: true }),
  member(6),
  member(7),
];
const kConnected: Media = { kind: "connected", transportId: 3 };

// A conference.
function call(
  { room: shown = room(kSeven, [2]), ...change }: Partial<SessionState> & { room?: Room },
  model: Partial<Model> = {},
): Model {
  const session: SessionState = {
    ...kInitialState,
    phase: { kind: "joined" },
    media: kConnected,
    offers: [{ id: shown.id, name: shown.name }],
    rooms: new Map([[shown.id, shown]]),
    floor: { ...kInitialFloor, talkRoomId: shown.id },
    ...change,
  };
  return { ...kLobby, microphone: kOpen, session, ...model };
}

const stopped = (phase: Phase): Model => ({ ...kLobby, session: { ...kInitialState, phase } });
const named = <Key extends string>(prefix: string, keys: readonly Key[], make: (key: Key) => Model) =>
  Object.fromEntries(keys.map((key) => [`${prefix}_${key}`, make(key)]));

export const kScenes: Record<string, Model> = {
  link_none: { ...kLobby, link: "none" },
  link_damaged: { ...kLobby, link: "damaged" },
  lobby_first: kLobby,
  lobby_asking: { ...kLobby, microphone: { kind: "asking" } },
  lobby_ready: { ...kLobby, microphone: kOpen, name: "Anna Lindqvist" },
  lobby_silent: { ...kLobby, microphone: { ...kOpen, isSilent: true } },
  lobby_joining: { ...kLobby, microphone: kOpen, name: "Anna Lindqvist", wantsToJoin: true },
  ...identityScenes(kLobby, call, (members) => room(members, [2]), kSeven),
  ...named("lobby_microphone", kMicrophoneProblems, (problem) => ({
    ...kLobby,
    microphone: { kind: "problem", problem },
  })),
  ...named("lobby_waiting", kRetryReasons, (reason) => ({
    ...kLobby,
    microphone: kOpen,
    wantsToJoin: true,
    session: { ...kInitialState, phase: { kind: "waiting", reason } },
  })),
  call_hand_raised: call({
    room: room(kSeven.map((one) => ({ ...one, handRaised: one.id === 1 || one.id === 6 })), [2]),
  }),
  call_alone: call({ room: room([member(1)], []) }),
  call_quiet: call({ room: room(kSeven, []) }),
  call_one_talks: call({}),
  call_three_talk: call({ room: room(kSeven, [6, 2, 1]) }),
  call_five_talk: call({ room: room(kSeven, [6, 2, 1, 7, 3]) }),
  call_muted: call({ muted: true, room: room(kSeven.map((one) => ({ ...one, muted: one.id === 1 || one.muted })), [2]) }),
  call_speaks_while_muted: call({ muted: true }, { microphone: { ...kOpen, speaksWhileMuted: true } }),
  call_silent: call({}, { microphone: { ...kOpen, isSilent: true } }),
  call_connecting: call({ media: { kind: "connecting", transportId: 4 } }),
  call_weak: call({ media: { kind: "unstable", transportId: 3 } }),
  call_no_sound: call({ media: { kind: "broken" }, mediaAttempt: 2 }),
  call_list_only: call({ phase: { kind: "waiting", reason: "server_closing" } }),
  call_reconnecting: call({
    phase: { kind: "waiting", reason: "unreachable" },
    media: { kind: "broken" },
    room: room(kSeven, []),
  }),
  call_blocked: call({}, { isPlaybackBlocked: true }),
  call_microphone_lost: call({}, { microphone: { kind: "problem", problem: "missing" } }),
  call_everything_wrong: call(
    { phase: { kind: "waiting", reason: "unreachable" }, media: { kind: "broken" } },
    { isPlaybackBlocked: true, microphone: { kind: "problem", problem: "busy" } },
  ),
  call_thousand: call({
    room: room([...kSeven, ...Array.from({ length: 993 }, (_, index) => member(index + 8))], [2, 12]),
  }),
  dialog_keys: call({}, { dialog: "keys" }),
  dialog_leave: call({}, { dialog: "leave" }),
  dialog_settings: call({}, { dialog: "settings" }),
  dialog_protection: call({}, { dialog: "protection" }),
  ...floorScenes(call, room, kSeven),
  left: { ...kLobby, session: { ...kInitialState, phase: { kind: "left" } } },
  ...named("stopped", kStopReasons, (reason) => stopped({ kind: "stopped", reason })),
};
