// What a device remembers: one session per invitation link, and a person's habits. Reading never
// throws: a browser that forbids storage just forgets.
import { decodeBase64url, encodeBase64url } from "./base64url";

export interface StoredSession {
  readonly token: Uint8Array;
  readonly roomName: string;
  readonly roomId: string; // the room one talked in last; empty: the first
  readonly left: boolean; // said goodbye: do not enter by itself after a reload
}

export type Habit = "name" | "microphone" | "muted" | "mix" | "floor";

const kSessionPrefix = "parley.session.";
const kLastKey = "parley.last";

// Names the session of an invitation: tells nothing about it and stays in the address bar. Empty on an
// address that is not secure, where there is no microphone and so no call either.
export async function sessionKey(invitation: Uint8Array): Promise<string> {
  if (!globalThis.crypto?.subtle) return "";
  const digest = await crypto.subtle.digest("SHA-256", Uint8Array.from(invitation));
  return encodeBase64url(new Uint8Array(digest)).slice(0, 16);
}

export class SessionStore {
  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">) {}

  session(key: string): StoredSession | undefined {
    const value = parse(this.read(kSessionPrefix + key));
    const token = typeof value?.token === "string" ? decodeBase64url(value.token) : undefined;
    if (!token || token.length === 0) return undefined;
    return {
      token,
      roomName: typeof value?.roomName === "string" ? value.roomName : "",
      roomId: typeof value?.roomId === "string" ? value.roomId : "",
      left: value?.left === true,
    };
  }

  saveSession(key: string, session: StoredSession): void {
    const { roomName, roomId, left } = session;
    const token = encodeBase64url(session.token);
    this.write(kSessionPrefix + key, JSON.stringify({ token, roomName, roomId, left }));
    this.write(kLastKey, key);
  }

  forgetSession(key: string): void {
    this.write(kSessionPrefix + key, undefined);
    if (this.lastKey() === key) this.write(kLastKey, undefined);
  }

  markLeft(key: string, left: boolean): void {
    const session = this.session(key);
    if (session) this.saveSession(key, { ...session, left });
  }

  // The session used last on this device.
  lastKey(): string | undefined {
    return this.read(kLastKey);
  }

  habit(name: Habit): string {
    return this.read(`parley.${name}`) ?? "";
  }

  saveHabit(name: Habit, value: string): void {
    this.write(`parley.${name}`, value);
  }

  private read(key: string): string | undefined {
    try {
      return this.storage.getItem(key) ?? undefined;
    } catch {
      return undefined;
    }
  }

  private write(key: string, value: string | undefined): void {
    try {
      if (value === undefined) this.storage.removeItem(key);
      else this.storage.setItem(key, value);
    } catch {
      // Full or forbidden: the call works without, only a reload asks for the link again.
    }
  }
}

function parse(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
