// Who a device is: its key, its credential, what it signs, and how it is let in.
import { describe, expect, it } from "vitest";
import { Device_State, Error_Code } from "../src/generated/protocol/client_pb";
import { digitsOf, fingerprintOf, makeKeys, proofText, publicKeyOf } from "../sdk/device_keys";
import { deviceLabel } from "../sdk/device_label";
import { orderDevices } from "../sdk/devices";
import { DeviceIdentity, MemoryIdentityStore } from "../sdk/identity";
import type { IdentityRecord, IdentityStore } from "../sdk/identity";
import { isOnlyTab } from "../sdk/only_tab";
import { FakeDevice, FakeServer, kHost } from "./fake_server";
import * as h from "./helpers";

const kUrl = { origin: `https://${kHost}`, hostname: "Voice.Example" };

async function deviceOf(server: FakeServer, store: IdentityStore = new MemoryIdentityStore()) {
  return new FakeDevice(await DeviceIdentity.open(store, kUrl), server);
}

describe("a key", () => {
  it("cannot be taken out of the browser", async () => {
    const keys = await makeKeys();
    expect(keys.privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("pkcs8", keys.privateKey)).rejects.toThrow();
    expect((await publicKeyOf(keys)).length).toBe(91); // SubjectPublicKeyInfo of P-256
  });

  it("signs the bytes of protocol/proof.hpp", () => {
    const text = proofText("login", "a.example", Uint8Array.of(1, 2), Uint8Array.of(3));
    const head = [...new TextEncoder().encode("parley login 1")];
    const host = [...new TextEncoder().encode("a.example")];
    expect([...text]).toEqual([...head, 0, ...host, 0, 1, 2, 3]);
  });

  it.each([
    [[0, 0, 0, 7], "0000 0007"],
    [[0xff, 0xff, 0xff, 0xff], "9496 7295"], // 4294967295 mod 10^8
    [[1, 0, 0, 0], "1677 7216"],
    [[], ""],
  ])("with the fingerprint %j shows %j", (bytes, digits) => {
    const fingerprint = bytes.length === 0 ? new Uint8Array(0) : new Uint8Array(32);
    fingerprint.set(bytes);
    expect(digitsOf(fingerprint)).toBe(digits);
  });
});

