// A radio exchange with speech: two phones, held by a finger, and a desk with a keyboard.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { figure } from './support/figures';
import { Finger } from './support/finger';
import { launchBrowser, Person } from './support/page';
import { Parley } from './support/parley';
import { bestOf, cutAtStart, likeness, makeSpeech, readWav, rms } from './support/sound';
import { eventually } from './support/waiting';

const phone = { viewport: { width: 360, height: 720 }, isPhone: true };
const desk = { viewport: { width: 1440, height: 900 } };
const seconds = 4;
const sentences = {
  Anna: ['Tug one, this is the pilot. We pass the lighthouse and turn to the north now.', 'en-gb'],
  Ben: ['Man overboard on the port side. Stop all engines and send the rescue boat.', 'en-us+m7'],
  Desk: ['Harbour control to all. The lock opens at ten, and berth four stays closed.', 'en-us+f3'],
} as const;
type Name = keyof typeof sentences;

const talkButton = (person: Person) => person.page.locator('.talk');
const emergencyButton = (person: Person) => person.page.getByRole('button', { name: /^Emergency/ });
const banner = (person: Person) => person.page.locator('[data-emergency="emergency"].alert');

// The talk button and the sentence that a screen reader hears have come to say this.
async function shows(person: Person, state: string, word: string | RegExp, sentence: string): Promise<void> {
  const is = (text: string) => (typeof word === 'string' ? text === word : word.test(text));
  let seen = '';
  await eventually(`${person.name} shows ${state}, ${word}, "${sentence}"`, async () => {
    seen = [
      await talkButton(person).getAttribute('data-floor'),
      await person.page.locator('.talk-word').textContent(),
      await person.page.locator('.floor-say[role="status"]').textContent(),
    ].join('|');
    const [shown, onButton, said] = seen.split('|');
    return shown === state && is(onButton!) && said === sentence;
  }, 10_000).catch((error: Error) => { throw new Error(`${error.message}; it shows ${seen}`); });
}

const showsFree = (person: Person) => shows(person, 'free', 'Hold to talk', 'Hold the button and talk. Let go when you are done.');
const showsOwn = (person: Person) => shows(person, 'yours', 'You talk', 'Everybody hears you. Let go when you are done.');
const showsTalker = (person: Person, talker: Name) => shows(person, 'somebody', 'Busy', `${talker} is talking.`);
const showsDenied = (person: Person) => shows(person, 'denied', 'Not now', 'Somebody else is talking. Wait and press again.');

