import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createHash } from 'node:crypto';
import { messageOf } from '@fr-stream/core';
import { randomFrom } from '../../synth/random.js';
import { galleryState } from '../gallery-state.js';
import { describeRun, runFrStream, type Ran } from '../run-command.js';
import { leftovers, makeWorkFolder, type WorkFolder } from '../work-folder.js';
import { beginWith, makeMaterial, SCENARIOS, type Material, type Scenario } from './scenarios.js';
import { choosePoints, killedAt, listingWrites, writePoints, type WritePoint } from './write-points.js';

export interface KillOptions {
  /** Kills in all. */
  readonly count: number;
  readonly seed: number;
  /** Names of scenarios. Default: all. */
  readonly only?: readonly string[];
  /** A folder whose material is shared with other campaigns. */
  readonly material?: string | undefined;
  readonly progress: (line: string) => void;
}

export interface KillFigures {
  readonly kills: number;
  readonly perCommand: Readonly<Record<string, number>>;
  /** Runs that came to their end before the point, and count for nothing. */
  readonly notReached: number;
  /** Reruns that said there was nothing to do any more, as the change had been made before the kill. */
  readonly doneAlready: number;
  readonly faults: readonly { readonly command: string; readonly point: string; readonly what: string }[];
}

interface Outcome {
  readonly gallery: unknown;
  /** Outputs by name; content of those that are the same in each run. */
  readonly files: Readonly<Record<string, string>>;
}

const GALLERY_FILES = /^g\.db/;

async function outcomeOf(folder: string): Promise<Outcome> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (!entry.isFile() || GALLERY_FILES.test(name)) continue;
    // Pictures and reports hold paths of the run's own folder, and times.
    const same = /\.(csv|jsonl|json|vtt)$/.test(name) || name.includes('aligned');
    const bytes = await readFile(path);
    const text = bytes.toString('latin1').replaceAll(folder, '');
    files[name] = same
      ? createHash('sha256').update(text).digest('hex')
      : bytes.length > 0
        ? 'there'
        : 'empty';
  }
  return { gallery: await galleryState(join(folder, 'g.db')), files };
}

const differ = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);

/** What is different, in short. */
function difference(a: Outcome, b: Outcome): string | undefined {
  if (differ(a.gallery, b.gallery))
    return `the gallery differs: ${JSON.stringify(a.gallery)} | ${JSON.stringify(b.gallery)}`.slice(0, 1500);
  const names = new Set([...Object.keys(a.files), ...Object.keys(b.files)]);
  const wrong = [...names].filter((name) => a.files[name] !== b.files[name]).sort();
  return wrong.length === 0 ? undefined : `files differ: ${wrong.join(', ')}`;
}

const SECONDS = 240;

class Killer {
  readonly #work: WorkFolder;
  readonly #material: Material;
  constructor(work: WorkFolder, material: Material) {
    this.#work = work;
    this.#material = material;
  }

  async #fresh(scenario: Scenario): Promise<string> {
    const folder = this.#work.at('run');
    await rm(folder, { recursive: true, force: true });
    await rm(this.#work.at('run-data'), { recursive: true, force: true });
    await beginWith(scenario, this.#material, folder);
    return folder;
  }

  #run(scenario: Scenario, folder: string, under: readonly string[] = []): Promise<Ran> {
    const env = { ...this.#work.env, XDG_DATA_HOME: this.#work.at('run-data') };
    return runFrStream(scenario.args(this.#material, folder), { env, under, seconds: SECONDS });
  }

  /** An uninterrupted run: what it makes, and where it writes. */
  async reference(scenario: Scenario): Promise<{ outcome: Outcome; points: readonly WritePoint[] }> {
    const folder = await this.#fresh(scenario);
    const log = this.#work.at('writes');
    const ran = await this.#run(scenario, folder, listingWrites(log));
    if (ran.code !== 0) throw new Error(describeRun([scenario.name], ran));
    return { outcome: await outcomeOf(folder), points: await writePoints(log, folder) };
  }

  /** @returns `undefined` when the run ended before the point. */
  async kill(
    scenario: Scenario,
    point: WritePoint,
    whole: Outcome,
  ): Promise<{ wrong: readonly string[]; doneAlready: boolean } | undefined> {
    const folder = await this.#fresh(scenario);
    const killed = await this.#run(scenario, folder, killedAt(point));
    if (killed.timedOut || (killed.signal !== 'SIGKILL' && killed.code !== 137)) return undefined;
    const wrong: string[] = [];
    const check = await this.#check(folder);
    if (check !== undefined) wrong.push(`after the kill: ${check}`);
    const between = await outcomeOf(folder).catch((error: unknown) => {
      wrong.push(`after the kill the gallery cannot be read: ${messageOf(error)}`);
      return undefined;
    });
    const again = await this.#run(scenario, folder);
    // Who was renamed, merged or forgotten is not there any more to be renamed, merged or forgotten.
    const doneAlready = again.code === 7 && between !== undefined && difference(between, whole) === undefined;
    if (again.code !== 0 && !doneAlready) wrong.push(`the rerun: ${describeRun([scenario.name], again)}`);
    const after = await outcomeOf(folder);
    const other = difference(whole, after);
    if (other !== undefined) wrong.push(`an uninterrupted run and the rerun: ${other}`);
    const left = await leftovers(folder);
    if (left.length > 0) wrong.push(`left ${left.join(', ')}`);
    return { wrong, doneAlready };
  }

  /** What `gallery check` finds wrong with the file; likely doubles of people are no damage. */
  async #check(folder: string): Promise<string | undefined> {
    const args = ['gallery', 'check', '--json', '-g', join(folder, 'g.db')];
    const ran = await runFrStream(args, { env: this.#work.env, seconds: SECONDS });
    const { problems } = JSON.parse(ran.stdout || '{}') as { problems?: readonly unknown[] };
    // Nothing was made yet: there is nothing to check.
    if (ran.code === 7 && /there is no gallery/.test(ran.stderr)) return undefined;
    return ran.code === 1 || ran.code === 7 || (problems ?? []).length > 0
      ? describeRun(args, ran)
      : undefined;
  }
}

export async function killCampaign({
  count,
  seed,
  only,
  material,
  progress,
}: KillOptions): Promise<KillFigures> {
  await using work = await makeWorkFolder('kill');
  const killer = new Killer(work, await makeMaterial(work, material));
  const random = randomFrom(seed);
  const scenarios = SCENARIOS.filter(({ name }) => only === undefined || only.includes(name));
  const perCommand: Record<string, number> = {};
  const faults: KillFigures['faults'][number][] = [];
  let [kills, notReached, doneAlready] = [0, 0, 0];
  for (const [i, scenario] of scenarios.entries()) {
    const share = Math.ceil((count - kills) / (scenarios.length - i));
    const { outcome, points } = await killer.reference(scenario);
    // Some are not reached: threads share their work differently each time.
    for (const point of choosePoints(points, 3 * share, random)) {
      if ((perCommand[scenario.name] ?? 0) >= share) break;
      const result = await killer.kill(scenario, point, outcome);
      if (result === undefined) {
        notReached++;
        continue;
      }
      perCommand[scenario.name] = (perCommand[scenario.name] ?? 0) + 1;
      kills++;
      if (result.doneAlready) doneAlready++;
      for (const what of result.wrong)
        faults.push({ command: scenario.name, point: `${point.call} ${point.n}`, what });
    }
    progress(`${scenario.name}: ${perCommand[scenario.name] ?? 0} kills, ${faults.length} faults so far`);
  }
  return { kills, perCommand, notReached, doneAlready, faults };
}
