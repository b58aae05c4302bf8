// A person's habits on this device. Reading never throws: a browser that forbids storage just forgets.

export type Habit =
  | "name"
  | "microphone"
  | "muted"
  | "mix"
  | "floor"
  | "room" // the one talked in last
  | "room_name"
  | "left"; // said goodbye: do not enter by itself after a reload

const kPrefix = "parley.";
// What earlier versions kept here: tokens that open no session any more.
const kOldSessions = /^parley\.(session\.|last$)/;

export type Drawer = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

export class Habits {
  constructor(private readonly storage: Drawer) {}

  habit(name: Habit): string {
    try {
      return this.storage.getItem(kPrefix + name) ?? "";
    } catch {
      return "";
    }
  }

  saveHabit(name: Habit, value: string): void {
    try {
      if (value === "") this.storage.removeItem(kPrefix + name);
      else this.storage.setItem(kPrefix + name, value);
    } catch {
      // Full or forbidden: the call works without.
    }
  }

  // Somebody else uses this device from now on.
  forgetPerson(): void {
    for (const name of ["name", "muted", "room", "room_name", "left"] as const) this.saveHabit(name, "");
  }

  dropOldSessions(): void {
    try {
      const names = Array.from({ length: this.storage.length }, (_, index) => this.storage.key(index) ?? "");
      for (const name of names.filter((one) => kOldSessions.test(one))) this.storage.removeItem(name);
    } catch {
      // Nothing is kept here.
    }
  }
}
