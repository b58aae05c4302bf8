// Everything that opens above the call.
import type { Actions, Levels, Model } from "./model";
import { Dialog, Meter, MicrophoneChoice } from "./parts";
import { text } from "./strings";

interface Props {
  model: Model;
  actions: Actions;
  levels: Levels;
}

export function Dialogs(props: Props) {
  switch (props.model.dialog) {
    case "none":
      return null;
    case "keys":
      return <KeysDialog {...props} />;
    case "leave":
      return <LeaveDialog {...props} />;
    case "microphone":
      return <MicrophoneDialog {...props} />;
    case "protection":
      return <ProtectionDialog {...props} />;
  }
}

function KeysDialog({ actions }: Props) {
  return (
    <Dialog title={text.dialogs.keysTitle} close={() => actions.show("none")}>
      <dl class="keys-list">
        {text.dialogs.keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

function LeaveDialog({ actions }: Props) {
  return (
    <Dialog title={text.dialogs.leaveTitle} close={() => actions.show("none")}>
      <p>{text.dialogs.leaveAdvice}</p>
      <div class="dialog-actions">
        <button type="button" class="secondary" onClick={() => actions.show("none")}>
          {text.dialogs.stay}
        </button>
        <button type="button" class="primary" autofocus onClick={actions.leave}>
          {text.dialogs.leave}
        </button>
      </div>
    </Dialog>
  );
}

function MicrophoneDialog({ model, actions, levels }: Props) {
  const isSilent = model.microphone.kind === "open" && model.microphone.isSilent;
  return (
    <Dialog title={text.dialogs.microphoneTitle} close={() => actions.show("none")}>
      <MicrophoneChoice
        snapshot={model}
        id="microphone-in-call"
        choose={actions.chooseMicrophone}
      />
      <Meter label={text.lobby.level} level={levels.own} />
      <p class={isSilent ? "hint warn-text" : "hint"}>
        {isSilent ? text.notices.silent : text.lobby.sayAWord}
      </p>
    </Dialog>
  );
}

function ProtectionDialog({ actions }: Props) {
  return (
    <Dialog title={text.protection.title} close={() => actions.show("none")}>
      {text.protection.paragraphs.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
    </Dialog>
  );
}
