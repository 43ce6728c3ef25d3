import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { FrStreamError, type Face, type FrameFaces } from '@fr-stream/core';
import { collect, consoleLines, csv, jsonl, timecode } from '@fr-stream/stream';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blankImage, faceAt, itemOf } from '../support/faces.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const image = blankImage('gray8', 64, 48);
const ada: Face = {
  ...faceAt(1.26, 2, 30.04, 40, 'Ada'),
  track: { id: 3, predicted: false, box: { x: 1.26, y: 2, width: 30.04, height: 40 } },
  quality: { size: 30.04, sharpness: 123.456, yaw: -0.12345, pitch: 12.34, roll: 3.14159, overall: 0.98765 },
  embedding: { vector: Float32Array.of(0.6, 0.8), norm: 20, model: 'm' },
  attributes: { pose: { yaw: -12.34567, note: 'left' }, unsaid: undefined, odd: [() => 1] },
};
const stranger: Face = {
  ...faceAt(5, 5, 10, 10),
  identity: {
    kind: 'unknown',
    label: 'unknown-1',
    reason: 'below-threshold',
    nearest: { personId: 'p', name: '=SUM(A1)', score: 0.123456 },
  },
};

function memory(): { readonly stream: Writable; text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

describe('jsonl', () => {
  it('writes one schema-conforming line per frame with faces', async () => {
    const path = join(folder, 'deep', 'faces.jsonl');
    const sink = jsonl(path, { embeddings: true });
    await sink.open();
    await sink.write(itemOf(image, [ada, stranger], 40.04, 1));
    await sink.write(itemOf(image, [], 80, 2));
    const broken: FrameFaces = {
      ...itemOf(image, [], 120, 3),
      error: new FrStreamError('BACKEND_RUN_FAILED', 'no luck'),
    };
    await sink.write(broken);
    expect(existsSync(path)).toBe(false);
    await sink.close();
    const lines = (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toEqual({
      schema: 'fr-stream/faces@1',
      source: 'test',
      frame: 1,
      timeMs: 40,
      width: 64,
      height: 48,
      faces: [
        {
          box: [1.3, 2, 30, 40],
          score: 0.9,
          track: { id: 3, predicted: false },
          identity: { kind: 'known', name: 'Ada', personId: 'id-Ada', score: 0.625, margin: 0.3 },
          quality: { size: 30, sharpness: 123.5, yaw: -0.123, pitch: 12.3, roll: 3.1, overall: 0.988 },
          attributes: { pose: { yaw: -12.346, note: 'left' } },
          embedding: { model: 'm', vector: [0.6, 0.8] },
        },
        {
          box: [5, 5, 10, 10],
          score: 0.9,
          identity: {
            kind: 'unknown',
            label: 'unknown-1',
            reason: 'below-threshold',
            nearest: { personId: 'p', name: '=SUM(A1)', score: 0.1235 },
          },
        },
      ],
    });
    expect(lines[1]).toMatchObject({
      frame: 3,
      faces: [],
      error: { code: 'BACKEND_RUN_FAILED', message: 'no luck' },
    });
    const schema: unknown = JSON.parse(
      await readFile(join(import.meta.dirname, '../../schema/events.schema.json'), 'utf8'),
    );
    const validate = new Ajv2020({ strict: false }).compile(schema as object);
    for (const line of lines) expect(validate(line), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...(lines[0] as object), frame: -1 })).toBe(false);
  });

  it('is valid when nothing was written, and leaves nothing when it is not closed', async () => {
    const path = join(folder, 'empty.jsonl');
    const sink = jsonl(path);
    await sink.close();
    expect(await readFile(path, 'utf8')).toBe('');
    const dropped = jsonl(join(folder, 'dropped.jsonl'));
    await dropped.write(itemOf(image, [ada]));
    await dropped[Symbol.asyncDispose]();
    expect((await readdir(folder)).filter((name) => name.startsWith('dropped'))).toEqual([]);
  });

  it('waits for a slow reader', async () => {
    let pending = 0;
    let most = 0;
    const stream = new Writable({
      highWaterMark: 1000,
      write(chunk: Buffer, _encoding, done) {
        pending += chunk.length;
        most = Math.max(most, stream.writableLength);
        setTimeout(() => done(), 1);
      },
    });
    const sink = jsonl(stream);
    for (let i = 0; i < 100; i++) await sink.write(itemOf(image, [ada], i, i));
    await sink.close();
    expect(pending).toBeGreaterThan(20_000);
    expect(most).toBeLessThan(2500);
  });

  it('reports an output that cannot be written', async () => {
    await expect(jsonl('/proc/faces.jsonl').open()).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    await expect(jsonl(folder).open()).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      message: `${folder}: it is a folder`,
    });
    const closed = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const sink = jsonl(closed);
    await sink.write(itemOf(image, [ada])).catch(() => undefined);
    await expect(sink.write(itemOf(image, [ada]))).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: 'stream: the reader has gone',
    });
  });

  it.runIf(existsSync('/dev/full'))('reports a full disk, and does not wait for it for ever', async () => {
    await symlink('/dev/full', join(folder, 'full.jsonl'));
    const sink = jsonl(join(folder, 'full.jsonl'));
    await sink.write(itemOf(image, [ada]));
    // The file fails by itself, while nobody writes.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const full = { code: 'OUTPUT_FAILED', message: expect.stringContaining('the disk is full') as string };
    await expect(sink.write(itemOf(image, [ada]))).rejects.toMatchObject(full);
    await expect(sink.close()).rejects.toMatchObject(full);
    await sink[Symbol.asyncDispose]();
  });
});

