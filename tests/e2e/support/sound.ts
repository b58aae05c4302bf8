// Speech, recordings and how alike they are.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

export const sampleRate = 48_000;
const envelopeFrame = sampleRate / 50; // 20 ms
const passageFrames = 50;
const slackFrames = 15;

// Speech by espeak-ng as 48 kHz mono WAV of exactly `seconds`; another `voice` sounds different.
export function makeSpeech(file: string, text: string, voice: string, seconds: number): void {
  const raw = `${file}.raw.wav`;
  execFileSync('espeak-ng', ['-v', voice, '-s', '150', '-a', '180', '-w', raw, text]);
  execFileSync('sox', ['-q', '-D', raw, '-r', '48000', '-c', '1', '-b', '16', file, 'repeat', '9', 'trim', '0',
    String(seconds), 'gain', '-n', '-3']);
  fs.rmSync(raw);
}

export function readWav(file: string): Float32Array {
  const bytes = fs.readFileSync(file);
  if (bytes.toString('latin1', 0, 4) !== 'RIFF') throw new Error(`${file} is no WAV file`);
  let offset = 12;
  while (bytes.toString('latin1', offset, offset + 4) !== 'data') {
    offset += 8 + bytes.readUInt32LE(offset + 4);
    if (offset + 8 > bytes.length) throw new Error(`${file} has no samples`);
  }
  const size = Math.min(bytes.readUInt32LE(offset + 4), bytes.length - offset - 8);
  const samples = new Float32Array(size / 2);
  for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(offset + 8 + 2 * i) / 32768;
  return samples;
}

// Root mean square of each 20 ms.
export function envelope(samples: Float32Array): Float32Array {
  const frames = new Float32Array(Math.floor(samples.length / envelopeFrame));
  for (let i = 0; i < frames.length; i++) {
    let sum = 0;
    for (let j = i * envelopeFrame; j < (i + 1) * envelopeFrame; j++) sum += samples[j]! * samples[j]!;
    frames[i] = Math.sqrt(sum / envelopeFrame);
  }
  return frames;
}

// How alike what was heard and what was spoken are, 0 (or less) to 1: the envelopes of passages of
// one second, each correlated with the looping `spoken`, at the one alignment of them all that fits
// best. A passage may come up to 300 ms earlier or later than that: a jitter buffer stretches and
// shortens speech, and a busy machine holds it up. Other speech of the same length reaches 0.6.
export function likeness(heard: Float32Array, spoken: Float32Array): number {
  const a = envelope(heard);
  const b = envelope(spoken);
  const passages: Float32Array[] = []; // of each: its correlation at each alignment
  for (let from = 0; from + passageFrames <= a.length; from += passageFrames) {
    const passage = a.subarray(from, from + passageFrames);
    passages.push(Float32Array.from(b, (_, lag) => correlationAt(passage, b, from + lag)));
  }
  let best = -1;
  for (let lag = 0; lag < b.length; lag++) {
    const sum = passages.reduce((total, passage) => total + bestNear(passage, lag), 0);
    best = Math.max(best, sum / passages.length);
  }
  return best;
}

// How much of the beginning of `spoken` is missing in `heard`, in ms: where its first second fits best,
// how much later the first sound comes than it should. A burst that is whole comes within a frame or two.
export function cutAtStart(heard: Float32Array, spoken: Float32Array): number {
  const a = envelope(heard);
  const first = envelope(spoken).subarray(0, passageFrames);
  let best = { at: 0, score: -1 };
  for (let at = 0; at + first.length <= a.length; at++) {
    const score = correlationAt(first, a, at);
    if (score > best.score) best = { at, score };
  }
  const begins = (frames: Float32Array): number => {
    const loud = Math.max(...frames) / 10;
    return frames.findIndex((frame) => frame > loud);
  };
  return (begins(a.subarray(best.at, best.at + first.length)) - begins(first)) * 20;
}

// Whoever shares the machine can hold up a microphone, a browser and a bot for so long that speech is
// torn before it reaches us. `measure` gives a likeness for each direction, whose best counts: tried
// until every direction was good once, eight times at most. `tries` is told with every figure: more
// than one is nothing to be proud of.
export async function bestOf(measure: () => Promise<number[]>): Promise<{ heard: number[]; tries: number }> {
  let heard = await measure();
  let tries = 1;
  for (; tries < 8 && Math.min(...heard) < 0.8; tries++) {
    const next = await measure();
    heard = heard.map((best, i) => Math.max(best, next[i]!));
  }
  return { heard, tries };
}

function bestNear(correlations: Float32Array, lag: number): number {
  let best = -1;
  for (let i = lag - slackFrames; i <= lag + slackFrames; i++) {
    best = Math.max(best, correlations[(i + correlations.length) % correlations.length]!);
  }
  return best;
}

function correlationAt(a: Float32Array, b: Float32Array, lag: number): number {
  const n = a.length;
  let sumA = 0, sumB = 0, sumAA = 0, sumBB = 0, sumAB = 0;
  for (let i = 0; i < n; i++) {
    const x = a[i]!;
    const y = b[(i + lag) % b.length]!;
    sumA += x;
    sumB += y;
    sumAA += x * x;
    sumBB += y * y;
    sumAB += x * y;
  }
  const covariance = sumAB - (sumA * sumB) / n;
  const spread = Math.sqrt((sumAA - (sumA * sumA) / n) * (sumBB - (sumB * sumB) / n));
  return spread > 1e-9 ? covariance / spread : 0;
}

export function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}
