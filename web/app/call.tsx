// The call: who talks, who is here, and the one big control.
import { useMemo } from "preact/hooks";
import { Mode, Tier } from "../sdk/floor_state";
import { deviceOfTwin, orderMembers } from "../sdk/members";
import type { Talker } from "../sdk/members";
import type { Room } from "../sdk/session_state";
import { EmergencyBanners, EmergencyButton, EmergencyCountdown } from "./emergency";
import { floorOf } from "./floor_view";
import type { FloorView, HolderView } from "./floor_view";
import { HandIcon, HereIcon, AwayIcon, LeaveIcon, MicrophoneIcon, MutedIcon, SettingsIcon, ShieldIcon, TalkingIcon } from "./icons";
import { connectionOf, ownVoiceOf, stateOf, talkersOf } from "./model";
import type { Actions, Levels, MemberState, Model, OwnVoice, TalkerView } from "./model";
import { Notices } from "./notices";
import { Announcement, Meter, TalkTime, useLevel } from "./parts";
import { HolderActions, Plenary } from "./plenary";
import { Rooms } from "./rooms";
import { text } from "./strings";
import { FloorSentence, secondsLeft, TalkButton, useNow } from "./talk_control";

interface Props {
  model: Model;
  actions: Actions;
  levels: Levels;
}

export function Call({ model, actions, levels, room }: Props & { room: Room }) {
  const { phase } = model.session;
  const talkers = useMemo(() => talkersOf(room, phase), [room, phase]);
  const view = floorOf(model.session, model.settings);
  const others = talkers?.filter((talker) => !talker.isOwn).map((talker) => talker.name) ?? [];
  const isAlone = room.members.size <= 1;
  return (
    <div
      class="call"
      data-screen="call"
      data-phase={model.session.phase.kind}
      data-media={model.session.media.kind}
      data-muted={model.session.muted}
      data-mode={Mode[view?.mode ?? Mode.OPEN]}
      data-floor={view?.word}
      data-rooms={model.session.offers.length}
      data-colours={model.settings.colours}
      data-words={model.settings.words}
    >
      <CallHeader model={model} actions={actions} room={room} />
      <main class="stage" tabIndex={0}>
        <EmergencyBanners model={model} actions={actions} />
        <Notices model={model} actions={actions} />
        {view ? (
          <FloorNow {...{ model, actions, levels, view, isAlone }} />
        ) : (
          <TalkersNow talkers={talkers} isAlone={isAlone} levels={levels} />
        )}
      </main>
      <div class="lists" tabIndex={0} role="region" aria-label={text.call.lists}>
        <Rooms model={model} actions={actions} />
        <div class="people">
          {view?.mode === Mode.CHAIRED && <Plenary model={model} actions={actions} view={view} />}
          <MemberList room={room} talkers={talkers ?? []} hasFloor={view !== undefined} />
        </div>
      </div>
      <Controls model={model} actions={actions} levels={levels} view={view} />
      <EmergencyCountdown model={model} actions={actions} />
      {!view && <Announcement say={text.call.talksNow(others)} />}
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
      <div class="head-actions">
        <button
          type="button"
          class="quiet keys"
          aria-keyshortcuts="?"
          title={`${text.call.keys} (?)`}
          onClick={() => actions.show("keys")}
        >
          {text.call.keys} <kbd>?</kbd>
        </button>
        <button
          type="button"
          class="quiet square"
          aria-label={text.floor.settings.open}
          aria-keyshortcuts="S"
          title={`${text.floor.settings.open} (S)`}
          onClick={() => actions.show("settings")}
        >
          <SettingsIcon />
        </button>
      </div>
    </header>
  );
}

// Who has the floor, large; where nobody has it, that it is free.
function FloorNow(props: Props & { view: FloorView; isAlone: boolean }) {
  const { model, actions, levels, view, isAlone } = props;
  const isKnown = model.session.phase.kind === "joined";
  const { card } = text.floor;
  const free = view.mode === Mode.CHAIRED ? card.freeChaired : card.free;
  const count = isKnown ? view.holders.length : 0;
  const speaker = view.holders.find((holder) => !holder.isOwn);
  const mayAct = view.isChair && view.mode !== Mode.CHAIRED && speaker !== undefined;
  return (
    <section class="talkers" aria-labelledby="talkers-title" data-talkers={count}>
      <h2 id="talkers-title" class="section-title">
        {!isKnown ? text.call.talkersUnknown : count > 0 ? text.call.talking : free}
      </h2>
      {count > 0 && (
        <ul>
          {view.holders.map((holder) => (
            <HolderRow key={holder.memberId} holder={holder} levels={levels} />
          ))}
        </ul>
      )}
      {count === 0 && isAlone && <p class="alone">{text.call.nobodyElse}</p>}
      {mayAct && (
        <div class="chair-controls">
          <HolderActions
            holder={speaker}
            ask={(body) => actions.ask(model.session.floor.talkRoomId, body)}
          />
        </div>
      )}
    </section>
  );
}

