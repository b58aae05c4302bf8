// What presses and releases the talk button: mouse, fingers, keys, headset. Pure, and never stuck:
// whatever holds it is named, and losing sight of the page lets go of everything.

export interface TalkButton {
  readonly holds: ReadonlySet<string>; // a pointer, the space bar
}

export const kFreeButton: TalkButton = { holds: new Set() };

export type ButtonInput =
  | { readonly type: "down"; readonly by: string }
  | { readonly type: "up"; readonly by: string }
  // One press of something that cannot be held: a headset's key, a screen reader's activation.
  | { readonly type: "tap" }
  // The page was hidden, the window lost the keyboard: nobody knows what is still held.
  | { readonly type: "lost" };

export interface ButtonStep {
  readonly button: TalkButton;
  readonly does: "press" | "latch" | "release" | "nothing";
}

// `isLatched`: the button stays down by itself. `isActive`: a press is under way.
export function moveButton(
  button: TalkButton,
  input: ButtonInput,
  { isLatched, isActive }: { readonly isLatched: boolean; readonly isActive: boolean },
): ButtonStep {
  const isHeld = button.holds.size > 0;
  const toggle = isActive ? "release" : "latch";
  switch (input.type) {
    case "tap":
      return { button, does: toggle };
    case "down": {
      const holds = new Set(button.holds).add(input.by);
      if (holds.size === button.holds.size) return { button, does: "nothing" }; // a key repeats
      if (isLatched) return { button: { holds }, does: toggle };
      return { button: { holds }, does: isHeld ? "nothing" : "press" };
    }
    case "up": {
      const holds = new Set(button.holds);
      if (!holds.delete(input.by)) return { button, does: "nothing" };
      const letsGo = holds.size === 0 && !isLatched;
      return { button: { holds }, does: letsGo ? "release" : "nothing" };
    }
    case "lost":
      return { button: kFreeButton, does: isHeld && !isLatched ? "release" : "nothing" };
  }
}
