// Who this device is: its key, the link it was enrolled by, and its credential. A key belongs to one
// link for ever; a link that shall make somebody else of this device has a key of its own, which takes
// the place of the old one when the server has taken it.
import { digitsOf, fingerprintOf, makeKeys, proofText, publicKeyOf, sign } from "./device_keys";
import type { Proof } from "./device_keys";

export interface IdentityRecord {
  readonly origin: string; // of the server
  readonly keys: CryptoKeyPair;
  readonly invitation: Uint8Array;
  readonly credential: Uint8Array; // empty: not enrolled, or waiting for approval
  readonly name: string; // of the user, as far as the server has told
  readonly isKnown: boolean; // the server has this key
}

// "next": made for a link that the server has not taken yet, beside an identity that works.
export type IdentitySlot = "current" | "next";

// Each throws where the browser keeps nothing (a private window).
export interface IdentityStore {
  load(slot: IdentitySlot): Promise<IdentityRecord | undefined>;
  save(slot: IdentitySlot, record: IdentityRecord): Promise<void>;
  remove(slot: IdentitySlot): Promise<void>;
}

export class MemoryIdentityStore implements IdentityStore {
  private readonly records = new Map<IdentitySlot, IdentityRecord>();

  async load(slot: IdentitySlot): Promise<IdentityRecord | undefined> {
    return this.records.get(slot);
  }
  async save(slot: IdentitySlot, record: IdentityRecord): Promise<void> {
    this.records.set(slot, record);
  }
  async remove(slot: IdentitySlot): Promise<void> {
    this.records.delete(slot);
  }
}

// What the rules of the session need of it.
export interface IdentityView {
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly invitation: Uint8Array;
  readonly credential: Uint8Array;
}

export interface Told {
  readonly credential?: Uint8Array; // empty: none in this message
  readonly name?: string;
}

const kNone = new Uint8Array(0);
const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

export class DeviceIdentity {
  isRemembered = true; // false: the browser keeps nothing
  digits = ""; // of the key; empty: none
  private record: IdentityRecord | undefined;
  private slot: IdentitySlot = "current";

  private constructor(
    private readonly store: IdentityStore,
    private readonly origin: string,
    private readonly host: string,
  ) {}

  static async open(store: IdentityStore, url: { origin: string; hostname: string }): Promise<DeviceIdentity> {
    const identity = new DeviceIdentity(store, url.origin, url.hostname.toLowerCase());
    await identity.use("current", await identity.load("current"));
    return identity;
  }

  get name(): string {
    return this.record?.name ?? "";
  }

  // Has been enrolled, if only to wait for approval: can sign in without a link.
  get isEnrolled(): boolean {
    return this.record !== undefined && (this.record.isKnown || this.record.credential.length > 0);
  }

  cameBy(invitation: Uint8Array): boolean {
    return this.record !== undefined && sameBytes(this.record.invitation, invitation);
  }

  // The key for this link: the one that was made for it before, else a new one.
  async prepare(invitation: Uint8Array): Promise<void> {
    if (this.cameBy(invitation)) return;
    const slot: IdentitySlot = this.isEnrolled ? "next" : "current";
    const before = slot === "next" ? await this.load(slot) : undefined;
    const isFor = before !== undefined && sameBytes(before.invitation, invitation);
    const record: IdentityRecord = isFor
      ? before
      : { origin: this.origin, keys: await makeKeys(), invitation, credential: kNone, name: "", isKnown: false };
    await this.use(slot, record);
    await this.save(); // before the link is used: with this key it can be used again
  }

  async view(): Promise<IdentityView | undefined> {
    if (!this.record) return undefined;
    const { keys, invitation, credential } = this.record;
    return { publicKey: await publicKeyOf(keys), invitation, credential };
  }

  async sign(proof: Proof, challenge: Uint8Array, what: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.record) throw new Error("no key to sign with");
    return sign(this.record.keys, proofText(proof, this.host, challenge, what));
  }

  // What the server has said of this device.
  async keep({ credential, name }: Told): Promise<void> {
    if (!this.record) return;
    const { slot } = this;
    this.slot = "current";
    this.record = {
      ...this.record,
      isKnown: true,
      ...(name && { name }),
      ...(credential && credential.length > 0 && { credential }),
    };
    await this.save();
    if (slot === "next") await this.remove("next");
  }

  // Signs out: a link is needed again. Without its key, no link that was used before helps.
  async forget(withKey: boolean): Promise<void> {
    if (!this.record) return;
    if (withKey) {
      await this.use("current", undefined);
      await this.remove("current");
    } else {
      this.record = { ...this.record, credential: kNone, isKnown: false };
      await this.save();
    }
  }

  private async use(slot: IdentitySlot, record: IdentityRecord | undefined): Promise<void> {
    this.slot = slot;
    this.record = record;
    this.digits = record ? digitsOf(await fingerprintOf(await publicKeyOf(record.keys))) : "";
  }

  private async load(slot: IdentitySlot): Promise<IdentityRecord | undefined> {
    try {
      const record = await this.store.load(slot);
      return record?.origin === this.origin ? record : undefined;
    } catch {
      this.isRemembered = false;
      return undefined;
    }
  }

  private async save(): Promise<void> {
    try {
      if (this.record) await this.store.save(this.slot, this.record);
      this.isRemembered = true;
    } catch {
      this.isRemembered = false; // it goes on in memory
    }
  }

  private async remove(slot: IdentitySlot): Promise<void> {
    try {
      await this.store.remove(slot);
    } catch {
      // What could not be removed is refused by the server.
    }
  }
}
