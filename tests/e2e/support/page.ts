// A person with a browser: a Chromium of their own, whose microphone hears a file, on a talk page.
import fs from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Parley } from './parley';
import { decodeRecording, installChirpSource, installRecorder, type Recording } from './page_audio';
import { installSignalingCutter } from './page_network';

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
}

export class Person {
  private constructor(
    readonly name: string,
    readonly browser: Browser,
    readonly context: BrowserContext,
    readonly page: Page,
    readonly consoleErrors: string[],
  ) {}

  static async open(parley: Parley, name: string, options: PersonOptions = {}): Promise<Person> {
    const browser = await chromium.launch({
      executablePath: parley.browserProgram,
      args: [
        ...flags,
        `--ignore-certificate-errors-spki-list=${parley.webKeyHash}`,
        ...(options.microphone ? [`--use-file-for-fake-audio-capture=${options.microphone}`] : []),
      ],
    });
    const context = await browser.newContext({
      bypassCSP: true, // the recorder below is not part of the page
      permissions: ['microphone'],
      viewport: options.viewport ?? { width: 1024, height: 768 },
      colorScheme: options.colorScheme ?? 'light',
    });
    await context.addInitScript(installRecorder);
    await context.addInitScript(installSignalingCutter);
    if (options.chirps) await context.addInitScript(installChirpSource);
    const page = await context.newPage();
    const consoleErrors: string[] = [];
    page.on('pageerror', (error) => consoleErrors.push(String(error)));
    return new Person(name, browser, context, page, consoleErrors);
  }

  async join(link: string): Promise<void> {
    await this.page.goto(link);
    await this.page.locator('#name').fill(this.name);
    await this.page.locator('button[type=submit]').click();
    await this.waitForConnection();
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
    const raw = await this.page.evaluate(
      (ms) => (window as unknown as { recordForTest(ms: number): Promise<string> }).recordForTest(ms), seconds * 1000);
    return decodeRecording(raw);
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
    await this.browser.close();
  }
}
