// Everything that opens above the call.
import { DeviceQuestionDialog, DevicesDialog } from "./devices";
import { emergenciesOf } from "./floor_view";
import { keysOf } from "./keys";
import type { Actions, Levels, Model } from "./model";
import type { Settings } from "./settings";
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
    case "settings":
      return <SettingsDialog {...props} />;
    case "clear_emergency":
      return <ClearEmergencyDialog {...props} />;
    case "protection":
      return <ProtectionDialog {...props} />;
    case "devices":
      return <DevicesDialog {...props} />;
    case "device_question":
      return <DeviceQuestionDialog {...props} />;
  }
}

function KeysDialog({ model, actions }: Props) {
  return (
    <Dialog title={text.dialogs.keysTitle} close={() => actions.show("none")}>
      <dl class="keys-list">
        {keysOf(model).map((name) => (
          <div key={name}>
            <dt>
              <kbd>{text.dialogs.keys[name][0]}</kbd>
            </dt>
            <dd>{text.dialogs.keys[name][1]}</dd>
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

function SettingsDialog({ model, actions, levels }: Props) {
  const isSilent = model.microphone.kind === "open" && model.microphone.isSilent;
  return (
    <Dialog title={text.floor.settings.title} close={() => actions.show("none")}>
      <MicrophoneChoice
        snapshot={model}
        id="microphone-in-call"
        choose={actions.chooseMicrophone}
      />
      <Meter label={text.lobby.level} level={levels.own} />
      <p class={isSilent ? "hint warn-text" : "hint"}>
        {isSilent ? text.notices.silent : text.lobby.sayAWord}
      </p>
      <FloorSettings settings={model.settings} change={actions.change} />
      <button type="button" class="secondary" onClick={() => actions.show("devices")}>
        {text.devices.title}
      </button>
    </Dialog>
  );
}

type Flag = "handsFree" | "tones" | "colours" | "words" | "vibration";

function FloorSettings(props: { settings: Settings; change: Actions["change"] }) {
  const { settings, change } = props;
  const say = text.floor.settings;
  const flag = (name: Flag, hint?: string) => (
    <label class="choice">
      <input
        type="checkbox"
        checked={settings[name]}
        onChange={(event) => change({ [name]: event.currentTarget.checked })}
      />
      <span>
        {say[name]}
        {hint && <span class="hint">{hint}</span>}
      </span>
    </label>
  );
  return (
    <>
      {flag("handsFree", say.handsFreeHint)}
      <fieldset class="choices">
        <legend>{say.told}</legend>
        {flag("tones")}
        <input
          type="range"
          min={0}
          max={100}
          step={10}
          value={Math.round(settings.toneVolume * 100)}
          aria-label={say.toneVolume}
          disabled={!settings.tones}
          onChange={(event) => change({ toneVolume: Number(event.currentTarget.value) / 100 })}
        />
        {flag("colours")}
        {flag("words")}
        {flag("vibration")}
      </fieldset>
    </>
  );
}

// Everybody is told, so it asks once.
function ClearEmergencyDialog({ model, actions }: Props) {
  const emergency = emergenciesOf(model.session).find(({ isHere }) => isHere);
  const say = text.floor.emergency;
  if (!emergency) return null;
  const clear = (): void => {
    actions.ask(emergency.roomId, { case: "clearEmergency", value: { id: emergency.state.id } });
    actions.show("none");
  };
  return (
    <Dialog title={say.clearTitle} close={() => actions.show("none")}>
      <p>{say.clearAdvice(emergency.name)}</p>
      <div class="dialog-actions">
        <button type="button" class="secondary" autofocus onClick={() => actions.show("none")}>
          {say.keep}
        </button>
        <button type="button" class="primary" onClick={clear}>
          {say.clear}
        </button>
      </div>
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
