import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg, listSegments, recordSegments } from '@fr-stream/stream';
import { afterAll, beforeAll, expect, it } from 'vitest';

let root: string;
let clip: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'one-recorder-'));
  clip = join(root, 'clip.mp4');
  const { path } = await findFfmpeg();
  await promisify(execFile)(path, [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=10:duration=60'],
    ...['-c:v', 'mpeg4', '-g', '5', clip],
  ]);
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('a folder of recordings is one camera\u2019s, whatever its name, and its files are private', async () => {
  // What stands there is no pattern of a time.
  const folder = join(root, '100%d');
  const abort = new AbortController();
  const recording = recordSegments(clip, { folder }, abort.signal);
  while ((await listSegments(folder)).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  await expect(recordSegments(clip, { folder }, abort.signal)).rejects.toMatchObject({
    code: 'OUTPUT_UNWRITABLE',
  });
  const [segment] = await listSegments(folder);
  expect((await stat(join(folder, segment?.file ?? ''))).mode & 0o777).toBe(0o600);
  abort.abort();
  await recording;
  expect(await readdir(folder)).toEqual((await listSegments(folder)).map(({ file }) => file));
  expect((await readdir(root)).sort()).toEqual(['100%d', 'clip.mp4']);
}, 60_000);
