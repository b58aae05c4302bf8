// Node 18 has the browser's crypto, but not under its name.
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto;
