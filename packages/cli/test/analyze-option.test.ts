import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toFrameEvent, type Face } from '@fr-stream/core';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attributeColumns, attributeWords } from '../src/ui/attribute-text.js';
import { createEngine } from '../src/compose/engine.js';
import { runCli } from './run-cli.js';

const golden = fileURLToPath(new URL('../assets/golden-face.jpg', import.meta.url));

describe('--analyze', () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'fr-analyze-'))));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('tells of a photo in events and CSV, of a photo that an earlier run searched too', async () => {
    const csv = join(folder, 'faces.csv');
    const events = join(folder, 'faces.jsonl');
    const base = ['photos', golden, '--gallery', join(folder, 'g.db'), '--no-report', '--quiet'];
    expect((await runCli(base)).code).toBe(0);
    const result = await runCli([
      ...base,
      ...['--analyze', 'pose,eyes,liveness,quality,expression', '--csv', csv, '--events', events],
    ]);
    expect(result.code, result.stderr).toBe(0);
    const [event] = (await readFile(events, 'utf8')).trim().split('\n');
    const { faces } = JSON.parse(event) as { faces: { attributes: Record<string, unknown> }[] };
    expect(Object.keys(faces[0].attributes)).toEqual(['pose', 'eyes', 'liveness', 'quality', 'expression']);
    const [row] = parse<Record<string, string>>(await readFile(csv, 'utf8'), { columns: true });
    // A face that looks into the camera and smiles, read off the picture.
    expect(Math.abs(Number(row.yaw))).toBeLessThan(20);
    expect(Number(row.left_eye_open)).toBeGreaterThan(0.9);
    expect(Number(row.right_eye_open)).toBeGreaterThan(0.9);
    expect(Number(row.live)).toBeGreaterThan(0.5);
    expect(Number(row.quality)).toBeGreaterThan(0.5);
    expect(row).not.toHaveProperty('age');
  });

  it('finds the eyes with landmarks of its own behind a detector that gives six points', async () => {
    await using engine = await createEngine({
      detector: 'blazeface-short-128',
      analyze: ['eyes'],
      quiet: true,
    });
    const { image } = await engine.codec.decode(golden);
    const [[face]] = await engine.detector.detect([image]);
    expect(face.landmarks?.scheme).toBe('6');
    const [eyes] = await engine.analyzers[0].analyze(image, [face]);
    expect(eyes).toMatchObject({
      left: { open: expect.closeTo(1, 0) },
      right: { open: expect.closeTo(1, 0) },
    });
    expect(engine.models).not.toContain('faceplugin-eye');
  });

  it('names what it knows when it is asked for something else', async () => {
    const result = await runCli(['photos', golden, '--analyze', 'pose,mood']);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/Known: pose, eyes, liveness, quality, age, gender, expression/);
  });
});

const face: Face = {
  detection: { box: { x: 0, y: 0, width: 10, height: 10 }, score: 1 },
  attributes: {
    pose: { yaw: -31.26, pitch: 4.4, roll: 0 },
    eyes: { left: { closed: 0.9, open: 0.1 }, right: { closed: 0.2, open: 0.8 } },
    liveness: { live: 0.12345, spoof: 0.87655 },
    expression: { angry: 0.1, happy: 0.7, neutral: 0.2 },
    age: { value: 33.6 },
  },
};

it('says in a few words what was found', () => {
  expect(attributeWords(face)).toEqual([
    'yaw -31° pitch 4°',
    'one eye closed',
    'live 0.12',
    'about 34 years',
    'happy 0.70',
  ]);
  expect(attributeWords({ detection: face.detection })).toEqual([]);
});

it('gives columns for what was asked for, empty where nothing was found', () => {
  const frame = { source: 'x', index: 0, timeMs: 0, image: { width: 10, height: 10 } };
  const [{ attributes = {} }] = toFrameEvent({ frame, faces: [face] }).faces;
  const columns = attributeColumns(['liveness', 'expression', 'gender', 'liveness']);
  expect(columns.map(({ name }) => name)).toEqual(['live', 'expression', 'expression_probability', 'gender']);
  expect(columns.map((column) => column.value(attributes))).toEqual([0.123, 'happy', 0.7, undefined]);
});
