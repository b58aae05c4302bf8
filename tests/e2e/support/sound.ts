// Speech, recordings and how alike they are.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

export const sampleRate = 48_000;
const envelopeFrame = sampleRate / 50; // 20 ms

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

export interface Likeness {
  correlation: number; // normalised, of the envelopes at the best alignment
  lagMs: number;
}

// Best normalised correlation of `heard` with the looping `spoken`, over all alignments.
export function compare(heard: Float32Array, spoken: Float32Array): Likeness {
  const a = envelope(heard);
  const b = envelope(spoken);
  let best: Likeness = { correlation: -1, lagMs: 0 };
  for (let lag = 0; lag < b.length; lag++) {
    const correlation = correlationAt(a, b, lag);
    if (correlation > best.correlation) best = { correlation, lagMs: lag * 20 };
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
