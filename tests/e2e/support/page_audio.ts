// Ears and a mouth inside a test's page: scripts that run in the browser, before the page's own.

export const chirpSeconds = 0.05;
export const chirpPeriodSeconds = 0.6;

export interface Recording {
  samples: Float32Array;
  // Wall clock (ms) of sample i * 128.
  blockTimes: Float64Array;
}

// Records the sum of all audio elements of the page. Runs in the browser: everything it uses is inside.
export function installRecorder(): void {
  const worklet = `registerProcessor('test-recorder', class extends AudioWorkletProcessor {
    process(inputs) {
      const block = new Float32Array(128);
      for (const channel of inputs[0].slice(0, 1)) block.set(channel);
      this.port.postMessage({ block, time: Date.now(), frame: currentFrame });
      return true;
    }
  });`;
  const toBase64 = (buffer: ArrayBuffer): string => {
    const bytes = new Uint8Array(buffer);
    let text = '';
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return btoa(text);
  };
  // Hears from when it is made until it is stopped.
  const startRecordingForTest = async (): Promise<void> => {
    const context = new AudioContext({ sampleRate: 48000 });
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([worklet], { type: 'text/javascript' })));
    const node = new AudioWorkletNode(context, 'test-recorder', { channelCount: 1, channelCountMode: 'explicit' });
    node.connect(context.destination);
    const connected = new Set<MediaStream>();
    const connect = () => {
      for (const element of document.querySelectorAll('audio')) {
        const stream = element.srcObject;
        if (!(stream instanceof MediaStream) || connected.has(stream) || stream.getAudioTracks().length === 0) continue;
        if (element.paused) continue; // a paused element is not heard
        connected.add(stream);
        context.createMediaStreamSource(stream).connect(node);
      }
    };
    const blocks: Float32Array[] = [];
    const times: number[] = [];
    const begun = new Promise<void>((resolve) => {
      node.port.onmessage = ({ data }) => {
        blocks.push(data.block);
        times.push(data.time);
        resolve();
      };
    });
    connect();
    const timer = setInterval(connect, 100);
    const stopRecordingForTest = async (): Promise<string> => {
      clearInterval(timer);
      await context.close();
      const samples = new Float32Array(blocks.length * 128);
      blocks.forEach((block, i) => samples.set(block, i * 128));
      return JSON.stringify({ samples: toBase64(samples.buffer), times: toBase64(new Float64Array(times).buffer) });
    };
    Object.assign(window, { stopRecordingForTest });
    await begun;
  };
  Object.assign(window, { startRecordingForTest });
}

// Replaces the microphone by a source of chirps and notes the wall clock at each. Runs in the browser.
export function installChirpSource(): void {
  const worklet = `registerProcessor('test-chirps', class extends AudioWorkletProcessor {
    process(inputs, [[out]]) {
      const period = 0.6 * sampleRate, length = 0.05 * sampleRate;
      for (let i = 0; i < out.length; i++) {
        const at = (currentFrame + i) % period;
        if (at === 0) this.port.postMessage(Date.now() + i * 1000 / sampleRate);
        const t = at / sampleRate;
        const window = Math.sin(Math.PI * at / length);
        out[i] = at < length ? 0.7 * window * Math.sin(2 * Math.PI * (500 * t + 35000 * t * t))
                             : 0.002 * (Math.random() - 0.5);
      }
      return true;
    }
  });`;
  const chirpTimesForTest: number[] = [];
  Object.assign(window, { chirpTimesForTest });
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext({ sampleRate: 48000 });
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([worklet], { type: 'text/javascript' })));
    const node = new AudioWorkletNode(context, 'test-chirps', { outputChannelCount: [1] });
    node.port.onmessage = ({ data }) => chirpTimesForTest.push(data);
    const destination = context.createMediaStreamDestination();
    node.connect(destination);
    return destination.stream;
  };
}