describe('csv', () => {
  it('writes a header and one row per face, formulas disarmed', async () => {
    const { stream, text } = memory();
    const sink = csv(stream);
    const { frame, ...item } = itemOf(
      image,
      [ada, stranger, faceAt(0, 0, 5, 5, '=HYPERLINK("x")')],
      1000,
      25,
    );
    await sink.write({ ...item, frame: { ...frame, capturedAt: '2021-07-08T10:00:01.000+02:00' } });
    await sink.close();
    expect(text().split('\n')).toEqual([
      'source,frame,time_ms,x,y,width,height,score,track,kind,name,person_id,similarity,margin,reason,nearest,nearest_similarity,rival,rival_similarity,captured_at',
      'test,25,1000,1.3,2,30,40,0.9,3,known,Ada,id-Ada,0.625,0.3,,,,,,2021-07-08T10:00:01.000+02:00',
      'test,25,1000,5,5,10,10,0.9,,unknown,unknown-1,,,,below-threshold,,,,,2021-07-08T10:00:01.000+02:00',
      `test,25,1000,0,0,5,5,0.9,,known,"'=HYPERLINK(""x"")","id-=HYPERLINK(""x"")",0.625,0.3,,,,,,2021-07-08T10:00:01.000+02:00`,
      '',
    ]);
  });

  it('tells the two people of whom a face is one, but not which', async () => {
    const { stream, text } = memory();
    const sink = csv(stream);
    const one = { personId: 'p', name: 'Ada', score: 0.61239 };
    const identity = { kind: 'unknown', reason: 'ambiguous', nearest: one } as const;
    const rival = { personId: 'q', name: 'Bea', score: 0.6 };
    await sink.write(itemOf(image, [{ ...faceAt(0, 0, 5, 5), identity: { ...identity, rival } }]));
    await sink.close();
    expect(text().trim().split('\n')[1]).toBe(
      'test,0,0,0,0,5,5,0.9,,unknown,,,,,ambiguous,Ada,0.6124,Bea,0.6,',
    );
  });

  it('adds columns of what analysers found, empty for faces that they found nothing of', async () => {
    const { stream, text } = memory();
    const yaw = {
      name: 'yaw',
      value: (found: Record<string, unknown>) => (found.pose as { yaw?: number })?.yaw,
    };
    const sink = csv(stream, { attributes: [yaw] });
    await sink.write(itemOf(image, [ada, stranger], 0));
    await sink.close();
    const column = text()
      .trim()
      .split('\n')
      .map((line) => line.split(',').at(-1));
    expect(column).toEqual(['yaw', '-12.346', '']);
  });

  it('has a header even without faces', async () => {
    const { stream, text } = memory();
    const sink = csv(stream);
    await sink.close();
    expect(text()).toMatch(/^source,frame/);
  });
});

describe('consoleLines', () => {
  it('prints a line per change, and ignores frames that were not looked at', async () => {
    const { stream, text } = memory();
    const sink = consoleLines(stream);
    await sink.write(itemOf(image, [], 0));
    await sink.write(itemOf(image, [ada], 40));
    await sink.write(itemOf(image, [ada], 80));
    await sink.write({ ...itemOf(image, [], 120), evaluated: false });
    await sink.write(itemOf(image, [stranger, ada, faceAt(0, 0, 9, 9)], 3_661_001));
    expect(text().split('\n')).toEqual([
      '00:00.000  nobody',
      '00:00.040  Ada',
      '01:01:01.001  Ada, unknown-1, 1 unknown',
      '',
    ]);
  });

  it('lets a change settle', async () => {
    const { stream, text } = memory();
    const sink = consoleLines(stream, { settleMs: 100 });
    for (const [time, faces] of [
      [0, [ada]],
      [60, []],
      [120, [ada]],
      [180, [ada]],
      [240, [ada]],
    ] as const)
      await sink.write(itemOf(image, faces, time));
    expect(text()).toBe('00:00.120  Ada\n');
  });

  it('writes times', () => {
    expect([timecode(0), timecode(59_999.6), timecode(3_600_000)]).toEqual([
      '00:00.000',
      '01:00.000',
      '01:00:00.000',
    ]);
  });
});

it('collect() is bounded', async () => {
  const sink = collect<number>(2);
  await sink.write(1);
  await sink.write(2);
  await expect(sink.write(3)).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
  await sink.close();
  expect([...sink.values, sink.closed]).toEqual([1, 2, true]);
});
