// The call: who talks, who is here, and the one big control.
import { useMemo } from "preact/hooks";
import { orderMembers } from "../sdk/members";
import type { Talker } from "../sdk/members";
import type { Room } from "../sdk/session_state";
import { HereIcon, AwayIcon, LeaveIcon, MicrophoneIcon, MutedIcon, SettingsIcon, ShieldIcon, TalkingIcon } from "./icons";
import { connectionOf, ownVoiceOf, stateOf, talkersOf } from "./model";
import type { Actions, Levels, MemberState, Model, OwnVoice, TalkerView } from "./model";
import { Notices } from "./notices";
import { Announcement, Meter, TalkTime, useLevel } from "./parts";
import { text } from "./strings";

interface Props {
  model: Model;
  actions: Actions;
  levels: Levels;
}

export function Call({ model, actions, levels, room }: Props & { room: Room }) {
  const { phase } = model.session;
  const talkers = useMemo(() => talkersOf(room, phase), [room, phase]);
  const others = talkers?.filter((talker) => !talker.isOwn) ?? [];
  return (
    <div
      class="call"
      data-screen="call"
      data-phase={model.session.phase.kind}
      data-media={model.session.media.kind}
      data-muted={model.session.muted}
    >
      <CallHeader model={model} actions={actions} room={room} />
      <main class="stage" tabIndex={0}>
        <Notices model={model} actions={actions} />
        <TalkersNow talkers={talkers} isAlone={room.members.size <= 1} levels={levels} />
      </main>
      <MemberList room={room} talkers={talkers ?? []} />
      <Controls model={model} actions={actions} levels={levels} />
      <Announcement say={text.call.talksNow(others.map((talker) => talker.name))} />
      <Announcement say={text.connection[connectionOf(model)]} />
    </div>
  );
}

function CallHeader({ model, actions, room }: Omit<Props, "levels"> & { room: Room }) {
  const connection = connectionOf(model);
  return (
    <header class="call-head">
      <h1>{room.name}</h1>
      <div class="status-row">
        <button
          type="button"
          class="quiet protection"
          data-protection="hop-by-hop"
          onClick={() => actions.show("protection")}
        >
          <ShieldIcon /> {text.protection.word}
        </button>
        <p class="connection" data-connection={connection}>
          <span class="dot" aria-hidden="true" />
          {text.connection[connection]}
        </p>
      </div>
      <button
        type="button"
        class="quiet keys"
        aria-keyshortcuts="?"
        title={`${text.call.keys} (?)`}
        onClick={() => actions.show("keys")}
      >
        {text.call.keys} <kbd>?</kbd>
      </button>
    </header>
  );
}

function TalkersNow(props: { talkers: TalkerView[] | undefined; isAlone: boolean; levels: Levels }) {
  const { talkers, isAlone, levels } = props;
  const count = talkers?.length ?? 0;
  const silence = talkers ? text.call.nobodyTalks : text.call.talkersUnknown;
  return (
    <section class="talkers" aria-labelledby="talkers-title" data-talkers={count}>
      <h2 id="talkers-title" class="section-title">
        {count > 0 ? text.call.talking : silence}
      </h2>
      {talkers && count > 0 ? (
        <ul>
          {talkers.map((talker) => (
            <TalkerRow key={talker.memberId} talker={talker} levels={levels} />
          ))}
        </ul>
      ) : (
        talkers && isAlone && <p class="alone">{text.call.nobodyElse}</p>
      )}
    </section>
  );
}

function TalkerRow({ talker, levels }: { talker: TalkerView; levels: Levels }) {
  return (
    <li class="talker" data-talker-id={talker.memberId} data-own={talker.isOwn}>
      <span class="talker-name">
        {talker.name}
        {talker.isOwn && <span class="own"> ({text.call.you})</span>}
      </span>
      <TalkTime sinceMs={talker.sinceMs} />
      <Meter label={text.call.levelOf(talker.name)} level={() => levels.of(talker.memberId)} />
    </li>
  );
}

const kStateIcons: Record<MemberState, () => preact.JSX.Element> = {
  talking: TalkingIcon,
  muted: MutedIcon,
  away: AwayIcon,
  here: HereIcon,
};

function MemberList({ room, talkers }: { room: Room; talkers: readonly Talker[] }) {
  const members = useMemo(
    () => orderMembers(room.members.values(), talkers),
    [room.members, talkers],
  );
  return (
    <aside class="members" aria-labelledby="members-title">
      <h2 id="members-title" class="section-title">
        {text.call.members(members.length)}
      </h2>
      <ul tabIndex={0} aria-labelledby="members-title">
        {members.map((member) => {
          const state = stateOf(member, talkers);
          const StateIcon = kStateIcons[state];
          return (
            <li key={member.id} class="member" data-member-id={member.id} data-state={state}>
              <StateIcon />
              <span class="member-name">
                {member.name}
                {member.id === room.ownId && <span class="own"> ({text.call.you})</span>}
              </span>
              <span class="member-state">{text.call.state[state]}</span>
            </li>
          );
        })}
      </ul>
    </aside>
  );
}

const kVoiceTexts: Record<OwnVoice, string> = {
  on: text.call.microphoneOn,
  muted: text.call.microphoneMuted,
  unheard: text.call.unheard,
  no_microphone: text.call.microphoneOff,
};

function Controls({ model, actions, levels }: Props) {
  const { muted } = model.session;
  const voice = ownVoiceOf(model);
  const button = useLevel<HTMLButtonElement>(() => (muted ? 0 : levels.own()));
  const label = muted ? text.call.unmute : text.call.mute;
  return (
    <section class="controls" aria-label={text.call.controls}>
      <button type="button" class="side" onClick={() => actions.show("microphone")}>
        <span class="side-shape">
          <SettingsIcon />
        </span>
        {text.call.microphone}
      </button>
      <button
        ref={button}
        type="button"
        class="mute"
        data-state={muted ? "muted" : "on"}
        aria-keyshortcuts="M"
        title={`${label} (M)`}
        onClick={actions.toggleMuted}
      >
        {muted ? <MutedIcon /> : <MicrophoneIcon />}
        {label}
      </button>
      <button
        type="button"
        class="side leave"
        aria-keyshortcuts="L"
        title={`${text.call.leave} (L)`}
        onClick={actions.leave}
      >
        <span class="side-shape">
          <LeaveIcon />
        </span>
        {text.call.leave}
      </button>
      <p class="mute-state" role="status" data-state={voice}>
        {kVoiceTexts[voice]}
      </p>
    </section>
  );
}