// Replaces the microphone by a mouth that speaks when it is told to, or at the very moment of a press:
// pages of one browser share what Chromium takes for a microphone. Runs in the browser.
export function installMouth(): void {
  if (!navigator.mediaDevices) return; // about:blank has no microphone
  let context: AudioContext | undefined;
  let destination: MediaStreamAudioDestinationNode | undefined;
  let speech: AudioBuffer | undefined;
  // The faint noise of every real microphone; without it the browser sends nothing at all.
  const breathe = (from: AudioContext, into: AudioNode): void => {
    const buffer = new AudioBuffer({ length: 48000, sampleRate: 48000 });
    buffer.getChannelData(0).forEach((_, i, samples) => { samples[i] = 0.001 * (Math.random() - 0.5); });
    const noise = new AudioBufferSourceNode(from, { buffer, loop: true });
    noise.connect(into);
    noise.start();
  };
  navigator.mediaDevices.getUserMedia = async () => {
    if (!context || !destination) {
      context = new AudioContext({ sampleRate: 48000, latencyHint: 'interactive' });
      destination = context.createMediaStreamDestination();
      breathe(context, destination);
    }
    return destination.stream.clone();
  };
  // `samples`: 16-bit mono at 48 kHz, base64.
  const learnForTest = (samples: string): void => {
    const bytes = Uint8Array.from(atob(samples), (letter) => letter.charCodeAt(0));
    const values = new Int16Array(bytes.buffer);
    speech = new AudioBuffer({ length: values.length, sampleRate: 48000 });
    speech.getChannelData(0).set(Float32Array.from(values, (value) => value / 32768));
  };
  const speakForTest = (): Promise<void> => new Promise((resolve, reject) => {
    if (!context || !destination || !speech) return reject(new Error('no microphone was opened, or nothing was learnt'));
    const source = new AudioBufferSourceNode(context, { buffer: speech });
    source.connect(destination);
    source.onended = () => resolve();
    source.start();
  });
  // `speechEndedForTest` is when all was said.
  const speakAtPressForTest = (type: 'pointerdown' | 'keydown'): void => {
    const speechEndedForTest = new Promise<void>((resolve, reject) => {
      window.addEventListener(type, () => speakForTest().then(resolve, reject), { once: true, capture: true });
    });
    Object.assign(window, { speechEndedForTest });
  };
  Object.assign(window, { learnForTest, speakForTest, speakAtPressForTest });
}

export function decodeRecording(json: string): Recording {
  const { samples, times } = JSON.parse(json) as { samples: string; times: string };
  const bytes = (text: string) => {
    const buffer = Buffer.from(text, 'base64');
    return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength) as ArrayBuffer;
  };
  return { samples: new Float32Array(bytes(samples)), blockTimes: new Float64Array(bytes(times)) };
}

function chirp(): Float32Array {
  const wave = new Float32Array(chirpSeconds * 48000);
  for (let i = 0; i < wave.length; i++) {
    const t = i / 48000;
    wave[i] = Math.sin((Math.PI * i) / wave.length) * Math.sin(2 * Math.PI * (500 * t + 35000 * t * t));
  }
  return wave;
}

// For each chirp inside the recording: milliseconds from mouth to ear, found by a matched filter.
export function mouthToEar(recording: Recording, spokenAt: number[]): number[] {
  const wave = chirp();
  const latencies: number[] = [];
  for (const spoken of spokenAt) {
    if (spoken < recording.blockTimes[0]!) continue; // before the recording began
    const block = recording.blockTimes.findIndex((time) => time >= spoken);
    if (block < 0) continue;
    const start = block * 128;
    const end = start + 0.45 * 48000;
    if (end + wave.length > recording.samples.length) continue;
    const found = bestMatch(recording.samples, wave, start, end);
    if (found.score < 0.5) continue;
    const time = recording.blockTimes[Math.floor(found.at / 128)]! + ((found.at % 128) * 1000) / 48000;
    latencies.push(time - spoken);
  }
  return latencies;
}

function bestMatch(samples: Float32Array, wave: Float32Array, start: number, end: number): { at: number; score: number } {
  let best = { at: start, score: 0 };
  for (let at = start; at < end; at += 4) {
    let product = 0, energy = 1e-9, waveEnergy = 1e-9;
    for (let j = 0; j < wave.length; j += 2) {
      const x = samples[at + j]!;
      const w = wave[j]!;
      product += x * w;
      energy += x * x;
      waveEnergy += w * w;
    }
    const score = Math.abs(product) / Math.sqrt(energy * waveEnergy);
    if (score > best.score) best = { at, score };
  }
  return best;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
