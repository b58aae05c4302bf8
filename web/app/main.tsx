// Starts the talk page: finds out who comes, by a link or by the identity of this device.
import { ParleyClient } from "../sdk/client";
import { deviceLabel } from "../sdk/device_label";
import type { BrowserNames } from "../sdk/device_label";
import { DeviceIdentity } from "../sdk/identity";
import { IdentityDatabase } from "../sdk/identity_database";
import { parseLink } from "../sdk/link";
import { Habits } from "../sdk/storage";
import type { Drawer } from "../sdk/storage";
import { TalkPage } from "./talk_page";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/lobby.css";
import "./styles/call.css";
import "./styles/floor.css";

const kSocketPath = "/ws";

function socketUrl(): string {
  const url = new URL(kSocketPath, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

// The browser's storage; one that forgets where a person has forbidden it.
function storageOfBrowser(): Drawer {
  try {
    return localStorage;
  } catch {
    const nothing = (): void => undefined;
    return { length: 0, key: () => null, getItem: () => null, setItem: nothing, removeItem: nothing };
  }
}

async function start(root: HTMLElement): Promise<void> {
  const habits = new Habits(storageOfBrowser());
  habits.dropOldSessions();
  const identity = await DeviceIdentity.open(new IdentityDatabase(), location);
  const names: BrowserNames = navigator;
  const client = new ParleyClient({ url: socketUrl(), identity, label: deviceLabel(names), habits });
  await new TalkPage(root, client, habits, identity, parseLink(location.hash)).open();
}

const root = document.getElementById("page");
if (root) void start(root);