describe('a radio exchange of two phones and a desk', () => {
  let parley: Parley;
  let browser: Browser;
  let people: Record<Name, Person>;
  let speech: Record<Name, Float32Array>;
  let annasFinger: Finger;
  let bensFinger: Finger;
  const began = performance.now();

  beforeAll(async () => {
    parley = await Parley.start();
    // In one a press waits for its turn, in the other it is denied.
    // A machine that stands still for a moment shall not end a burst (docs/floor.md, T1 over satellite).
    await parley.setRoom('Harbour', 'ptt', ['--end-of-media-ms', '4000']);
    await parley.setRoom('Tugs', 'ptt', ['--no-queue']);
    browser = await launchBrowser(parley);
    const open = async (name: Name, device: typeof phone | typeof desk): Promise<Person> => {
      const person = await Person.open(parley, name, { browser, ...device });
      await person.join(await parley.invite(name, 'Harbour', ['--room', 'Tugs', '--tier', 'emergency']));
      const file = parley.file(`${name}.wav`);
      makeSpeech(file, sentences[name][0], sentences[name][1], seconds);
      await person.learn(readWav(file));
      return person;
    };
    people = { Anna: await open('Anna', phone), Ben: await open('Ben', phone), Desk: await open('Desk', desk) };
    speech = {
      Anna: readWav(parley.file('Anna.wav')), Ben: readWav(parley.file('Ben.wav')), Desk: readWav(parley.file('Desk.wav')),
    };
    annasFinger = await Finger.of(people.Anna);
    bensFinger = await Finger.of(people.Ben);
    for (const person of everybody()) await seesEverybody(person);
  });

  afterAll(async () => {
    await browser?.close();
    await parley?.stop();
    figure('radio exchange in Chromium', `${((performance.now() - began) / 1000).toFixed(0)} s`);
  });

  const everybody = () => [people.Anna, people.Ben, people.Desk];

  async function seesEverybody(person: Person): Promise<void> {
    await eventually(`${person.name} sees everybody with sound`, async () => {
      const states = await person.page.locator('li.member').evaluateAll((items) => items.map((item) => item.getAttribute('data-state')));
      return states.length === 3 && !states.includes('away');
    });
  }

  // What `listeners` hear while `talk` runs, beside what the talker said: how alike both are, and what
  // is missing at the beginning.
  async function heardBy(listeners: Person[], talker: Name, talk: () => Promise<void>): Promise<{ likeness: number[]; cutMs: number[] }> {
    await Promise.all(listeners.map((listener) => listener.startRecording()));
    await talk();
    const heard = await Promise.all(listeners.map((listener) => listener.stopRecording()));
    return {
      likeness: heard.map(({ samples }) => likeness(speech[talker], samples)),
      cutMs: heard.map(({ samples }) => cutAtStart(samples, speech[talker])),
    };
  }

  // An exchange in which everything was heard; a torn one is repeated.
  async function exchange(what: string, once: () => Promise<{ likeness: number[]; cutMs: number[] }>): Promise<void> {
    let cutMs: number[] = [];
    const { heard, tries } = await bestOf(async () => {
      const next = await once();
      cutMs = next.cutMs;
      return Math.max(...cutMs) > 60 ? [0] : next.likeness;
    });
    figure(what, `likeness ${heard.map((one) => one.toFixed(3)).join(' and ')}, cut ${cutMs.join(' and ')} ms, tries ${tries}`);
    expect(Math.max(...cutMs)).toBeLessThanOrEqual(60);
    expect(Math.min(...heard)).toBeGreaterThanOrEqual(0.8);
  }

  async function switchTo(room: 'Harbour' | 'Tugs'): Promise<void> {
    await people.Desk.page.keyboard.press(room === 'Harbour' ? '1' : '2');
    for (const person of [people.Anna, people.Ben]) await person.page.getByRole('button', { name: `Talk here: ${room}` }).tap();
    for (const person of everybody()) {
      await person.page.getByRole('heading', { level: 1, name: room }).waitFor();
      await showsFree(person);
    }
  }

  test('who holds the button is heard by all, from the first syllable', async () => {
    const { Anna, Ben, Desk } = people;
    await exchange('phone to phone and desk', async () => {
      for (const person of everybody()) await showsFree(person);
      return heardBy([Ben, Desk], 'Anna', async () => {
        await Anna.speakAtPress('pointerdown');
        await annasFinger.press(talkButton(Anna));
        await showsOwn(Anna);
        expect(await talkButton(Anna).getAttribute('aria-pressed')).toBe('true');
        expect(await Anna.page.locator('.talk-left').textContent({ timeout: 2000 })).toMatch(/^\d+ s left$/);
        await showsTalker(Ben, 'Anna');
        await showsTalker(Desk, 'Anna');
        expect(await Desk.page.locator('.talker .talker-name').textContent()).toBe('Anna');
        await Anna.speechEnded();
        await annasFinger.lift();
        for (const person of everybody()) await showsFree(person);
      });
    });
  });

  test('who presses meanwhile waits for the floor, knows the place, and is heard in turn', async () => {
    const { Anna, Ben, Desk } = people;
    await exchange('desk to both phones, out of the queue', async () => {
      await annasFinger.press(talkButton(Anna));
      await showsOwn(Anna);
      await Desk.page.keyboard.down('Space');
      await shows(Desk, 'queued', 'Next', 'You are number 1 of 1. Keep holding.');
      await bensFinger.press(talkButton(Ben));
      await shows(Ben, 'queued', 'Place 2', 'You are number 2 of 2. Keep holding.');
      await bensFinger.lift(); // he steps back
      await showsTalker(Ben, 'Anna');
      const heard = await heardBy([Anna, Ben], 'Desk', async () => {
        await annasFinger.lift();
        await showsOwn(Desk);
        await Desk.speak();
        await Desk.page.keyboard.up('Space');
        for (const person of everybody()) await showsFree(person);
      });
      return heard;
    });
  });

  test('where nobody waits a press on a busy floor is denied, and nothing of it is heard', async () => {
    const { Anna, Ben, Desk } = people;
    await switchTo('Tugs');
    await annasFinger.press(talkButton(Anna));
    await showsOwn(Anna);
    await Ben.startRecording();
    await Desk.speakAtPress('keydown');
    await Desk.page.keyboard.down('Space');
    await showsDenied(Desk);
    await Desk.speechEnded();
    await showsDenied(Desk); // as long as it is held
    await Desk.page.keyboard.up('Space');
    expect(rms((await Ben.stopRecording()).samples)).toBeLessThan(0.001);
    await annasFinger.lift();
    for (const person of everybody()) await showsFree(person);
    await switchTo('Harbour');
  });

  test('an emergency is held, counted down, cancelled once, and then heard before anybody else', async () => {
    const { Anna, Ben, Desk } = people;
    const countdown = Ben.page.getByRole('alertdialog', { name: /^Emergency alert in [123] s$/ });
    await bensFinger.press(emergencyButton(Ben));
    await Ben.page.getByRole('button', { name: 'Keep holding' }).waitFor();
    await countdown.waitFor();
    await bensFinger.lift();
    await countdown.getByRole('button', { name: 'Cancel' }).tap();
    await countdown.waitFor({ state: 'detached' });

    await annasFinger.press(talkButton(Anna));
    await showsOwn(Anna); // the floor is an ordinary one: nothing was declared
    for (const person of everybody()) expect(await banner(person).count()).toBe(0);

    await bensFinger.press(emergencyButton(Ben));
    await countdown.waitFor();
    await bensFinger.lift();
    const heard = await heardBy([Desk], 'Ben', async () => {
      await shows(Ben, 'yours', 'You talk', 'Everybody hears you. Tap to stop.');
      await Ben.speak();
    });
    await shows(Anna, 'revoked', 'Stopped', 'Somebody with priority talks now. It was Ben.');
    await annasFinger.lift();
    await showsTalker(Anna, 'Ben');
    for (const person of [Anna, Desk]) {
      expect(await banner(person).locator('strong').textContent()).toBe('Emergency: Ben');
      expect(await person.page.locator('.talker .tier').textContent()).toBe('emergency');
    }
    expect(await banner(Ben).locator('strong').textContent()).toBe('Your emergency is on. Everybody was alerted.');
    figure('emergency, phone to desk', `likeness ${heard.likeness[0]!.toFixed(3)}, cut ${heard.cutMs[0]} ms`);
    await exchange('emergency, phone to phone and desk', () => heardBy([Anna, Desk], 'Ben', () => Ben.speak()));

    await bensFinger.press(talkButton(Ben));
    await bensFinger.lift();
    for (const person of everybody()) await showsFree(person);
    await Ben.page.getByRole('button', { name: 'End the emergency' }).tap();
    await Ben.page.getByRole('dialog').getByRole('button', { name: 'End the emergency' }).tap();
    for (const person of everybody()) await banner(person).waitFor({ state: 'detached' });
    for (const person of everybody()) expect(person.consoleErrors).toEqual([]);
  });
});
