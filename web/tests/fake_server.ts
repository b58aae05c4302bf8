// A server that knows devices and really checks what they sign, and a device that talks to it: the
// session's rules with the identity's key, without a browser.
import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Device_State, Error_Code, ServerMessageSchema } from "../src/generated/protocol/client_pb";
import type { DeviceIdentity } from "../sdk/identity";
import { reduce } from "../sdk/session";
import { kInitialState } from "../sdk/session_state";
import type { ClientBody, Effect, SessionEvent, SessionState } from "../sdk/session_state";
import { credentialsOf, runIdentityEffect, toldBy } from "../sdk/sign_in_desk";

type ServerBody = NonNullable<MessageInitShape<typeof ServerMessageSchema>["body"]>;
type Value<Case extends ClientBody["case"]> = NonNullable<Extract<ClientBody, { case: Case }>["value"]>;

export const kHost = "voice.example";
export const kRoom = { roomId: "7", name: "Harbour" };

interface KnownDevice {
  readonly id: string;
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly label: string;
  readonly credential: Uint8Array<ArrayBuffer>;
  state: Device_State;
}

const hex = (bytes: Uint8Array | undefined): string =>
  [...(bytes ?? [])].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const bytesOf = (size: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(size));

export class FakeServer {
  readonly devices = new Map<string, KnownDevice>(); // by public key
  readonly invitations = new Map<string, string>(); // code -> key that used it; empty: nobody
  challenge = bytesOf(32);
  name = "Anna";

  constructor(private readonly host = kHost) {}

  invite(): Uint8Array {
    const code = bytesOf(16);
    this.invitations.set(hex(code), "");
    return code;
  }

  connect(): void {
    this.challenge = bytesOf(32);
  }

  async answer(body: ClientBody): Promise<ServerBody> {
    switch (body.case) {
      case "hello":
        return { case: "welcome", value: { version: 2, pingIntervalMs: 10_000, challenge: this.challenge } };
      case "enrol":
        return this.onEnrol(body.value as Value<"enrol">);
      case "login":
        return this.onLogin(body.value as Value<"login">);
      case "listDevices":
        return this.list();
      case "approveDevice":
        return this.change(body.value?.deviceId, Device_State.ACTIVE);
      case "revokeDevice":
        return this.change(body.value?.deviceId, Device_State.REVOKED);
      default:
        return { case: "pong", value: {} };
    }
  }

  private async onEnrol(enrol: Value<"enrol">): Promise<ServerBody> {
    const publicKey = Uint8Array.from(enrol.publicKey ?? []);
    const key = hex(publicKey);
    if (!(await this.isSigned("parley enrol 1", publicKey, publicKey, enrol.signature))) {
      return refuse(Error_Code.SIGNATURE_INVALID);
    }
    const usedBy = this.invitations.get(hex(enrol.invitation));
    if (usedBy === undefined) return refuse(Error_Code.INVITATION_INVALID);
    const known = this.devices.get(key);
    if (usedBy !== "" && usedBy !== key) return refuse(Error_Code.INVITATION_USED);
    if (known && usedBy === "") return refuse(Error_Code.INVITATION_INVALID); // a key has one link
    this.invitations.set(hex(enrol.invitation), key);
    const state = this.devices.size === 0 ? Device_State.ACTIVE : Device_State.PENDING;
    const id = String(21 + this.devices.size);
    const device = known ?? { id, publicKey, label: enrol.label ?? "", credential: bytesOf(300), state };
    this.devices.set(key, device);
    const credential = device.state === Device_State.ACTIVE ? device.credential : new Uint8Array(0);
    return { case: "enrolled", value: { deviceId: device.id, credential, displayName: this.name } };
  }

  private async onLogin(login: Value<"login">): Promise<ServerBody> {
    const device = [...this.devices.values()].find((one) => hex(one.credential) === hex(login.credential));
    if (device?.state !== Device_State.ACTIVE) return refuse(Error_Code.DEVICE_UNKNOWN);
    if (!(await this.isSigned("parley login 1", device.credential, device.publicKey, login.signature))) {
      return refuse(Error_Code.SIGNATURE_INVALID);
    }
    const value = { deviceId: device.id, userId: "4", displayName: this.name, rooms: [kRoom] };
    return { case: "session", value };
  }

  // protocol/proof.hpp, written down once more.
  private async isSigned(
    head: string,
    what: Uint8Array,
    publicKey: Uint8Array<ArrayBuffer>,
    signature: Uint8Array | undefined,
  ): Promise<boolean> {
    const text = [...head].map((letter) => letter.charCodeAt(0));
    const host = [...this.host].map((letter) => letter.charCodeAt(0));
    const signed = Uint8Array.from([...text, 0, ...host, 0, ...this.challenge, ...what]);
    const kind = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("spki", publicKey, kind, false, ["verify"]);
    const how = { name: "ECDSA", hash: "SHA-256" };
    return crypto.subtle.verify(how, key, Uint8Array.from(signature ?? []), signed);
  }

  private async change(id: string | undefined, state: Device_State): Promise<ServerBody> {
    const device = [...this.devices.values()].find((one) => one.id === id);
    if (!device) return refuse(Error_Code.DEVICE_NOT_FOUND);
    device.state = state;
    return this.list();
  }

  private async list(): Promise<ServerBody> {
    const devices = [...this.devices.values()].map(async ({ id, label, state, publicKey }) => ({
      deviceId: id,
      label,
      state,
      keyFingerprint: new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey)),
      enrolled: 1_700_000_000n,
    }));
    return { case: "devices", value: { devices: await Promise.all(devices) } };
  }
}

const kFatal = [Error_Code.DEVICE_UNKNOWN];

function refuse(code: Error_Code): ServerBody {
  return { case: "error", value: { code, message: "test", fatal: kFatal.includes(code) } };
}

export class FakeDevice {
  state: SessionState = kInitialState;
  readonly sent: string[] = [];

  constructor(
    readonly identity: DeviceIdentity,
    private readonly server: FakeServer,
  ) {}

  // Opens the page, with the link's code or without; ends when nothing is under way any more.
  async open(invitation?: Uint8Array): Promise<void> {
    if (invitation) await this.identity.prepare(invitation);
    const credentials = await credentialsOf(this.identity, "", "Chrome on Linux", "");
    if (!credentials) throw new Error("no key");
    await this.run({ type: "start", credentials, wantsRoom: false, muted: false });
  }

  async run(...events: SessionEvent[]): Promise<void> {
    for (let event = events.shift(); event; event = events.shift()) {
      const { state, effects } = reduce(this.state, event);
      this.state = state;
      for (const effect of effects) await this.perform(effect, events);
    }
  }

  private async perform(effect: Effect, events: SessionEvent[]): Promise<void> {
    if (effect.type === "open_socket") {
      this.server.connect();
      events.push({ type: "socket_opened" });
    } else if (effect.type === "sign" || effect.type === "forget_identity") {
      await runIdentityEffect(this.identity, effect, (event) => events.push(event));
    } else if (effect.type === "send") {
      this.sent.push(effect.body.case ?? "");
      const body = await this.server.answer(effect.body);
      const message = create(ServerMessageSchema, { requestId: effect.requestId, body });
      const told = toldBy(message);
      if (told) await this.identity.keep(told);
      events.push({ type: "message", message, nowMs: 1_000_000 });
    }
  }
}
