// Starts the talk page: finds out who comes (a link, or a session of this device) and keeps the page
// in step with the client.
import { render } from "preact";
import { ParleyClient } from "../sdk/client";
import { parseLink, toDisplayName } from "../sdk/link";
import type { Link } from "../sdk/link";
import { sessionKey, SessionStore } from "../sdk/storage";
import { watchKeys } from "./keys";
import { screenOf } from "./model";
import type { Actions, DialogName, Model } from "./model";
import { Page } from "./page";
import { text } from "./strings";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/lobby.css";
import "./styles/call.css";

const kSocketPath = "/ws";

interface PageState {
  name: string;
  wantsToJoin: boolean;
  dialog: DialogName;
}

function socketUrl(): string {
  const url = new URL(kSocketPath, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  url.hash = "";
  return url.href;
}

// The key under which this device keeps the session that the address bar means.
async function keyOf(link: Link, store: SessionStore): Promise<string> {
  switch (link.kind) {
    case "invitation":
      return sessionKey(link.invitation);
    case "session":
      return link.key;
    case "none":
    case "damaged":
      return store.lastKey() ?? "";
  }
}

async function start(root: HTMLElement): Promise<void> {
  const store = new SessionStore(localStorage);
  const link = parseLink(location.hash);
  const key = await keyOf(link, store);
  const known = link.kind === "damaged" ? undefined : store.session(key);
  const invitation = link.kind === "invitation" ? link.invitation : undefined;
  const client = new ParleyClient({ url: socketUrl(), key, store });
  const page: PageState = { name: store.habit("name"), wantsToJoin: false, dialog: "none" };

  const model = (): Model => ({
    ...client.snapshot(),
    ...page,
    host: location.host,
    link: known ? "session" : link.kind === "session" ? "none" : link.kind,
    knownRoom: known?.roomName ?? "",
  });
  const levels = {
    own: () => client.ownLevel(),
    of: (memberId: number) => client.levelOf(memberId),
  };
  const draw = (): void => {
    const now = model();
    if (screenOf(now) !== "call") page.dialog = "none";
    if (now.session.phase.kind === "stopped" || now.session.phase.kind === "left") {
      page.wantsToJoin = false;
    }
    // The invitation has become a session: the address bar keeps no secret.
    if (now.session.phase.kind === "joining") history.replaceState(null, "", `#r=${key}`);
    const roomName = now.session.room?.name;
    document.title = roomName ? `${roomName} · ${text.product}` : text.product;
    render(<Page model={model()} actions={actions} levels={levels} />, root);
  };
  const set = (change: Partial<PageState>): void => {
    Object.assign(page, change);
    draw();
  };

  const join = async (): Promise<void> => {
    client.unlock();
    set({ wantsToJoin: true });
    if (await client.openMicrophone()) {
      store.saveHabit("name", page.name);
      // A reload keeps somebody muted who was; a first visit starts heard.
      const muted = known !== undefined && store.habit("muted") === "yes";
      client.start(toDisplayName(page.name), invitation, muted);
    } else {
      set({ wantsToJoin: false });
    }
  };
  const actions: Actions = {
    setName: (name) => set({ name }),
    checkMicrophone: () => {
      client.unlock();
      void client.openMicrophone();
    },
    chooseMicrophone: (deviceId) => void client.chooseMicrophone(deviceId),
    join: () => void join(),
    toggleMuted: () => {
      client.unlock();
      client.setMuted(!client.snapshot().session.muted);
    },
    leave: () => client.leave(),
    retry: () => client.retryNow(),
    reload: () => location.reload(),
    unlock: () => client.unlock(),
    show: (dialog) => set({ dialog }),
  };

  client.subscribe(draw);
  watchKeys(() => screenOf(model()) === "call" && page.dialog === "none", actions);
  window.addEventListener("pointerdown", () => client.unlock());
  window.addEventListener("hashchange", () => location.reload()); // another link in the same tab
  draw();
  if (!(await client.mayUseMicrophone()) || screenOf(model()) !== "lobby") return;
  if (known && !known.left) await join();
  else await client.openMicrophone();
}

const root = document.getElementById("page");
if (root) void start(root);
