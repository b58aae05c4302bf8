// Small parts that several views share.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Snapshot } from "../sdk/client";
import { BrandMark, CloseIcon } from "./icons";
import { text } from "./strings";

const kMeterMs = 66; // 15 times a second looks alive and costs little

// Writes the level into the element past the renderer: a meter moves, the page does not.
export function useLevel<T extends HTMLElement>(level: () => number) {
  const element = useRef<T>(null);
  const read = useRef(level);
  read.current = level;
  useEffect(() => {
    let shown = 0;
    const timer = setInterval(() => {
      const now = read.current();
      shown = now > shown ? now : shown * 0.82 + now * 0.18; // quick up, slow down
      const value = shown < 0.01 ? 0 : shown;
      element.current?.style.setProperty("--level", value.toFixed(3));
      if (element.current?.role === "meter") {
        element.current.ariaValueNow = String(Math.round(value * 10) * 10);
      }
    }, kMeterMs);
    return () => clearInterval(timer);
  }, []);
  return element;
}

export function Meter({ label, level }: { label: string; level: () => number }) {
  const element = useLevel<HTMLDivElement>(level);
  return (
    <div
      ref={element}
      class="meter"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
    >
      <span class="meter-fill" />
    </div>
  );
}

// Minutes and seconds since `sinceMs`.
export function TalkTime({ sinceMs, label = text.call.talkTime }: { sinceMs: number; label?: string }) {
  const [nowMs, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.floor((nowMs - sinceMs) / 1000));
  const shown = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return (
    <span class="talk-time">
      <span class="unseen">{label} </span>
      {shown}
    </span>
  );
}

const kSettleMs = 800; // an interjection is not announced

// Says `children` to a screen reader once it has stayed the same for a moment.
export function Announcement({ say }: { say: string }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSaid(say), kSettleMs);
    return () => clearTimeout(timer);
  }, [say]);
  return (
    <p class="unseen" role="status">
      {said}
    </p>
  );
}

export function MicrophoneChoice(props: {
  snapshot: Snapshot;
  id: string;
  choose: (deviceId: string) => void;
}) {
  const { devices, microphone } = props.snapshot;
  const current = microphone.kind === "open" ? microphone.deviceId : "";
  return (
    <div class="field">
      <label for={props.id}>{text.lobby.microphone}</label>
      <select
        id={props.id}
        value={current}
        disabled={devices.length === 0}
        onChange={(event) => props.choose(event.currentTarget.value)}
      >
        {devices.every((device) => device.id !== current) && (
          <option value={current}>{text.lobby.defaultMicrophone}</option>
        )}
        {devices.map((device, index) => (
          <option key={device.id} value={device.id}>
            {device.label || text.lobby.unnamedMicrophone(index + 1)}
          </option>
        ))}
      </select>
    </div>
  );
}

// Whose page this is, and on which server: what one checks before speaking.
export function Brand({ host }: { host: string }) {
  return (
    <p class="brand">
      <BrandMark />
      <strong>{text.product}</strong>
      <span class="host">{host}</span>
    </p>
  );
}

// A native modal dialog; closes by its button, by Escape and by a tap beside it.
export function Dialog(props: { title: string; close: () => void; children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        props.close();
      }}
      onClick={(event) => {
        if (event.target === element.current) props.close();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id="dialog-title">{props.title}</h2>
          <button type="button" class="quiet" aria-label={text.dialogs.close} onClick={props.close}>
            <CloseIcon />
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
