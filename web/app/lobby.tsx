// Before the call: a name, a microphone that works, one button.
import type { Actions, Levels, Model } from "./model";
import { AlertIcon, MicrophoneIcon } from "./icons";
import { Brand, Meter, MicrophoneChoice } from "./parts";
import { text } from "./strings";

interface Props {
  model: Model;
  actions: Actions;
  levels: Levels;
}

export function Lobby({ model, actions, levels }: Props) {
  const isJoining = model.wantsToJoin;
  const isFirstVisit = model.knownRoom === "";
  return (
    <main class="card" data-screen="lobby" data-phase={model.session.phase.kind}>
      <Brand host={model.host} />
      <h1>{isFirstVisit ? text.lobby.title : text.lobby.returnTo(model.knownRoom)}</h1>
      <p class="intro">{text.lobby.intro}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isJoining) actions.join();
        }}
      >
        {isFirstVisit && <NameField model={model} actions={actions} />}
        <MicrophoneCheck model={model} actions={actions} levels={levels} />
        <WaitingNotice model={model} actions={actions} />
        <button type="submit" class="primary" aria-disabled={isJoining}>
          {isJoining ? text.lobby.joining : text.lobby.join}
        </button>
      </form>
      <p class="fine">{text.lobby.privacy}</p>
    </main>
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

function WaitingNotice({ model, actions }: Omit<Props, "levels">) {
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
