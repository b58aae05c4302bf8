// A member attacks the floor while another talks: the burst goes on whole, nobody hears the attacker,
// and every kind of attempt has a counter that an operator sees.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bot } from './support/bots';
import { Parley, root } from './support/parley';
import type { Process } from './support/processes';
import { Sentries } from './support/standstill';
import { eventually, pause } from './support/waiting';

const program = path.join(root, 'build/release/hostile/floor_attacker');
const attackMs = 1500;
const burstS = 25;

interface Report {
  attempts: number;
  answers: Record<string, number>;
  signaling_losses: number;
}

class Attacker {
  private constructor(private readonly process: Process) {}

  static async join(parley: Parley, attack: string): Promise<Attacker> {
    const link = await parley.invite(`Attacker ${attack}`, 'Radio');
    const process = parley.run(program, [link, parley.caFile, attack]);
    await eventually(`the attacker is there: ${process.output}`, () => /^ready$/m.test(process.output));
    return new Attacker(process);
  }

  async attack(): Promise<Report> {
    void this.process.child.kill('SIGHUP');
    await pause(attackMs);
    expect(await this.process.stop(), this.process.output).toBe(0);
    return JSON.parse(this.process.output.split('\n').find((line) => line.startsWith('{'))!) as Report;
  }
}

// What counts the attempts of each attack: the first by name, all together every one of them.
const counters = {
  voice: ['parley_sfu_floor_strikes_total', 'parley_sfu_drops_total{reason="no_floor"}'],
  presses: ['parley_signaling_floor_limited_total', 'parley_sfu_floor_presses_total'],
  forgeries: ['parley_sfu_floor_forged_total', 'parley_sfu_floor_denials_total{cause="other"}', 'parley_sfu_floor_ignored_total'],
  others: ['parley_sfu_floor_forged_total'],
  chair: ['parley_sfu_floor_denials_total{cause="no_permission"}', 'parley_sfu_floor_ignored_total'],
};
// Signaling closes the connection of whoever floods it; what is on its way then is read by nobody.
const countedShare: Record<string, number> = { presses: 0.4 };

// One burst, and every attack while it lasts.
async function expectUntouched(parley: Parley): Promise<void> {
  await parley.setRoom('Radio', 'ptt');
  const script = parley.file('talker.ptt');
  fs.writeFileSync(script, `0 press\n${burstS} release\n`);
  const listener = await Bot.join(parley, 'Listener', [], 'Radio');
  const talker = await Bot.join(parley, 'Talker', ['--ptt', script, '--ptt-wait'], 'Radio');
  const attackers = new Map<string, Attacker>();
  for (const attack of Object.keys(counters)) attackers.set(attack, await Attacker.join(parley, attack));
  void talker.process.child.kill('SIGHUP');
  await listener.waitFor(/taken by "Talker"/);
  for (const [attack, names] of Object.entries(counters)) {
    await expectCountedInVain(parley, attack, names, attackers.get(attack)!);
    expect(talker.process.output, attack).not.toMatch(/own (revoking|ended)/);
  }
  await talker.waitFor(/own idle/, burstS * 1000 + 5000);
  await pause(1000);
  await talker.leave();
  await listener.leave();
  const sent = talker.floorRecords().filter((record) => record.event === 'last_sent');
  const heard = listener.floorRecords().filter((record) => record.event === 'last_received');
  expect(sent).toHaveLength(1);
  expect(heard).toEqual([expect.objectContaining({ sender: 'Talker', gaps: 0, packets: sent[0]!.packets, payload: sent[0]!.payload })]);
  expect(sent[0]!.packets).toBeGreaterThan(burstS * 50 - 50);
  expect(parley.node.isRunning && parley.signaling.isRunning).toBe(true);
}

async function expectCountedInVain(parley: Parley, attack: string, names: string[], attacker: Attacker): Promise<void> {
  const before = await parley.metrics();
  const report = await attacker.attack();
  expect(report.attempts).toBeGreaterThan(20);
  if (attack === 'presses') expect(report.attempts).toBeGreaterThan(100);
  const growth = (now: Map<string, number>) => names.map((name) => now.get(name)! - before.get(name)!);
  // The services tell their counters each second.
  await eventually(`${report.attempts} attempts of "${attack}" are counted`, async () => {
    const counted = growth(await parley.metrics());
    return counted[0]! > 0 && counted.reduce((sum, one) => sum + one) >= report.attempts * (countedShare[attack] ?? 1);
  }).catch(async (error) => {
    throw new Error(`${error}: ${names} grew by ${growth(await parley.metrics())}`);
  });
  expect(report.answers).not.toHaveProperty('GRANTED');
}

describe('a hostile member of a radio group', () => {
  const sentries = new Sentries();
  let parley: Parley;
  const start = async () => {
    parley = await Parley.start({ hasMetrics: true });
  };
  beforeAll(start);
  afterAll(async () => {
    sentries.stop();
    await parley?.stop();
  });

  test('is counted and granted nothing; the burst is heard whole, and nobody else is', async () => {
    await sentries.steadily('hostile member', () => expectUntouched(parley), async () => {
      await parley.stop();
      await start();
    });
  });
});
