// Every state of the floor that a person can meet.
import type { Model } from "../../app/model";
import { kDefaultSettings } from "../../app/settings";
import { Denied_Cause, Emergency_Kind, Revoked_Cause } from "../../src/generated/protocol/floor_pb";
import type { Member } from "../../sdk/members";
import { kInitialFloor, Mode, Role, Tier } from "../../sdk/floor_state";
import type { Holder, Own, RoomFloor } from "../../sdk/floor_state";
import type { Room, SessionState } from "../../sdk/session_state";

type Call = (change: Partial<SessionState> & { room?: Room }, model?: Partial<Model>) => Model;
type MakeRoom = (members: Member[], talking: number[]) => Room;

type OwnOf<Kind extends Own["kind"]> = Extract<Own, { kind: Kind }>;

const nowMs = Date.now();
const kGrant = { term: 1, number: 4 };

const kQuietFloor: RoomFloor = {
  id: "7",
  ownId: 1,
  policy: { mode: Mode.PTT, emergencyHoldMs: 1500, emergencyCountdownMs: 3000 },
  rights: { role: Role.TALKER, mayTalk: true, maxTier: Tier.EMERGENCY },
  term: 1,
  messageId: 9n,
  isFrozen: false,
  holders: [],
  waiting: [],
  spoken: [],
  emergency: undefined,
  alarm: undefined,
  claims: [],
};

const holder = (memberId: number, change: Partial<Holder> = {}): Holder => ({
  memberId,
  grant: { term: 1, number: memberId },
  tier: Tier.ROUTINE,
  sinceMs: nowMs - 12_000,
  endsAtMs: nowMs + 18_000,
  isRevoking: false,
  ...change,
});

const kAsking: OwnOf<"asking"> = {
  kind: "asking",
  reqId: 3,
  pressedAtMs: nowMs,
  askedAtMs: nowMs,
  tier: Tier.ROUTINE,
  handsFree: false,
  heldMs: 60,
};
const kQueued: OwnOf<"queued"> = {
  kind: "queued",
  reqId: 3,
  position: 2,
  size: 3,
  isDown: true,
  handsFree: false,
  askedAtMs: nowMs,
  offeredUntilMs: 0,
};
const kHolding: OwnOf<"holding"> = {
  kind: "holding",
  reqId: 3,
  grant: kGrant,
  sinceMs: nowMs - 12_000,
  endsAtMs: nowMs + 18_000,
  tier: Tier.ROUTINE,
  handsFree: false,
  heldMs: 300,
  revoking: undefined,
};
const kShown = { isDown: true, atMs: nowMs };
const kEmergency = {
  kind: Emergency_Kind.IN_EMERGENCY,
  id: 5,
  ownerId: 2,
  sinceMs: nowMs - 47_000,
} as const;
const kOwnHolder = holder(1, { grant: kGrant });
const kDelegations = ["Secretariat", "Republic of Korea", "Côte d'Ivoire", "", "France", "Liechtenstein", "Serbia"];

interface Scene {
  readonly own?: Own;
  readonly floor?: Partial<RoomFloor>;
  readonly model?: Partial<Model>;
  readonly session?: Partial<SessionState>;
  readonly members?: (member: Member) => Member;
}

