// Watches the own microphone: a device that gives nothing at all, and somebody who speaks while muted.
// Pure: samples in, notices out.

export interface VoiceSample {
  readonly peak: number; // largest amplitude, 0..1
  readonly level: number; // 0..1, see levelOfRms
  readonly muted: boolean;
  readonly nowMs: number;
}

export interface VoiceWatch {
  readonly soundAtMs: number; // the last time the device gave anything
  readonly loudSinceMs: number; // 0: not speaking while muted
  readonly loudAtMs: number;
  readonly isSilent: boolean;
  readonly speaksWhileMuted: boolean;
}

// A working microphone is never exactly quiet; 4 s spare those that start slowly.
export const kSilenceMs = 4_000;
const kSilencePeak = 1 / 32_768;
const kLoudLevel = 0.45; // about -33 dBFS: speech, not the room
const kLoudMs = 600; // longer than a cough
const kPauseMs = 300; // between syllables
const kNoticeMs = 3_000; // the notice stays readable

export function startWatch(nowMs: number): VoiceWatch {
  return { soundAtMs: nowMs, loudSinceMs: 0, loudAtMs: 0, isSilent: false, speaksWhileMuted: false };
}

export function watchVoice(watch: VoiceWatch, sample: VoiceSample): VoiceWatch {
  const { nowMs } = sample;
  const soundAtMs = sample.peak > kSilencePeak ? nowMs : watch.soundAtMs;
  const isLoud = sample.muted && sample.level >= kLoudLevel;
  const loudAtMs = isLoud ? nowMs : watch.loudAtMs;
  const isSameSpeech = watch.loudSinceMs !== 0 && nowMs - loudAtMs <= kPauseMs;
  const loudSinceMs = isLoud && !isSameSpeech ? nowMs : isSameSpeech ? watch.loudSinceMs : 0;
  const starts = isLoud && loudSinceMs !== 0 && nowMs - loudSinceMs >= kLoudMs;
  const stays = watch.speaksWhileMuted && sample.muted && nowMs - loudAtMs < kNoticeMs;
  return {
    soundAtMs,
    loudSinceMs,
    loudAtMs,
    isSilent: nowMs - soundAtMs >= kSilenceMs,
    speaksWhileMuted: starts || stays,
  };
}

const kFloorDb = -60;

// Amplitude (0..1, RMS) as ears order it: 0 at -60 dBFS and below, 1 at full scale.
export function levelOfRms(rms: number): number {
  if (!(rms > 0)) return 0;
  return Math.min(1, Math.max(0, 1 - (20 * Math.log10(rms)) / kFloorDb));
}
