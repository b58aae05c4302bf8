// The floor, played: each file of scenarios/ with real services and native clients.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bot, type FloorRecord } from './support/bots';
import { Parley } from './support/parley';
import { type Member, type Scenario, readScenario } from './support/scenario';
import { Sentries } from './support/standstill';
import { eventually, pause } from './support/waiting';

const folder = path.join(__dirname, 'scenarios');
const files = fs.readdirSync(folder).filter((name) => name.endsWith('.scenario'));

// Bots of a play that are still there, by name.
class Play {
  private readonly bots = new Map<string, Bot>();
  readonly records = new Map<string, FloorRecord[]>();
  readonly outputs = new Map<string, string>();

  constructor(
    private readonly parley: Parley,
    private readonly scenario: Scenario,
  ) {}

  async run(): Promise<void> {
    for (const room of this.scenario.rooms) await this.parley.setRoom(room.name, room.mode, room.options);
    // One after the other: who comes first is member 1 of a room.
    for (const member of this.scenario.members) if (!member.isLate) await this.join(member);
    await this.everybodySeesEverybody();
    const start = performance.now();
    for (const bot of this.bots.values()) void bot.process.child.kill('SIGHUP');
    for (const step of this.scenario.world) {
      await pause(Math.max(0, step.at * 1000 - (performance.now() - start)));
      if (step.action === 'kill') await this.parley.signaling.kill('SIGKILL');
      if (step.action === 'start') await this.parley.startSignaling();
      if (step.action === 'join') await this.join(this.member(step.what));
      if (step.action === 'crash') await this.crash(step.what);
    }
    await pause(Math.max(0, this.lastMoment() * 1000 - (performance.now() - start)));
    await eventually('everything expected is seen', () => this.scenario.members.every((member) => missing(member, this.output(member)) === undefined), 10_000)
      .catch(() => {}); // said better below
    await pause(1000); // the last packets, and what must not be seen
    for (const name of [...this.bots.keys()]) await this.leave(name);
  }

  output(member: Member): string {
    return this.outputs.get(member.name) ?? this.bots.get(member.name)?.process.output ?? '';
  }

  private member(name: string): Member {
    return this.scenario.members.find((one) => one.name === name)!;
  }

  private async join(member: Member): Promise<void> {
    const rooms = member.rooms.length > 0 ? member.rooms : this.scenario.rooms.map((room) => room.name);
    const script = this.parley.file(`${rooms[0]}-${member.name}.ptt`);
    fs.writeFileSync(script, `${member.script.join('\n')}\n`);
    this.bots.set(member.name, await Bot.joinRooms(this.parley, member.name, rooms, member.rights, ['--ptt', script, '--ptt-wait']));
  }

  private async everybodySeesEverybody(): Promise<void> {
    const present = this.scenario.members.filter((member) => !member.isLate);
    const shares = (a: Member, b: Member) => a.rooms.length === 0 || b.rooms.length === 0 || a.rooms.some((room) => b.rooms.includes(room));
    for (const member of present) {
      for (const other of present) {
        // Its last line about the other says that media is there.
        const about = new RegExp(`^member [+~-] \\d+ "${other.name}".*$`, 'gm');
        if (!shares(member, other)) continue;
        await eventually(`${member.name} sees ${other.name}`, () => {
          const last = this.output(member).match(about)?.pop();
          return last !== undefined && !last.includes('connecting');
        });
      }
    }
  }

  private lastMoment(): number {
    const times = this.scenario.members.flatMap((member) => member.script.map((line) => Number(line.split(/\s+/)[0])));
    return Math.max(0, ...times, ...this.scenario.world.map((step) => step.at));
  }

  private async crash(name: string): Promise<void> {
    const bot = this.bots.get(name)!;
    await bot.process.kill('SIGKILL');
    this.keep(bot);
  }

  private async leave(name: string): Promise<void> {
    const bot = this.bots.get(name)!;
    await bot.leave();
    this.keep(bot);
  }

  private keep(bot: Bot): void {
    this.bots.delete(bot.name);
    this.outputs.set(bot.name, bot.process.output);
    this.records.set(bot.name, bot.floorRecords());
  }
}

// The first expected line that does not follow those before it.
function missing(member: Member, output: string): string | undefined {
  let lines = output.split('\n');
  for (const expected of member.sees) {
    const at = lines.findIndex((line) => line.includes(expected));
    if (at < 0) return expected;
    lines = lines.slice(at + 1);
  }
  return undefined;
}

interface Burst {
  first: number; // the payload of its first and last packet, named by a hash
  last: number;
  packets: number;
  gaps: number;
}

// Bursts of a bot's record: sent ones, or those it received from `sender`.
function bursts(records: FloorRecord[], kind: 'sent' | 'received', sender?: string): Burst[] {
  const found: Burst[] = [];
  const begun = new Map<number, number>(); // by slot
  for (const record of records) {
    const slot = record.slot ?? 0;
    if (record.event === `first_${kind}`) begun.set(slot, record.payload!);
    if (record.event !== `last_${kind}` || (sender !== undefined && record.sender !== sender)) continue;
    found.push({ first: begun.get(slot)!, last: record.payload!, packets: record.packets!, gaps: record.gaps ?? 0 });
  }
  return found;
}

async function expectPlayed(parley: Parley, file: string): Promise<void> {
  const scenario = readScenario(path.join(folder, file));
  const play = new Play(parley, scenario);
  await play.run();
  for (const member of scenario.members) {
    const output = play.output(member);
    expect(missing(member, output), `${member.name} does not see this in its place:\n${output}`).toBeUndefined();
    for (const line of member.neverSees) expect(output, `${member.name} must not see this`).not.toContain(line);
    expect(output).not.toMatch(/^script line/m);
  }
  for (const { listener, sender, bursts: count } of scenario.hearings) {
    const heard = bursts(play.records.get(listener)!, 'received', sender);
    expect(heard.length, `${listener} hears ${sender}`).toBeGreaterThan(0);
    if (count === undefined) continue;
    const sent = bursts(play.records.get(sender)!, 'sent');
    const whole = heard.map((burst) => ({ ...burst, isWhole: sent.some((one) => one.first === burst.first && one.last === burst.last && one.packets === burst.packets) }));
    expect(whole, `${listener} hears all of ${sender}, who sent ${JSON.stringify(sent)}`).toEqual(
      Array.from({ length: count }, () => expect.objectContaining({ gaps: 0, isWhole: true })),
    );
  }
  // Nobody hears what he must not: rooms apart, everything heard was said in a room of the listener.
  for (const member of scenario.members) {
    for (const record of play.records.get(member.name)!) {
      if (record.event === 'last_received') expect(record.sender).not.toBe(member.name);
    }
  }
}

describe('scenarios of the floor', () => {
  const sentries = new Sentries();
  let parley: Parley;
  const start = async () => {
    parley = await Parley.start({ workers: 2 });
  };
  beforeAll(start);
  afterAll(async () => {
    sentries.stop();
    await parley?.stop();
  });

  test('there is one for each mode and procedure', () => {
    expect(files.length).toBeGreaterThanOrEqual(20);
  });

  test.each(files)('%s', async (file) => {
    await sentries.steadily(file, () => expectPlayed(parley, file), async () => {
      await parley.stop();
      await start();
    });
  });
});
