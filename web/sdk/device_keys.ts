// The key of this device, and what it signs (protocol/proof.hpp). The private key never leaves the
// browser: it is not extractable.

export type Proof = "enrol" | "login";

const kKind = { name: "ECDSA", namedCurve: "P-256" } as const;
const kSignature = { name: "ECDSA", hash: "SHA-256" } as const;
const kDigits = 8;

export function makeKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(kKind, false, ["sign", "verify"]);
}

// SubjectPublicKeyInfo, DER.
export async function publicKeyOf(keys: CryptoKeyPair): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
}

// `host`: of the address, in lower case and without port. `what`: the public key (enrol) or the
// credential (login).
export function proofText(
  proof: Proof,
  host: string,
  challenge: Uint8Array,
  what: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`parley ${proof} 1\0${host}\0`);
  const text = new Uint8Array(head.length + challenge.length + what.length);
  text.set(head);
  text.set(challenge, head.length);
  text.set(what, head.length + challenge.length);
  return text;
}

// r and s, 32 bytes each.
export async function sign(keys: CryptoKeyPair, text: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign(kSignature, keys.privateKey, text));
}

export async function fingerprintOf(publicKey: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey));
}

// What people compare: "1234 5678".
export function digitsOf(fingerprint: Uint8Array): string {
  if (fingerprint.length < 4) return "";
  const view = new DataView(fingerprint.buffer, fingerprint.byteOffset, fingerprint.byteLength);
  const digits = String(view.getUint32(0) % 10 ** kDigits).padStart(kDigits, "0");
  return `${digits.slice(0, 4)} ${digits.slice(4)}`;
}
