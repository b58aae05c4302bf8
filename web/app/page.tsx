// The whole page as a function of the model.
import { Call } from "./call";
import { Dialogs } from "./dialogs";
import { Lobby } from "./lobby";
import { Pending } from "./pending";
import { Brand } from "./parts";
import { screenOf } from "./model";
import type { Actions, Levels, Model } from "./model";
import { text } from "./strings";
import type { Message } from "./identity_strings";
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
          message={messageOfLink(model.link)}
          {...(model.identity.owner !== undefined && { action: goOn(props) })}
        />
      );
    case "replace":
      return <Replace {...props} />;
    case "elsewhere":
      return (
        <MessageCard
          name="elsewhere"
          host={model.host}
          message={text.stops.replaced}
          action={{ label: text.stopActions.use_here, run: actions.useHere }}
        />
      );
    case "lobby":
      return (
        <>
          <Lobby {...props} />
          <Dialogs {...props} />
        </>
      );
    case "pending":
      return <Pending {...props} />;
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

function messageOfLink(link: Model["link"]): Message {
  if (link === "insecure") return text.problems.insecure;
  return link === "damaged" ? text.links.damaged : text.links.none;
}

// Back to whom this device belongs to.
function goOn({ model, actions }: Props): CardAction {
  return { label: text.replace.goOn(model.identity.owner || text.replace.somebody), run: actions.keepIdentity };
}

function Replace(props: Props) {
  const { model, actions } = props;
  const name = model.identity.owner || text.replace.somebody;
  return (
    <MessageCard
      name="replace"
      host={model.host}
      message={{ title: text.replace.title(name), advice: text.replace.advice(name) }}
      action={goOn(props)}
      other={{ label: text.replace.use, run: actions.replaceIdentity }}
    />
  );
}

type StopAction = keyof typeof text.stopActions | "none";

const kStopActions: Record<StopReason, StopAction> = {
  invitation_invalid: "none",
  invitation_expired: "none",
  invitation_used: "none",
  device_unknown: "none",
  credential_expired: "none",
  access_ended: "retry",
  signature_invalid: "none",
  too_many_devices: "retry",
  replaced: "use_here",
  version: "reload",
  protocol: "reload",
};

function Stopped(props: Props) {
  const { model, actions } = props;
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
      {...(isLinkFault(phase.reason) && model.identity.owner !== undefined && { other: goOn(props) })}
    />
  );
}

// The link did not help: who this device belonged to before is as he was.
function isLinkFault(reason: StopReason): boolean {
  const isInvitation = reason === "invitation_invalid" || reason === "invitation_expired";
  return isInvitation || reason === "invitation_used" || reason === "too_many_devices";
}

interface CardAction {
  label: string;
  run: () => void;
}

function MessageCard(props: {
  name: string;
  host: string;
  reason?: StopReason;
  message: Message;
  action?: CardAction;
  other?: CardAction;
}) {
  const { message, action, other } = props;
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
      {other && (
        <button type="button" class="secondary" onClick={other.run}>
          {other.label}
        </button>
      )}
    </main>
  );
}
