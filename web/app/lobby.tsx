// Before the call: a name, a microphone that works, one button.
import type { Actions, Levels, Model } from "./model";
import { AlertIcon, MicrophoneIcon } from "./icons";
import { waitingDevices } from "./model";
import { deviceNotice, NoticeBox, roomNotice } from "./notices";
import { Brand, Meter, MicrophoneChoice } from "./parts";
import { text } from "./strings";

interface Props {
  model: Model;
  actions: Actions;
  levels: Levels;
}

export function Lobby({ model, actions, levels }: Props) {
  const isJoining = model.wantsToJoin;
  const { phase, offers } = model.session;
  const isSignedIn = phase.kind === "signed_in";
  const mayJoin = !isJoining && !(isSignedIn && offers.length === 0);
  return (
    <main class="card" data-screen="lobby" data-phase={model.session.phase.kind}>
      <Brand host={model.host} />
      <h1>{titleOf(model)}</h1>
      <p class="intro">{introOf(model)}</p>
      <LobbyNotices model={model} actions={actions} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (mayJoin) actions.join();
        }}
      >
        {model.link === "guest" && <NameField model={model} actions={actions} />}
        <RoomChoice model={model} actions={actions} />
        <MicrophoneCheck model={model} actions={actions} levels={levels} />
        <WaitingNotice model={model} actions={actions} />
        <button type="submit" class="primary" aria-disabled={!mayJoin}>
          {isJoining ? text.lobby.joining : text.lobby.join}
        </button>
      </form>
      {isSignedIn && (
        <button type="button" class="quiet" onClick={() => actions.show("devices")}>
          {text.devices.title}
        </button>
      )}
      <p class="fine">{text.lobby.privacy}</p>
    </main>
  );
}

function titleOf({ session, roomName }: Model): string {
  const { phase, offers } = session;
  const isOpen = phase.kind !== "signed_in" || offers.some(({ name }) => name === roomName);
  return isOpen && roomName !== "" ? text.lobby.returnTo(roomName) : text.lobby.title;
}

function introOf({ identity, link }: Model): string {
  if (link === "guest") return text.lobby.introGuest;
  if (link === "named") return text.lobby.introNamed;
  return identity.name === "" ? text.lobby.intro : text.lobby.introKnown(identity.name);
}

function LobbyNotices({ model, actions }: Omit<Props, "levels">) {
  const { phase, offers, roomNotice: refused } = model.session;
  const hasNoRoom = phase.kind === "signed_in" && offers.length === 0;
  return (
    <div class="lobby-notices" role="alert">
      {waitingDevices(model.session).length > 0 && (
        <NoticeBox name="deviceWaits" {...deviceNotice(model, actions)} />
      )}
      {refused && <NoticeBox name={refused.reason} {...roomNotice(model, actions)} />}
      {hasNoRoom && <NoticeBox name="noRooms" say={text.lobby.noRooms} />}
      {!model.identity.isRemembered && <NoticeBox name="notRemembered" say={text.lobby.notRemembered} />}
    </div>
  );
}

// All of them are heard; one is for talking.
function RoomChoice({ model, actions }: Omit<Props, "levels">) {
  const { phase, offers } = model.session;
  if (phase.kind !== "signed_in" || offers.length < 2) return null;
  return (
    <fieldset class="choices">
      <legend>{text.lobby.rooms}</legend>
      {offers.map(({ id, name }) => (
        <label key={id} class="choice">
          <input type="radio" name="room" checked={id === model.roomId} onChange={() => actions.chooseRoom(id)} />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

function NameField({ model, actions }: Omit<Props, "levels">) {
  return (
    <div class="field">
      <label for="name">{text.lobby.name}</label>
      <input
        id="name"
        type="text"
        autocomplete="name"
        maxLength={64}
        value={model.name}
        placeholder={text.lobby.nameFromInvitation}
        aria-describedby="name-hint"
        disabled={model.wantsToJoin}
        onInput={(event) => actions.setName(event.currentTarget.value)}
      />
      <p id="name-hint" class="hint">
        {text.lobby.nameHint}
      </p>
    </div>
  );
}

function MicrophoneCheck({ model, actions, levels }: Props) {
  const { microphone } = model;
  switch (microphone.kind) {
    case "off":
      return (
        <button type="button" class="secondary" onClick={actions.checkMicrophone}>
          <MicrophoneIcon /> {text.lobby.check}
        </button>
      );
    case "asking":
      return (
        <p class="notice" role="status" data-notice="asking">
          {text.lobby.asking}
        </p>
      );
    case "problem": {
      const problem = text.problems[microphone.problem];
      return (
        <div class="notice warn" role="alert" data-notice="microphoneProblem">
          <AlertIcon />
          <div class="notice-text">
            <strong>{problem.title}</strong>
            <p>{problem.advice}</p>
          </div>
          <button type="button" class="secondary" onClick={actions.checkMicrophone}>
            {text.tryAgain}
          </button>
        </div>
      );
    }
    case "open":
      return (
        <div class="check">
          <MicrophoneChoice snapshot={model} id="microphone" choose={actions.chooseMicrophone} />
          <Meter label={text.lobby.level} level={levels.own} />
          {microphone.isSilent ? (
            <p class="hint warn-text" role="status" data-notice="silent">
              {text.notices.silent}
            </p>
          ) : (
            <p class="hint">{text.lobby.sayAWord}</p>
          )}
        </div>
      );
  }
}

export function WaitingNotice({ model, actions }: Omit<Props, "levels">) {
  const { phase } = model.session;
  if (phase.kind !== "waiting") return null;
  return (
    <div class="notice warn" role="alert" data-notice="retrying">
      <AlertIcon />
      <p class="notice-text">{text.retries[phase.reason]}</p>
      <button type="button" class="secondary" onClick={actions.retry}>
        {text.notices.retry}
      </button>
    </div>
  );
}
