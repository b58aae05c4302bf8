// How a person wants to be told of the floor; kept on the device.

export interface Settings {
  readonly handsFree: boolean; // the button stays down until it is pressed again
  readonly tones: boolean;
  readonly toneVolume: number; // 0..1
  readonly colours: boolean;
  readonly words: boolean;
  readonly vibration: boolean;
}

export const kDefaultSettings: Settings = {
  handsFree: false,
  tones: true,
  toneVolume: 0.5,
  colours: true,
  words: true,
  vibration: true,
};

// Settings as they were stored; what is missing or odd has its default.
export function parseSettings(text: string): Settings {
  let stored: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) stored = { ...value };
  } catch {
    // Nothing was stored yet.
  }
  const flag = (name: "handsFree" | "tones" | "colours" | "words" | "vibration"): boolean =>
    typeof stored[name] === "boolean" ? stored[name] : kDefaultSettings[name];
  const { toneVolume } = stored;
  const isVolume = typeof toneVolume === "number" && toneVolume >= 0 && toneVolume <= 1;
  return {
    handsFree: flag("handsFree"),
    tones: flag("tones"),
    toneVolume: isVolume ? toneVolume : kDefaultSettings.toneVolume,
    colours: flag("colours"),
    words: flag("words"),
    vibration: flag("vibration"),
  };
}
