// Keeps the page in step with the client: turns what a person does into calls, and every change into
// one drawing of the model.
import { render } from "preact";
import type { ParleyClient } from "../sdk/client";
import type { DeviceIdentity } from "../sdk/identity";
import { toDisplayName } from "../sdk/link";
import type { Link } from "../sdk/link";
import { isOnlyTab } from "../sdk/only_tab";
import type { Habits } from "../sdk/storage";
import type { FloorSignal } from "../sdk/floor_state";
import { talkRoomOf } from "../sdk/session_state";
import { kNoEmergency, moveEmergency } from "./emergency_hold";
import type { EmergencyHold, EmergencyInput } from "./emergency_hold";
import { floorOf } from "./floor_view";
import type { FloorView } from "./floor_view";
import { watchKeys } from "./keys";
import type { KeysState } from "./keys";
import { screenOf } from "./model";
import type { Actions, DeviceQuestion, DialogName, Model } from "./model";
import { Page } from "./page";
import { parseSettings } from "./settings";
import type { Settings } from "./settings";
import { kFreeButton, moveButton } from "./talk_button";
import type { ButtonInput, TalkButton } from "./talk_button";
import { kVibrations, Tones } from "./tones";
import { text } from "./strings";

type NamedLink = Extract<Link, { code: Uint8Array }>;
const kNoLink: Link = { kind: "none" };

export class TalkPage {
  private name: string;
  private wantsToJoin = false;
  private asksToReplace = false;
  private roomId = ""; // chosen in the lobby
  private deviceQuestion: DeviceQuestion | undefined;
  private isElsewhere = false;
  private readonly owner: string | undefined; // before this visit
  private dialog: DialogName = "none";
  private settings: Settings;
  private button: TalkButton = kFreeButton;
  private emergencyHold: EmergencyHold = kNoEmergency;
  private emergencyTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly tones = new Tones();

  constructor(
    private readonly root: HTMLElement,
    private readonly client: ParleyClient,
    private readonly habits: Habits,
    private readonly identity: DeviceIdentity,
    private link: Link,
  ) {
    this.name = habits.habit("name");
    this.settings = parseSettings(habits.habit("floor"));
    this.owner = identity.isEnrolled ? identity.name : undefined;
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
    const code = codeOf(this.link);
    if (code && this.identity.cameBy(code) && this.identity.isEnrolled) this.dropLink();
    const { isEnrolled } = this.identity;
    this.asksToReplace = codeOf(this.link) !== undefined && isEnrolled;
    this.draw();
    if (screenOf(this.model()) !== "lobby") return;
    this.isElsewhere = !(await isOnlyTab(navigator.locks)) && isEnrolled;
    if (this.isElsewhere) this.draw();
    else await this.goOn();
  }

  private async goOn(): Promise<void> {
    const mayListen = await this.client.mayUseMicrophone();
    const wasInRoom = this.habits.habit("room") !== "" && this.habits.habit("left") === "";
    if (this.identity.isEnrolled && wasInRoom && mayListen) {
      await this.join();
      return;
    }
    if (this.identity.isEnrolled) await this.client.start("", false, this.isMuted());
    if (mayListen && !this.client.snapshot().session.isPending) await this.client.openMicrophone();
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
    chooseRoom: (roomId) => {
      this.roomId = roomId;
      this.draw();
    },
    join: () => void this.join(),
    useHere: () => {
      this.isElsewhere = false;
      this.draw();
      void this.goOn();
    },
    keepIdentity: () => {
      this.dropLink();
      location.reload();
    },
    replaceIdentity: () => {
      this.asksToReplace = false;
      this.habits.forgetPerson();
      this.name = "";
      this.draw();
    },
    askDevice: (act, device) => {
      this.deviceQuestion = { act, device };
      this.actions.show("device_question");
    },
    answerDevice: () => this.answerDevice(),
    dismissRoomNotice: () => this.client.dismissRoomNotice(),
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
      this.habits.saveHabit("floor", JSON.stringify(this.settings));
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

  private answerDevice(): void {
    const question = this.deviceQuestion;
    if (!question) return;
    if (question.act === "approve") this.client.approveDevice(question.device.id);
    else this.client.revokeDevice(question.device.id);
    this.deviceQuestion = undefined;
    this.actions.show("devices");
  }

  private async join(): Promise<void> {
    this.unlock();
    this.wantsToJoin = true;
    this.draw();
    if (await this.client.openMicrophone()) await this.enter();
    this.wantsToJoin = false;
    this.draw();
  }

  private async enter(): Promise<void> {
    const { kind } = this.client.snapshot().session.phase;
    if (kind !== "idle" && kind !== "left" && kind !== "stopped") {
      this.client.enter(this.roomId, this.isMuted());
      return;
    }
    const code = codeOf(this.link);
    if (code) await this.identity.prepare(code);
    if (this.link.kind === "guest") this.habits.saveHabit("name", this.name);
    await this.client.start(toDisplayName(this.name), true, this.isMuted());
  }

  // A reload keeps somebody muted who was; a first visit starts heard.
  private isMuted(): boolean {
    return this.owner !== undefined && this.habits.habit("muted") === "yes";
  }

  // What the address bar says is used up, or not wanted.
  private dropLink(): void {
    this.link = kNoLink;
    history.replaceState(null, "", location.pathname + location.search);
  }

  private model(): Model {
    const { name, dialog, settings, emergencyHold, asksToReplace, deviceQuestion, identity } = this;
    const snapshot = this.client.snapshot();
    const { offers, self, wantsRoom } = snapshot.session;
    const wanted = this.roomId || this.habits.habit("room");
    const roomId = offers.some(({ id }) => id === wanted) ? wanted : (offers[0]?.id ?? "");
    return {
      ...snapshot,
      name,
      wantsToJoin: this.wantsToJoin || wantsRoom,
      dialog,
      settings,
      emergencyHold,
      asksToReplace,
      isElsewhere: this.isElsewhere,
      deviceQuestion,
      host: location.host,
      link: isSecureContext ? this.link.kind : "insecure",
      identity: {
        isEnrolled: identity.isEnrolled,
        name: self.name || identity.name,
        digits: identity.digits,
        isRemembered: identity.isRemembered,
        owner: this.owner,
      },
      roomId,
      roomName: identity.isEnrolled ? this.habits.habit("room_name") : "",
    };
  }

  private draw(): void {
    const { session } = this.client.snapshot();
    const room = talkRoomOf(session);
    const screen = screenOf(this.model());
    const isAboutDevices = this.dialog === "devices" || this.dialog === "device_question";
    if (screen !== "call" && !(screen === "lobby" && isAboutDevices)) this.dialog = "none";
    // The server has taken the link: the address bar keeps no secret.
    const code = codeOf(this.link);
    if (code && this.identity.cameBy(code) && this.identity.isEnrolled) this.dropLink();
    document.title = room ? `${room.name} · ${text.product}` : text.product;
    render(<Page model={this.model()} actions={this.actions} levels={this.levels} />, this.root);
  }
}

function codeOf(link: Link): NamedLink["code"] | undefined {
  return "code" in link ? link.code : undefined;
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
