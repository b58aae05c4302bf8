// Child processes of a test: started, watched, ended by their own id.
import { spawn, type ChildProcess } from 'node:child_process';

export class Process {
  readonly child: ChildProcess;
  output = '';
  exited: Promise<number>;
  private exitCode: number | undefined;

  constructor(
    readonly program: string,
    args: string[],
  ) {
    this.child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const collect = (data: Buffer) => {
      this.output += data.toString();
    };
    this.child.stdout?.on('data', collect);
    this.child.stderr?.on('data', collect);
    this.exited = new Promise((resolve) => {
      this.child.on('error', (error) => {
        this.output += String(error);
        resolve(-1);
      });
      this.child.on('exit', (code) => {
        this.exitCode = code ?? -1;
        resolve(this.exitCode);
      });
    });
  }

  get isRunning(): boolean {
    return this.exitCode === undefined;
  }

  kill(signal: NodeJS.Signals): Promise<number> {
    if (this.isRunning) this.child.kill(signal);
    return this.exited;
  }

  // Ends it politely, and by force when it does not answer.
  async stop(): Promise<number> {
    if (!this.isRunning) return this.exited;
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    const code = await this.kill('SIGTERM');
    clearTimeout(timer);
    return code;
  }
}

export async function runToEnd(program: string, args: string[]): Promise<{ code: number; output: string }> {
  const process = new Process(program, args);
  const code = await process.exited;
  return { code, output: process.output };
}
