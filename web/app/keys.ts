// The keyboard of a call. Space talks wherever the focus is, except where one types or slides; Enter
// presses what has the focus.
import { floorOf } from "./floor_view";
import type { Actions, Model } from "./model";

export type KeyName = "talk" | "emergency" | "mute" | "hand" | "rooms" | "settings" | "leave" | "list" | "close";

// The keys that do something in this room, for this person.
export function keysOf({ session, settings }: Pick<Model, "session" | "settings">): KeyName[] {
  const view = floorOf(session, settings);
  const keys: KeyName[] = view ? [] : ["mute", "hand"];
  if (view && view.word !== "listening") keys.push("talk");
  if (view?.mayDeclare) keys.push("emergency");
  if (session.offers.length > 1) keys.push("rooms");
  return [...keys, "settings", "leave", "list", "close"];
}

export interface KeysState {
  readonly isActive: boolean; // a call is on the screen, and nothing above it
  readonly hasFloor: boolean; // the talk room has a talk button
  readonly roomIds: readonly string[];
}

export function watchKeys(read: () => KeysState, actions: Actions): void {
  window.addEventListener("keydown", (event) => {
    const state = read();
    if (event.defaultPrevented || !state.isActive || isTyping(event)) return;
    if (onKeyDown(event, state, actions)) event.preventDefault();
  });
  window.addEventListener("keyup", (event) => {
    const { isActive, hasFloor } = read();
    const isOurs = event.code === "Space" && isActive && hasFloor && !isTyping(event);
    if (isOurs) event.preventDefault(); // no click of what has the focus
    onKeyUp(event, actions);
  });
}

// True: the key was ours.
function onKeyDown(event: KeyboardEvent, state: KeysState, actions: Actions): boolean {
  if (event.code === "Space") {
    if (!state.hasFloor) return false;
    if (!event.repeat) actions.moveButton({ type: "down", by: "space" });
    return true;
  }
  if (event.repeat) return false;
  const room = state.roomIds[Number.parseInt(event.key, 10) - 1];
  if (room !== undefined && state.roomIds.length > 1) {
    actions.talkIn(room);
    return true;
  }
  return onLetter(event.key.toLowerCase(), state, actions);
}

function onLetter(key: string, state: KeysState, actions: Actions): boolean {
  switch (key) {
    case "m":
      if (!state.hasFloor) actions.toggleMuted();
      return !state.hasFloor;
    case "h":
      if (!state.hasFloor) actions.toggleHand();
      return !state.hasFloor;
    case "e":
      if (state.hasFloor) actions.moveEmergency("down");
      return state.hasFloor;
    case "s":
      actions.show("settings");
      return true;
    case "l":
      actions.show("leave");
      return true;
    case "?":
      actions.show("keys");
      return true;
    default:
      return false;
  }
}

// Whatever is open meanwhile: what went down must come up.
function onKeyUp(event: KeyboardEvent, actions: Actions): void {
  if (event.code === "Space") actions.moveButton({ type: "up", by: "space" });
  if (event.key.toLowerCase() === "e") actions.moveEmergency("up");
}

function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  return event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
}