export function floorScenes(call: Call, makeRoom: MakeRoom, seven: Member[]): Record<string, Model> {
  const scene = ({ own = { kind: "none" }, floor = {}, model, session, members }: Scene): Model => {
    const talking = (floor.holders ?? []).map(({ memberId }) => memberId);
    const shown = makeRoom(members ? seven.map(members) : seven, talking);
    const rooms = new Map([[shown.id, { ...kQuietFloor, ...floor }]]);
    const made = call({ room: shown, floor: { ...kInitialFloor, talkRoomId: shown.id, rooms, own } }, model);
    return { ...made, session: { ...made.session, ...session } };
  };
  const plenary = (own: Own, floor: Partial<RoomFloor>, role = Role.TALKER): Model =>
    scene({
      own,
      floor: {
        policy: { ...kQuietFloor.policy, mode: Mode.CHAIRED },
        rights: { ...kQuietFloor.rights, role },
        waiting: [3, 6, 7].map((memberId) => ({ memberId, tier: Tier.ROUTINE, sinceMs: nowMs - memberId * 31_000 })),
        spoken: [
          { delegation: "Republic of Korea", totalMs: 184_000 },
          { delegation: "France", totalMs: 421_000 },
          { delegation: "Côte d'Ivoire", totalMs: 95_000 },
        ],
        ...floor,
      },
      members: (member) => ({ ...member, muted: false, delegation: kDelegations[member.id - 1] ?? "" }),
    });
  const several = (own: Own, emergencyElsewhere: boolean, model: Partial<Model> = {}): Model => {
    const base = scene({ own, floor: { holders: [holder(2)] }, model });
    const { session } = base;
    const talkRoom = session.rooms.get("7");
    const other = (id: string, name: string, talking: number[]): [string, Room][] =>
      talkRoom ? [[id, { ...makeRoom([...talkRoom.members.values()], talking), id, name }]] : [];
    const alert = emergencyElsewhere ? { ...kEmergency, ownerId: 4 } : undefined;
    return {
      ...base,
      mix: { volumes: { 8: 0.6 }, silenced: ["9"], priorityRoomId: "8" },
      session: {
        ...session,
        offers: [
          ...session.offers,
          { id: "8", name: "Command" },
          { id: "9", name: "Tugs and pilots, northern approach" },
          { id: "10", name: "Weather" },
        ],
        rooms: new Map([
          ...session.rooms,
          ...other("8", "Command", [5, 6]),
          ...other("9", "Tugs and pilots, northern approach", []),
        ]),
        floor: {
          ...session.floor,
          rooms: new Map(session.floor.rooms).set("8", { ...kQuietFloor, id: "8", emergency: alert }),
        },
      },
    };
  };
  const busy = { holders: [holder(2)] };
  return {
    floor_free: scene({}),
    floor_free_hands_free: scene({ model: { settings: { ...kDefaultSettings, handsFree: true } } }),
    floor_asking: scene({ own: kAsking }),
    floor_unanswered: scene({ own: { ...kAsking, pressedAtMs: nowMs - 5000 } }),
    floor_yours: scene({ own: kHolding, floor: { holders: [kOwnHolder] } }),
    floor_yours_hands_free: scene({ own: { ...kHolding, handsFree: true }, floor: { holders: [kOwnHolder] } }),
    floor_yours_ending: scene({
      own: { ...kHolding, revoking: { cause: Revoked_Cause.PREEMPTED, byId: 6, untilMs: nowMs + 2500 } },
      floor: { holders: [kOwnHolder] },
    }),
    floor_somebody: scene({ floor: busy }),
    floor_two_voices: scene({
      floor: {
        policy: { ...kQuietFloor.policy, mode: Mode.DUAL },
        holders: [holder(2), holder(6, { tier: Tier.COMMAND, sinceMs: nowMs - 3000 })],
      },
    }),
    floor_queued: scene({ own: kQueued, floor: busy }),
    floor_next: scene({ own: { ...kQueued, position: 1 }, floor: busy }),
    floor_offered: scene({ own: { ...kQueued, isDown: false, offeredUntilMs: nowMs + 2000 } }),
    floor_denied: scene({ own: { kind: "denied", cause: Denied_Cause.ANOTHER_TALKS, ...kShown }, floor: busy }),
    floor_denied_no_node: scene({ own: { kind: "denied", cause: Denied_Cause.NO_RESOURCES, ...kShown } }),
    floor_revoked: scene({
      own: { kind: "revoked", cause: Revoked_Cause.PREEMPTED, byId: 6, ...kShown },
      floor: { holders: [holder(6, { tier: Tier.COMMAND })] },
    }),
    floor_time_up: scene({ own: { kind: "revoked", cause: Revoked_Cause.TOO_LONG, byId: 0, ...kShown } }),
    floor_listening: scene({
      floor: { ...busy, rights: { role: Role.LISTENER, mayTalk: false, maxTier: Tier.ROUTINE } },
    }),
    floor_away: scene({ session: { media: { kind: "connecting", transportId: 4 } } }),
    floor_server_away: scene({
      own: kAsking,
      floor: busy,
      session: { phase: { kind: "waiting", reason: "server_closing" } },
    }),
    floor_no_colours: scene({
      own: kQueued,
      floor: busy,
      model: { settings: { ...kDefaultSettings, colours: false } },
    }),
    floor_long_name: scene({
      floor: busy,
      session: { rooms: new Map([["7", { ...makeRoom(seven, [2]), name: "Harbour operations, morning round" }]]) },
    }),
    floor_keys: scene({ model: { dialog: "keys" } }),
    floor_settings: scene({ model: { dialog: "settings" } }),
    floor_no_words: scene({ model: { settings: { ...kDefaultSettings, words: false } } }),
    floor_broadcast: scene({
      floor: { ...busy, policy: { ...kQuietFloor.policy, mode: Mode.BROADCAST } },
    }),
    floor_private: scene({
      own: { ...kHolding, handsFree: true, endsAtMs: 0 },
      floor: {
        policy: { ...kQuietFloor.policy, mode: Mode.PRIVATE_FULL },
        holders: [holder(2, { endsAtMs: 0 }), { ...kOwnHolder, endsAtMs: 0 }],
      },
    }),
    floor_dispatcher: scene({
      floor: {
        ...busy,
        rights: { ...kQuietFloor.rights, role: Role.DISPATCHER },
        alarm: { memberId: 2, grant: { term: 1, number: 2 } },
      },
    }),
    emergency: scene({
      floor: { holders: [holder(2, { tier: Tier.EMERGENCY, endsAtMs: 0 })], emergency: kEmergency },
    }),
    emergency_own: scene({
      own: { ...kHolding, tier: Tier.EMERGENCY, handsFree: true, endsAtMs: 0 },
      floor: {
        holders: [{ ...kOwnHolder, tier: Tier.EMERGENCY, endsAtMs: 0 }],
        emergency: { ...kEmergency, ownerId: 1 },
      },
    }),
    emergency_peril: scene({ floor: { emergency: { ...kEmergency, kind: Emergency_Kind.IN_PERIL } } }),
    emergency_holding: scene({ model: { emergencyHold: { kind: "holding", untilMs: nowMs + 900 } } }),
    emergency_counting: scene({ model: { emergencyHold: { kind: "counting", untilMs: nowMs + 3000 } } }),
    emergency_clear: scene({
      floor: { emergency: { ...kEmergency, ownerId: 1 } },
      model: { dialog: "clear_emergency" },
    }),
    emergency_elsewhere: several({ kind: "none" }, true),
    rooms_several: several({ kind: "none" }, false),
    rooms_talking: several(kHolding, false),
    plenary_free: plenary({ kind: "none" }, { waiting: [], spoken: [] }),
    plenary_speech: plenary({ kind: "none" }, { holders: [holder(5, { endsAtMs: nowMs + 95_000 })] }),
    plenary_hand_raised: plenary(
      { ...kQueued, handsFree: true },
      { holders: [holder(5, { endsAtMs: nowMs + 95_000 })] },
    ),
    plenary_yours: plenary(
      { ...kHolding, handsFree: true, endsAtMs: nowMs + 140_000 },
      { holders: [{ ...kOwnHolder, endsAtMs: nowMs + 140_000 }] },
    ),
    plenary_chair: plenary(
      { kind: "none" },
      { holders: [holder(5, { endsAtMs: nowMs + 95_000 })] },
      Role.CHAIR,
    ),
    plenary_chair_idle: plenary({ kind: "none" }, {}, Role.CHAIR),
    plenary_chair_refused: (() => {
      const made = plenary({ kind: "none" }, {}, Role.CHAIR);
      const refusal = { cause: Denied_Cause.NO_PERMISSION, roomId: "7", atMs: nowMs };
      return { ...made, session: { ...made.session, floor: { ...made.session.floor, refusal } } };
    })(),
  };
}
