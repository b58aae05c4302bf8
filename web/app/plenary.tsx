// A plenary: who waits to speak, how long each delegation has spoken, and what a chair can do.
import type { FloorBody } from "../sdk/floor_state";
import { moved, speakersOf, spokenOf } from "./floor_view";
import type { FloorView, HolderView, SpeakerView, SpokenView } from "./floor_view";
import { DownIcon, UpIcon } from "./icons";
import type { Actions, Model } from "./model";
import { TalkTime } from "./parts";
import { text } from "./strings";
import { useNow } from "./talk_control";

const kMoreMs = 60_000;

type Ask = (body: FloorBody) => void;

export function Plenary({ model, actions, view }: { model: Model; actions: Actions; view: FloorView }) {
  const speakers = speakersOf(model.session);
  const ask: Ask = (body) => actions.ask(model.session.floor.talkRoomId, body);
  return (
    <section class="plenary" aria-labelledby="speakers-title">
      <h2 id="speakers-title" class="section-title">
        {text.floor.speakers.title(speakers.length)}
      </h2>
      {view.isChair && <ChairControls view={view} speakers={speakers} ask={ask} />}
      {speakers.length === 0 ? (
        <p class="hint">{text.floor.speakers.none}</p>
      ) : (
        <ol class="speakers">
          {speakers.map((speaker) => (
            <Speaker key={speaker.memberId} {...{ speaker, speakers, ask }} isChair={view.isChair} />
          ))}
        </ol>
      )}
      <SpeakingTimes times={spokenOf(model.session, view.holders)} />
    </section>
  );
}

function ChairControls(props: { view: FloorView; speakers: readonly SpeakerView[]; ask: Ask }) {
  const { speakers, ask } = props;
  const speaker = props.view.holders.find((holder) => !holder.isOwn);
  const next = speakers[0];
  const say = text.floor.speakers;
  return (
    <div class="chair-controls" role="group" aria-label={say.controls}>
      <button
        type="button"
        class="secondary"
        disabled={!next}
        onClick={() => next && ask({ case: "give", value: { memberId: next.memberId } })}
      >
        {say.next}
      </button>
      <HolderActions holder={speaker} ask={ask} />
    </div>
  );
}

// What a chair or a dispatcher can do about somebody who talks.
export function HolderActions({ holder, ask }: { holder: HolderView | undefined; ask: Ask }) {
  const say = text.floor.speakers;
  const grant = holder && { term: holder.grant.term, number: holder.grant.number };
  return (
    <>
      <button
        type="button"
        class="secondary"
        disabled={!grant}
        onClick={() => grant && ask({ case: "extend", value: { grant, byMs: kMoreMs } })}
      >
        {say.extend}
      </button>
      <button
        type="button"
        class="secondary stop"
        disabled={!grant}
        onClick={() => grant && ask({ case: "cut", value: { grant } })}
      >
        {say.cut}
      </button>
    </>
  );
}

function Speaker(props: {
  speaker: SpeakerView;
  speakers: readonly SpeakerView[];
  isChair: boolean;
  ask: Ask;
}) {
  const { speaker, speakers, isChair, ask } = props;
  const { memberId, name } = speaker;
  const say = text.floor.speakers;
  const reorder = (by: -1 | 1) => (): void =>
    ask({ case: "order", value: { memberIds: moved(speakers, memberId, by) } });
  return (
    <li class="speaker" data-waiting-id={memberId}>
      <span class="speaker-name">
        {name}
        {speaker.delegation !== "" && <span class="delegation">{speaker.delegation}</span>}
      </span>
      <span class="speaker-wait">
        <TalkTime sinceMs={speaker.sinceMs} label={say.waits} />
      </span>
      {isChair && (
        <span class="speaker-actions">
          <button
            type="button"
            class="quiet square"
            aria-label={say.earlier(name)}
            disabled={speakers[0] === speaker}
            onClick={reorder(-1)}
          >
            <UpIcon />
          </button>
          <button
            type="button"
            class="quiet square"
            aria-label={say.later(name)}
            disabled={speakers.at(-1) === speaker}
            onClick={reorder(1)}
          >
            <DownIcon />
          </button>
          <button
            type="button"
            class="secondary"
            aria-label={say.giveTo(name)}
            onClick={() => ask({ case: "give", value: { memberId } })}
          >
            {say.give}
          </button>
        </span>
      )}
    </li>
  );
}

function SpeakingTimes({ times }: { times: readonly SpokenView[] }) {
  const nowMs = useNow(times.some((time) => time.runsSinceMs > 0));
  if (times.length === 0) return null;
  return (
    <>
      <h3 class="section-title">{text.floor.speakers.spoken}</h3>
      <dl class="times">
        {times.map(({ delegation, totalMs, runsSinceMs }) => (
          <div key={delegation} data-running={runsSinceMs > 0}>
            <dt>{delegation}</dt>
            <dd>{clock(totalMs + (runsSinceMs > 0 ? nowMs - runsSinceMs : 0))}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
