import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { USER_SUPPLIED_DETECTORS } from '@fr-stream/models';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OnnxGraph } from '../../convert/test/support/onnx-graph.js';
import { runCli } from './run-cli.js';

const golden = fileURLToPath(new URL('../assets/golden-face.jpg', import.meta.url));
const SIDE = 640;
const SCALE = SIDE / 720;

/** An ONNX file that takes a picture and answers with these tensors, whatever it shows. */
function answering(outputs: readonly (readonly [name: string, dims: readonly number[], values: number[]])[]) {
  const graph = new OnnxGraph().input('picture', [1, 3, SIDE, SIDE]);
  for (const [name, dims, values] of outputs) {
    graph
      .floats(`${name}.values`, dims, values)
      .node('Identity', [`${name}.values`], name)
      .output(name, dims);
  }
  return graph.finish();
}

function zeros(rows: number, columns: number): number[] {
  return new Array<number>(rows * columns).fill(0);
}

/** The detectors' files cannot be had here: graphs of the same layout stand for them. Numbers by hand from the papers. */
describe('detectors that users bring', () => {
  let folder: string;
  let env: Record<string, string>;
  /** The test face as `models add` shows it: in pixels of the 640x640 input, left, top, right, bottom. */
  let face: readonly [number, number, number, number];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-supplied-'));
    env = { FR_STREAM_CACHE: join(folder, 'cache') };
    const { width = 0, height = 0 } = await sharp(golden).metadata();
    const { box } = JSON.parse(
      await readFile(fileURLToPath(new URL('../assets/golden-face.json', import.meta.url)), 'utf8'),
    ) as { box: [number, number, number, number] };
    const left = (box[0] + Math.floor((720 - width) / 2)) * SCALE;
    const top = (box[1] + Math.floor((720 - height) / 2)) * SCALE;
    face = [left, top, left + box[2] * SCALE, top + box[3] * SCALE];
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** SCRFD: from the anchor at column 10, row 10 of stride 32, so (320, 320), the four distances in strides. */
  function scrfd(): Uint8Array {
    const levels = [8, 16, 32].map((stride) => {
      const rows = (SIDE / stride) ** 2 * 2;
      return { stride, rows, scores: zeros(rows, 1), boxes: zeros(rows, 4) };
    });
    const anchor = (10 * 20 + 10) * 2;
    levels[2].scores[anchor] = 0.875;
    [320 - face[0], 320 - face[1], face[2] - 320, face[3] - 320].forEach((distance, side) => {
      levels[2].boxes[anchor * 4 + side] = distance / 32;
    });
    return answering([
      ...levels.map(({ stride, rows, scores }) => [`s${stride}`, [rows, 1], scores] as const),
      ...levels.map(({ stride, rows, boxes }) => [`b${stride}`, [rows, 4], boxes] as const),
    ]);
  }

  /** RetinaFace: the prior of 256 pixels at column 9, row 9 of stride 32, centre (304, 304). */
  function retinaFace(): Uint8Array {
    const before = 2 * (80 * 80 + 40 * 40);
    const rows = before + 2 * 20 * 20;
    const row = before + (9 * 20 + 9) * 2;
    const scores = Array.from({ length: rows }, () => [1, 0]).flat();
    scores[row * 2] = 0.125;
    scores[row * 2 + 1] = 0.875;
    const boxes = zeros(rows, 4);
    const points = zeros(rows, 10);
    // SSD: offset of the centre / (0.1 prior), log of the size / prior / 0.2.
    boxes[row * 4] = ((face[0] + face[2]) / 2 - 304) / 25.6;
    boxes[row * 4 + 1] = ((face[1] + face[3]) / 2 - 304) / 25.6;
    boxes[row * 4 + 2] = Math.log((face[2] - face[0]) / 256) / 0.2;
    boxes[row * 4 + 3] = Math.log((face[3] - face[1]) / 256) / 0.2;
    return answering([
      ['bbox', [1, rows, 4], boxes],
      ['confidence', [1, rows, 2], scores],
      ['landmark', [1, rows, 10], points],
    ]);
  }

  async function file(name: string, bytes: Uint8Array): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, bytes);
    return path;
  }

  it('are listed, and named with what to do when they are asked for', async () => {
    const listed = await runCli(['models', 'list', '--json'], { env });
    const rows = JSON.parse(listed.stdout) as { id: string; state: string }[];
    for (const { id } of USER_SUPPLIED_DETECTORS)
      expect(rows).toContainEqual(expect.objectContaining({ id, state: 'bring' }));
    const asked = await runCli(['models', 'pull', 'scrfd-2.5g'], { env });
    expect(asked.code).toBe(5);
    expect(asked.stderr).toMatch(/models add scrfd-2\.5g FILE\.onnx/);
  });

  it('SCRFD without key points: terms first, then found where the anchors say', async () => {
    const path = await file('export.onnx', scrfd());
    const refused = await runCli(['models', 'add', 'scrfd-2.5g', path], { env });
    expect(refused.code).toBe(5);
    expect(refused.stderr).toMatch(/terms that you must accept/);
    const added = await runCli(['models', 'add', 'scrfd-2.5g', path, '--accept-licence'], { env });
    expect(added.code, added.stderr).toBe(0);
    expect(added.stderr).toMatch(/tried: the test face was found, score 0\.88/);
    const tagged = await runCli(
      [
        'photos',
        golden,
        '--detector',
        'scrfd-2.5g',
        '--gallery',
        join(folder, 'g.db'),
        '--events',
        '-',
        '--quiet',
        '--no-report',
      ],
      { env },
    );
    expect(tagged.code, tagged.stderr).toBe(0);
    const [{ faces }] = tagged.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { faces: { score: number; landmarks: unknown[] }[] });
    // The answer is the same for every picture; landmarks come from the second model.
    expect(faces).toHaveLength(1);
    expect(faces[0]).toMatchObject({ score: 0.875 });
    expect(faces[0].landmarks).toHaveLength(68);
  });

  it('RetinaFace ResNet-50: found where the priors say', async () => {
    const path = await file('r50.onnx', retinaFace());
    const added = await runCli(['models', 'add', 'retinaface-resnet-50', path], { env });
    expect(added.code, added.stderr).toBe(0);
    expect(added.stderr).toMatch(
      /tried: the test face was found, score 0\.88, with bgr, \(pixel - \[104, 117, 123\]\)/,
    );
  });

  it('a file of another layout is refused, and one without a name is recognised', async () => {
    const path = await file('unnamed.onnx', scrfd());
    const wrong = await runCli(['models', 'add', 'retinaface-resnet-50', path], { env });
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toMatch(
      /no RetinaFace ResNet-50: its outputs are those of a scrfd detector without key points/,
    );
    await runCli(['models', 'remove', 'scrfd-2.5g'], { env });
    const unnamed = await runCli(['models', 'add', path], { env });
    expect(unnamed.stderr).toMatch(/one of scrfd-10g, scrfd-2\.5g, scrfd-500m/);
  });
});
