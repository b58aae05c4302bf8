// The people of a room and who of them is heard.
import { Role } from "../src/generated/protocol/floor_pb";

export interface Member {
  readonly id: number;
  readonly name: string;
  readonly muted: boolean;
  // False while the member has no media transport.
  readonly mediaConnected: boolean;
  readonly role: Role;
  readonly delegation: string; // empty: none
  readonly handRaised: boolean;
  readonly userId: string;
  readonly deviceLabel: string;
}

export interface Talker {
  readonly memberId: number;
  readonly sinceMs: number; // wall clock at which this client learned of it
}

// Who is heard in each of the own receive slots; 0: nobody. `channels` has one entry more than there
// are slots: a listener hears channel c in slot c, and a member that itself holds channel c hears the
// last channel there, so nobody hears himself (protocol/client.proto, Talkers).
export function membersInSlots(channels: readonly number[], ownId: number): number[] {
  const extra = channels.at(-1) ?? 0;
  return channels.slice(0, -1).map((memberId) => (memberId === ownId ? extra : memberId));
}

// The talkers of `channels`, longest talking first; those that talked before keep their start.
export function updateTalkers(
  before: readonly Talker[],
  channels: readonly number[],
  nowMs: number,
): Talker[] {
  const talking = new Set(channels.filter((memberId) => memberId !== 0));
  const kept = before.filter((talker) => talking.delete(talker.memberId));
  return [...kept, ...[...talking].map((memberId) => ({ memberId, sinceMs: nowMs }))];
}

type Members = ReadonlyMap<number, Member>;
const labels = new WeakMap<Members, ReadonlyMap<number, string>>();

// The label of the device behind this member, where his user is there with several; else empty.
export function deviceOfTwin(members: Members, memberId: number): string {
  let known = labels.get(members);
  if (!known) {
    known = labelsOfTwins(members);
    labels.set(members, known);
  }
  return known.get(memberId) ?? "";
}

function labelsOfTwins(members: Members): ReadonlyMap<number, string> {
  const perUser = new Map<string, Member[]>();
  for (const member of members.values()) {
    const others = perUser.get(member.userId);
    if (others) others.push(member);
    else perUser.set(member.userId, [member]);
  }
  const twins = [...perUser.values()].filter((group) => group.length > 1).flat();
  return new Map(twins.map((twin) => [twin.id, twin.deviceLabel]));
}

const collator = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

// Talkers first (longest talking first), then raised hands, then those who are here by name, then those
// who are away.
export function orderMembers(members: Iterable<Member>, talkers: readonly Talker[]): Member[] {
  const talkingRank = new Map(talkers.map((talker, index) => [talker.memberId, index]));
  const rank = (member: Member): number =>
    talkingRank.get(member.id) ??
    talkers.length + (member.handRaised ? 0 : member.mediaConnected ? 1 : 2);
  return [...members].sort(
    (a, b) => rank(a) - rank(b) || collator.compare(a.name, b.name) || a.id - b.id,
  );
}
