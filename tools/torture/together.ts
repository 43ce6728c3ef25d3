import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SqliteGalleryStore } from '@fr-stream/backend-node';
import { makeMaterial } from './kill/scenarios.js';
import { describeRun, runFrStream, type Ran } from './run-command.js';
import { manPhotos, womenPhoto } from './seeds.js';
import { leftovers, makeWorkFolder } from './work-folder.js';

export interface TogetherOptions {
  /** How often each case is tried. */
  readonly rounds: number;
  /** How many at once, one after the other. Default 2 and 4. */
  readonly processes?: readonly number[];
  /** A folder whose material is shared with other campaigns. */
  readonly material?: string | undefined;
  readonly progress: (line: string) => void;
}

export interface TogetherFigures {
  readonly runs: number;
  readonly cases: Readonly<Record<string, number>>;
  readonly faults: readonly { readonly what: string }[];
}

const SECONDS = 240;

/** Two and four processes on one gallery and on one output, started at once while neither exists. */
export async function togetherCampaign({
  rounds,
  processes: sizes = [2, 4],
  material: shared,
  progress,
}: TogetherOptions): Promise<TogetherFigures> {
  await using work = await makeWorkFolder('together');
  const material = await makeMaterial(work, shared);
  const man = await manPhotos();
  const women = await womenPhoto();
  const faults: { what: string }[] = [];
  const cases: Record<string, number> = {};
  let runs = 0;
  const folder = work.at('run');
  const gallery = join(folder, 'g.db');

  const atOnce = async (name: string, commands: readonly (readonly string[])[]): Promise<readonly Ran[]> => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    cases[name] = (cases[name] ?? 0) + 1;
    runs += commands.length;
    return Promise.all(commands.map((args) => runFrStream(args, { env: work.env, seconds: SECONDS })));
  };
  const require = (fine: boolean, name: string, what: string): void => {
    if (!fine) faults.push({ what: `${name}: ${what}` });
  };
  const people = async (): Promise<Readonly<Record<string, number>>> => {
    await using store = await SqliteGalleryStore.open(gallery);
    const { people: all, faces } = await store.load();
    return Object.fromEntries(
      all.map(({ id, name }) => [name, faces.filter(({ personId }) => personId === id).length]),
    );
  };

  for (let round = 0; round < rounds; round++) {
    for (const processes of sizes) {
      const each = Array.from({ length: processes }, (_, i) => i);

      // With four of them two have the same photo.
      let name = `${processes} enrol one person from three photos`;
      let ran = await atOnce(
        name,
        each.map((i) => ['enroll', 'Ada', man[i % 3] ?? '', '-g', gallery]),
      );
      for (const one of ran) require(one.code === 0, name, describeRun(['enroll'], one));
      const found = await people();
      const photos = Math.min(3, processes);
      require(JSON.stringify(found) ===
        `{"Ada":${photos}}`, name, `the gallery holds ${JSON.stringify(found)}`);

      name = `${processes} search one photo`;
      ran = await atOnce(
        name,
        each.map(() => ['photos', women, '--tiles', '1', '-q', '-g', gallery]),
      );
      for (const one of ran) require(one.code === 0 || isTaken(one), name, describeRun(['photos'], one));
      require(ran.some(({ code }) => code === 0), name, 'none of them succeeded');
      require((await leftovers(folder)).length === 0, name, `left ${(await leftovers(folder)).join(', ')}`);

      name = `${processes} write one output`;
      const events = join(folder, 'e.jsonl');
      const known = join(material.gallery, 'g.db');
      const tag = ['tag', material.clip, '--events', events, '--overwrite', '-q', '-g', known];
      ran = await atOnce(
        name,
        each.map(() => tag),
      );
      for (const one of ran) require(one.code === 0 || isTaken(one), name, describeRun(tag, one));
      require(ran.some(({ code }) => code === 0), name, 'none of them succeeded');
      const lines = (await readFile(events, 'utf8').catch(() => '')).trimEnd().split('\n');
      const frames = lines.map((line) => (JSON.parse(line || 'null') as { frame?: number } | null)?.frame);
      const inOrder = frames.every((frame, i) => frame === i);
      require(lines.length > 20 &&
        inOrder, name, `the events are of ${lines.length} frames, in order: ${inOrder}`);
      require((await leftovers(folder)).length === 0, name, `left ${(await leftovers(folder)).join(', ')}`);
      progress(`round ${round + 1}, ${processes} processes: ${faults.length} faults so far`);
    }
  }
  return { runs, cases, faults };
}

/** The documented answer to who comes second: exit status 4, with the reason. */
function isTaken({ code, stderr }: Ran): boolean {
  return code === 4 && /another run/.test(stderr);
}
