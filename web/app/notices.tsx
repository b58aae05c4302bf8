// What a person in a call has to know now, each with what to do.
import { AlertIcon } from "./icons";
import { talkRoomOf } from "../sdk/session_state";
import { nameOf } from "./floor_view";
import { alarmOf, noticesOf, waitingDevices } from "./model";
import type { Actions, Model, NoticeName } from "./model";
import { text } from "./strings";

const kMostNotices = 2; // more would push the talkers away

export interface Notice {
  readonly say: string;
  readonly actions?: readonly NoticeAction[];
}

export interface NoticeAction {
  readonly label: string;
  readonly run: () => void;
}

export function Notices({ model, actions }: { model: Model; actions: Actions }) {
  const names = noticesOf(model).slice(0, kMostNotices);
  return (
    <div class="notices" role="alert">
      {names.map((name) => (
        <NoticeBox key={name} name={name} {...noticeOf(name, model, actions)} />
      ))}
    </div>
  );
}

export function NoticeBox({ name, say, actions }: Notice & { name: string }) {
  return (
    <div class="notice warn" data-notice={name}>
      <AlertIcon />
      <p class="notice-text">{say}</p>
      {actions?.map(({ label, run }) => (
        <button key={label} type="button" class="secondary" onClick={run}>
          {label}
        </button>
      ))}
    </div>
  );
}

// A device of the same person asks to be let in: the first of them.
export function deviceNotice({ session }: Model, actions: Actions): Notice {
  const [device] = waitingDevices(session);
  if (!device) return { say: "" };
  const say = text.devices;
  return {
    say: say.asks(device.digits, device.label || say.unnamed),
    actions: [
      { label: say.approve, run: () => actions.askDevice("approve", device) },
      { label: say.notMine, run: () => actions.askDevice("revoke", device) },
    ],
  };
}

export function roomNotice({ session }: Model, actions: Actions): Notice {
  const notice = session.roomNotice;
  if (!notice) return { say: "" };
  return {
    say: text.refusals[notice.reason](notice.roomName),
    actions: [{ label: text.understood, run: actions.dismissRoomNotice }],
  };
}

function noticeOf(name: NoticeName, model: Model, actions: Actions): Notice {
  const { phase, floor } = model.session;
  const choose = { label: text.notices.chooseMicrophone, run: () => actions.show("settings") };
  switch (name) {
    case "retrying":
      return {
        say: text.retries[phase.kind === "waiting" ? phase.reason : "unreachable"],
        actions: [{ label: text.notices.retry, run: actions.retry }],
      };
    case "listPaused":
      return { say: text.notices.listPaused };
    case "soundPaused":
      return { say: text.notices.soundPaused };
    case "weak":
      return { say: text.notices.weak };
    case "playbackBlocked":
      return {
        say: text.notices.playbackBlocked,
        actions: [{ label: text.notices.playbackAction, run: actions.unlock }],
      };
    case "microphoneProblem": {
      if (model.microphone.kind !== "problem") return { say: "" };
      const problem = text.problems[model.microphone.problem];
      return {
        say: `${problem.title}. ${problem.advice}`,
        actions: [{ label: text.tryAgain, run: actions.checkMicrophone }],
      };
    }
    case "silent":
      return { say: text.notices.silent, actions: [choose] };
    case "refused": {
      const { refusal } = floor;
      return { say: refusal ? `${text.floor.refused} ${text.floor.denied[refusal.cause]}` : text.floor.refused };
    }
    case "stuckButton":
      return { say: text.floor.alarm(nameOf(talkRoomOf(model.session), alarmOf(model.session)?.memberId ?? 0)) };
    case "speaksWhileMuted":
      return {
        say: text.notices.speaksWhileMuted,
        actions: [{ label: text.call.unmute, run: actions.toggleMuted }],
      };
    case "deviceWaits":
      return deviceNotice(model, actions);
    case "roomLost":
      return roomNotice(model, actions);
  }
}
