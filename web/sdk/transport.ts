// One WebSocket to the signaling service: whole protocol messages in and out. After close() it is
// silent.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ClientMessageSchema, ServerMessageSchema } from "../src/generated/protocol/client_pb";
import type { ServerMessage } from "../src/generated/protocol/client_pb";
import type { ClientBody } from "./session_state";

export const kSubprotocol = "parley.v1";
export const kMaxServerMessage = 256 * 1024; // protocol/limits.hpp

export interface TransportEvents {
  opened(): void;
  received(message: ServerMessage): void;
  closed(): void;
}

export class Transport {
  private readonly socket: WebSocket;
  private readonly stop = new AbortController();

  constructor(url: string, events: TransportEvents) {
    const { signal } = this.stop;
    this.socket = new WebSocket(url, kSubprotocol);
    this.socket.binaryType = "arraybuffer";
    this.socket.addEventListener("open", () => events.opened(), { signal });
    this.socket.addEventListener("close", () => events.closed(), { signal });
    this.socket.addEventListener(
      "message",
      (event: MessageEvent<unknown>) => {
        const message = decode(event.data);
        if (message) {
          events.received(message);
        } else {
          this.close(); // not our protocol: a new connection may do better
          events.closed();
        }
      },
      { signal },
    );
  }

  send(requestId: number, body: ClientBody): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const message = create(ClientMessageSchema, { requestId, body });
    this.socket.send(toBinary(ClientMessageSchema, message));
  }

  close(): void {
    this.stop.abort();
    this.socket.close();
  }
}

function decode(data: unknown): ServerMessage | undefined {
  if (!(data instanceof ArrayBuffer) || data.byteLength > kMaxServerMessage) return undefined;
  try {
    return fromBinary(ServerMessageSchema, new Uint8Array(data));
  } catch {
    return undefined;
  }
}
