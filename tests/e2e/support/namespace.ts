// A network namespace of the test's own, in which UDP is blocked. Needs root.
import { execFileSync } from 'node:child_process';

export class Namespace {
  readonly name = `parley-e2e-${process.pid}`;

  static withoutUdp(): Namespace {
    const namespace = new Namespace();
    const run = (...args: string[]) => execFileSync('ip', ['netns', ...args]);
    run('add', namespace.name);
    const inside = (...args: string[]) => run('exec', namespace.name, ...args);
    inside('ip', 'link', 'set', 'lo', 'up');
    inside('nft', 'add', 'table', 'inet', 'parley');
    inside('nft', 'add', 'chain', 'inet', 'parley', 'output', '{ type filter hook output priority 0 ; }');
    inside('nft', 'add', 'rule', 'inet', 'parley', 'output', 'meta', 'l4proto', 'udp', 'drop');
    return namespace;
  }

  remove(): void {
    execFileSync('ip', ['netns', 'delete', this.name]);
  }
}
