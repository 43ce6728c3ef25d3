import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeRun, runFrStream, type Ran } from '../run-command.js';
import { differences, leftovers, snapshot, type WorkFolder } from '../work-folder.js';
import { describeInput, type Damaged, type Fault } from './fault.js';

/** How the command is given files of one kind. */
export interface CommandWay {
  readonly parser: string;
  /** @param folder of the damaged files. @param out a folder for what is written. */
  readonly args: (files: readonly string[], folder: string, out: string) => readonly string[];
  /** Exit statuses that the README allows for damaged input. */
  readonly allowed: readonly number[];
  /** The file itself may change (a gallery is opened for writing). */
  readonly mayChange?: boolean;
  /** A whole file that goes with them, and must have been taken up. */
  readonly control?: { readonly name: string; readonly bytes: Buffer; readonly shownIn: string };
}

const SECONDS = 60;
/** What each further file of a run may add: a busy machine takes its time, and it is single files that may hang. */
const SECONDS_PER_FILE = 6;

/**
 * Gives damaged files to the command, many at once. Where a run fails, halves of it are tried until the one file is
 * found that makes it fail; a run of many that merely takes long is no hang.
 */
export async function throughCommand(
  work: WorkFolder,
  way: CommandWay,
  damaged: readonly Damaged[],
  codes: Map<string, number>,
): Promise<readonly Fault[]> {
  const [folder, out] = [work.at('in'), work.at('out')];
  await Promise.all([folder, out].map((path) => rm(path, { recursive: true, force: true })));
  await Promise.all([folder, out].map((path) => mkdir(path)));
  const { control } = way;
  for (const { name, bytes } of [...damaged, ...(control === undefined ? [] : [control])])
    await writeFile(join(folder, name), bytes);
  const around = ['in', 'home', 'tmp'];
  const look = () => Promise.all(around.map((name) => snapshot(work.at(name))));
  const before = await look();
  const files = [...damaged, ...(control === undefined ? [] : [control])].map(({ name }) =>
    join(folder, name),
  );
  const args = way.args(files, folder, out);
  const seconds = SECONDS + SECONDS_PER_FILE * (damaged.length - 1);
  const ran = await runFrStream(args, { env: work.env, seconds });
  const changed = (await look()).flatMap((after, i) =>
    differences(before[i] ?? new Map(), after).map((path) => `${around[i] ?? ''}/${path}`),
  );
  const touched = way.mayChange === true ? changed.filter((path) => !path.startsWith('in/')) : changed;
  const left = await leftovers(out);
  const wrong = [
    ...judged(way, ran, args),
    ...(ran.code === 0 || ran.code === 8 ? await missedControl(way, out) : []),
    ...(touched.length > 0 ? [`touched what is no output: ${touched.slice(0, 5).join(', ')}`] : []),
    ...(left.length > 0 ? [`left ${left.slice(0, 5).join(', ')}`] : []),
  ];
  if (wrong.length === 0) {
    const status = `exit ${ran.code}`;
    codes.set(status, (codes.get(status) ?? 0) + 1);
    return [];
  }
  const [first] = damaged;
  if (damaged.length === 1 && first !== undefined)
    return wrong.map((what) => ({ parser: way.parser, input: describeInput(first), what }));
  const middle = Math.ceil(damaged.length / 2);
  const halves = [damaged.slice(0, middle), damaged.slice(middle)];
  const faults: Fault[] = [];
  for (const half of halves) faults.push(...(await throughCommand(work, way, half, codes)));
  // Only together do they fail, unless it was but their number that took so long.
  if (faults.length === 0 && !ran.timedOut)
    faults.push({ parser: way.parser, input: `${damaged.length} files together`, what: wrong.join('; ') });
  return faults;
}

function judged(way: CommandWay, ran: Ran, args: readonly string[]): readonly string[] {
  const fine = !ran.timedOut && ran.code !== null && way.allowed.includes(ran.code);
  return fine ? [] : [describeRun(args.slice(0, 6), ran)];
}

/** One bad file never ends a batch. */
async function missedControl({ control }: CommandWay, out: string): Promise<readonly string[]> {
  if (control === undefined) return [];
  const shown = await readFile(join(out, control.shownIn), 'utf8').catch(() => '');
  return shown.includes(control.name) ? [] : ['the whole file beside the damaged ones was not taken up'];
}
