// Keeps the page in step with the client: turns what a person does into calls, and every change into
// one drawing of the model.
import { render } from "preact";
import type { ParleyClient } from "../sdk/client";
import { toDisplayName } from "../sdk/link";
import type { Link } from "../sdk/link";
import type { SessionStore, StoredSession } from "../sdk/storage";
import type { FloorSignal } from "../sdk/floor_state";
import { talkRoomOf } from "../sdk/session_state";
import { kNoEmergency, moveEmergency } from "./emergency_hold";
import type { EmergencyHold, EmergencyInput } from "./emergency_hold";
import { floorOf } from "./floor_view";
import type { FloorView } from "./floor_view";
import { watchKeys } from "./keys";
import type { KeysState } from "./keys";
import { screenOf } from "./model";
import type { Actions, DialogName, Model } from "./model";
import { Page } from "./page";
import { parseSettings } from "./settings";
import type { Settings } from "./settings";
import { kFreeButton, moveButton } from "./talk_button";
import type { ButtonInput, TalkButton } from "./talk_button";
import { kVibrations, Tones } from "./tones";
import { text } from "./strings";

export interface Visit {
  readonly link: Link;
  readonly key: string; // names the session in the store
  readonly known: StoredSession | undefined; // this device has been in the room
}

export class TalkPage {
  private name: string;
  private wantsToJoin = false;
  private dialog: DialogName = "none";
  private settings: Settings;
  private button: TalkButton = kFreeButton;
  private emergencyHold: EmergencyHold = kNoEmergency;
  private emergencyTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly tones = new Tones();

  constructor(
    private readonly root: HTMLElement,
    private readonly client: ParleyClient,
    private readonly store: SessionStore,
    private readonly visit: Visit,
  ) {
    this.name = store.habit("name");
    this.settings = parseSettings(store.habit("floor"));
    client.subscribe(() => this.draw());
    client.onSignal((signal, roomId) => this.onSignal(signal, roomId));
    watchKeys(() => this.keys(), this.actions);
    watchHeadset(() => this.floor() !== undefined, () => this.actions.moveButton({ type: "tap" }));
    window.addEventListener("pointerdown", () => this.unlock());
    window.addEventListener("keydown", () => this.unlock());
    // Nobody knows what is still held down when the page is out of sight.
    const lost = (): void => this.onLost();
    window.addEventListener("blur", lost);
    window.addEventListener("pagehide", lost);
    document.addEventListener("visibilitychange", lost);
    window.addEventListener("hashchange", () => location.reload()); // another link in the same tab
  }

  // Brings somebody back who has been here, and opens the microphone where that asks nobody.
  async open(): Promise<void> {
    const { known } = this.visit;
    this.draw();
    if (screenOf(this.model()) !== "lobby" || !(await this.client.mayUseMicrophone())) return;
    if (known && !known.left) await this.join();
    else await this.client.openMicrophone();
  }

  private readonly actions: Actions = {
    setName: (name) => {
      this.name = name;
      this.draw();
    },
    checkMicrophone: () => {
      this.client.unlock();
      void this.client.openMicrophone();
    },
    chooseMicrophone: (deviceId) => void this.client.chooseMicrophone(deviceId),
    join: () => void this.join(),
    toggleMuted: () => {
      this.client.unlock();
      this.client.setMuted(!this.client.snapshot().session.muted);
    },
    moveButton: (input) => this.onButton(input),
    moveEmergency: (input) => this.onEmergency(input),
    toggleHand: () => {
      const room = talkRoomOf(this.client.snapshot().session);
      if (room) this.client.setHand(!room.members.get(room.ownId)?.handRaised);
    },
    talkIn: (roomId) => {
      this.button = kFreeButton; // a button that is held goes on for no other room
      this.client.setTalkRoom(roomId);
    },
    setMix: (mix) => this.client.setMix(mix),
    ask: (roomId, body) => this.client.ask(roomId, body),
    change: (settings) => {
      this.settings = { ...this.settings, ...settings };
      this.store.saveHabit("floor", JSON.stringify(this.settings));
      this.draw();
    },
    leave: () => this.client.leave(),
    retry: () => this.client.retryNow(),
    reload: () => location.reload(),
    unlock: () => this.client.unlock(),
    show: (dialog) => {
      this.dialog = dialog;
      this.draw();
    },
  };

