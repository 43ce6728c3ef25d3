import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { DirectPipe } from '../src/video/direct-pipe.js';

/** Writes `total` bytes that count up from 0 modulo 251, in chunks of a size of its own, then ends or hangs. */
const WRITER = `
const [total, chunk, then] = process.argv.slice(1);
const bytes = Buffer.from(Array.from({ length: Number(total) }, (_, i) => i % 251));
const { writeSync } = require('node:fs');
const write = (part) => {
  for (let at = 0; at < part.length; ) {
    try { at += writeSync(1, part, at); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
  }
};
for (let at = 0; at < bytes.length; at += Number(chunk)) write(bytes.subarray(at, at + Number(chunk)));
if (then === 'hang') setInterval(() => {}, 1000);
`;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function start(total: number, chunk: number, then: 'end' | 'hang' = 'end'): Promise<DirectPipe> {
  const opened = await DirectPipe.open();
  if (opened === undefined) throw new Error('no socket could be made');
  const args = ['-e', WRITER, String(total), String(chunk), then];
  children.push(spawn(process.execPath, args, { stdio: ['ignore', opened.childEnd, 'inherit'] }));
  opened.childEnd.destroy();
  return opened.pipe;
}

const expected = (from: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (from + i) % 251);

describe.skipIf(process.platform === 'win32')('DirectPipe', () => {
  it.each([
    { total: 1_000_000, chunk: 32_768, frame: 300_000 },
    { total: 500_000, chunk: 7_777, frame: 1_000 },
    { total: 400_000, chunk: 400_000, frame: 65_536 },
    { total: 90_000, chunk: 1_001, frame: 89_999 },
  ])('fills $frame bytes at a time out of $total written by $chunk', async ({ total, chunk, frame }) => {
    const pipe = await start(total, chunk);
    let at = 0;
    for (;;) {
      const target = new Uint8Array(frame);
      const filled = await pipe.fill(target);
      expect(Buffer.compare(target.subarray(0, filled), expected(at, filled))).toBe(0);
      at += filled;
      if (filled < frame) break;
      // A pause now and then, in which the writer runs ahead as far as the kernel lets it.
      if (at % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(at).toBe(total);
    expect(await pipe.fill(new Uint8Array(10))).toBe(0);
  });

  it('writes nothing into a buffer that it was not given for the frame', async () => {
    const pipe = await start(200_000, 50_000, 'hang');
    const first = new Uint8Array(100_000);
    expect(await pipe.fill(first)).toBe(100_000);
    const kept = first.slice();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(Buffer.compare(first, kept)).toBe(0);
    pipe.close();
  });

  it('ends what is awaited when it is closed', async () => {
    const pipe = await start(10, 10, 'hang');
    const filling = pipe.fill(new Uint8Array(100));
    await once(children[0], 'spawn');
    setTimeout(() => pipe.close(), 200);
    expect(await filling).toBeLessThanOrEqual(10);
  });
});
