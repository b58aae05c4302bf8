// Native clients: with browsers, over TCP where UDP is blocked, five together, and through failures.
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bot } from './support/bots';
import { figure } from './support/figures';
import { Namespace } from './support/namespace';
import { Parley } from './support/parley';
import { Person } from './support/page';
import { bestOf, likeness, makeSpeech, readWav, rms } from './support/sound';
import { eventually, pause } from './support/waiting';

const sentence = 'Parley carries this sentence from one machine to another, word for word, without losing its beginning.';
const reply = 'The answer comes back by the same way, and it must be as clear as the question that was asked before.';

const lastSeconds = (samples: Float32Array, seconds: number) => samples.slice(-seconds * 48_000);

// Services of its own for one test, ended whatever comes of it.
async function withParley(options: Parameters<typeof Parley.start>[0], use: (parley: Parley) => Promise<void>): Promise<void> {
  const parley = await Parley.start(options);
  try {
    await use(parley);
  } finally {
    await parley.stop();
  }
}

// Bot and browser talk to each other; both sides hear what was said.
async function expectBothHear(parley: Parley, overTcp: boolean, label: string): Promise<void> {
  const botFile = path.join(parley.dir, 'bot.wav');
  const pageFile = path.join(parley.dir, 'page.wav');
  makeSpeech(botFile, sentence, 'en-gb', 12);
  makeSpeech(pageFile, reply, 'en-us+f3', 12);
  const person = await Person.open(parley, 'Person', { microphone: pageFile });
  await person.join(await parley.invite('Person'));
  const [said, answered] = [readWav(botFile), readWav(pageFile)];
  const { heard, tries } = await bestOf(async () => {
    const bot = await Bot.join(parley, 'Bot', ['--play', botFile, '--loop']);
    await pause(3000);
    const { samples: atPerson } = await person.record(10);
    const stats = await bot.leave();
    const atBot = lastSeconds(readWav(bot.recordFile), 10);
    expect(stats.decrypt_errors).toBe(0);
    expect(stats.media_is_tcp).toBe(overTcp);
    expect(likeness(atBot, said)).toBeLessThan(0.7); // its own words
    return [likeness(atPerson, said), likeness(atBot, answered)];
  });
  await person.close();
  figure(label, `bot to page ${heard[0]!.toFixed(3)}, page to bot ${heard[1]!.toFixed(3)}, tries ${tries}`);
  expect(Math.min(...heard)).toBeGreaterThanOrEqual(0.8);
}

describe('a bot and a browser', () => {
  test('hear each other', async () => {
    await withParley({}, (parley) => expectBothHear(parley, false, 'bot and page, likeness'));
  });

  test('hear each other over ICE-TCP where UDP is blocked', async () => {
    const namespace = Namespace.withoutUdp();
    try {
      await withParley({ namespace: namespace.name }, (parley) => expectBothHear(parley, true, 'bot and page over ICE-TCP, likeness'));
    } finally {
      namespace.remove();
    }
  });
});