  private readonly levels = {
    own: () => this.client.ownLevel(),
    of: (memberId: number) => this.client.levelOf(memberId),
  };

  private floor(): FloorView | undefined {
    return floorOf(this.client.snapshot().session, this.settings);
  }

  private keys(): KeysState {
    const { session } = this.client.snapshot();
    return {
      isActive:
        screenOf(this.model()) === "call" &&
        this.dialog === "none" &&
        this.emergencyHold.kind !== "counting",
      hasFloor: this.floor() !== undefined,
      roomIds: session.offers.map(({ id }) => id),
    };
  }

  private unlock(): void {
    this.client.unlock();
    this.tones.unlock();
  }

  private onButton(input: ButtonInput): void {
    const view = this.floor();
    const state = { isLatched: view?.isLatched ?? false, isActive: view?.isActive ?? false };
    const { button, does } = moveButton(this.button, input, state);
    this.button = button;
    switch (does) {
      case "press":
      case "latch":
        this.client.press(does === "latch");
        return;
      case "release":
        this.client.release();
        return;
      case "nothing":
        return;
    }
  }

  private onLost(): void {
    this.onButton({ type: "lost" });
    this.onEmergency("up");
  }

  private onEmergency(input: EmergencyInput): void {
    const { session } = this.client.snapshot();
    const room = session.floor.rooms.get(session.floor.talkRoomId);
    if (!room || (input === "down" && !this.floor()?.mayDeclare)) return;
    const { hold, declares } = moveEmergency(this.emergencyHold, input, room.policy, Date.now());
    if (hold === this.emergencyHold) return;
    this.emergencyHold = hold;
    clearTimeout(this.emergencyTimer);
    if (hold.kind !== "idle") {
      this.emergencyTimer = setTimeout(() => this.onEmergency("tick"), hold.untilMs - Date.now());
    }
    if (declares) this.client.declareEmergency(false);
    this.draw();
  }

  // An emergency is heard from every room, everything else from the talk room.
  private onSignal(signal: FloorSignal, roomId: string): void {
    const isHere = roomId === this.client.snapshot().session.floor.talkRoomId;
    if (!isHere && signal !== "emergency") return;
    if (this.settings.tones) this.tones.play(signal, this.settings.toneVolume);
    if (this.settings.vibration && "vibrate" in navigator) navigator.vibrate([...kVibrations[signal]]);
  }

  private async join(): Promise<void> {
    const { link, known } = this.visit;
    this.unlock();
    this.wantsToJoin = true;
    this.draw();
    if (await this.client.openMicrophone()) {
      this.store.saveHabit("name", this.name);
      const invitation = link.kind === "invitation" ? link.invitation : undefined;
      // A reload keeps somebody muted who was; a first visit starts heard.
      const muted = known !== undefined && this.store.habit("muted") === "yes";
      this.client.start(toDisplayName(this.name), invitation, muted);
    } else {
      this.wantsToJoin = false;
      this.draw();
    }
  }

  private model(): Model {
    const { link, known } = this.visit;
    const { name, wantsToJoin, dialog, settings, emergencyHold } = this;
    return {
      ...this.client.snapshot(),
      name,
      wantsToJoin,
      dialog,
      settings,
      emergencyHold,
      host: location.host,
      link: known ? "session" : link.kind === "session" ? "none" : link.kind,
      knownRoom: known?.roomName ?? "",
    };
  }

  private draw(): void {
    const { session } = this.client.snapshot();
    const { phase } = session;
    const room = talkRoomOf(session);
    if (phase.kind === "stopped" || phase.kind === "left") this.wantsToJoin = false;
    if (screenOf(this.model()) !== "call") this.dialog = "none";
    // The invitation has become a session: the address bar keeps no secret.
    if (phase.kind === "joining") history.replaceState(null, "", `#r=${this.visit.key}`);
    document.title = room ? `${room.name} · ${text.product}` : text.product;
    render(<Page model={this.model()} actions={this.actions} levels={this.levels} />, this.root);
  }
}

// A headset's key is one press without a length: it latches.
function watchHeadset(hasButton: () => boolean, tap: () => void): void {
  if (!("mediaSession" in navigator)) return;
  for (const action of ["play", "pause", "stop"] as const) {
    navigator.mediaSession.setActionHandler(action, () => {
      if (hasButton()) tap();
    });
  }
}
