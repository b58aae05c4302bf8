// The devices of a person: which there are, one more let in, a lost one put out.
import { orderDevices } from "../sdk/devices";
import type { Device } from "../sdk/devices";
import type { Actions, DeviceQuestion, Model } from "./model";
import { Dialog } from "./parts";
import { text } from "./strings";

interface Props {
  model: Model;
  actions: Actions;
}

const say = text.devices;
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const labelOf = (device: Device): string => device.label || say.unnamed;

export function DevicesDialog({ model, actions }: Props) {
  const { devices, self, deviceProblem } = model.session;
  return (
    <Dialog title={say.title} close={() => actions.show("none")}>
      <p>{say.intro}</p>
      {deviceProblem && (
        <p class="notice warn" role="alert" data-notice="deviceProblem">
          {say.problems[deviceProblem]}
        </p>
      )}
      <ul class="devices" data-devices={devices.length}>
        {orderDevices(devices).map((device) => (
          <DeviceRow key={device.id} device={device} isOwn={device.id === self.deviceId} actions={actions} />
        ))}
      </ul>
    </Dialog>
  );
}

function DeviceRow({ device, isOwn, actions }: { device: Device; isOwn: boolean; actions: Actions }) {
  const name = labelOf(device);
  const button = (label: string, act: DeviceQuestion["act"]) => (
    <button
      type="button"
      class="secondary"
      aria-label={say.about(label, name)}
      onClick={() => actions.askDevice(act, device)}
    >
      {label}
    </button>
  );
  return (
    <li class="device-row" data-device-id={device.id} data-state={device.state} data-own={isOwn}>
      <div class="device-about">
        <strong>
          {name}
          {isOwn && <span class="own"> ({say.thisOne})</span>}
        </strong>
        <p class="hint">
          {say.state[device.state]}, {say.enrolled(dates.format(device.enrolledMs))}
        </p>
        <p class="hint">{say.digits(device.digits)}</p>
      </div>
      {device.state === "waiting" && (
        <div class="device-actions">
          {button(say.approve, "approve")}
          {button(say.notMine, "revoke")}
        </div>
      )}
      {device.state === "active" && (
        <div class="device-actions">{button(isOwn ? say.signOut : say.lost, "revoke")}</div>
      )}
    </li>
  );
}

interface Question {
  readonly title: string;
  readonly advice: string;
  readonly yes: string;
}

function questionOf({ act, device }: DeviceQuestion, ownId: string): Question {
  const label = labelOf(device);
  if (act === "approve") return { title: say.approveTitle, advice: say.approveAdvice(label), yes: say.approveYes };
  if (device.id === ownId) return { title: say.signOutTitle, advice: say.signOutAdvice, yes: say.signOutYes };
  if (device.state === "waiting") return { title: say.refuseTitle, advice: say.refuseAdvice(label), yes: say.refuseYes };
  return { title: say.lostTitle, advice: say.lostAdvice(label), yes: say.lostYes };
}

export function DeviceQuestionDialog({ model, actions }: Props) {
  const question = model.deviceQuestion;
  if (!question) return null;
  const { title, advice, yes } = questionOf(question, model.session.self.deviceId);
  return (
    <Dialog title={title} close={() => actions.show("none")}>
      <p>{advice}</p>
      {question.device.state === "waiting" && <p class="digits">{question.device.digits}</p>}
      <div class="dialog-actions">
        <button type="button" class="secondary" autofocus onClick={() => actions.show("devices")}>
          {say.back}
        </button>
        <button type="button" class="primary" onClick={actions.answerDevice}>
          {yes}
        </button>
      </div>
    </Dialog>
  );
}
