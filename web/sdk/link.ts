// What the address bar says: `#e=<code>` in a link that enrols a device of a named person, `#i=<code>` in
// one for a guest, who may choose his name. An address without a code is that of a device that is known.
import { decodeBase64url } from "./base64url";

export const kCodeBytes = 16; // protocol/client.proto, Enrol.invitation

export type Link =
  | { readonly kind: "none" }
  | { readonly kind: "damaged" }
  | { readonly kind: "named" | "guest"; readonly code: Uint8Array };

export function parseLink(hash: string): Link {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const named = parameters.get("e");
  const encoded = named ?? parameters.get("i");
  if (encoded === null) return { kind: "none" };
  const code = decodeBase64url(encoded.trim());
  if (code?.length !== kCodeBytes) return { kind: "damaged" };
  return { kind: named === null ? "guest" : "named", code };
}

const kMaxNameBytes = 64; // protocol/client.proto, Enrol.display_name

// A name as the protocol takes it: trimmed, and cut between characters where it is too long.
export function toDisplayName(name: string): string {
  const encoder = new TextEncoder();
  let kept = "";
  let size = 0;
  for (const character of name.trim().replace(/\s+/g, " ")) {
    size += encoder.encode(character).length;
    if (size > kMaxNameBytes) break;
    kept += character;
  }
  return kept;
}