describe("a device", () => {
  it("enrols with its link, signs in, and later signs in without the link", async () => {
    const server = new FakeServer();
    const store = new MemoryIdentityStore();
    const first = await deviceOf(server, store);
    await first.open(server.invite());
    expect(first.sent).toEqual(["hello", "enrol", "login", "listDevices"]);
    expect(first.state.phase.kind).toBe("signed_in");
    const reloaded = await deviceOf(server, store);
    expect(reloaded.identity.isEnrolled).toBe(true);
    expect(reloaded.identity.name).toBe("Anna");
    await reloaded.open();
    expect(reloaded.sent).toEqual(["hello", "login", "listDevices"]);
    expect(reloaded.state.phase.kind).toBe("signed_in");
  });

  it("is refused when it signs for another host", async () => {
    const server = new FakeServer();
    const identity = await DeviceIdentity.open(new MemoryIdentityStore(), { ...kUrl, hostname: "evil.example" });
    const device = new FakeDevice(identity, server);
    await device.open(server.invite());
    expect(device.state.phase).toEqual({ kind: "stopped", reason: "signature_invalid" });
  });

  it("uses its link again with the same key when the answer was lost", async () => {
    const server = new FakeServer();
    const store = new MemoryIdentityStore();
    const code = server.invite();
    const lost = await DeviceIdentity.open(store, kUrl);
    await lost.prepare(code); // Enrol was sent; the tab was closed before Enrolled came
    server.invitations.set([...code].map((byte) => byte.toString(16).padStart(2, "0")).join(""), keyOf(await lost.view()));
    const device = await deviceOf(server, store);
    expect(device.identity.isEnrolled).toBe(false);
    await device.open(code);
    expect(device.state.phase.kind).toBe("signed_in");
  });

  it("cannot use a link that somebody else has used", async () => {
    const server = new FakeServer();
    const code = server.invite();
    await (await deviceOf(server)).open(code);
    const second = await deviceOf(server);
    await second.open(code);
    expect(second.state.phase).toEqual({ kind: "stopped", reason: "invitation_used" });
    expect(second.identity.isEnrolled).toBe(false);
  });

  it("waits until another device has approved it, over a reload", async () => {
    const server = new FakeServer();
    const first = await deviceOf(server);
    await first.open(server.invite());
    const store = new MemoryIdentityStore();
    const second = await deviceOf(server, store);
    await second.open(server.invite());
    expect(second.state.phase.kind).toBe("pending");
    expect(second.state.wantsRoom).toBe(false);
    await second.run({ type: "timer", timer: "approval" });
    expect(second.state.phase.kind).toBe("pending");
    expect(second.sent).toEqual(["hello", "enrol", "enrol"]);
    const reloaded = await deviceOf(server, store);
    await reloaded.open();
    expect(reloaded.state.phase.kind).toBe("pending");
    expect(reloaded.identity.digits).toBe(second.identity.digits);
    await first.run({ type: "approve_device", deviceId: "22" });
    expect(first.state.devices.find(({ id }) => id === "22")?.digits).toBe(second.identity.digits);
    expect(first.state.devices.map(({ state }) => state)).toEqual(["active", "active"]);
    await reloaded.run({ type: "timer", timer: "approval" });
    expect(reloaded.state.phase.kind).toBe("signed_in");
    expect(reloaded.state.isPending).toBe(false);
  });

  it("that was put out forgets its key, and a new link gives it a new one", async () => {
    const server = new FakeServer();
    const store = new MemoryIdentityStore();
    const device = await deviceOf(server, store);
    await device.open(server.invite());
    const { digits } = device.identity;
    for (const known of server.devices.values()) known.state = Device_State.REVOKED;
    await device.run({ type: "socket_closed" }, { type: "retry_now" });
    expect(device.state.phase).toEqual({ kind: "stopped", reason: "device_unknown" });
    expect(await store.load("current")).toBeUndefined();
    server.devices.clear();
    await device.open(server.invite());
    expect(device.state.phase.kind).toBe("signed_in");
    expect(device.identity.digits).not.toBe(digits);
  });

  it("keeps what it has when its access has ended: it may be given again", async () => {
    const server = new FakeServer();
    const store = new MemoryIdentityStore();
    const device = await deviceOf(server, store);
    await device.open(server.invite());
    await device.run(h.fails(Error_Code.ACCESS_ENDED, 0, true));
    const reloaded = await deviceOf(server, store);
    expect(reloaded.identity.isEnrolled).toBe(true);
    await reloaded.open();
    expect(reloaded.state.phase.kind).toBe("signed_in");
  });

  it("keeps its key when it was away for too long: the same link may help again", async () => {
    const server = new FakeServer();
    const store = new MemoryIdentityStore();
    const device = await deviceOf(server, store);
    const code = server.invite();
    await device.open(code);
    await device.run(h.fails(Error_Code.CREDENTIAL_EXPIRED, 0, true));
    const reloaded = await deviceOf(server, store);
    expect(reloaded.identity.isEnrolled).toBe(false);
    await reloaded.open(code);
    expect(reloaded.state.phase.kind).toBe("signed_in");
  });

  it("becomes somebody else only when the server has taken the new link", async () => {
    const server = new FakeServer();
    const store = new MemoryIdentityStore();
    const device = await deviceOf(server, store);
    await device.open(server.invite());
    const wrong = await deviceOf(server, store);
    await wrong.open(new Uint8Array(16));
    expect(wrong.state.phase).toEqual({ kind: "stopped", reason: "invitation_invalid" });
    const still = await deviceOf(server, store);
    expect(still.identity.name).toBe("Anna");
    server.devices.clear();
    server.name = "Bruno";
    const other = await deviceOf(server, store);
    await other.open(server.invite());
    expect((await deviceOf(server, store)).identity.name).toBe("Bruno");
    expect(await store.load("next")).toBeUndefined();
  });

  it("keeps each credential that comes", async () => {
    const server = new FakeServer();
    const store = new MemoryIdentityStore();
    const { identity } = await deviceOf(server, store);
    await identity.prepare(server.invite());
    await identity.keep({ credential: Uint8Array.of(1), name: "Anna" });
    await identity.keep({ credential: Uint8Array.of(2) });
    await identity.keep({ credential: new Uint8Array(0), name: "" });
    expect(await store.load("current")).toMatchObject({ credential: Uint8Array.of(2), name: "Anna" });
  });

  it("of another server is not taken for this one's", async () => {
    const server = new FakeServer();
    const store = new MemoryIdentityStore();
    await (await deviceOf(server, store)).open(server.invite());
    const elsewhere = await DeviceIdentity.open(store, { origin: "https://b.example", hostname: "b.example" });
    expect(elsewhere.isEnrolled).toBe(false);
  });

  it("works in a window that keeps nothing, and says so", async () => {
    const refuse = async (): Promise<never> => {
      throw new Error("denied");
    };
    const server = new FakeServer();
    const device = await deviceOf(server, { load: refuse, save: refuse, remove: refuse });
    await device.open(server.invite());
    expect(device.state.phase.kind).toBe("signed_in");
    expect(device.identity.isRemembered).toBe(false);
  });

  it("stores before it goes on", async () => {
    const kept: IdentityRecord[] = [];
    const store = new MemoryIdentityStore();
    const device = await deviceOf(new FakeServer(), {
      load: (slot) => store.load(slot),
      remove: (slot) => store.remove(slot),
      save: async (slot, record) => {
        kept.push(record);
        await store.save(slot, record);
      },
    });
    await device.identity.prepare(new Uint8Array(16));
    expect(kept.map(({ credential, isKnown }) => [credential.length, isKnown])).toEqual([[0, false]]);
  });
});

