import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { ThreadedPipe } from '../src/video/threaded-pipe.js';

const FRAME = 300_000;

/**
 * Writes as many frames as each line of its input says, each filled with its number, and tells on standard error when it
 * has; `part` writes a third of one and ends.
 */
const WRITER = `
const size = ${FRAME};
const { writeSync } = require('node:fs');
let number = 0;
const write = (bytes) => {
  for (let at = 0; at < bytes.length; ) {
    try { at += writeSync(1, bytes, at, Math.min(7777, bytes.length - at)); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
  }
};
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'part') { write(Buffer.alloc(size / 3, ++number)); process.exit(); }
  for (let i = 0; i < Number(line); i++) write(Buffer.alloc(size, ++number));
  console.error('written');
});
`;

interface Writer {
  readonly pipe: ThreadedPipe;
  /** Resolves when the frames have left the writer. */
  write(what: number | 'part'): Promise<unknown>;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function start(): Promise<Writer> {
  const opened = await ThreadedPipe.open();
  if (opened === undefined) throw new Error('no socket could be made');
  const child = spawn(process.execPath, ['-e', WRITER], { stdio: ['pipe', opened.childEnd, 'pipe'] });
  opened.childEnd.destroy();
  children.push(child);
  const { stdin, stderr } = child;
  if (stdin === null || stderr === null) throw new Error('the writer has no pipes');
  const told: Interface = createInterface({ input: stderr });
  return {
    pipe: opened.pipe,
    write: (what) => {
      const done = new Promise((resolve) => {
        told.once('line', resolve);
        child.once('exit', resolve);
      });
      stdin.write(`${what}\n`);
      return done;
    },
  };
}

const shared = (): Uint8Array => new Uint8Array(new SharedArrayBuffer(FRAME));
const isFilledWith = (bytes: Uint8Array, value: number): boolean => bytes.every((byte) => byte === value);

describe.skipIf(process.platform === 'win32')('ThreadedPipe', () => {
  it('fills each frame that is asked for before it comes, and skips none', async () => {
    const { pipe, write } = await start();
    for (const memory of [shared(), new Uint8Array(FRAME), shared()]) {
      const filling = pipe.fill(memory);
      await write(1);
      expect(await filling).toBe(FRAME);
      expect(pipe.skipped).toBe(0);
      expect(isFilledWith(memory, memory[0] ?? 0)).toBe(true);
    }
    pipe.close();
  });

  it('never holds the writer up, gives the newest frame, and says how many came before it', async () => {
    const { pipe, write } = await start();
    const memory = shared();
    const first = pipe.fill(memory);
    await write(1);
    await first;
    const before = performance.now();
    // Six million bytes: far more than any socket keeps.
    await write(20);
    await write(1);
    expect(isFilledWith(memory, 1)).toBe(true);
    let last = 0;
    let skipped = 0;
    // What had left the writer may still be on its way.
    for (let seen = 0; last < 22; seen++) {
      expect(await pipe.fill(memory)).toBe(FRAME);
      const [number = 0] = memory;
      expect(isFilledWith(memory, number)).toBe(true);
      expect(number).toBe(last === 0 ? 2 + pipe.skipped : last + 1 + pipe.skipped);
      expect(pipe.arrivedMs).toBeGreaterThan(before);
      expect(pipe.arrivedMs).toBeLessThanOrEqual(performance.now());
      last = number;
      skipped += pipe.skipped;
      expect(seen + 1 + skipped).toBe(last - 1);
    }
    expect(skipped).toBeGreaterThan(10);
    pipe.close();
  });

  it('tells how much came of a frame that ends too early, and then nothing', async () => {
    const { pipe, write } = await start();
    const filling = pipe.fill(shared());
    await write('part');
    expect(await filling).toBe(FRAME / 3);
    expect(await pipe.fill(shared())).toBe(0);
    pipe.close();
    expect(await pipe.fill(shared())).toBe(0);
  });

  it('ends what is awaited when it is closed, and leaves the memory alone then', async () => {
    const { pipe, write } = await start();
    const memory = shared();
    const filling = pipe.fill(memory);
    pipe.close();
    expect(await filling).toBe(0);
    await Promise.race([write(1), new Promise((resolve) => setTimeout(resolve, 300))]);
    expect(isFilledWith(memory, 0)).toBe(true);
  });

  it('keeps the process alive for what is awaited, though nothing else does', async () => {
    // A decoder that has ended is no reason to stay, and what it wrote last may still be on its way: the process went in silence.
    const script = fileURLToPath(new URL('support/await-frame.ts', import.meta.url));
    const options = ['--conditions=@fr-stream/source', '--import', import.meta.resolve('tsx')];
    const { stdout } = await promisify(execFile)(process.execPath, [...options, script]);
    expect(stdout).toBe('ended after 0\n');
  });

  it('reads for several at once', async () => {
    const writers = await Promise.all([start(), start(), start()]);
    const memory = writers.map(shared);
    const filling = writers.map(({ pipe }, i) => pipe.fill(memory[i] ?? shared()));
    await Promise.all(writers.map(({ write }, i) => write(i + 1)));
    expect(await Promise.all(filling)).toEqual([FRAME, FRAME, FRAME]);
    expect(memory.every((bytes) => isFilledWith(bytes, 1))).toBe(true);
    for (const { pipe } of writers) pipe.close();
  });
});