function HolderRow({ holder, levels }: { holder: HolderView; levels: Levels }) {
  const tier = holder.tier === Tier.ROUTINE ? "" : text.floor.card.tiers[holder.tier];
  const nowMs = useNow(holder.endsAtMs > 0);
  return (
    <li class="talker" data-talker-id={holder.memberId} data-own={holder.isOwn}>
      <span class="talker-name">
        {holder.name}
        {holder.isOwn && <span class="own"> ({text.call.you})</span>}
      </span>
      <TalkTime sinceMs={holder.sinceMs} />
      <span class="talker-about">
        {holder.delegation !== "" && <span class="delegation">{holder.delegation}</span>}
        {tier !== "" && (
          <span class="tier" data-urgent={holder.tier === Tier.EMERGENCY}>
            {tier}
          </span>
        )}
        {holder.endsAtMs > 0 && <span class="talk-limit">{text.floor.left(secondsLeft(holder.endsAtMs, nowMs))}</span>}
      </span>
      <Meter label={text.call.levelOf(holder.name)} level={() => levels.of(holder.memberId)} />
    </li>
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
  hand: HandIcon,
  muted: MutedIcon,
  away: AwayIcon,
  here: HereIcon,
};

// Where the floor decides who talks, muting means nothing.
function MemberList(props: { room: Room; talkers: readonly Talker[]; hasFloor: boolean }) {
  const { room, talkers, hasFloor } = props;
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
          const state = stateOf(hasFloor ? { ...member, muted: false } : member, talkers);
          const StateIcon = kStateIcons[state];
          return (
            <li key={member.id} class="member" data-member-id={member.id} data-state={state}>
              <StateIcon />
              <span class="member-name">
                {member.name}
                {member.id === room.ownId && <span class="own"> ({text.call.you})</span>}
                {member.delegation !== "" && <span class="delegation">{member.delegation}</span>}
                <DeviceOf room={room} memberId={member.id} />
              </span>
              <span class="member-state">{text.call.state[state]}</span>
            </li>
          );
        })}
      </ul>
    </aside>
  );
}

function DeviceOf({ room, memberId }: { room: Room; memberId: number }) {
  const device = deviceOfTwin(room.members, memberId);
  return device === "" ? null : <span class="device"> {device}</span>;
}

const kVoiceTexts: Record<OwnVoice, string> = {
  on: text.call.microphoneOn,
  muted: text.call.microphoneMuted,
  unheard: text.call.unheard,
  no_microphone: text.call.microphoneOff,
};

function Controls({ model, actions, levels, view }: Props & { view: FloorView | undefined }) {
  return (
    <section class="controls" aria-label={text.call.controls}>
      {view?.mayDeclare && <EmergencyButton model={model} actions={actions} />}
      {!view && <HandButton model={model} actions={actions} />}
      {view ? (
        <TalkButton view={view} actions={actions} levels={levels} />
      ) : (
        <MuteButton model={model} actions={actions} levels={levels} />
      )}
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
      {view ? <FloorSentence view={view} /> : <VoiceSentence model={model} />}
    </section>
  );
}

function MuteButton({ model, actions, levels }: Props) {
  const { muted } = model.session;
  const button = useLevel<HTMLButtonElement>(() => (muted ? 0 : levels.own()));
  const label = muted ? text.call.unmute : text.call.mute;
  return (
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
  );
}

function HandButton({ model, actions }: Omit<Props, "levels">) {
  const room = model.session.rooms.get(model.session.floor.talkRoomId);
  const isRaised = room?.members.get(room.ownId)?.handRaised ?? false;
  const label = isRaised ? text.floor.hand.lower : text.floor.hand.raise;
  return (
    <button
      type="button"
      class="side hand"
      data-raised={isRaised}
      aria-keyshortcuts="H"
      title={`${label} (H)`}
      onClick={actions.toggleHand}
    >
      <span class="side-shape">
        <HandIcon />
      </span>
      {label}
    </button>
  );
}

function VoiceSentence({ model }: { model: Model }) {
  const voice = ownVoiceOf(model);
  return (
    <p class="mute-state" role="status" data-state={voice}>
      {kVoiceTexts[voice]}
    </p>
  );
}
