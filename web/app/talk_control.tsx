// The big button of a radio room and of a plenary: one box that never moves; its shape, colour, word and
// icon say how the floor stands.
import { useEffect, useState } from "preact/hooks";
import type { JSX } from "preact";
import { Mode } from "../sdk/floor_state";
import type { FloorView, FloorWord } from "./floor_view";
import {
  AskingIcon,
  AwayIcon,
  DeniedIcon,
  HandIcon,
  ListeningIcon,
  MicrophoneIcon,
  OfferIcon,
  OnAirIcon,
  QueueIcon,
  RevokedIcon,
  SomebodyIcon,
} from "./icons";
import type { Actions, Levels } from "./model";
import { useLevel } from "./parts";
import { text } from "./strings";

const kIcons: Record<FloorWord, () => JSX.Element> = {
  free: MicrophoneIcon,
  asking: AskingIcon,
  yours: OnAirIcon,
  somebody: SomebodyIcon,
  queued: QueueIcon,
  offered: OfferIcon,
  denied: DeniedIcon,
  revoked: RevokedIcon,
  listening: ListeningIcon,
  away: AwayIcon,
};

const kClockMs = 200;

// The wall clock, a few times a second while `isRunning`.
export function useNow(isRunning: boolean): number {
  const [nowMs, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isRunning) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), kClockMs);
    return () => clearInterval(timer);
  }, [isRunning]);
  return nowMs;
}

export const secondsLeft = (untilMs: number, nowMs: number): number =>
  Math.max(0, Math.ceil((untilMs - nowMs) / 1000));

// What the button says or does.
export function wordOnButton(view: FloorView): string {
  const { floor } = text;
  const isChaired = view.mode === Mode.CHAIRED;
  switch (view.word) {
    case "free":
    case "somebody":
      if (isChaired) return view.isChair ? floor.takeChairFloor : floor.askForFloor;
      if (view.word === "somebody") return floor.button.somebody;
      return view.isLatched ? floor.latchedFree : floor.button.free;
    case "queued":
      return view.position > 0 ? floor.place(view.position) : floor.button.queued;
    case "yours":
      return view.isEnding ? floor.ending : floor.button.yours;
    case "asking":
    case "offered":
    case "denied":
    case "revoked":
    case "listening":
    case "away":
      return floor.button[view.word];
  }
}

// One sentence that says what is and what to do. Without seconds: a screen reader hears it.
export function sentenceOf(view: FloorView, isUnanswered = false): string {
  const { floor } = text;
  const isChaired = view.mode === Mode.CHAIRED;
  switch (view.word) {
    case "free":
      if (isChaired) return floor.freeChaired;
      return view.isLatched ? floor.freeLatched : floor.free;
    case "asking":
      return isUnanswered ? floor.unanswered : floor.asking;
    case "yours":
      if (view.isEnding) return floor.revoking(revokedSentence(view));
      return view.isLatched ? floor.yoursLatched : floor.yours;
    case "somebody":
      return floor.somebody(view.others);
    case "queued":
      return (isChaired ? floor.handRaised : floor.queued)(view.position, view.size);
    case "offered":
      return floor.offered;
    case "denied":
      return view.denied === undefined ? "" : floor.denied[view.denied];
    case "revoked":
      return revokedSentence(view);
    case "listening":
      return floor.listening;
    case "away":
      return floor.away;
  }
}

function revokedSentence({ revoked, by }: FloorView): string {
  if (revoked === undefined) return "";
  const sentence = text.floor.revoked[revoked];
  return by === "" ? sentence : text.floor.revokedBy(sentence, by);
}

const kUnansweredMs = 2_000; // each press is answered sooner while the server is there

export function TalkButton(props: { view: FloorView; actions: Actions; levels: Levels }) {
  const { view, actions, levels } = props;
  const button = useLevel<HTMLButtonElement>(() => (view.word === "yours" ? levels.own() : 0));
  const isChaired = view.mode === Mode.CHAIRED;
  const Icon = isChaired && (view.word === "free" || view.word === "somebody") && !view.isChair
    ? HandIcon
    : kIcons[view.word];
  const word = wordOnButton(view);
  return (
    <button
      ref={button}
      type="button"
      class="talk"
      data-floor={view.word}
      data-ending={view.isEnding}
      aria-pressed={view.isActive}
      aria-disabled={view.word === "listening"}
      aria-keyshortcuts="Space"
      title={`${word} (${text.dialogs.keys.talk[0]})`}
      {...holdHandlers(actions)}
    >
      <span class="talk-shape" aria-hidden="true" />
      <Icon />
      <span class="talk-word">{word}</span>
      <TimeLeft view={view} />
    </button>
  );
}

// Everything that can end a hold ends it: the pointer is captured, so that it cannot get lost outside.
function holdHandlers(actions: Actions): JSX.HTMLAttributes<HTMLButtonElement> {
  const up = (event: PointerEvent): void =>
    actions.moveButton({ type: "up", by: `pointer ${event.pointerId}` });
  return {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      actions.moveButton({ type: "down", by: `pointer ${event.pointerId}` });
    },
    onPointerUp: up,
    onPointerCancel: up,
    onLostPointerCapture: up,
    onContextMenu: (event) => event.preventDefault(),
    // Without a pointer: a screen reader, or Enter.
    onClick: (event) => {
      if (event.detail === 0) actions.moveButton({ type: "tap" });
    },
  };
}

function TimeLeft({ view }: { view: FloorView }) {
  const hasEnd = (view.word === "yours" || view.word === "offered") && view.endsAtMs > 0;
  const nowMs = useNow(hasEnd);
  if (!hasEnd) return null;
  return <span class="talk-left">{text.floor.left(secondsLeft(view.endsAtMs, nowMs))}</span>;
}

// The sentence below the button. The visible one and the spoken one are the same.
export function FloorSentence({ view }: { view: FloorView }) {
  const nowMs = useNow(view.word === "asking");
  const isUnanswered = view.word === "asking" && nowMs - view.pressedAtMs >= kUnansweredMs;
  return (
    <p class="floor-say" role="status" data-floor={view.word}>
      {sentenceOf(view, isUnanswered)}
    </p>
  );
}
