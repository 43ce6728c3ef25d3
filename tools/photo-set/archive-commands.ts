import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { BIN, type Archive } from './archive-fill.js';

export interface Measured {
  readonly seconds: number;
  /** Peak of the resident set; NaN where there is no /proc. */
  readonly megabytes: number;
  /** Of the processor, all threads together: what other work on the machine changes least. NaN as above. */
  readonly processorSeconds: number;
  readonly status: number | null;
  readonly output: string;
}

/** Of Linux, on every platform that Node has binaries for. */
const TICKS_PER_SECOND = 100;

/** Runs the built command, as a user would. */
export async function measured(args: readonly string[]): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let megabytes = NaN;
  let processorSeconds = NaN;
  // The kernel keeps the peak and the sum: the last look at them before the end is nearly the whole of it.
  const timer = setInterval(() => {
    readFile(`/proc/${child.pid}/stat`, 'utf8').then(
      (stat) => {
        // After the name, which may hold anything but ends with the last bracket: user and system time, in ticks.
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const ticks = Number(fields[11]) + Number(fields[12]);
        if (Number.isFinite(ticks)) processorSeconds = ticks / TICKS_PER_SECOND;
      },
      () => undefined,
    );
    readFile(`/proc/${child.pid}/status`, 'utf8').then(
      (status) => {
        const kilobytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN);
        if (Number.isFinite(kilobytes)) megabytes = kilobytes / 1024;
      },
      () => undefined,
    );
  }, 20);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  clearInterval(timer);
  const seconds = (performance.now() - started) / 1000;
  return { seconds, megabytes, processorSeconds, status: child.exitCode, output: output + errors };
}

/** Statuses of commands that did what they were asked: `verify` says no by 9. */
const FINE = [0, 9];

/**
 * Each command on the archive, in the order in which a user would say them.
 * @param more adds new photos to the gallery.
 * @returns rows of command, seconds, seconds of the processor, peak memory.
 */
export async function measureCommands(
  { gallery, photos, faces }: Archive,
  more: () => Promise<void>,
  only = '',
): Promise<string[][]> {
  const rows: string[][] = [];
  const run = async (name: string, ...args: string[]): Promise<void> => {
    if (!name.includes(only)) return;
    const { seconds, megabytes, processorSeconds, status, output } = await measured(args);
    if (!FINE.includes(status ?? -1)) throw new Error(`${name}: status ${status}: ${output.slice(-2000)}`);
    const row = [name, seconds.toFixed(1), processorSeconds.toFixed(1), `${Math.round(megabytes)} MB`];
    console.error(row.join('  '), '|', output.trimEnd().split('\n').at(-1)?.slice(0, 100));
    rows.push(row);
  };
  const at = ['--gallery', gallery];
  const sample = (number: number): string => join(photos, 'samples', `photo-00000${number}.jpg`);
  const first = join(photos, '0', 'photo-000000.jpg');
  const report = join(faces, '..', 'report');
  const scan = ['photos', photos, ...at, '--faces', faces];
  await run('`photos` again, nothing new, no report', ...scan, '--no-report');
  await run('`report faces.html`, nobody grouped', 'report', `${report}.html`, ...at, '--faces', faces);
  await run('`cluster`', 'cluster', ...at);
  await run('`cluster` again', 'cluster', ...at);
  if ('new'.includes(only) || only.includes('new')) await more();
  await run('`cluster` after 100 new faces', 'cluster', ...at);
  await run('`name unknown-1 "Ada"`', 'name', 'unknown-1', 'Ada', ...at);
  await run('`merge "Ada" unknown-2`', 'merge', 'Ada', 'unknown-2', ...at, '--force');
  await run('`undo`', 'undo', ...at);
  await run('`not-same "Ada" unknown-3`', 'not-same', 'Ada', 'unknown-3', ...at);
  await run('`gallery list`', 'gallery', 'list', ...at);
  await run('`gallery show "Ada"`', 'gallery', 'show', 'Ada', ...at);
  await run('`search who.jpg`', 'search', sample(0), ...at);
  await run('`verify a.jpg b.jpg`', 'verify', sample(0), sample(6), '--largest');
  await run('`enroll "Bob" bob.jpg`', 'enroll', 'Bob', first, '--largest', ...at);
  await run('`report faces.html`', 'report', `${report}.html`, ...at, '--faces', faces);
  await run('`report faces.md`', 'report', `${report}.md`, ...at, '--faces', faces);
  await run('`photos` again, nothing new', ...scan);
  await run('`photos` once more', ...scan);
  await run('`forget "Ada"`', 'forget', 'Ada', ...at, '--faces', faces);
  await run('`report faces.html` after it', 'report', `${report}.html`, ...at, '--faces', faces);
  await run('`gallery export people.json`', 'gallery', 'export', `${report}.json`, ...at);
  return rows;
}
