// The shell around the session's rules: runs their effects on the browser and feeds back what happens.
// One per page. No user interface in it.
import type { ServerMessage } from "../src/generated/protocol/client_pb";
import type { FloorBody, FloorInput, FloorSignal } from "./floor_state";
import { Keying } from "./keying";
import { listMicrophones, mayUseMicrophone, Microphone } from "./microphone";
import type { MicrophoneDevice, MicrophoneState } from "./microphone";
import { membersInSlots } from "./members";
import { kEvenMix, parseMix, slotGains } from "./mix";
import type { Mix } from "./mix";
import { Peer } from "./peer";
import type { DeviceIdentity } from "./identity";
import { reduce } from "./session";
import { kInitialState, talkRoomOf } from "./session_state";
import type { Effect, SessionEvent, SessionState, TimerName } from "./session_state";
import { credentialsOf, runIdentityEffect, toldBy } from "./sign_in_desk";
import type { Habits } from "./storage";
import { Transport } from "./transport";

export interface Snapshot {
  readonly session: SessionState;
  readonly microphone: MicrophoneState;
  readonly devices: readonly MicrophoneDevice[];
  readonly isPlaybackBlocked: boolean;
  readonly mix: Mix;
}

export interface ClientOptions {
  readonly url: string; // wss://host/ws
  readonly identity: DeviceIdentity;
  readonly label: string; // of this device
  readonly habits: Habits;
}

const kSampleMs = 100;
const kAfterSleepMs = 5_000; // a sampling gap this long means that the machine slept

export class ParleyClient {
  private session: SessionState = kInitialState;
  private transport: Transport | undefined;
  private devices: readonly MicrophoneDevice[] = [];
  private isPlaybackBlocked = false;
  private sentLevel = 0;
  private sampledAtMs = Date.now();
  private mix: Mix = kEvenMix;
  private gains = "";
  private isTrackKeyed = true; // where the track is the gate: whether it is open
  private isMicrophoneOn = true;
  private inbox: Promise<void> = Promise.resolve();
  private inboxSize = 0;
  private readonly timers = new Map<TimerName, ReturnType<typeof setTimeout>>();
  private readonly listeners = new Set<() => void>();
  private readonly hearers = new Set<(signal: FloorSignal, roomId: string) => void>();
  private readonly microphone = new Microphone(
    () => this.notify(),
    () => void this.useMicrophone(""), // any other is better than none
  );
  private readonly keying = new Keying(
    { shut: (shuts, lastTimestamp) => this.floor({ type: "gate_shut", shuts, lastTimestamp }) },
    (on) => {
      this.isTrackKeyed = on;
      this.settleTrack();
    },
  );
  private readonly peer = new Peer(
    {
      stateChanged: (generation, state) => this.dispatch({ type: "media_state", generation, state }),
      playbackBlocked: (blocked) => this.setPlaybackBlocked(blocked),
    },
    (sender) => this.keying.watch(sender),
  );

