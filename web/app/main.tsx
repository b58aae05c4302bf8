// Starts the talk page: finds out who comes, by a link or by a session of this device.
import { ParleyClient } from "../sdk/client";
import { parseLink } from "../sdk/link";
import type { Link } from "../sdk/link";
import { sessionKey, SessionStore } from "../sdk/storage";
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
function storageOfBrowser(): Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  try {
    return localStorage;
  } catch {
    return { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  }
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
  const store = new SessionStore(storageOfBrowser());
  const link = parseLink(location.hash);
  const key = await keyOf(link, store);
  const known = link.kind === "damaged" ? undefined : store.session(key);
  const client = new ParleyClient({ url: socketUrl(), key, store });
  await new TalkPage(root, client, store, { link, key, known }).open();
}

const root = document.getElementById("page");
if (root) void start(root);
