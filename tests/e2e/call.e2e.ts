// Two people in browsers, and what happens when a browser or its signaling goes away.
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { figure } from './support/figures';
import { Parley } from './support/parley';
import { Person } from './support/page';
import { median, mouthToEar } from './support/page_audio';
import { bestOf, likeness, makeSpeech, readWav, rms } from './support/sound';
import { eventually, pause } from './support/waiting';

const aliceText = 'The delegation arrives at nine. We meet in the small room on the second floor. Bring the maps.';
const bobText = 'Understood. The convoy leaves the harbour before dawn, and the bridge stays closed until noon today.';

describe('a call of two browsers', () => {
  let parley: Parley;
  let alice: Person;
  let bob: Person;
  let aliceSpeech: Float32Array;
  let bobSpeech: Float32Array;

  beforeAll(async () => {
    parley = await Parley.start();
    const aliceFile = path.join(parley.dir, 'alice.wav');
    const bobFile = path.join(parley.dir, 'bob.wav');
    makeSpeech(aliceFile, aliceText, 'en-gb', 12);
    makeSpeech(bobFile, bobText, 'en-us+f3', 12);
    aliceSpeech = readWav(aliceFile);
    bobSpeech = readWav(bobFile);
    alice = await Person.open(parley, 'Alice', { microphone: aliceFile });
    bob = await Person.open(parley, 'Bob', { microphone: bobFile });
    await alice.join(await parley.invite('Alice'));
    await bob.join(await parley.invite('Bob'));
  });

  afterAll(async () => {
    await alice?.close();
    await bob?.close();
    await parley?.stop();
  });

  test('they see each other', async () => {
    await eventually('both see both', async () =>
      (await alice.members()).sort().join() === 'Alice,Bob' && (await bob.members()).sort().join() === 'Alice,Bob');
  });

  test('each hears what the other says', async () => {
    await pause(3000); // jitter buffers settle
    const { heard, tries } = await bestOf(async () => {
      const [atAlice, atBob] = await Promise.all([alice.record(10), bob.record(10)]);
      return [likeness(atBob.samples, aliceSpeech), likeness(atAlice.samples, bobSpeech)];
    });
    figure('page to page, likeness', `${heard.map((one) => one.toFixed(3)).join(' and ')}, tries ${tries}`);
    expect(Math.min(...heard)).toBeGreaterThanOrEqual(0.8);
  });

  test('a page whose signaling is cut for 3 s keeps talking and is never shown as gone', async () => {
    const left: string[] = [];
    const watching = (async () => {
      for (const end = performance.now() + 6000; performance.now() < end; await pause(100)) {
        if (!(await bob.members()).includes('Alice')) left.push('gone');
      }
    })();
    // The WebSocket is closed under the page and refused for 3 s.
    await alice.page.evaluate(() => (window as unknown as { cutSignalingForTest(ms: number): void }).cutSignalingForTest(3000));
    const heard = await bob.record(3);
    expect(rms(heard.samples)).toBeGreaterThan(0.01);
    await watching;
    expect(left).toEqual([]);
    await alice.waitForConnection();
    expect(alice.consoleErrors).toEqual([]);
  });

  test('after the media node is killed and restarted both pages hear each other again within 5 s', async () => {
    await parley.node.kill('SIGKILL');
    await pause(1000);
    expect(rms((await bob.record(0.5)).samples)).toBeLessThan(0.001); // nobody forwards
    const restarted = performance.now();
    await parley.startNode();
    const hears = async (person: Person) => {
      while (rms((await person.record(0.3)).samples) < 0.01) {
        if (performance.now() - restarted > 5000) throw new Error(`${person.name} hears nothing after 5 s`);
      }
      return (performance.now() - restarted) / 1000;
    };
    const seconds = await Promise.all([hears(alice), hears(bob)]);
    figure('node restarted: pages hear each other after', `${Math.max(...seconds).toFixed(1)} s`);
  });

  test('a killed page is gone for the others within 5 s', async () => {
    const carol = await Person.open(parley, 'Carol');
    await carol.join(await parley.invite('Carol'));
    await eventually('Bob sees Carol', async () => (await bob.members()).includes('Carol'));
    const killed = performance.now();
    await carol.kill();
    await eventually('Bob no longer sees Carol', async () => !(await bob.members()).includes('Carol'), 5000);
    figure('killed page gone after', `${((performance.now() - killed) / 1000).toFixed(1)} s`);
  });
});

describe('latency', () => {
  test('mouth to ear is measured from chirps', async () => {
    const parley = await Parley.start();
    const talker = await Person.open(parley, 'Talker', { chirps: true });
    const listener = await Person.open(parley, 'Listener');
    await talker.join(await parley.invite('Talker'));
    await listener.join(await parley.invite('Listener'));
    await pause(6000); // the browser's jitter buffer starts at 100-200 ms
    const recording = await listener.record(18);
    const latencies = mouthToEar(recording, await talker.chirpTimes()).slice(0, 20);
    await talker.close();
    await listener.close();
    await parley.stop();
    expect(latencies.length).toBeGreaterThanOrEqual(20);
    figure('mouth to ear, 20 chirps', `median ${median(latencies).toFixed(0)} ms, worst ${Math.max(...latencies).toFixed(0)} ms`);
  });
});
