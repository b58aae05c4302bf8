// The pictures of docs/img: scene -> name, and the looks in which it is kept.
const kPhone = ["phone_light"];
const kBoth = ["phone_light", "desk_light"];
const kAll = ["phone_light", "phone_dark", "desk_light", "desk_dark"];

export const kDocumented = {
  floor_free: { name: "free", looks: kAll },
  floor_asking: { name: "asking", looks: kAll },
  floor_yours: { name: "yours", looks: kAll },
  floor_somebody: { name: "somebody", looks: kAll },
  floor_queued: { name: "queued", looks: kAll },
  floor_offered: { name: "offered", looks: kPhone },
  floor_denied: { name: "denied", looks: kAll },
  floor_revoked: { name: "revoked", looks: kAll },
  floor_listening: { name: "listening", looks: kPhone },
  emergency_counting: { name: "emergency_countdown", looks: kAll },
  emergency: { name: "emergency", looks: kAll },
  emergency_own: { name: "emergency_own", looks: kPhone },
  plenary_chair: { name: "plenary_chair", looks: kAll },
  plenary_hand_raised: { name: "plenary_hand", looks: kBoth },
  call_three_talk: { name: "conference", looks: kAll },
  rooms_several: { name: "rooms", looks: kAll },
  floor_settings: { name: "settings", looks: kAll },
};

// Name of the picture of this scene in this look; undefined: it has none.
export function documentedAs(scene, look) {
  const entry = kDocumented[scene];
  return entry?.looks.includes(look) ? `${entry.name}_${look}` : undefined;
}
