// Emergencies: the control that declares one, its countdown, and the banner that everybody sees.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Emergency_Kind } from "../sdk/floor_state";
import { emergenciesOf } from "./floor_view";
import type { EmergencyView } from "./floor_view";
import { EmergencyIcon } from "./icons";
import type { Actions, Model } from "./model";
import { TalkTime } from "./parts";
import { text } from "./strings";
import { secondsLeft, useNow } from "./talk_control";

interface Props {
  model: Model;
  actions: Actions;
}

export function EmergencyButton({ model, actions }: Props) {
  const { kind } = model.emergencyHold;
  const say = text.floor.emergency;
  return (
    <button
      type="button"
      class="side emergency"
      data-hold={kind}
      aria-keyshortcuts="E"
      title={`${say.button} (E)`}
      {...handlers(actions)}
    >
      <span class="side-shape">
        <EmergencyIcon />
      </span>
      <span>{kind === "holding" ? say.holding : say.button}</span>
    </button>
  );
}

function handlers(actions: Actions): JSX.HTMLAttributes<HTMLButtonElement> {
  const up = (): void => actions.moveEmergency("up");
  const isKey = (event: KeyboardEvent): boolean => event.key === "Enter" || event.key === " ";
  return {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      actions.moveEmergency("down");
    },
    onPointerUp: up,
    onPointerCancel: up,
    onLostPointerCapture: up,
    onContextMenu: (event) => event.preventDefault(),
    onKeyDown: (event) => {
      if (!isKey(event)) return;
      event.preventDefault();
      if (!event.repeat) actions.moveEmergency("down");
    },
    onKeyUp: (event) => {
      if (isKey(event)) up();
    },
    onBlur: up,
  };
}

// Covers the page while the countdown runs: one large way out.
export function EmergencyCountdown({ model, actions }: Props) {
  const { emergencyHold: hold } = model;
  const isCounting = hold.kind === "counting";
  const nowMs = useNow(isCounting);
  const wayOut = useRef<HTMLButtonElement>(null);
  useEffect(() => wayOut.current?.focus(), [isCounting]);
  if (!isCounting) return null;
  const say = text.floor.emergency;
  return (
    <div class="countdown" role="alertdialog" aria-labelledby="countdown-title" aria-describedby="countdown-advice">
      <EmergencyIcon />
      <h2 id="countdown-title">
        {say.counting} <span class="countdown-left">{say.seconds(secondsLeft(hold.untilMs, nowMs))}</span>
      </h2>
      <p id="countdown-advice">{say.countingAdvice}</p>
      <button
        ref={wayOut}
        type="button"
        class="countdown-cancel"
        onClick={() => actions.moveEmergency("cancel")}
        onKeyDown={(event) => {
          if (event.repeat) event.preventDefault(); // the key that is still held from before
          if (event.key === "Escape") actions.moveEmergency("cancel");
        }}
      >
        {say.cancel}
      </button>
    </div>
  );
}

export function EmergencyBanners({ model, actions }: Props) {
  const emergencies = emergenciesOf(model.session);
  return (
    <div class="alerts" role="alert">
      {emergencies.map((emergency) => (
        <EmergencyBanner key={emergency.roomId} emergency={emergency} actions={actions} />
      ))}
    </div>
  );
}

function EmergencyBanner({ emergency, actions }: { emergency: EmergencyView; actions: Actions }) {
  const { isOwn, isHere, name, state, mayClear, roomId, roomName } = emergency;
  const say = text.floor.emergency;
  const isPeril = state.kind === Emergency_Kind.IN_PERIL;
  return (
    <div class="alert" data-emergency={isPeril ? "peril" : "emergency"} data-own={isOwn}>
      <EmergencyIcon />
      <p class="alert-text">
        <strong>{isOwn ? say.own : isPeril ? say.peril(name) : say.banner(name)}</strong>{" "}
        {!isHere && `${say.inRoom(roomName)} `}
        <span aria-live="off">
          <TalkTime sinceMs={state.sinceMs} label={say.since} />
        </span>
      </p>
      {!isHere && (
        <button type="button" class="secondary" onClick={() => actions.talkIn(roomId)}>
          {say.goThere}
        </button>
      )}
      {isHere && mayClear && (
        <button type="button" class="secondary" onClick={() => actions.show("clear_emergency")}>
          {say.clear}
        </button>
      )}
    </div>
  );
}
