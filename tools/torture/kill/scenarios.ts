import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg } from '@fr-stream/stream';
import { describeRun, runFrStream } from '../run-command.js';
import { manPhotos, manVideo, womenPhoto } from '../seeds.js';
import type { WorkFolder } from '../work-folder.js';

/** A command whose work is interrupted. */
export interface Scenario {
  readonly name: string;
  /** What there is before: nothing, or a gallery of searched and grouped photos. */
  readonly from: 'nothing' | 'gallery';
  /** The gallery is `g.db` in `folder`; outputs go there too. */
  readonly args: (material: Material, folder: string) => readonly string[];
}

/** Inputs, which no run changes, and the gallery that runs begin with. */
export interface Material {
  readonly photos: string;
  readonly man: readonly string[];
  readonly clip: string;
  readonly people: string;
  readonly gallery: string;
}

const g = (folder: string): readonly string[] => ['-g', join(folder, 'g.db')];

export const SCENARIOS: readonly Scenario[] = [
  { name: 'enroll', from: 'nothing', args: ({ man }, f) => ['enroll', 'Ada', ...man, ...g(f)] },
  // Whom the gallery of the material calls Berta is the man.
  { name: 'enroll more', from: 'gallery', args: ({ man }, f) => ['enroll', 'Berta', ...man, ...g(f)] },
  {
    name: 'photos',
    from: 'nothing',
    args: ({ photos }, f) => [
      ...['photos', photos, '--tiles', '1', '-q', '--csv', join(f, 'f.csv'), '--events', join(f, 'f.jsonl')],
      ...['--annotate', join(f, 'marked'), ...g(f)],
    ],
  },
  { name: 'cluster', from: 'gallery', args: (_, f) => ['cluster', '--min-faces', '1', ...g(f)] },
  { name: 'name', from: 'gallery', args: (_, f) => ['name', 'Berta', 'Clara', ...g(f)] },
  { name: 'merge', from: 'gallery', args: (_, f) => ['merge', 'Dora', 'Berta', '--force', ...g(f)] },
  { name: 'forget', from: 'gallery', args: (_, f) => ['forget', 'Berta', ...g(f)] },
  { name: 'import', from: 'nothing', args: ({ people }, f) => ['gallery', 'import', people, ...g(f)] },
  { name: 'export', from: 'gallery', args: (_, f) => ['gallery', 'export', join(f, 'p.json'), ...g(f)] },
  {
    name: 'tag',
    from: 'gallery',
    args: ({ clip }, f) => [
      ...['tag', clip, '--out', join(f, 'o.mp4'), '--events', join(f, 'e.jsonl'), '--csv', join(f, 'e.csv')],
      ...['--timeline', join(f, 't.json'), '--subtitles', join(f, 's.vtt'), '--best-shots', join(f, 'shots')],
      ...['-q', ...g(f)],
    ],
  },
];

/** What several campaigns may share, since no run changes it. */
const NOTE = 'material.json';

/**
 * Makes inputs and the gallery that runs begin with.
 * @param shared a folder for them; where it holds them already they are taken from there.
 * @throws Error when a command fails.
 */
export async function makeMaterial(work: WorkFolder, shared?: string): Promise<Material> {
  const note = join(shared ?? work.path, NOTE);
  const there = await readFile(note, 'utf8').catch(() => undefined);
  if (there !== undefined) return JSON.parse(there) as Material;
  const at = (name: string): string => (shared === undefined ? work.at(name) : join(shared, name));
  const [photos, base] = [at('photos'), at('base')];
  await Promise.all([photos, base].map((path) => mkdir(path)));
  const man = await manPhotos();
  const material: Material = {
    photos,
    man,
    clip: at('clip.mp4'),
    people: at('people.json'),
    gallery: base,
  };
  await copyFile(await womenPhoto(), join(photos, 'women.jpg'));
  for (const [i, path] of man.slice(0, 2).entries()) await copyFile(path, join(photos, `man-${i}.jpg`));
  const { path: ffmpeg } = await findFfmpeg();
  await promisify(execFile)(ffmpeg, [
    ...['-v', 'error', '-i', await manVideo(), '-t', '2', '-vf', 'scale=320:-2'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', material.clip],
  ]);
  for (const args of [
    ['photos', photos, '--no-report', '--tiles', '1', '-q'],
    ['cluster', '--min-faces', '1'],
    ['name', 'unknown-1', 'Berta'],
    ['name', 'unknown-2', 'Dora'],
    ['gallery', 'export', material.people],
  ]) {
    const ran = await runFrStream([...args, ...g(base)], { env: work.env, seconds: 300 });
    if (ran.code !== 0) throw new Error(describeRun(args, ran));
  }
  if (shared !== undefined) await writeFile(note, JSON.stringify(material));
  return material;
}

/** A folder of its own for a run, with what it begins with. */
export async function beginWith({ from }: Scenario, material: Material, folder: string): Promise<void> {
  if (from === 'gallery') await cp(material.gallery, folder, { recursive: true });
  else await mkdir(folder);
}
