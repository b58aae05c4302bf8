// The rooms one is in: one to talk in, the others listened to, each with its volume.
import { volumeOf } from "../sdk/mix";
import type { Mix } from "../sdk/mix";
import { roomsOf } from "./floor_view";
import type { RoomView } from "./floor_view";
import { PriorityIcon, SilencedIcon, SoundIcon } from "./icons";
import type { Actions, Model } from "./model";
import { text } from "./strings";

export function Rooms({ model, actions }: { model: Model; actions: Actions }) {
  const rooms = roomsOf(model.session);
  if (rooms.length === 0) return null;
  return (
    <nav class="rooms" aria-labelledby="rooms-title">
      <h2 id="rooms-title" class="section-title">
        {text.floor.rooms.title}
      </h2>
      <ul>
        {rooms.map((room) => (
          <RoomRow key={room.id} room={room} mix={model.mix} actions={actions} />
        ))}
      </ul>
      <p class="fine">{text.floor.rooms.priorityHint}</p>
    </nav>
  );
}

function RoomRow({ room, mix, actions }: { room: RoomView; mix: Mix; actions: Actions }) {
  const say = text.floor.rooms;
  return (
    <li class="room" data-room-id={room.id} data-talk={room.isTalkRoom} data-emergency={room.hasEmergency}>
      <div class="room-head">
        <span class="room-name">{room.name}</span>
        <span class="room-state" data-talking={room.talkers.length > 0}>
          {stateOfRoom(room)}
        </span>
      </div>
      {room.isTalkRoom ? (
        <span class="room-talk here">{say.youTalkHere}</span>
      ) : (
        <button
          type="button"
          class="secondary room-talk"
          aria-label={say.talkIn(room.name)}
          disabled={!room.isHeard}
          onClick={() => actions.talkIn(room.id)}
        >
          {say.talkHere}
        </button>
      )}
      {room.isHeard && <Sound room={room} mix={mix} actions={actions} />}
    </li>
  );
}

function stateOfRoom(room: RoomView): string {
  const say = text.floor.rooms;
  if (!room.isHeard) return say.unheard;
  if (room.hasEmergency) return say.emergency;
  return room.talkers.length > 0 ? room.talkers.join(", ") : say.quiet;
}

function Sound({ room, mix, actions }: { room: RoomView; mix: Mix; actions: Actions }) {
  const say = text.floor.rooms;
  const isSilenced = mix.silenced.includes(room.id);
  const isPriority = mix.priorityRoomId === room.id;
  const setSilenced = (): void =>
    actions.setMix({
      ...mix,
      silenced: isSilenced ? mix.silenced.filter((id) => id !== room.id) : [...mix.silenced, room.id],
    });
  return (
    <div class="room-sound">
      <button
        type="button"
        class="quiet square"
        aria-label={isSilenced ? say.hear(room.name) : say.silence(room.name)}
        aria-pressed={isSilenced}
        onClick={setSilenced}
      >
        {isSilenced ? <SilencedIcon /> : <SoundIcon />}
      </button>
      <input
        type="range"
        min={0}
        max={100}
        step={5}
        value={Math.round(volumeOf(mix, room.id) * 100)}
        aria-label={say.volume(room.name)}
        disabled={isSilenced}
        onInput={(event) =>
          actions.setMix({
            ...mix,
            volumes: { ...mix.volumes, [room.id]: Number(event.currentTarget.value) / 100 },
          })
        }
      />
      <button
        type="button"
        class="quiet square priority"
        aria-label={say.priority(room.name)}
        aria-pressed={isPriority}
        onClick={() => actions.setMix({ ...mix, priorityRoomId: isPriority ? "" : room.id })}
      >
        <PriorityIcon isOn={isPriority} />
      </button>
    </div>
  );
}
