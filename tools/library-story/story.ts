import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { SqliteGalleryStore, sqliteDriver, SqliteVideoLibrary } from '@fr-stream/backend-node';
import { collected } from '@fr-stream/core';
import { makeArchive } from './material.js';

const BIN = fileURLToPath(new URL('../../packages/cli/bin/fr-stream.js', import.meta.url));
const run = promisify(execFile);
const NAME = 'Ada Unmistakable';

export interface StoryOptions {
  /** Empty, or not there; stays. */
  readonly folder: string;
  readonly photos: number;
  /** >= 2 */
  readonly videos: number;
  /** Frames per second of the videos that are looked at. */
  readonly fps: number;
  readonly tell: (line: string) => void;
}

interface Where {
  readonly kind: 'photo' | 'video';
  readonly path: string;
  readonly fromMs?: number;
  readonly toMs?: number;
}

/**
 * An archivist's day: add, with a kill in the midst of a long video; group, name, where; metadata out and in; move,
 * delete; back up, restore; export, import; forget. Each step's result is checked.
 * @throws AssertionError; Error when the folder holds anything.
 */
export async function libraryStory({ folder, photos, videos, fps, tell }: StoryOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  const left = await readdir(folder);
  if (left.length > 0) {
    const shown = left.slice(0, 3).join(', ') + (left.length > 3 ? ', ...' : '');
    throw new Error(
      `${folder} is not empty (${shown}): what an earlier run left would be taken for this one's. Name another folder, or empty it.`,
    );
  }
  const archive = join(folder, 'archive');
  const { stills, long } = await makeArchive(archive, photos, videos);
  const gallery = join(folder, 'g.db');
  // What the user of this machine has set up, such as another profile of models, is not to change the story.
  const env = {
    ...process.env,
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CONFIG_HOME: join(folder, 'config'),
  };
  const cli = async (args: readonly string[], file = gallery): Promise<string> => {
    const { stdout } = await run(process.execPath, [BIN, ...args, '-g', file], { maxBuffer: 2 ** 28, env });
    return stdout;
  };
  const add = (path: string, file = gallery) => cli(['library', 'add', path, '--fps', String(fps)], file);
  const where = async (file = gallery): Promise<readonly Where[]> =>
    (await cli(['where', NAME, '--json'], file))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Where);
  const step = async (name: string, act: () => Promise<void>): Promise<void> => {
    const started = performance.now();
    await act().catch((error: unknown) => {
      tell(`${name}: failed`);
      throw error;
    });
    tell(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  };

  await step('killed in the midst of the long video, and added again: as if it had not been', async () => {
    const args = ['library', 'add', long, '--fps', String(fps), '-g', gallery];
    const parts = await killAfterAPart(gallery, args, env);
    assert.ok(parts > 0, 'a part was kept before the kill');
    await add(long);
    const calm = join(folder, 'calm.db');
    await add(long, calm);
    const [one, two] = [await spansOf(gallery), await spansOf(calm)];
    assert.ok(one.length > 0);
    assert.deepEqual(one, two);
  });
  await step('add', async () => {
    const text = await add(archive);
    assert.match(text, new RegExp(`${photos + stills.length} photos: ${photos + stills.length} searched`));
    assert.match(text, new RegExp(`${videos} videos: ${videos - 1} searched .* 1 unchanged`));
    assert.match(await add(archive), /0 searched \(0 faces\)/);
  });
  await step('group, and name by a photo', async () => {
    await cli(['cluster']);
    await cli(['name', stills[0], NAME]);
  });
  let before: readonly Where[] = [];
  await step('where', async () => {
    before = await where();
    const shown = new Set(before.map(({ path }) => basename(path)));
    for (const still of stills) assert.ok(shown.has(basename(still)), `${basename(still)} shows them`);
    const spans = before.filter(({ path }) => path === long);
    assert.ok(spans.length > 0, 'so does the long video');
    const seconds = spans.reduce((sum, { fromMs = 0, toMs = 0 }) => sum + (toMs - fromMs) / 1000, 0);
    // It is 200 seconds of one man, who turns away now and then.
    assert.ok(seconds > 150, `${seconds.toFixed(0)} s of the long video`);
    assert.deepEqual(
      [...shown].filter((name) => name.startsWith('short')),
      [],
      'other men are not he',
    );
    await cli(['where', NAME, '--html', join(folder, 'ada.html'), '--clip', join(folder, 'clips')]);
    assert.ok((await readdir(join(folder, 'clips'))).length > 0, 'clips');
    assert.match(await readFile(join(folder, 'ada.html'), 'utf8'), /data:image\/jpeg/);
  });
  await step('metadata out, and in again elsewhere', async () => {
    await cli(['library', 'write-metadata']);
    const sidecar = await readFile(`${stills[0]}.xmp`, 'utf8');
    assert.match(sidecar, new RegExp(NAME));
    const fresh = join(folder, 'fresh.db');
    // Those that nobody has named have no sidecars.
    await cli(['library', 'add', ...stills, '--no-videos'], fresh);
    await cli(['library', 'read-metadata', '--trust-metadata'], fresh);
    const named = (await where(fresh)).map(({ path }) => path);
    for (const still of stills)
      assert.ok(named.includes(still), `${basename(still)} has its name from its metadata`);
    await cli(['library', 'write-metadata', '--undo']);
    assert.equal(await stat(`${stills[0]}.xmp`).catch(() => undefined), undefined, 'sidecars are gone');
    await cli(['library', 'write-metadata', '--write-metadata', '--under', stills[0]]);
    if (await has('exiv2')) {
      // Another program, with code of its own.
      assert.match((await run('exiv2', ['-px', stills[0]])).stdout, new RegExp(NAME));
    } else tell('no exiv2: names in files were not read back by another program');
    assert.match(await add(archive), /0 searched \(0 faces\)/, 'the file changed, its picture did not');
    await cli(['library', 'write-metadata', '--undo']);
  });
  const moved = join(folder, 'moved');
  await step('move', async () => {
    await rename(archive, moved);
    await cli(['library', 'relocate', archive, moved]);
    assert.match(await add(moved), /0 searched \(0 faces\)/);
    await rename(join(moved, 'videos'), join(moved, 'films'));
    assert.match(await add(moved), new RegExp(`${videos} moved`));
    assert.equal((await where()).length, before.length);
  });
  await step('delete', async () => {
    await rm(join(moved, 'photos', basename(stills[2])));
    assert.match(await add(moved), /1 removed/);
    assert.ok(!(await where()).some(({ path }) => path.endsWith(basename(stills[2]))));
  });
  await step('back up, restore, and go on', async () => {
    const file = join(folder, 'backup.tar');
    await cli(['library', 'backup', file]);
    const restored = join(folder, 'restored.db');
    await cli(['library', 'restore', file], restored);
    assert.deepEqual(await where(restored), await where());
    await cli(['gallery', 'rename', NAME, 'Another'], restored);
    await cli(['gallery', 'check'], restored);
  });
  await step('export, import, and search the photos again', async () => {
    const file = join(folder, 'people.json');
    await cli(['gallery', 'export', file]);
    const elsewhere = join(folder, 'elsewhere.db');
    await cli(['gallery', 'import', file], elsewhere);
    await cli(['library', 'add', moved, '--fps', String(fps)], elsewhere);
    assert.deepEqual(placesOf(await where(elsewhere)), placesOf(await where()));
  });
  await step('forget: no byte is left', async () => {
    const vectors = await vectorsOf(gallery);
    assert.ok(vectors.length > 0);
    await cli(['forget', NAME]);
    const files = await readdir(folder, { recursive: true });
    for (const name of files.filter((one) => /^g(?:\.db|-faces|-index)/.test(one))) {
      const bytes = await readFile(join(folder, name)).catch(() => Buffer.alloc(0));
      assert.ok(!bytes.includes(NAME), `the name is in ${name}`);
      for (const vector of vectors) assert.ok(!bytes.includes(vector), `an embedding is in ${name}`);
    }
    await assert.rejects(where(), /holds nobody called/);
    const shown = await collectedTracks(gallery, long);
    assert.deepEqual(shown, [], 'no track of the long video is left');
  });
}

