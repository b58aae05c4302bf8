// A further device of a person, which waits until another one has let it in.
import { WaitingNotice } from "./lobby";
import type { Actions, Model } from "./model";
import { NoticeBox } from "./notices";
import { Brand } from "./parts";
import { text } from "./strings";

const kPatience = 2; // attempts; the server closes a connection that waits now and then

export function Pending({ model, actions }: { model: Model; actions: Actions }) {
  const { identity, session } = model;
  return (
    <main class="card" data-screen="pending" data-phase={session.phase.kind}>
      <Brand host={model.host} />
      <div>
        <h1>{text.pending.title}</h1>
        <p class="intro">{text.pending.advice}</p>
      </div>
      <p class="digits">{identity.digits}</p>
      <p>{text.pending.compare}</p>
      <p class="hint" role="status">
        {text.pending.waiting}
      </p>
      {session.attempt >= kPatience && <WaitingNotice model={model} actions={actions} />}
      {!identity.isRemembered && <NoticeBox name="notRemembered" say={text.lobby.notRemembered} />}
    </main>
  );
}
