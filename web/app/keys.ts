// The keyboard of a call.
import type { Actions } from "./model";

export function watchKeys(isActive: () => boolean, actions: Actions): void {
  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || !isActive() || isTyping(event)) return;
    switch (event.key) {
      case "m":
      case "M":
        actions.toggleMuted();
        break;
      case "l":
      case "L":
        actions.show("leave");
        break;
      case "?":
        actions.show("keys");
        break;
      default:
        return;
    }
    event.preventDefault();
  });
}

function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  return event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
}
