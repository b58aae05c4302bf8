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

// One line of --events-json; which fields it has depends on the event.
export interface FloorRecord {
  at_us: number;
  event: string;
  room: string;
  sender?: string;
  slot?: number;
  payload?: number;
  packets?: number;
  gaps?: number;
}

export class Bot {
  private constructor(
    readonly name: string,
    readonly process: Process,
    readonly recordFile: string,
    private readonly statsFile: string,
    private readonly eventsFile: string,
  ) {}

  static async join(parley: Parley, name: string, args: string[] = [], room = 'Lobby'): Promise<Bot> {
    return Bot.byLink(parley, name, await parley.invite(name, room), args);
  }

  // `rights`: options of "parley-signaling invite".
  static async joinRooms(parley: Parley, name: string, rooms: string[], rights: string[], args: string[]): Promise<Bot> {
    const more = rooms.slice(1).flatMap((room) => ['--room', room]);
    return Bot.byLink(parley, name, await parley.invite(name, rooms[0], [...more, ...rights]), args);
  }

  static async byLink(parley: Parley, name: string, link: string, args: string[]): Promise<Bot> {
    const record = parley.file(`${name}.recorded.wav`);
    const stats = parley.file(`${name}.stats.json`);
    const events = parley.file(`${name}.events.jsonl`);
    const process = parley.bot(link, ['--record', record, '--stats-json', stats, '--events-json', events, ...args]);
    const bot = new Bot(name, process, record, stats, events);
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

  // What it wrote about the floor until now.
  floorRecords(): FloorRecord[] {
    const lines = fs.readFileSync(this.eventsFile, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as FloorRecord);
  }

  // Ends it politely; its recording and counters are then complete.
  async leave(): Promise<BotStats> {
    const code = await this.process.stop();
    if (code !== 0) throw new Error(`${this.name} ended with ${code}: ${this.process.output}`);
    return JSON.parse(fs.readFileSync(this.statsFile, 'utf8')) as BotStats;
  }
}
