// Shows one state of the talk page, named in the address (#state). Used only by shoot.mjs.
import { render } from "preact";
import { Page } from "../../app/page";
import type { Actions } from "../../app/model";
import { kScenes } from "./scenes";
import "../../app/styles/tokens.css";
import "../../app/styles/base.css";
import "../../app/styles/lobby.css";
import "../../app/styles/call.css";
import "../../app/styles/floor.css";

const nothing = (): void => undefined;
const actions: Actions = {
  setName: nothing,
  checkMicrophone: nothing,
  chooseMicrophone: nothing,
  chooseRoom: nothing,
  join: nothing,
  keepIdentity: nothing,
  useHere: nothing,
  replaceIdentity: nothing,
  askDevice: nothing,
  answerDevice: nothing,
  dismissRoomNotice: nothing,
  toggleMuted: nothing,
  moveButton: nothing,
  moveEmergency: nothing,
  toggleHand: nothing,
  talkIn: nothing,
  setMix: nothing,
  ask: nothing,
  change: nothing,
  leave: nothing,
  retry: nothing,
  reload: nothing,
  unlock: nothing,
  show: nothing,
};
const levels = { own: () => 0.55, of: (memberId: number) => 0.35 + (memberId % 3) * 0.2 };

document.documentElement.dataset["scenes"] = Object.keys(kScenes).join(" ");
const root = document.getElementById("page");
const scene = kScenes[location.hash.slice(1)];
if (root && scene) render(<Page model={scene} actions={actions} levels={levels} />, root);
