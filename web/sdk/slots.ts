// Which receive slots each room is heard in. Rooms that are heard at the same time never share a slot,
// so that each has its own volume and none takes another's place.
import { Mode } from "./floor_state";

export const kSlots = 12; // asked for in Connect: three conferences, or six radio rooms

export interface Place {
  readonly firstSlot: number;
  readonly slots: number;
}

// Voices heard at once in a room of this mode; before the mode is known, as many as any has.
export function slotsOf(mode: Mode | undefined): number {
  switch (mode) {
    case undefined:
    case Mode.OPEN:
    case Mode.MULTI:
      return 4;
    case Mode.DUAL:
      return 3;
    case Mode.PTT:
    case Mode.CUT_IN:
    case Mode.BROADCAST:
    case Mode.PRIVATE_HALF:
    case Mode.PRIVATE_FULL:
    case Mode.CHAIRED:
      return 2;
  }
}

// The first gap that is large enough, else the largest; undefined when all slots are taken.
export function findPlace(taken: Iterable<Place>, wanted: number): Place | undefined {
  const gaps = gapsBetween(taken);
  const fit = gaps.find((gap) => gap.slots >= wanted);
  if (fit) return { firstSlot: fit.firstSlot, slots: wanted };
  return gaps.reduce<Place | undefined>(
    (best, gap) => (best && best.slots >= gap.slots ? best : gap),
    undefined,
  );
}

function gapsBetween(taken: Iterable<Place>): Place[] {
  const gaps: Place[] = [];
  let free = 0;
  const ordered = [...taken].sort((a, b) => a.firstSlot - b.firstSlot);
  for (const { firstSlot, slots } of [...ordered, { firstSlot: kSlots, slots: 0 }]) {
    if (firstSlot > free) gaps.push({ firstSlot: free, slots: firstSlot - free });
    free = Math.max(free, firstSlot + slots);
  }
  return gaps;
}