const placesOf = (list: readonly Where[]): readonly string[] =>
  list.map(({ path, fromMs, toMs }) => `${path} ${fromMs} ${toMs}`).sort();

async function has(command: string): Promise<boolean> {
  return run(command, ['--version']).then(
    () => true,
    () => false,
  );
}

/** @returns how many parts of a video the gallery held when the run was killed. */
async function killAfterAPart(
  gallery: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: 'ignore', env });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const driver = await sqliteDriver();
  let parts = 0;
  let over = false;
  void ended.then(() => (over = true));
  while (parts === 0 && !over) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if ((await stat(gallery).catch(() => undefined)) === undefined) continue;
    try {
      const database = driver.open(gallery, 1000);
      parts = database.prepare<[], number>('SELECT count(*) FROM video_chunks').pluck().get() ?? 0;
      database.close();
    } catch {
      // It is being made.
    }
  }
  child.kill('SIGKILL');
  await ended;
  return parts;
}

async function spansOf(gallery: string): Promise<readonly unknown[]> {
  await using library = await SqliteVideoLibrary.open(gallery);
  const tracks = await collected(library.tracks());
  return tracks.map(({ spans, pictures, best }) => [
    spans.map(({ fromMs, toMs }) => [fromMs, toMs]),
    pictures,
    best.timeMs,
  ]);
}

async function collectedTracks(gallery: string, video: string): Promise<readonly string[]> {
  await using library = await SqliteVideoLibrary.open(gallery);
  const of = (await collected(library.videos())).filter(({ path }) => basename(path) === basename(video));
  const tracks = await collected(library.tracks({ hashes: of.map(({ hash }) => hash) }));
  return tracks.filter(({ pictures }) => pictures > 5).map(({ id }) => id);
}

/** The beginning of each embedding of the person, as it lies in the file. */
async function vectorsOf(gallery: string): Promise<readonly Buffer[]> {
  await using store = await SqliteGalleryStore.open(gallery);
  const person = (await store.outline()).people.find(({ name }) => name === NAME);
  const faces = await collected(store.faces({ personIds: [person?.id ?? ''] }));
  return faces.map(({ vector }) => Buffer.from(vector.slice(0, 16).buffer));
}
