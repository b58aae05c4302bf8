// Bad input of every kind while a call runs: the call does not notice, and each refusal says why.
import crypto from 'node:crypto';
import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bot } from './support/bots';
import { Parley, root } from './support/parley';
import { runToEnd } from './support/processes';
import { makeSpeech } from './support/sound';
import { pause } from './support/waiting';

// A reproducible stream of bytes.
function garbage(seed: number, size: number): Buffer {
  return crypto.createHash('shake256', { outputLength: Math.max(size, 1) }).update(String(seed)).digest().subarray(0, size);
}

function corpus(): Buffer[] {
  const dir = path.join(root, 'tests/fuzz/corpus');
  return fs.readdirSync(dir).flatMap((target) =>
    fs.readdirSync(path.join(dir, target)).map((file) => fs.readFileSync(path.join(dir, target, file))));
}

// Connects, writes, and waits until the server closes or a moment has passed.
function poke(socket: net.Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      socket.destroy();
      resolve();
    };
    socket.on('error', end);
    socket.on('close', end);
    setTimeout(end, 200);
    socket.write(bytes);
  });
}

describe('bad input while two bots talk', () => {
  let parley: Parley;
  let talker: Bot;
  let listener: Bot;

  beforeAll(async () => {
    parley = await Parley.start();
    const file = path.join(parley.dir, 'speech.wav');
    makeSpeech(file, 'This call goes on whatever strangers send to the server.', 'en-gb', 8);
    talker = await Bot.join(parley, 'Talker', ['--play', file, '--loop']);
    listener = await Bot.join(parley, 'Listener');
    await listener.waitFor(/talking "Talker"/);
  });

  afterAll(async () => {
    await parley?.stop();
  });

  test('datagrams of garbage and of every fuzz corpus', async () => {
    const socket = dgram.createSocket('udp4');
    const send = (bytes: Buffer) => new Promise((resolve) => socket.send(bytes, parley.mediaPort, '127.0.0.1', resolve));
    const firstBytes = [0x00, 0x01, 0x14, 0x16, 0x17, 0x3f, 0x80, 0x90, 0xc8, 0xff];
    for (let seed = 0; seed < 2000; seed++) {
      const bytes = Buffer.from(garbage(seed, (seed * 37) % 1500));
      if (bytes.length > 0) bytes[0] = firstBytes[seed % firstBytes.length]!;
      await send(bytes);
      // Hostile content is the subject here, not a flood that fills the kernel's socket buffer.
      if (seed % 50 === 0) await pause(5);
    }
    for (const bytes of corpus()) if (bytes.length < 60_000) await send(bytes);
    socket.close();
  });

  test('TCP connections to every port that write garbage or half a message', async () => {
    for (const port of [parley.mediaPort, parley.webPort, parley.controlPort]) {
      for (let seed = 0; seed < 10; seed++) {
        await poke(net.connect(port, '127.0.0.1'), Buffer.from(garbage(seed, 50 * seed)));
      }
    }
  });

  test('TLS clients that speak broken HTTP, broken WebSocket and broken messages', async () => {
    const connect = () => tls.connect({ port: parley.webPort, host: '127.0.0.1', servername: 'localhost', ca: fs.readFileSync(parley.caFile) });
    const upgrade = 'GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
      + 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: parley.v1\r\n\r\n';
    const frame = (payload: Buffer) => Buffer.concat([Buffer.from([0x82, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
    await poke(connect(), garbage(1, 3000));
    await poke(connect(), Buffer.from('GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n'));
    await poke(connect(), Buffer.from(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`));
    await poke(connect(), Buffer.concat([Buffer.from(upgrade), garbage(2, 500)]));
    for (let seed = 0; seed < 10; seed++) {
      await poke(connect(), Buffer.concat([Buffer.from(upgrade), frame(Buffer.from(garbage(seed, 100)))]));
    }
  });

  test('a control connection without a certificate is refused', async () => {
    const closed = new Promise<void>((resolve) => {
      const socket = tls.connect({ port: parley.controlPort, host: '127.0.0.1', rejectUnauthorized: false });
      socket.on('close', () => resolve());
      socket.on('error', () => undefined);
    });
    await closed;
  });

  test('the call did not notice', async () => {
    await pause(500);
    const heard = await listener.leave();
    const sent = await talker.leave();
    expect(heard.lost).toBe(0);
    expect(heard.decrypt_errors).toBe(0);
    expect(heard.media_losses).toBe(0);
    expect(heard.signaling_losses).toBe(0);
    expect(sent.media_losses).toBe(0);
    expect(sent.signaling_losses).toBe(0);
    expect(parley.node.isRunning && parley.signaling.isRunning).toBe(true);
  });
});

describe('an invitation is refused with its own reason', () => {
  let parley: Parley;
  beforeAll(async () => {
    parley = await Parley.start();
  });
  afterAll(async () => parley?.stop());

  async function refusal(link: string): Promise<string> {
    const bot = parley.bot(link, ['--seconds', '1']);
    expect(await bot.exited).not.toBe(0);
    return bot.output;
  }

  test('when it was used', async () => {
    const link = await parley.invite('Once');
    const first = parley.bot(link, ['--seconds', '1']);
    expect(await first.exited, first.output).toBe(0);
    expect(await refusal(link)).toMatch(/used/i);
  });

  test('when it has expired', async () => {
    const link = await parley.invite('Late', 'Lobby', ['--lifetime-s', '1']);
    await pause(1500);
    expect(await refusal(link)).toMatch(/expired/i);
  });

  test('when it was forged', async () => {
    const link = await parley.invite('Forged');
    const [start, encoded] = link.split('#e=') as [string, string];
    const bytes = Buffer.from(encoded, 'base64url');
    bytes[5]! ^= 1;
    expect(await refusal(`${start}#e=${bytes.toString('base64url')}`)).toMatch(/does not know this link/);
  });
});

test('a bad configuration file prints all its errors with file and line', async () => {
  const parley = await Parley.start();
  const file = parley.file('bad.yaml');
  fs.writeFileSync(file, 'media:\n  base_port: 99999\n  workres: 2\ncontrol:\n  port: seven\n');
  const { code, output } = await runToEnd(path.join(root, 'build/release/bin/parley-sfu'), ['--config', file, '--check']);
  await parley.stop();
  expect(code).toBe(78);
  for (const line of [2, 3, 5]) expect(output).toContain(`${file}:${line}:`);
});
