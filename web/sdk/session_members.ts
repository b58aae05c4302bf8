// Members as the session keeps them.
import type { Member as WireMember } from "../src/generated/protocol/client_pb";
import type { Member } from "./members";

export function toMember(member: WireMember): Member {
  return {
    id: member.memberId,
    name: member.name,
    muted: member.muted,
    mediaConnected: member.mediaConnected,
    role: member.role,
    delegation: member.delegation,
    handRaised: member.handRaised,
    userId: member.userId,
    deviceLabel: member.deviceLabel,
  };
}
