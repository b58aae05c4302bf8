// Native clients of a test, and what they report.
import fs from 'node:fs';
import type { Parley } from './parley';
import type { Process } from './processes';
import { eventually } from './waiting';

export interface BotStats {
  sent: number;
  received: number;
  lost: number;
  decrypt_errors: number;
  replays: number;
  media_connects: number;
  media_losses: number;
  media_is_tcp: boolean;
  sessions_resumed: number;
  signaling_losses: number;
  members_seen: string[];
}

export class Bot {
  private constructor(
    readonly name: string,
    readonly process: Process,
    readonly recordFile: string,
    private readonly statsFile: string,
  ) {}

  static async join(parley: Parley, name: string, args: string[] = [], room = 'Lobby'): Promise<Bot> {
    const link = await parley.invite(name, room);
    const record = parley.file(`${name}.recorded.wav`);
    const stats = parley.file(`${name}.stats.json`);
    const process = parley.bot(link, ['--record', record, '--stats-json', stats, ...args]);
    const bot = new Bot(name, process, record, stats);
    await bot.waitFor(/^media connected/m);
    return bot;
  }

  // Waits until the bot has printed it.
  async waitFor(line: RegExp, limitMs = 15_000): Promise<void> {
    await eventually(`${this.name} prints ${line}`, () => {
      if (!this.process.isRunning) throw new Error(`${this.name} ended: ${this.process.output}`);
      return line.test(this.process.output);
    }, limitMs);
  }

  // Ends it politely; its recording and counters are then complete.
  async leave(): Promise<BotStats> {
    const code = await this.process.stop();
    if (code !== 0) throw new Error(`${this.name} ended with ${code}: ${this.process.output}`);
    return JSON.parse(fs.readFileSync(this.statsFile, 'utf8')) as BotStats;
  }
}
