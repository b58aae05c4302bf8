// Every state of a device and of its lobby that a person can meet.
import type { IdentityModel, Model } from "../../app/model";
import { kDeviceProblems } from "../../sdk/devices";
import type { Device } from "../../sdk/devices";
import type { Member } from "../../sdk/members";
import { kInitialState, kRoomRefusals } from "../../sdk/session_state";
import type { Room, SessionState } from "../../sdk/session_state";

type Call = (change: Partial<SessionState> & { room?: Room }, model?: Partial<Model>) => Model;

const kAnna: IdentityModel = {
  isEnrolled: true,
  name: "Anna Lindqvist",
  digits: "4711 0815",
  isRemembered: true,
  owner: "Anna Lindqvist",
};
const kDay = Date.UTC(2026, 4, 12);
const kPhone: Device = { id: "1", label: "Chrome on Android", state: "active", digits: "4711 0815", enrolledMs: kDay };
const kDesk: Device = { ...kPhone, id: "2", label: "Firefox on Linux", digits: "0293 8841" };
const kNew: Device = { ...kPhone, id: "3", label: "Safari on iPhone", state: "waiting", digits: "6120 5534" };
const kLost: Device = { ...kPhone, id: "4", label: "Samsung Internet on Android", state: "revoked", digits: "7718 0032" };

const kSignedIn: SessionState = {
  ...kInitialState,
  phase: { kind: "signed_in" },
  self: { deviceId: "1", userId: "4", name: "Anna Lindqvist" },
  offers: [{ id: "7", name: "Harbour watch" }],
  devices: [kPhone, kDesk, kLost],
};
const kSeveral = [
  { id: "7", name: "Harbour watch" },
  { id: "8", name: "Tugs and pilots" },
  { id: "9", name: "Delegation of the Friedrichshafen harbour authority" },
];

export function identityScenes(
  kLobby: Model,
  call: Call,
  roomOf: (members: Member[]) => Room,
  members: Member[],
): Record<string, Model> {
  const known: Model = { ...kLobby, link: "none", identity: kAnna, roomId: "7", roomName: "Harbour watch" };
  const lobby = (session: Partial<SessionState>, change: Partial<Model> = {}): Model => ({
    ...known,
    microphone: { kind: "open", deviceId: "b", isSilent: false, speaksWhileMuted: false },
    session: { ...kSignedIn, ...session },
    ...change,
  });
  const waits = { devices: [...kSignedIn.devices, kNew] };
  const question = (act: "approve" | "revoke", device: Device): Model =>
    lobby(waits, { dialog: "device_question", deviceQuestion: { act, device } });
  const pending: SessionState = { ...kInitialState, phase: { kind: "pending" }, isPending: true };
  const twins = members.map((one) =>
    one.id < 3 ? { ...one, name: "Anna Lindqvist", userId: "4", deviceLabel: one.id === 1 ? kPhone.label : kDesk.label } : one);
  return {
    link_insecure: { ...kLobby, link: "insecure" },
    link_damaged_known: { ...known, link: "damaged" },
    link_used_known: {
      ...kLobby, identity: kAnna,
      session: { ...kInitialState, phase: { kind: "stopped", reason: "invitation_used" } },
    },
    replace: { ...known, link: "named", asksToReplace: true },
    elsewhere: { ...known, isElsewhere: true },
    lobby_named: { ...kLobby, link: "named" },
    lobby_return: lobby({}),
    lobby_connecting: { ...known, session: { ...kInitialState, phase: { kind: "signing_in" } } },
    lobby_rooms: lobby({ offers: kSeveral }, { roomId: "8" }),
    lobby_no_rooms: lobby({ offers: [] }, { roomId: "" }),
    lobby_private: lobby({}, { identity: { ...kAnna, isRemembered: false } }),
    lobby_device_waits: lobby(waits),
    ...Object.fromEntries(kRoomRefusals.map((reason) => [
      `lobby_refused_${reason}`,
      lobby({ roomNotice: { reason, roomName: "Tugs and pilots" } }),
    ])),
    pending: { ...kLobby, link: "named", identity: { ...kAnna, digits: "6120 5534" }, session: pending },
    pending_lost: {
      ...kLobby, link: "none", identity: { ...kAnna, digits: "6120 5534", isRemembered: false },
      session: { ...pending, phase: { kind: "waiting", reason: "unreachable" }, attempt: 3 },
    },
    devices: lobby(waits, { dialog: "devices" }),
    ...Object.fromEntries(kDeviceProblems.map((deviceProblem) => [
      `devices_problem_${deviceProblem}`,
      lobby({ ...waits, deviceProblem }, { dialog: "devices" }),
    ])),
    devices_approve: question("approve", kNew),
    devices_refuse: question("revoke", kNew),
    devices_lost: question("revoke", kDesk),
    devices_sign_out: question("revoke", kPhone),
    call_device_waits: call({ ...waits, self: kSignedIn.self }),
    call_room_lost: call({ roomNotice: { reason: "removed", roomName: "Tugs and pilots" } }),
    call_two_devices: call({ room: roomOf(twins) }),
  };
}
