// What a person in a call has to know now, each with what to do.
import { AlertIcon } from "./icons";
import { talkRoomOf } from "../sdk/session_state";
import { nameOf } from "./floor_view";
import { alarmOf, noticesOf } from "./model";
import type { Actions, Model, NoticeName } from "./model";
import { text } from "./strings";

const kMostNotices = 2; // more would push the talkers away

interface Notice {
  readonly say: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

export function Notices({ model, actions }: { model: Model; actions: Actions }) {
  const names = noticesOf(model).slice(0, kMostNotices);
  return (
    <div class="notices" role="alert">
      {names.map((name) => {
        const { say, action } = noticeOf(name, model, actions);
        return (
          <div key={name} class="notice warn" data-notice={name}>
            <AlertIcon />
            <p class="notice-text">{say}</p>
            {action && (
              <button type="button" class="secondary" onClick={action.run}>
                {action.label}
              </button>
            )}
          </div>
        );
      })}
    </div>
  );
}

function noticeOf(name: NoticeName, model: Model, actions: Actions): Notice {
  const { phase, floor } = model.session;
  const choose = { label: text.notices.chooseMicrophone, run: () => actions.show("settings") };
  switch (name) {
    case "retrying":
      return {
        say: text.retries[phase.kind === "waiting" ? phase.reason : "unreachable"],
        action: { label: text.notices.retry, run: actions.retry },
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
        action: { label: text.notices.playbackAction, run: actions.unlock },
      };
    case "microphoneProblem": {
      if (model.microphone.kind !== "problem") return { say: "" };
      const problem = text.problems[model.microphone.problem];
      return {
        say: `${problem.title}. ${problem.advice}`,
        action: { label: text.tryAgain, run: actions.checkMicrophone },
      };
    }
    case "silent":
      return { say: text.notices.silent, action: choose };
    case "refused": {
      const { refusal } = floor;
      return { say: refusal ? `${text.floor.refused} ${text.floor.denied[refusal.cause]}` : text.floor.refused };
    }
    case "stuckButton":
      return { say: text.floor.alarm(nameOf(talkRoomOf(model.session), alarmOf(model.session)?.memberId ?? 0)) };
    case "speaksWhileMuted":
      return {
        say: text.notices.speaksWhileMuted,
        action: { label: text.call.unmute, run: actions.toggleMuted },
      };
  }
}
