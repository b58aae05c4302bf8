// Between the rules of the session and the identity of this device: both directions, nothing else.
import type { ServerMessage } from "../src/generated/protocol/client_pb";
import type { DeviceIdentity, Told } from "./identity";
import type { Credentials, Effect, SessionEvent } from "./session_state";

// undefined: this device has no key yet (DeviceIdentity.prepare).
export async function credentialsOf(
  identity: DeviceIdentity,
  displayName: string,
  label: string,
  talkRoomId: string,
): Promise<Credentials | undefined> {
  const view = await identity.view();
  return view && { displayName, label, ...view, ...(talkRoomId && { talkRoomId }) };
}

export async function runIdentityEffect(
  identity: DeviceIdentity,
  effect: Extract<Effect, { type: "sign" | "forget_identity" }>,
  dispatch: (event: SessionEvent) => void,
): Promise<void> {
  if (effect.type === "forget_identity") {
    await identity.forget(effect.withKey);
    return;
  }
  const { proof, challenge, what } = effect;
  const signature = await identity.sign(proof, challenge, what);
  dispatch({ type: "signed", proof, challenge, signature });
}

// What a message says of this device; undefined: nothing.
export function toldBy({ body }: ServerMessage): Told | undefined {
  switch (body.case) {
    case "enrolled":
    case "session":
      return { credential: body.value.credential, name: body.value.displayName };
    case "credentialRenewed":
      return { credential: body.value.credential };
    default: // every other message
      return undefined;
  }
}
