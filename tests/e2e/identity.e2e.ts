// Who may be here, in browsers: a link makes a device somebody's, a second device is let in by the
// first, a lost one is put out.
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, Person } from './support/page';
import { Parley } from './support/parley';
import { eventually } from './support/waiting';

describe('people and their devices', () => {
  let parley: Parley;
  let browser: Browser;
  let phone: Person; // Anna's first device
  let laptop: Person;

  beforeAll(async () => {
    parley = await Parley.start();
    browser = await launchBrowser(parley);
    phone = await open('Anna');
    laptop = await open('Anna');
  });

  afterAll(async () => {
    await browser?.close();
    await parley?.stop();
  });

  // Each has a browser storage of its own: another device.
  const open = (name: string): Promise<Person> => Person.open(parley, name, { browser });

  // Another device for somebody who is there already.
  async function linkFor(name: string): Promise<string> {
    const output = await parley.admin(['enrol', name]);
    const link = output.match(/https:\/\/\S+#e=[\w-]+/)?.[0];
    if (!link) throw new Error(`no link in: ${output}`);
    return link;
  }

  const isInRoom = async (person: Person, name: string) => (await person.members()).includes(name);
  const notice = (person: Person, name: string): Locator => person.page.locator(`[data-notice="${name}"]`);
  const digitsOn = async (person: Person): Promise<string> =>
    (await person.page.locator('.digits').textContent({ timeout: 15_000 })) ?? '';

  test('a device without a link is told how to get one', async () => {
    const stranger = await open('Stranger');
    await stranger.page.goto(parley.url);
    await stranger.waitForScreen('no_link');
    await stranger.page.getByRole('heading', { name: 'This device is not signed in' }).waitFor();
    await stranger.close();
  });

  test('a link makes the device somebody\'s, and leaves the address bar', async () => {
    const link = await parley.invite('Anna');
    expect(link).toContain('#e=');
    await phone.open(link);
    expect(await phone.page.locator('#name').count()).toBe(0); // his name is not his to choose
    await phone.enter();
    expect(await phone.members()).toEqual(['Anna']);
    expect(new URL(phone.page.url()).hash).toBe('');
  });

  test('its key cannot be taken out of the browser, and no secret lies in the storage', async () => {
    const kept = await phone.page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open('parley');
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      const record = await new Promise<{ keys: CryptoKeyPair; credential: Uint8Array }>((resolve, reject) => {
        const request = database.transaction('identity').objectStore('identity').get('current');
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      return {
        isExtractable: record.keys.privateKey.extractable,
        credentialBytes: record.credential.length,
        storage: JSON.stringify({ ...localStorage }),
      };
    });
    expect(kept.isExtractable).toBe(false);
    expect(kept.credentialBytes).toBeGreaterThan(100);
    expect(kept.storage).not.toMatch(/token|session/i);
  });

  test('opened again without the link it is signed in and back in the room', async () => {
    await phone.page.goto(parley.url);
    await phone.waitForConnection();
    expect(await phone.members()).toEqual(['Anna']);
  });

  test('who has left finds the lobby, signed in', async () => {
    await phone.page.getByRole('button', { name: 'Leave', exact: true }).click();
    await phone.waitForScreen('left');
    await phone.page.reload();
    await phone.page.locator('[data-screen="lobby"][data-phase="signed_in"]').waitFor();
    await phone.page.getByText('You are signed in as Anna.').waitFor();
    await phone.enter();
  });

  test('a second tab does not end the call in the first', async () => {
    const tab = await phone.context.newPage();
    await tab.goto(parley.url);
    await tab.locator('[data-screen="elsewhere"]').waitFor();
    expect(await phone.page.locator('[data-connection="connected"]').count()).toBe(1);
    await tab.getByRole('button', { name: 'Use it here' }).click();
    await phone.waitForScreen('stopped', 'replaced');
    await tab.locator('[data-connection="connected"]').waitFor({ timeout: 15_000 });
    await tab.close();
    await phone.page.getByRole('button', { name: 'Use it here' }).click();
    await phone.waitForConnection();
  });

  test('a link that was used is refused on another device, with a clear page', async () => {
    const link = await parley.invite('Bruno');
    const bruno = await open('Bruno');
    await bruno.join(link);
    const thief = await open('Thief');
    await thief.open(link);
    await thief.page.locator('button[type=submit]').click();
    await thief.waitForScreen('stopped', 'invitation_used');
    await thief.page.getByRole('heading', { name: 'This link has been used already' }).waitFor();
    expect(await isInRoom(bruno, 'Bruno')).toBe(true);
    await bruno.page.goto('about:blank');
    await bruno.page.goto(link); // the same device may open it again
    await bruno.waitForConnection();
    await thief.close();
    await bruno.close();
  });

  test('a second device waits until the first has compared the digits', async () => {
    await laptop.open(await linkFor('Anna'));
    await laptop.page.locator('button[type=submit]').click();
    await laptop.waitForScreen('pending');
    const digits = await digitsOn(laptop);
    expect(digits).toMatch(/^\d{4} \d{4}$/);
    expect(await notice(phone, 'deviceWaits').textContent()).toContain(digits);

    await laptop.page.reload(); // waits on, by itself
    await laptop.waitForScreen('pending');
    expect(await digitsOn(laptop)).toBe(digits);

    await notice(phone, 'deviceWaits').getByRole('button', { name: 'Approve' }).click();
    const question = phone.page.getByRole('dialog', { name: 'Let this device in?' });
    expect(await question.locator('.digits').textContent()).toBe(digits);
    await question.getByRole('button', { name: 'Let it in' }).click();
    await phone.page.getByRole('dialog', { name: 'Your devices' }).waitFor();
    await phone.page.locator('.devices [data-state="waiting"]').waitFor({ state: 'detached' });
    expect(await phone.page.locator('.devices [data-state="active"]').count()).toBe(2);
    await phone.page.keyboard.press('Escape');
    await notice(phone, 'deviceWaits').waitFor({ state: 'detached' });

    await laptop.page.locator('[data-screen="lobby"][data-phase="signed_in"]').waitFor({ timeout: 15_000 });
    await laptop.enter();
  });

  test('both devices are in the list, told apart by what they are', async () => {
    await eventually('the phone sees both', async () => (await phone.members()).join() === 'Anna,Anna');
    expect(await phone.page.locator('.member-name .device').allTextContents()).toEqual([' Chrome on Linux', ' Chrome on Linux']);
  });

  test('a lost phone is put out from the other device, and stays out', async () => {
    await laptop.page.getByRole('button', { name: 'Settings' }).click();
    await laptop.page.getByRole('button', { name: 'Your devices' }).click();
    await laptop.page.locator('.devices [data-own="false"]').getByRole('button', { name: /^Lost\?/ }).click();
    await laptop.page.getByRole('dialog').getByRole('button', { name: 'Put it out' }).click();
    await phone.page.locator('[data-screen="stopped"]').waitFor({ timeout: 15_000 });
    expect(await phone.page.locator('[data-screen]').getAttribute('data-reason')).toMatch(/^(device_unknown|access_ended)$/);
    await laptop.page.locator('.devices [data-state="revoked"]').waitFor();
    await laptop.page.keyboard.press('Escape');
    await eventually('the laptop is alone', async () => (await laptop.members()).join() === 'Anna');
    await phone.page.goto('about:blank');
    await phone.page.goto(parley.url);
    await phone.waitForScreen('no_link');
  });

  test('a link on a device that belongs to somebody asks first', async () => {
    const link = await parley.invite('Chiara');
    await laptop.page.goto('about:blank');
    await laptop.page.goto(link);
    await laptop.waitForScreen('replace');
    await laptop.page.getByRole('button', { name: 'Go on as Anna' }).click();
    await laptop.waitForConnection();
    expect(await laptop.members()).toEqual(['Anna']);

    await laptop.page.goto('about:blank');
    await laptop.page.goto(link);
    await laptop.page.getByRole('button', { name: 'Use the link' }).click();
    await laptop.enter();
    // The device that was Anna's is shown for the seconds in which it might have come back.
    await eventually('Chiara is alone', async () => (await laptop.members()).join() === 'Chiara');
  });

  test('nothing went wrong unseen', () => {
    expect([...phone.consoleErrors, ...laptop.consoleErrors]).toEqual([]);
  });
});
