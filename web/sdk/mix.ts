// How loud each room is: its own volume, and all others softer while the priority room talks.
import { kSlots } from "./slots";
import type { Place } from "./slots";

export interface Mix {
  readonly volumes: Readonly<Record<string, number>>; // by room id, 0..1; absent: 1
  readonly silenced: readonly string[];
  readonly priorityRoomId: string; // "": none
}

export const kEvenMix: Mix = { volumes: {}, silenced: [], priorityRoomId: "" };
export const kDucked = 0.2; // still audible, no longer in the way

export interface MixedRoom {
  readonly id: string;
  readonly place: Place;
  readonly isTalking: boolean; // somebody else
}

export function volumeOf(mix: Mix, roomId: string): number {
  return Math.min(1, Math.max(0, mix.volumes[roomId] ?? 1));
}

// Loudness of each receive slot.
export function slotGains(mix: Mix, rooms: readonly MixedRoom[]): number[] {
  const isDucking = rooms.some((room) => room.id === mix.priorityRoomId && room.isTalking);
  const gains = Array.from({ length: kSlots }, () => 0);
  for (const { id, place } of rooms) {
    const own = mix.silenced.includes(id) ? 0 : volumeOf(mix, id);
    const gain = isDucking && id !== mix.priorityRoomId ? own * kDucked : own;
    gains.fill(gain, place.firstSlot, place.firstSlot + place.slots);
  }
  return gains;
}

// A mix as it was stored; what is not one is even.
export function parseMix(text: string): Mix {
  try {
    const { volumes, silenced, priorityRoomId } = JSON.parse(text) as Record<string, unknown>;
    return {
      volumes: isVolumes(volumes) ? volumes : {},
      silenced: Array.isArray(silenced) ? silenced.filter((id) => typeof id === "string") : [],
      priorityRoomId: typeof priorityRoomId === "string" ? priorityRoomId : "",
    };
  } catch {
    return kEvenMix;
  }
}

function isVolumes(value: unknown): value is Record<string, number> {
  return typeof value === "object" && value !== null &&
    Object.values(value).every((volume) => typeof volume === "number");
}
