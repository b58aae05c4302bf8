// The identity in the browser's database, as which a key can be kept without being extractable.
import type { IdentityRecord, IdentitySlot, IdentityStore } from "./identity";

const kDatabase = "parley";
const kTable = "identity";

export class IdentityDatabase implements IdentityStore {
  private opened: Promise<IDBDatabase> | undefined;

  async load(slot: IdentitySlot): Promise<IdentityRecord | undefined> {
    return toRecord(await this.run<unknown>("readonly", (table) => table.get(slot)));
  }
  async save(slot: IdentitySlot, record: IdentityRecord): Promise<void> {
    await this.run("readwrite", (table) => table.put(record, slot));
  }
  async remove(slot: IdentitySlot): Promise<void> {
    await this.run("readwrite", (table) => table.delete(slot));
  }

  // Done when the browser has written it.
  private async run<Result>(
    mode: IDBTransactionMode,
    act: (table: IDBObjectStore) => IDBRequest<Result>,
  ): Promise<Result> {
    const database = await (this.opened ??= open());
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(kTable, mode, { durability: "strict" });
      const request = act(transaction.objectStore(kTable));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
      transaction.onerror = () => reject(transaction.error);
    });
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(kDatabase, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(kTable);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

function toRecord(value: unknown): IdentityRecord | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { origin, keys, invitation, credential, name, isKnown } = value as Partial<Record<keyof IdentityRecord, unknown>>;
  if (typeof origin !== "string" || typeof name !== "string" || typeof isKnown !== "boolean") return undefined;
  if (!(invitation instanceof Uint8Array) || !(credential instanceof Uint8Array) || !isKeyPair(keys)) return undefined;
  return { origin, keys, invitation, credential, name, isKnown };
}

function isKeyPair(value: unknown): value is CryptoKeyPair {
  if (typeof value !== "object" || value === null) return false;
  const { publicKey, privateKey } = value as Partial<CryptoKeyPair>;
  return publicKey instanceof CryptoKey && privateKey instanceof CryptoKey;
}
