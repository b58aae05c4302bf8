// Measured figures: printed, so that a run tells them; scripts/test shows lines that start with [figure].

export function figure(name: string, value: string): void {
  process.stdout.write(`[figure] ${name}: ${value}\n`);
}
