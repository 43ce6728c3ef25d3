import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SharpCodec } from '@fr-stream/backend-node';
import { detectorConformance } from '@fr-stream/core/testing';
import { findFfmpeg } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDefaultModels } from '../../../examples/default-models.js';
import { RegionDetector } from '../../../examples/own-detector.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const PHOTO = join(root, 'packages/cli/assets/golden-face.jpg');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-example-'));
  await cp(PHOTO, join(folder, 'face.jpg'));
  const { path } = await findFfmpeg();
  const film = [
    '-loop',
    '1',
    '-i',
    PHOTO,
    '-t',
    '3',
    '-r',
    '10',
    '-vf',
    'scale=320:-2',
    '-pix_fmt',
    'yuv420p',
  ];
  await run(path, ['-y', ...film, join(folder, 'face.mp4')]);
  const grey = ['-f', 'lavfi', '-i', 'color=gray:s=320x240', '-frames:v', '1'];
  await run(path, ['-y', ...grey, join(folder, 'wall.jpg')]);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const example = async (name: string, ...args: string[]): Promise<string> => {
  const script = join(root, 'examples', name);
  const tsx = import.meta.resolve('tsx');
  const options = ['--conditions=@fr-stream/source', '--import', tsx, script];
  const running = run(process.execPath, [...options, ...args], { cwd: folder });
  // One that ends without a word, as by a signal, tells nothing else.
  const { stdout } = await running.catch(
    (error: Error & { code?: unknown; signal?: unknown; stdout?: string }) => {
      const { message, code, signal, stdout: printed } = error;
      throw new Error(`${message}\n(code ${String(code)}, signal ${String(signal)}) ${String(printed)}`, {
        cause: error,
      });
    },
  );
  return stdout;
};
const at = (name: string): string => join(folder, name);

describe('examples', () => {
  it('photo-search.ts finds a face in the photo that shows it', async () => {
    const lines = (await example('photo-search.ts', PHOTO, at('face.jpg'), at('wall.jpg')))
      .trim()
      .split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^1\.00 {2}the same .*face\.jpg$/);
  });

  it('blur.ts leaves no face to be found', async () => {
    await example('blur.ts', at('face.mp4'), at('safe.mp4'));
    const { path } = await findFfmpeg();
    for (const [video, faces] of [
      ['face.mp4', 1],
      ['safe.mp4', 0],
    ] as const) {
      await run(path, ['-y', '-ss', '1', '-i', at(video), '-frames:v', '1', at(`${video}.png`)]);
      await using models = await loadDefaultModels();
      const { image } = await new SharpCodec().decode(at(`${video}.png`));
      expect((await models.detector.detect([image]))[0]).toHaveLength(faces);
    }
  });

  it('node-pipeline.ts writes an annotated video and its events', async () => {
    await example('node-pipeline.ts', at('face.mp4'), at('people.db'));
    const events = (await readFile(at('faces.jsonl'), 'utf8')).trim().split('\n');
    expect(events.length).toBeGreaterThanOrEqual(30);
    expect((await stat(at('tagged.mp4'))).size).toBeGreaterThan(1000);
  });

  it('live-camera.ts counts the faces that are seen', async () => {
    const printed = await example('live-camera.ts', at('face.mp4'), '60');
    expect(printed).toMatch(/ s: 1 faces/);
    expect(printed).toMatch(/\d+ frames were dropped/);
  });
});

describe('examples/own-detector.ts', async () => {
  const { image: picture } = await new SharpCodec().decode(PHOTO);
  const make = async (): Promise<RegionDetector> =>
    new RegionDetector((await loadDefaultModels()).detector, { x: 0, y: 0, width: 1, height: 1 });
  for (const check of detectorConformance({ make, picture })) it(check.name, check.run);

  it('gives places in the whole picture, and nothing outside of its region', async () => {
    await using models = await loadDefaultModels();
    const [[whole]] = await models.detector.detect([picture]);
    const cut = 0.02;
    const inside = new RegionDetector(models.detector, { x: cut, y: cut, width: 1 - cut, height: 1 - cut });
    const [[face]] = await inside.detect([picture]);
    for (const side of ['x', 'y', 'width', 'height'] as const) {
      expect(Math.abs(face.box[side] - whole.box[side])).toBeLessThan(0.1 * whole.box.width);
    }
    const corner = new RegionDetector(models.detector, { x: 0, y: 0, width: 0.1, height: 0.1 });
    expect(await corner.detect([picture])).toEqual([[]]);
  });
});
