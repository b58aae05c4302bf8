// A whole Parley of a test's own: certificates, a signaling service and a media node on ports that
// the kernel chose, in a directory of its own.
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Process, runToEnd } from './processes';
import { eventually } from './waiting';

export const root = path.resolve(__dirname, '../../..');
const bin = (name: string) => path.join(root, 'build/release/bin', name);

const refused = 1; // exit status of parley-admin

export interface ParleyOptions {
  workers?: number;
  // A network namespace in which everything of this Parley runs.
  namespace?: string;
  // Both services tell their counters: metrics().
  hasMetrics?: boolean;
}

export class Parley {
  readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-e2e-'));
  signaling!: Process;
  node!: Process;
  webPort = 0;
  controlPort = 0;
  mediaPort = 0;
  private metricsPorts = [0, 0]; // 0: none

  static async start(options: ParleyOptions = {}): Promise<Parley> {
    const parley = new Parley(options);
    execFileSync(path.join(root, 'scripts/make_certificates'), [parley.file('pki'), 'localhost']);
    fs.mkdirSync(parley.file('state'), { mode: 0o700 });
    if (options.hasMetrics) parley.metricsPorts = [await freePort(), await freePort()];
    await parley.startSignaling();
    await parley.startNode();
    return parley;
  }

  private readonly started: Process[] = [];

  private constructor(private readonly options: ParleyOptions) {}

  file(name: string): string {
    return path.join(this.dir, name);
  }
  get url(): string {
    return `https://localhost:${this.webPort}`;
  }
  get caFile(): string {
    return this.file('pki/ca.pem');
  }
  // For --ignore-certificate-errors-spki-list.
  get webKeyHash(): string {
    const key = new crypto.X509Certificate(fs.readFileSync(this.file('pki/web.pem'))).publicKey;
    return crypto.createHash('sha256').update(key.export({ type: 'spki', format: 'der' })).digest('base64');
  }

  async startSignaling(): Promise<void> {
    this.writeSignalingConfig();
    const ready = await this.startService('parley-signaling');
    this.webPort = ready.https_port!;
    this.controlPort = ready.control_port!;
    // Later starts take the same ports, as an operator's service does.
    this.writeSignalingConfig();
  }

  async startNode(): Promise<void> {
    this.writeNodeConfig();
    const ready = await this.startService('parley-sfu');
    this.mediaPort = ready.media!;
    this.writeNodeConfig();
  }

  // A link for a guest of this name. Whoever was called so before is here no more.
  async invite(name: string, room = 'Lobby', args: string[] = []): Promise<string> {
    const words = ['invite', '--room', room, '--create-room', '--name', name, ...args];
    let { code, output } = await this.runAdmin(words);
    if (code === refused && (await this.runAdmin(['users', 'remove', name])).code === 0) {
      ({ code, output } = await this.runAdmin(words));
    }
    const link = output.trim().split('\n').pop() ?? '';
    if (code !== 0 || !link.startsWith('https://')) throw new Error(`invite failed: ${output}`);
    return link;
  }

  // Makes a room, or changes the rules of its floor.
  async setRoom(name: string, mode: string, options: string[] = []): Promise<void> {
    await this.admin(['rooms', 'set', name, '--mode', mode, ...options]);
  }

  // What parley-admin says.
  async admin(args: string[]): Promise<string> {
    const { code, output } = await this.runAdmin(args);
    if (code !== 0) throw new Error(`parley-admin ${args.join(' ')} failed: ${output}`);
    return output;
  }

  private runAdmin(args: string[]): Promise<{ code: number; output: string }> {
    return runToEnd(bin('parley-admin'), ['--socket', this.file('state/admin.sock'), ...args]);
  }

  // Every counter and gauge of both services, as they were told last (each second), by name and label.
  async metrics(): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    for (const port of this.metricsPorts) {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      for (const [, name, value] of text.matchAll(/^(\w+(?:\{.*\})?) ([-+.\de]+)$/gm)) found.set(name!, Number(value));
    }
    return found;
  }

  bot(link: string, args: string[]): Process {
    return this.run(bin('parley-bot'), ['join', '--link', link, '--ca', this.caFile, ...args]);
  }

  run(program: string, args: string[]): Process {
    const { namespace } = this.options;
    const process = namespace ? new Process('ip', ['netns', 'exec', namespace, program, ...args]) : new Process(program, args);
    this.started.push(process);
    return process;
  }

  // The program that starts a browser where this Parley is.
  get browserProgram(): string {
    const { namespace } = this.options;
    if (!namespace) return '/usr/bin/chromium';
    const script = this.file('chromium-in-namespace');
    fs.writeFileSync(script, `#!/bin/sh\nexec ip netns exec ${namespace} /usr/bin/chromium "$@"\n`, { mode: 0o755 });
    return script;
  }

  async stop(): Promise<void> {
    for (const process of this.started) {
      // A test that failed leaves its bots behind.
      if (process !== this.node && process !== this.signaling) await process.stop();
    }
    const codes = [await this.node?.stop(), await this.signaling?.stop()];
    if (codes.some((code) => code !== 0)) {
      throw new Error(`a service ended with ${codes}\n${this.node?.output}\n${this.signaling?.output}`);
    }
    fs.rmSync(this.dir, { recursive: true });
  }

  private async startService(name: 'parley-signaling' | 'parley-sfu'): Promise<Record<string, number>> {
    const readyFile = this.file(`state/${name}.ready`);
    fs.rmSync(readyFile, { force: true });
    const process = this.run(bin(name), ['--config', this.file(`${name}.yaml`), '--ready-file', readyFile]);
    if (name === 'parley-sfu') this.node = process;
    else this.signaling = process;
    await eventually(`${name} is ready`, () => {
      if (!process.isRunning) throw new Error(`${name} ended: ${process.output}`);
      return fs.existsSync(readyFile);
    });
    return parseReadyLine(fs.readFileSync(readyFile, 'utf8'));
  }

  private writeSignalingConfig(): void {
    fs.writeFileSync(this.file('parley-signaling.yaml'), `
server:
  port: ${this.webPort}
  certificate_file: pki/web.pem
  key_file: pki/web.key
  web_root: ${path.join(root, 'web/dist')}
  public_url: https://localhost:${this.webPort || 8443}
control:
  port: ${this.controlPort}
  ca_file: pki/ca.pem
  certificate_file: pki/signaling.pem
  key_file: pki/signaling.key
store:
  file: state/parley.db
authority:
  key_file: state/authority.pem
admin:
  socket: state/admin.sock
metrics:
  port: ${this.metricsPorts[0]}
`);
  }

  private writeNodeConfig(): void {
    fs.writeFileSync(this.file('parley-sfu.yaml'), `
control:
  host: 127.0.0.1
  port: ${this.controlPort}
  ca_file: pki/ca.pem
  certificate_file: pki/node.pem
  key_file: pki/node.key
media:
  listen: [127.0.0.1]
  base_port: ${this.mediaPort}
  workers: ${this.options.workers ?? 1}
metrics:
  port: ${this.metricsPorts[1]}
`);
  }
}

// A port nobody listens on now: metrics cannot choose one and tell it.
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

// "https_port=8443 control_port=7443": the numbers by name.
function parseReadyLine(line: string): Record<string, number> {
  const ports: Record<string, number> = {};
  for (const [, name, port] of line.matchAll(/(\w+)=(\d+)/g)) ports[name!] = Number(port);
  return ports;
}
