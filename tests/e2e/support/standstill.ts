// A machine that is shared stands still now and then, a processor of it for a second and more. Whoever was
// on that processor was silent for so long, and the services treat him as they should: his burst is over,
// his place in the line is late. Such a run tells nothing, so it is repeated, and that is told.
import { spawn, type ChildProcess } from 'node:child_process';
import os from 'node:os';
import { figure } from './figures';
import { pause } from './waiting';

const kTickMs = 20;
const kStandstillMs = 150;
const kTries = 4;

// On a processor of its own: tells each time it could not run, and for how long.
const sentry = `let last = performance.now();
setInterval(() => {
  const now = performance.now();
  if (now - last > ${kTickMs + kStandstillMs}) console.log(Date.now(), Math.round(now - last));
  last = now;
}, ${kTickMs});`;

export class Sentries {
  private readonly processes: ChildProcess[];
  private longest = 0;

  constructor() {
    this.processes = os.cpus().map((_, cpu) => {
      const process = spawn('taskset', ['-c', String(cpu), 'node', '-e', sentry], { stdio: ['ignore', 'pipe', 'inherit'] });
      process.stdout!.on('data', (lines: Buffer) => {
        for (const line of lines.toString().trim().split('\n')) this.longest = Math.max(this.longest, Number(line.split(' ')[1]));
      });
      return process;
    });
  }

  stop(): void {
    for (const process of this.processes) process.kill();
  }

  // Runs it; where it fails and a processor stood still meanwhile, `reset` and it run again.
  async steadily(name: string, body: () => Promise<void>, reset: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.longest = 0;
      try {
        return await body();
      } catch (error) {
        await pause(2 * kStandstillMs); // what the sentries have still to say
        if (this.longest < kStandstillMs || attempt === kTries) throw error;
        figure(name, `repeated, a processor stood still for ${this.longest} ms`);
      }
      await reset();
    }
  }
}