  constructor(private readonly options: ClientOptions) {
    window.addEventListener("online", () => this.dispatch({ type: "network_changed" }));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.dispatch({ type: "woke" });
    });
    this.mix = parseMix(options.habits.habit("mix"));
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.onDevicesChanged());
    setInterval(() => this.sample(), kSampleMs);
    void this.refreshDevices();
  }

  snapshot(): Snapshot {
    const { session, devices, isPlaybackBlocked, mix } = this;
    return { session, microphone: this.microphone.state, devices, isPlaybackBlocked, mix };
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  // What happens on the floor, for ears and fingers.
  onSignal(hearer: (signal: FloorSignal, roomId: string) => void): () => void {
    this.hearers.add(hearer);
    return () => this.hearers.delete(hearer);
  }

  // Loudness now, 0..1. Cheap: asked many times a second by meters.
  ownLevel(): number {
    return this.microphone.isMeasuring ? this.microphone.level : this.sentLevel;
  }

  levelOf(memberId: number): number {
    const room = talkRoomOf(this.session);
    if (!room) return 0;
    if (memberId === room.ownId) return this.session.floor.gate.roomId === "" ? 0 : this.ownLevel();
    const slot = membersInSlots(room.channels, room.ownId).indexOf(memberId);
    const { firstSlot, slots } = this.session.places.get(room.id) ?? { firstSlot: 0, slots: 0 };
    return slot < 0 || slot >= slots ? 0 : this.peer.slotLevel(firstSlot + slot);
  }

  mayUseMicrophone(): Promise<boolean> {
    return mayUseMicrophone();
  }

  // Opens the microphone (asking for it where needed). True when it is open afterwards.
  async openMicrophone(): Promise<boolean> {
    if (this.microphone.state.kind === "open") return true;
    await this.useMicrophone(this.options.habits.habit("microphone"));
    return this.microphone.track !== undefined;
  }

  async chooseMicrophone(deviceId: string): Promise<void> {
    this.options.habits.saveHabit("microphone", deviceId);
    await this.useMicrophone(deviceId);
  }

  // Signs this device in, and enters a room where that is wanted.
  async start(displayName: string, wantsRoom: boolean, muted: boolean): Promise<void> {
    const { identity, label, habits } = this.options;
    const credentials = await credentialsOf(identity, displayName, label, habits.habit("room"));
    if (!credentials) return;
    this.dispatch({
      type: "start",
      credentials,
      wantsRoom,
      muted,
      firstReqId: crypto.getRandomValues(new Uint32Array(1))[0] ?? 1,
    });
  }

  // From the lobby into a room; "": the one used last.
  enter(roomId: string, muted: boolean): void {
    this.dispatch({ type: "enter", roomId, muted });
  }

  approveDevice(deviceId: string): void {
    this.dispatch({ type: "approve_device", deviceId });
  }

  revokeDevice(deviceId: string): void {
    this.dispatch({ type: "revoke_device", deviceId });
  }

  dismissRoomNotice(): void {
    this.dispatch({ type: "dismiss_room_notice" });
  }

  setMuted(muted: boolean): void {
    this.options.habits.saveHabit("muted", muted ? "yes" : "");
    this.keying.forget();
    this.dispatch({ type: "set_muted", muted, nowMs: Date.now() });
  }

  // The button of the talk room goes down or up.
  press(handsFree: boolean): void {
    this.floor({ type: "press", handsFree });
  }

  release(): void {
    this.floor({ type: "release" });
  }

  declareEmergency(peril: boolean): void {
    this.floor({ type: "declare", peril });
  }

  setTalkRoom(roomId: string): void {
    this.floor({ type: "talk_room", roomId });
  }

  // What a chair or a dispatcher asks of a room's arbiter.
  ask(roomId: string, body: FloorBody): void {
    this.dispatch({ type: "floor_request", roomId, body });
  }

  setHand(raised: boolean): void {
    this.dispatch({ type: "set_hand", raised });
  }

  setMix(mix: Mix): void {
    this.mix = mix;
    this.options.habits.saveHabit("mix", JSON.stringify(mix));
    this.settleGains();
    this.notify();
  }

  leave(): void {
    this.options.habits.saveHabit("left", "yes");
    this.dispatch({ type: "leave" });
  }

  retryNow(): void {
    this.dispatch({ type: "retry_now" });
  }

  // To be called from a gesture: lets sound start where the browser waited for one.
  unlock(): void {
    this.microphone.unlock();
    this.peer.unlock();
  }

  private dispatch(event: SessionEvent): void {
    const { state, effects } = reduce(this.session, event);
    const isChanged = state !== this.session;
    this.session = state;
    for (const effect of effects) this.run(effect);
    if (!isChanged) return;
    this.settleGains();
    this.notify();
  }

  private floor(input: FloorInput): void {
    this.dispatch({ type: "floor", input, nowMs: Date.now() });
  }

  // Tells the players when the loudness of a slot changed.
  private settleGains(): void {
    const { rooms, places } = this.session;
    const mixed = [...rooms.values()].flatMap((room) => {
      const place = places.get(room.id);
      const isTalking = room.talkers.some((talker) => talker.memberId !== room.ownId);
      return place ? [{ id: room.id, place, isTalking }] : [];
    });
    const gains = slotGains(this.mix, mixed);
    if (gains.join() === this.gains) return;
    this.gains = gains.join();
    this.peer.setGains(gains);
  }

  private settleTrack(): void {
    this.microphone.setEnabled(this.isMicrophoneOn && this.isTrackKeyed);
  }

  private run(effect: Effect): void {
    switch (effect.type) {
      case "open_socket":
        this.openSocket();
        return;
      case "close_socket":
        this.transport?.close();
        this.transport = undefined;
        return;
      case "send":
        this.transport?.send(effect.requestId, effect.body);
        return;
      case "set_timer":
        this.setTimer(effect.timer, effect.minMs + Math.random() * (effect.maxMs - effect.minMs));
        return;
      case "clear_timer":
        clearTimeout(this.timers.get(effect.timer));
        this.timers.delete(effect.timer);
        return;
      case "create_offer":
        void this.createOffer(effect.generation);
        return;
      case "apply_answer":
        void this.applyAnswer(effect);
        return;
      case "close_media":
        this.peer.close();
        this.microphone.close();
        return;
      case "set_microphone_enabled":
        this.isMicrophoneOn = effect.enabled;
        this.settleTrack();
        return;
      case "open_gate":
        this.keying.open(effect.heldMs);
        return;
      case "shut_gate":
        this.keying.shut(effect.shuts);
        return;
      case "signal":
        for (const hearer of this.hearers) hearer(effect.signal, effect.roomId);
        return;
      case "store_talk_room":
        this.options.habits.saveHabit("room", effect.roomId);
        this.options.habits.saveHabit("room_name", effect.roomName);
        this.options.habits.saveHabit("left", "");
        return;
      case "sign":
      case "forget_identity":
        void runIdentityEffect(this.options.identity, effect, (event) => this.dispatch(event));
        return;
    }
  }

  private openSocket(): void {
    this.transport?.close();
    const transport: Transport = new Transport(this.options.url, {
      opened: () => this.dispatch({ type: "socket_opened" }),
      received: (message) => this.onReceived(transport, message),
      closed: () => this.dispatch({ type: "socket_closed" }),
    });
    this.transport = transport;
  }

  // In their order, and each only after what it says of this device has been kept.
  private onReceived(transport: Transport, message: ServerMessage): void {
    const told = toldBy(message);
    const handle = (): void => {
      if (transport === this.transport) this.dispatch({ type: "message", message, nowMs: Date.now() });
    };
    if (!told && this.inboxSize === 0) {
      handle();
      return;
    }
    this.inboxSize += 1;
    this.inbox = this.inbox.then(async () => {
      if (told) await this.options.identity.keep(told);
      this.inboxSize -= 1;
      handle();
    });
  }

  private setTimer(timer: TimerName, afterMs: number): void {
    clearTimeout(this.timers.get(timer));
    const fire = (): void => {
      this.timers.delete(timer);
      if (timer === "floor") this.floor({ type: "tick" });
      else this.dispatch({ type: "timer", timer });
    };
    this.timers.set(timer, setTimeout(fire, afterMs));
  }

  private async createOffer(generation: number): Promise<void> {
    try {
      const offer = await this.peer.createOffer(generation, this.microphone.track);
      this.dispatch({ type: "offer_ready", generation, offer });
    } catch {
      this.dispatch({ type: "offer_failed", generation });
    }
  }

  private async applyAnswer(effect: Extract<Effect, { type: "apply_answer" }>): Promise<void> {
    const { generation, offer, answer } = effect;
    try {
      await this.peer.applyAnswer(generation, offer, answer);
    } catch {
      this.dispatch({ type: "media_state", generation, state: "failed" });
    }
  }

  private async useMicrophone(deviceId: string): Promise<void> {
    const track = await this.microphone.open(deviceId);
    if (track) await this.peer.useTrack(track);
    await this.refreshDevices();
  }

  // A microphone came or went. One that went is replaced by whatever there is.
  private async onDevicesChanged(): Promise<void> {
    const { state } = this.microphone;
    await this.refreshDevices();
    if (state.kind === "problem" && state.problem === "missing" && this.devices.length > 0) {
      await this.useMicrophone(this.options.habits.habit("microphone"));
    }
  }

  private async refreshDevices(): Promise<void> {
    this.devices = await listMicrophones();
    this.notify();
  }

  private setPlaybackBlocked(blocked: boolean): void {
    if (blocked === this.isPlaybackBlocked) return;
    this.isPlaybackBlocked = blocked;
    this.notify();
  }

  private sample(): void {
    const nowMs = Date.now();
    if (nowMs - this.sampledAtMs > kAfterSleepMs) this.dispatch({ type: "woke" });
    this.sampledAtMs = nowMs;
    this.microphone.sample(nowMs);
    if (!this.microphone.isMeasuring) {
      void this.peer.sentLevel().then((level) => (this.sentLevel = level));
    }
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}