describe('bots together', () => {
  let parley: Parley;
  beforeAll(async () => {
    parley = await Parley.start({ workers: 2 });
  });
  afterAll(async () => parley?.stop());

  // One plays a file that the others know.
  function speech(name: string, text: string, voice: string): string {
    const file = path.join(parley.dir, `${name}.wav`);
    makeSpeech(file, text, voice, 8);
    return file;
  }

  test('five in a room hear exactly the others; a sixth in another room hears nothing', async () => {
    const voices = ['en-gb', 'en-us', 'en-us+f3', 'en-gb+m5', 'en-gb+f4'];
    const texts = [sentence, reply, `${reply} ${sentence}`, 'One two three four five six seven eight.', 'North by north west, hold the course.'];
    const files = voices.map((voice, i) => speech(`voice${i}`, texts[i]!, voice));
    const stranger = await Bot.join(parley, 'Stranger', [], 'Another room');
    const bots: Bot[] = [];
    for (let i = 0; i < 5; i++) bots.push(await Bot.join(parley, `Member${i}`, ['--play', files[i]!, '--loop']));
    for (const bot of bots) await bot.waitFor(/talking "Member\d"(, "Member\d"){3}/);
    await pause(8000);
    const all = await Promise.all(bots.map((bot) => bot.leave()));
    const strangers = await stranger.leave();
    expect(strangers.received).toBe(0);
    expect(strangers.members_seen).toEqual(['Stranger']);
    expect(rms(readWav(stranger.recordFile))).toBe(0);
    bots.forEach((bot, i) => {
      expect([...all[i]!.members_seen].sort()).toEqual(['Member0', 'Member1', 'Member2', 'Member3', 'Member4']);
      expect(all[i]!.decrypt_errors).toBe(0);
      // Four voices for 8 s at 50 packets a second, less the time of the last to be heard.
      expect(all[i]!.received).toBeGreaterThan(4 * 8 * 50 * 0.9);
      expect(rms(lastSeconds(readWav(bot.recordFile), 4))).toBeGreaterThan(0.01);
    });
  });

  test('comes back with its key file: its used link only names the server', async () => {
    const key = ['--key-file', path.join(parley.dir, 'keeper.pem')];
    const link = await parley.invite('Keeper', 'A room of his own');
    const first = await Bot.byLink(parley, 'Keeper', link, key);
    expect((await first.leave()).sessions_resumed).toBe(0);
    const again = await Bot.byLink(parley, 'Keeper', link, key);
    const stats = await again.leave();
    expect(stats.sessions_resumed).toBe(1);
    expect(stats.members_seen).toEqual(['Keeper']);
  });

  test('signaling is killed and restarted in a call: no packet is lost and both sessions resume', async () => {
    const talker = await Bot.join(parley, 'Talker', ['--play', speech('talker', sentence, 'en-gb'), '--loop']);
    const listener = await Bot.join(parley, 'Listener');
    await listener.waitFor(/talking "Talker"/);
    await parley.signaling.kill('SIGKILL');
    await pause(2000);
    await parley.startSignaling();
    await talker.waitFor(/session resumed/);
    await listener.waitFor(/session resumed/);
    await pause(2000);
    // Between two sentences there is nobody for a moment.
    await eventually('the listener is told who talks', () => listener.process.output.match(/^talking .*/gm)?.pop() === 'talking "Talker"', 3000);
    const heard = await listener.leave();
    const sent = await talker.leave();
    figure('signaling killed: packets lost of received', `${heard.lost} of ${heard.received}`);
    expect(heard.lost).toBe(0);
    expect(heard.media_connects).toBe(1);
    expect(sent.media_connects).toBe(1);
    expect(heard.sessions_resumed).toBe(1);
    expect(sent.sessions_resumed).toBe(1);
  });

  test('the media node is killed and restarted: everybody is heard again within 5 s', async () => {
    const talker = await Bot.join(parley, 'Talker', ['--play', speech('again', reply, 'en-gb'), '--loop']);
    const listener = await Bot.join(parley, 'Listener');
    await listener.waitFor(/talking "Talker"/);
    await parley.node.kill('SIGKILL');
    await pause(500);
    const before = listener.process.output.length;
    const restarted = performance.now();
    await parley.startNode();
    const heardAgain = () => /talking "Talker"/.test(listener.process.output.slice(before));
    while (!heardAgain() && performance.now() - restarted < 5000) await pause(20);
    figure('node restarted: bots hear each other after', `${((performance.now() - restarted) / 1000).toFixed(1)} s`);
    expect(heardAgain()).toBe(true);
    await pause(2000);
    await talker.leave();
    await listener.leave();
    expect(rms(lastSeconds(readWav(listener.recordFile), 1))).toBeGreaterThan(0.005);
  });
});
