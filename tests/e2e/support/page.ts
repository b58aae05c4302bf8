// A person on a talk page: in a Chromium of their own, whose microphone hears a file, or in one that
// several share, each with a mouth of their own.
import fs from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Parley } from './parley';
import { decodeRecording, installChirpSource, installMouth, installRecorder, type Recording } from './page_audio';
import { installSignalingCutter } from './page_network';
import { pause } from './waiting';

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--allow-loopback-in-peer-connection',
  '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required', '--disable-features=WebRtcHideLocalIpsWithMdns',
];

export interface PersonOptions {
  microphone?: string; // WAV that loops; silence when absent
  chirps?: boolean; // a source of chirps instead, for latency
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
  browser?: Browser; // shared; the person is silent until told to speak
  isPhone?: boolean; // a finger instead of a mouse
}

export function launchBrowser(parley: Parley, microphone?: string): Promise<Browser> {
  return chromium.launch({
    executablePath: parley.browserProgram,
    args: [
      ...flags,
      `--ignore-certificate-errors-spki-list=${parley.webKeyHash}`,
      ...(microphone ? [`--use-file-for-fake-audio-capture=${microphone}`] : []),
    ],
  });
}

export class Person {
  private constructor(
    readonly name: string,
    readonly browser: Browser,
    readonly context: BrowserContext,
    readonly page: Page,
    readonly consoleErrors: string[],
    private readonly isGuest: boolean, // in a browser of several
  ) {}

  static async open(parley: Parley, name: string, options: PersonOptions = {}): Promise<Person> {
    const browser = options.browser ?? (await launchBrowser(parley, options.microphone));
    const context = await browser.newContext({
      bypassCSP: true, // the recorder below is not part of the page
      permissions: ['microphone'],
      viewport: options.viewport ?? { width: 1024, height: 768 },
      colorScheme: options.colorScheme ?? 'light',
      isMobile: options.isPhone ?? false,
      hasTouch: options.isPhone ?? false,
    });
    await context.addInitScript(installRecorder);
    await context.addInitScript(installSignalingCutter);
    if (options.chirps) await context.addInitScript(installChirpSource);
    if (options.browser) await context.addInitScript(installMouth);
    const page = await context.newPage();
    const consoleErrors: string[] = [];
    page.on('pageerror', (error) => consoleErrors.push(String(error)));
    return new Person(name, browser, context, page, consoleErrors, options.browser !== undefined);
  }

  async join(link: string): Promise<void> {
    await this.open(link);
    await this.enter();
  }

  // Up to the lobby; in a guest's link he types his name.
  async open(link: string): Promise<void> {
    await this.page.goto(link);
    if (link.includes('#i=')) await this.page.locator('#name').fill(this.name);
  }

  // From the lobby into the room.
  async enter(): Promise<void> {
    await this.page.locator('button[type=submit]').click();
    await this.waitForConnection();
  }

  // The page says so: the name of its screen, and why it stopped.
  async waitForScreen(screen: string, reason = ''): Promise<void> {
    const about = reason === '' ? '' : `[data-reason="${reason}"]`;
    await this.page.locator(`[data-screen="${screen}"]${about}`).waitFor({ timeout: 15_000 });
  }

  async waitForConnection(limitMs = 15_000): Promise<void> {
    await this.page.locator('[data-connection="connected"]').waitFor({ timeout: limitMs });
  }

  // Names in the member list, without one's own marks.
  async members(): Promise<string[]> {
    return this.page.locator('.member-name').evaluateAll((elements) =>
      elements.map((element) => element.firstChild?.textContent ?? ''));
  }

  // What comes out of the page's audio elements for `seconds`.
  async record(seconds: number): Promise<Recording> {
    await this.startRecording();
    await pause(seconds * 1000);
    return this.stopRecording();
  }

  async startRecording(): Promise<void> {
    await this.page.evaluate(() => (window as unknown as { startRecordingForTest(): Promise<void> }).startRecordingForTest());
  }

  async stopRecording(): Promise<Recording> {
    return decodeRecording(
      await this.page.evaluate(() => (window as unknown as { stopRecordingForTest(): Promise<string> }).stopRecordingForTest()));
  }

  // What the mouth says when it is told to speak.
  async learn(speech: Float32Array): Promise<void> {
    const bytes = Buffer.from(Int16Array.from(speech, (sample) => Math.round(sample * 32767)).buffer);
    await this.page.evaluate((samples) => (window as unknown as { learnForTest(samples: string): void }).learnForTest(samples), bytes.toString('base64'));
  }

  // Says all of it.
  async speak(): Promise<void> {
    await this.page.evaluate(() => (window as unknown as { speakForTest(): Promise<void> }).speakForTest());
  }

  // Begins to speak in the very moment of the next press.
  async speakAtPress(press: 'pointerdown' | 'keydown'): Promise<void> {
    await this.page.evaluate(
      (type) => (window as unknown as { speakAtPressForTest(type: string): void }).speakAtPressForTest(type), press);
  }

  async speechEnded(): Promise<void> {
    await this.page.evaluate(() => (window as unknown as { speechEndedForTest: Promise<void> }).speechEndedForTest);
  }

  // Wall-clock times (ms) at which the chirp source started a chirp.
  async chirpTimes(): Promise<number[]> {
    return this.page.evaluate(() => (window as unknown as { chirpTimesForTest: number[] }).chirpTimesForTest);
  }

  async screenshot(file: string): Promise<void> {
    fs.mkdirSync(file.slice(0, file.lastIndexOf('/')), { recursive: true });
    await this.page.screenshot({ path: file });
  }

  // Ends the whole browser at once, as a crash or a drained battery does.
  async kill(): Promise<void> {
    const session = await this.browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    for (const info of processInfo) process.kill(info.id, 'SIGKILL');
  }

  async close(): Promise<void> {
    await (this.isGuest ? this.context : this.browser).close();
  }
}
