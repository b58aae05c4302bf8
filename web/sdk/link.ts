// What the address bar says: `#i=<invitation>` in a link somebody sent, `#r=<key>` once it has become a
// session of this device (so that a reload finds it, and the address holds no secret).
import { decodeBase64url } from "./base64url";

export const kMaxInvitation = 512; // protocol/client.proto, Redeem.invitation

export type Link =
  | { readonly kind: "none" }
  | { readonly kind: "damaged" }
  | { readonly kind: "invitation"; readonly invitation: Uint8Array }
  | { readonly kind: "session"; readonly key: string };

export function parseLink(hash: string): Link {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const invitation = parameters.get("i");
  if (invitation !== null) {
    const bytes = decodeBase64url(invitation.trim());
    const isUsable = bytes !== undefined && bytes.length > 0 && bytes.length <= kMaxInvitation;
    return isUsable ? { kind: "invitation", invitation: bytes } : { kind: "damaged" };
  }
  const key = parameters.get("r");
  return key ? { kind: "session", key } : { kind: "none" };
}

const kMaxNameBytes = 64; // protocol/client.proto, Redeem.display_name

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
