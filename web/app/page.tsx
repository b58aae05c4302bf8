// The whole page as a function of the model.
import { Call } from "./call";
import { Dialogs } from "./dialogs";
import { Lobby } from "./lobby";
import { Brand } from "./parts";
import { screenOf } from "./model";
import type { Actions, Levels, Model } from "./model";
import { text } from "./strings";
import type { Message } from "./strings";
import { talkRoomOf } from "../sdk/session_state";
import type { StopReason } from "../sdk/session_state";

interface Props {
  model: Model;
  actions: Actions;
  levels: Levels;
}

export function Page(props: Props) {
  const { model, actions } = props;
  const room = talkRoomOf(model.session);
  switch (screenOf(model)) {
    case "no_link":
      return (
        <MessageCard
          name="no_link"
          host={model.host}
          message={text.links[model.link === "damaged" ? "damaged" : "none"]}
        />
      );
    case "lobby":
      return <Lobby {...props} />;
    case "call":
      return (
        <>
          {room && <Call {...props} room={room} />}
          <Dialogs {...props} />
        </>
      );
    case "left":
      return (
        <MessageCard
          name="left"
          host={model.host}
          message={text.left}
          action={{ label: text.left.rejoin, run: actions.join }}
        />
      );
    case "stopped":
      return <Stopped {...props} />;
  }
}

type StopAction = keyof typeof text.stopActions | "none";

const kStopActions: Record<StopReason, StopAction> = {
  invitation_invalid: "none",
  invitation_expired: "none",
  invitation_used: "none",
  session_unknown: "none",
  replaced: "use_here",
  version: "reload",
  room_unknown: "none",
  room_full: "retry",
  removed: "none",
  protocol: "reload",
};

function Stopped({ model, actions }: Props) {
  const { phase } = model.session;
  if (phase.kind !== "stopped") return null;
  const action = kStopActions[phase.reason];
  const run = action === "reload" ? actions.reload : actions.join;
  return (
    <MessageCard
      name="stopped"
      host={model.host}
      reason={phase.reason}
      message={text.stops[phase.reason]}
      {...(action !== "none" && { action: { label: text.stopActions[action], run } })}
    />
  );
}

function MessageCard(props: {
  name: string;
  host: string;
  reason?: StopReason;
  message: Message;
  action?: { label: string; run: () => void };
}) {
  const { message, action } = props;
  return (
    <main class="card message" data-screen={props.name} data-reason={props.reason}>
      <Brand host={props.host} />
      <div role="alert">
        <h1>{message.title}</h1>
        <p class="intro">{message.advice}</p>
      </div>
      {action && (
        <button type="button" class="primary" onClick={action.run}>
          {action.label}
        </button>
      )}
    </main>
  );
}