describe("the devices of a person", () => {
  const device = { id: "1", label: "A", digits: "", enrolledMs: 0 };

  it("are asked for after signing in, and follow what the server tells", () => {
    const told = h.says({
      case: "devices",
      value: { devices: [{ deviceId: "5", label: "Phone", state: Device_State.PENDING, keyFingerprint: Uint8Array.of(0, 0, 0, 9), enrolled: 2n }] },
    });
    expect(h.walk(h.phases().signed_in, told).state.devices).toEqual([
      { id: "5", label: "Phone", state: "waiting", digits: "0000 0009", enrolledMs: 2000 },
    ]);
  });

  it.each([
    [Error_Code.DEVICE_NOT_FOUND, "not_found", ["listDevices"]],
    [Error_Code.STORE_UNAVAILABLE, "not_kept", []],
    [Error_Code.RATE_LIMITED, "too_often", []],
    [Error_Code.INTERNAL, "failed", []],
  ] as const)("say why with code %i: %s", (code, problem, sent) => {
    const asked = h.walk(h.inCall(), { type: "approve_device", deviceId: "5" });
    expect(h.sent(asked.effects)).toEqual(["approveDevice"]);
    const { state, effects } = h.walk(asked.state, h.fails(code, h.requestOf(asked.state, "devices")));
    expect(state.deviceProblem).toBe(problem);
    expect(state.phase.kind).toBe("joined");
    expect(h.sent(effects)).toEqual(sent);
    const again = h.walk(state, { type: "revoke_device", deviceId: "5" });
    const done = h.says({ case: "devices", value: {} }, h.requestOf(again.state, "devices"));
    expect(h.walk(again.state, done).state.deviceProblem).toBeUndefined();
  });

  it("are not asked for while the server is away", () => {
    const { state, effects } = h.walk(h.phases().waiting, { type: "revoke_device", deviceId: "5" });
    expect(h.sent(effects)).toEqual([]);
    expect(state.deviceProblem).toBe("failed");
  });

  it("are ordered: waiting, active, put out; the newest first", () => {
    const devices = [
      { ...device, id: "old", state: "active", enrolledMs: 1 },
      { ...device, id: "out", state: "revoked", enrolledMs: 9 },
      { ...device, id: "new", state: "active", enrolledMs: 2 },
      { ...device, id: "asks", state: "waiting", enrolledMs: 0 },
    ] as const;
    expect(orderDevices(devices).map(({ id }) => id)).toEqual(["asks", "new", "old", "out"]);
  });
});

describe("a label", () => {
  const chromium = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36";
  it.each([
    [chromium, "Chrome on Android"],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1", "Safari on iPhone"],
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0", "Edge on Windows"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15", "Safari on macOS"],
    ["curl/8", "Browser"],
  ])("of %j is %j", (userAgent, label) => expect(deviceLabel({ userAgent })).toBe(label));

  it("prefers what the browser says of itself", () => {
    const brands = [{ brand: "Not A;Brand" }, { brand: "Chromium" }, { brand: "Microsoft Edge" }];
    const userAgentData = { brands, platform: "Android" };
    expect(deviceLabel({ userAgent: chromium, userAgentData })).toBe("Edge on Android");
  });

  it("keeps the limit of the protocol whatever the browser says", () => {
    const userAgentData = { brands: [{ brand: "Microsoft Edge" }], platform: "é".repeat(99) };
    expect(new TextEncoder().encode(deviceLabel({ userAgent: "", userAgentData })).length).toBeLessThanOrEqual(64);
  });
});

describe("the only tab", () => {
  it("is one, where the browser cannot tell", async () => expect(await isOnlyTab(undefined)).toBe(true));

  it("is told by the lock", async () => {
    const free = { request: (_: string, __: LockOptions, hold: LockGrantedCallback<unknown>) => hold(null) };
    expect(await isOnlyTab(free as unknown as LockManager)).toBe(true);
    const taken = { request: () => Promise.reject(new DOMException("timeout", "TimeoutError")) };
    expect(await isOnlyTab(taken as unknown as LockManager)).toBe(false);
  });
});

function keyOf(view: { publicKey: Uint8Array } | undefined): string {
  return [...(view?.publicKey ?? [])].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

it("shows the digits of its own key", async () => {
  const identity = await DeviceIdentity.open(new MemoryIdentityStore(), kUrl);
  expect(identity.digits).toBe("");
  await identity.prepare(new Uint8Array(16));
  const view = await identity.view();
  if (!view) throw new Error("no key");
  expect(identity.digits).toBe(digitsOf(await fingerprintOf(view.publicKey)));
  expect(identity.digits).toMatch(/^\d{4} \d{4}$/);
});
