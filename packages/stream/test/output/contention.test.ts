import { spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutputSet, writeOutput, type WrittenFiles } from '@fr-stream/stream';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Output } from '../../src/output/output.js';
import { newMark } from '../../src/output/run-mark.js';

/** Stands for another run: a process that lives, and whose files the test makes and takes away. */
const other: ChildProcess = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)']);
const folder = mkdtempSync(join(tmpdir(), 'contention-'));
afterAll(() => {
  other.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const target = join(folder, 'e.jsonl');
beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
});

/** @param random of 16 hexadecimal digits: the smaller one waits for the other. */
const claimOf = (random: string): string =>
  `${target}.${newMark().replace(/^fr\d+-\d+-(\w+)-\w+/, `fr${other.pid}-0-$1-${random}`)}`;
const FIRST = '0'.repeat(16);
const LAST = 'f'.repeat(16);
const names = (): string[] => readdirSync(folder).filter((name) => name.includes('.part'));

/** Opens it; resolves when it has made its claim and waits. */
async function waiting(output: Output): Promise<{ readonly opened: Promise<unknown> }> {
  const others = names().length;
  const opened = output.open();
  opened.catch(() => undefined);
  while (names().length === others) await sleep(1);
  await sleep(60);
  return { opened };
}

describe('an output that several runs may write', () => {
  it('leaves those at work alone, and removes what killed ones left of it', async () => {
    writeFileSync(claimOf(FIRST), '');
    const dead = claimOf(LAST).replace(`fr${other.pid}-0-`, 'fr999999999-1-');
    writeFileSync(dead, '');
    await writeOutput(new Output(target, { shared: true }), 'whole');
    expect(readFileSync(target, 'utf8')).toBe('whole');
    expect(names()).toEqual([claimOf(FIRST).slice(folder.length + 1)]);
  });
});

describe('two runs that want one output', () => {
  it('gives way at once to a run that has it, whatever the numbers', async () => {
    for (const random of [FIRST, LAST]) {
      writeFileSync(claimOf(random), '');
      writeFileSync(`${claimOf(random)}.held`, '');
      await expect(new Output(target).open()).rejects.toThrow(
        `another run of fr-stream writes it (process ${other.pid})`,
      );
      expect(names().sort()).toEqual(
        [claimOf(random), `${claimOf(random)}.held`].map((path) => path.slice(folder.length + 1)),
      );
      for (const name of names()) rmSync(join(folder, name));
    }
  });

  it('gives way to one that came at the same time with a smaller number', async () => {
    writeFileSync(claimOf(FIRST), '');
    await expect(new Output(target).open()).rejects.toThrow('another run');
  });

  it('waits for one with a greater number that takes its time, and wins', async () => {
    writeFileSync(claimOf(LAST), '');
    await using output = new Output(target);
    const { opened } = await waiting(output);
    // A busy machine: it once gave up after a second, and both had lost.
    await sleep(1500);
    rmSync(claimOf(LAST));
    expect(await opened).toMatchObject({ kind: 'file' });
    expect(names().filter((name) => name.endsWith('.held'))).toHaveLength(1);
  });

  it('gives way when the other turns out to have been first', async () => {
    writeFileSync(claimOf(LAST), '');
    const { opened } = await waiting(new Output(target));
    writeFileSync(`${claimOf(LAST)}.held`, '');
    await expect(opened).rejects.toThrow('another run');
  });

  it('sees what the other completed meanwhile: with --overwrite it is replaced', async () => {
    writeFileSync(claimOf(LAST), 'theirs');
    await using output = new Output(target);
    const { opened } = await waiting(output);
    renameSync(claimOf(LAST), target);
    expect(await opened).toMatchObject({ kind: 'file' });
    // It was told "somebody else wrote it during the run", and the other, which revised its file then, "another run".
    await writeOutput(output, 'ours');
    expect(readFileSync(target, 'utf8')).toBe('ours');
    expect(names()).toEqual([]);
  });

  it('sees what the other completed meanwhile: without, rules are asked again', async () => {
    const written: WrittenFiles = { isOurs: async () => false, add: async () => undefined };
    writeFileSync(claimOf(LAST), 'theirs');
    const { opened } = await waiting(new OutputSet({ replace: 'ours', written }).output('--events', target));
    renameSync(claimOf(LAST), target);
    await expect(opened).rejects.toThrow('is not what fr-stream wrote');
    expect(readFileSync(target, 'utf8')).toBe('theirs');
    expect(names()).toEqual([]);
  });

  it('holds it, and remembers the file before it gets its name: a run killed in between knows it again', async () => {
    const held: boolean[] = [];
    const written: WrittenFiles = {
      isOurs: async () => true,
      add: async (path, stats) =>
        void held.push(
          stats.size === 3,
          existsSync(path),
          names().some((name) => name.endsWith('.held')),
        ),
    };
    await writeOutput(new OutputSet({ replace: 'ours', written }).output('--events', target), 'all');
    expect(held).toEqual([true, false, true]);
    expect(names()).toEqual([]);
    expect(statSync(target).size).toBe(3);
  });
});
