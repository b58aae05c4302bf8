// Keeps the page in step with the client: turns what a person does into calls, and every change into
// one drawing of the model.
import { render } from "preact";
import type { ParleyClient } from "../sdk/client";
import { toDisplayName } from "../sdk/link";
import type { Link } from "../sdk/link";
import type { SessionStore, StoredSession } from "../sdk/storage";
import { watchKeys } from "./keys";
import { screenOf } from "./model";
import type { Actions, DialogName, Model } from "./model";
import { Page } from "./page";
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

  constructor(
    private readonly root: HTMLElement,
    private readonly client: ParleyClient,
    private readonly store: SessionStore,
    private readonly visit: Visit,
  ) {
    this.name = store.habit("name");
    client.subscribe(() => this.draw());
    watchKeys(() => screenOf(this.model()) === "call" && this.dialog === "none", this.actions);
    window.addEventListener("pointerdown", () => client.unlock());
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

  private async join(): Promise<void> {
    const { link, known } = this.visit;
    this.client.unlock();
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
    const { name, wantsToJoin, dialog } = this;
    return {
      ...this.client.snapshot(),
      name,
      wantsToJoin,
      dialog,
      host: location.host,
      link: known ? "session" : link.kind === "session" ? "none" : link.kind,
      knownRoom: known?.roomName ?? "",
    };
  }

  private draw(): void {
    const { phase, room } = this.client.snapshot().session;
    if (phase.kind === "stopped" || phase.kind === "left") this.wantsToJoin = false;
    if (screenOf(this.model()) !== "call") this.dialog = "none";
    // The invitation has become a session: the address bar keeps no secret.
    if (phase.kind === "joining") history.replaceState(null, "", `#r=${this.visit.key}`);
    document.title = room ? `${room.name} · ${text.product}` : text.product;
    render(<Page model={this.model()} actions={this.actions} levels={this.levels} />, this.root);
  }
}
