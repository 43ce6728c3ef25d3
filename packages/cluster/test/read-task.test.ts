import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTask, Shares } from '../src/index.js';
import { placeOf, readRef } from '../src/files/read-ref.js';
import { fromWire, toWire } from '../src/photos/photo-task.js';

/** Whoever can write to the queue can write anything into it. */
const photo = {
  kind: 'photo',
  file: { share: 'archive', path: 'a/b.jpg' },
  name: 'a/b.jpg',
  hash: 'a'.repeat(64),
  models: ['one', 'two'],
  engine: { profile: 'fast', tiles: 3 },
  detect: { maxFaces: 3, regions: [{ x: -1, y: 0, width: 5, height: 5 }] },
  forgotten: [{ x: 0, y: 0, width: 1, height: 1 }],
  cutouts: {
    folder: { path: '/mnt/faces' },
    marker: '.fr-stream-shared-0c4f6a1e-5b1d-4f0e-9a53-1c3d2b4a5e6f',
  },
  keep: { chain: 'c', path: 'a/b.jpg', sizeBytes: 5, modifiedMs: 1.5 },
  trace: { traceparent: '00-ab' },
};
const chunk = {
  kind: 'chunk',
  file: { path: '/v.mp4' },
  name: 'v',
  models: [],
  engine: {},
  video: { every: 2, embed: 'best', threshold: 0.4 },
  startMs: 0,
  durationMs: 1e9,
};

describe('a task that lies in the queue', () => {
  it.each([
    ['a photo', photo],
    ['a stretch of a video', chunk],
    ['a photo at an address', { ...photo, file: { url: 'https://bucket.example/a.jpg?sig=1' } }],
  ])('is taken: %s', (_what, task) => {
    expect(readTask(task)).toEqual(task);
  });

  it.each([
    ['nothing', null, 'no task'],
    ['another kind', { ...photo, kind: '__proto__' }, 'kind'],
    ['no file', { kind: 'photo' }, 'file'],
    ['standard input', { ...chunk, file: { path: '-' } }, 'file.path'],
    ['an address as a path', { ...chunk, file: { path: 'rtsp://camera/' } }, 'file.path'],
    ['a protocol that reads files', { ...chunk, file: { url: 'file:///etc/passwd' } }, 'file.url'],
    ['a folder marked by a file of somebody', cutBy('passwd'), 'cutouts.marker'],
    ['a marker that climbs out', cutBy('../.fr-stream-shared-1'), 'cutouts.marker'],
    ['more tiles than memory', { ...photo, engine: { tiles: 1e9 } }, 'engine.tiles'],
    ['an option of another version', { ...photo, engine: { flux: true } }, 'flux'],
    ['a place that is none', { ...photo, forgotten: [null] }, 'forgotten.0'],
    ['a time before all', { ...chunk, startMs: -1 }, 'startMs'],
    ['a length that is none', { ...chunk, durationMs: 'x' }, 'durationMs'],
    ['megabytes of a name', { ...photo, name: 'x'.repeat(1e6) }, 'name'],
  ])('is refused: %s', (_what, task, where) => {
    expect(() => readTask(task)).toThrow(where);
    expect(() => readTask(task)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }) as Error);
  });
});

function cutBy(marker: string): object {
  return { ...photo, cutouts: { folder: { path: '/etc' }, marker } };
}

describe('a file that a task names', () => {
  let folder: string;
  const shares = (): Shares =>
    new Shares(
      new Map([
        ['all', '/'],
        ['here', folder],
      ]),
    );
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-tasks-'));
    await writeFile(join(folder, 'a.jpg'), 'picture');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is read, below the share, be it the root', async () => {
    const read = await readRef({ share: 'here', path: 'a.jpg' }, shares());
    expect(Buffer.from(read).toString()).toBe('picture');
    const whole = { share: 'all', path: join(folder, 'a.jpg').slice(1) };
    expect(await placeOf(whole, shares())).toEqual({ path: join(folder, 'a.jpg'), bytes: 7 });
  });

  it.skipIf(process.platform === 'win32')('is a plain one: pipes and devices never end', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const path of [join(folder, 'pipe'), '/dev/zero', folder]) {
      await expect(readRef({ path }, shares())).rejects.toThrow('no plain file');
    }
    await expect(placeOf({ share: 'here', path: '../x' }, shares())).rejects.toThrow('outside the share');
  });
});

describe('what a worker answers', () => {
  it('names pictures by the photo that was asked for, and leads nowhere else', () => {
    const hash = 'b'.repeat(64);
    const found = {
      detection: { box: { x: 0, y: 0, width: 9, height: 9 }, score: 1 },
      quality: { score: 1 },
      embedding: { vector: Float32Array.of(1, 0), norm: 1, model: 'm' },
    };
    const wire = (id: string) => toWire({ ...found, id, hash } as unknown as Parameters<typeof toWire>[0]);
    const id = `${hash.slice(0, 20)}-0`;
    expect(fromWire(hash, wire(id))).toMatchObject({ id, embedding: { vector: Float32Array.of(1, 0) } });
    for (const other of ['../../../etc/cron.d/x', `${'c'.repeat(20)}-0`, `${id}/../../x`]) {
      expect(() => fromWire(hash, wire(other))).toThrow('answer');
    }
  });
});
