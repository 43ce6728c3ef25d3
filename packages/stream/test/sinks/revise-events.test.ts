import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Face, FrameFaces, Hindsight, Identity } from '@fr-stream/core';
import { csv, jsonl, mot, TrackLog, trackEvents } from '@fr-stream/stream';
import { FaceRecord } from '../../src/sinks/face-record.js';
import { needsRedraw } from '../../src/sinks/redraw.js';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'revise-'));
afterAll(() => rmSync(folder, { recursive: true }));

const known: Identity = { kind: 'known', personId: 'p-1', name: '=Ada, "A"', score: 0.61, margin: 0.2 };
const stranger: Identity = { kind: 'unknown', label: 'unknown-7', reason: 'below-threshold' };
const image = { format: 'rgb24', width: 64, height: 36, data: new Uint8Array(64 * 36 * 3) } as const;
const face = (id: number, identity: Identity): Face => {
  const box = { x: id * 10, y: 1, width: 10, height: 12 };
  return { detection: { box, score: 0.9 }, track: { id, box, predicted: false }, identity };
};
const frame = (index: number, ...faces: Face[]): FrameFaces => ({
  frame: { source: 'a, b.mp4', index, timeMs: index * 40, image, [Symbol.dispose]: () => undefined },
  faces,
  evaluated: true,
});
const frames = [
  frame(0, face(1, stranger), face(2, stranger)),
  frame(1, face(1, stranger), face(2, stranger)),
];
/** Track 1 turned out to be Ada; the other one stays what was said, and from frame 1 on a third is meant by its id. */
const hindsight: Hindsight = {
  identityOf: (track, { index }) =>
    track === 1 ? known : index === 1 ? { ...stranger, label: 'unknown-3' } : undefined,
};

describe('hindsight in events', () => {
  const events = async (name: string, options: Parameters<typeof jsonl>[1]): Promise<readonly object[]> => {
    const path = join(folder, name);
    const sink = jsonl(path, options);
    for (const item of frames) await sink.write(item);
    await sink.close();
    return readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
  };

  it('writes who faces turned out to be, frame by frame, and nothing else', async () => {
    const before = await events('before.jsonl', {});
    const after = (await events('e.jsonl', { hindsight })) as { faces: { identity: object }[] }[];
    const ada = { kind: 'known', name: '=Ada, "A"', personId: 'p-1', score: 0.61, margin: 0.2 };
    expect(after.map(({ faces }) => faces.map(({ identity }) => identity))).toEqual([
      [ada, { kind: 'unknown', label: 'unknown-7', reason: 'below-threshold' }],
      [ada, { kind: 'unknown', label: 'unknown-3', reason: 'below-threshold' }],
    ]);
    const without = (all: readonly object[]): unknown =>
      JSON.parse(JSON.stringify(all, (key, value: unknown) => (key === 'identity' ? undefined : value)));
    expect(without(after)).toEqual(without(before));
  });

  it('gives no file a name that is not revised yet', async () => {
    const path = join(folder, 'late.jsonl');
    const seen: boolean[] = [];
    const sink = jsonl(path, {
      hindsight: { identityOf: () => (seen.push(existsSync(path)), known) },
    });
    await sink.write(frame(0, face(1, stranger)));
    await sink.close();
    expect(seen).toEqual([false]);
    expect(readFileSync(path, 'utf8')).toContain('"p-1"');
  });

  it('keeps what was written when it cannot be revised', async () => {
    const path = join(folder, 'kept.jsonl');
    const sink = jsonl(path, {
      hindsight: {
        identityOf: () => {
          throw new Error('it has forgotten');
        },
      },
    });
    await sink.write(frame(0, face(1, stranger)));
    await expect(sink.close()).rejects.toThrow('it has forgotten');
    await sink[Symbol.asyncDispose]();
    expect(readFileSync(path, 'utf8')).toContain('unknown-7');
    expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('revises the events of tracks', async () => {
    const path = join(folder, 'tracks.jsonl');
    const sink = trackEvents(path, { hindsight });
    for (const item of frames) await sink.write(item);
    await sink.close();
    const named = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .filter((line) => /"track":1,.*"p-1"/.test(line));
    // `identify` and `disappear`; `appear` comes before anything is said.
    expect(named).toHaveLength(2);
  });

  it('leaves pipes alone', async () => {
    const sink = jsonl('/dev/null', { hindsight });
    for (const item of frames) await sink.write(item);
    await sink.close();
  });
});

describe('hindsight in CSV', () => {
  it('changes the columns of identity only, and keeps names from being formulas', async () => {
    const path = join(folder, 'e.csv');
    const sink = csv(path, { hindsight });
    for (const item of frames) await sink.write(item);
    await sink.close();
    const rows = readFileSync(path, 'utf8').trim().split('\n');
    expect(rows).toHaveLength(5);
    expect(rows[1]).toBe('"a, b.mp4",0,0,10,1,10,12,0.9,1,known,"\'=Ada, ""A""",p-1,0.61,0.2,,,,,,');
    expect(rows[2]).toBe('"a, b.mp4",0,0,20,1,10,12,0.9,2,unknown,unknown-7,,,,below-threshold,,,,,');
    expect(rows[4]).toBe('"a, b.mp4",1,40,20,1,10,12,0.9,2,unknown,unknown-3,,,,below-threshold,,,,,');
  });
});

describe('TrackLog', () => {
  it('asks hindsight who its tracks were', () => {
    const log = new TrackLog({ hindsight });
    for (const item of frames) log.add(item);
    expect(log.people().map(({ who, tracks, bestScore }) => ({ who, tracks, bestScore }))).toEqual([
      { who: '=Ada, "A"', tracks: [1], bestScore: 0.61 },
      { who: 'unknown-3', tracks: [2], bestScore: undefined },
    ]);
  });
});

describe('faces that are known late, and what turned out to be none', () => {
  const late = (index: number, id: number): FrameFaces => frame(index, face(id, known));
  /** Track 5 was in frames 0, 2, 4 and 9 as well; track 2 is no face. */
  const revising: Hindsight = {
    identityOf: () => undefined,
    isFalse: (track) => track === 2,
    late: () => [late(0, 5), late(2, 5), late(4, 5), late(9, 5)],
  };
  const said = [
    frame(1, face(1, stranger)),
    frame(2, face(1, stranger), face(2, stranger)),
    frame(3, face(2, stranger)),
    frame(6, face(1, stranger)),
  ];
  const expected = [
    [0, [5]],
    [1, [1]],
    [2, [1, 5]],
    [4, [5]],
    [6, [1]],
    [9, [5]],
  ];

  it('are put into events, CSV and MOT, in their frames, and left out of them', async () => {
    const options = { hindsight: revising };
    const [events, rows, boxes] = ['late.jsonl', 'late.csv', 'late.txt'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    for (const sink of [jsonl(events, options), csv(rows, options), mot(boxes, options)]) {
      for (const item of said) await sink.write(item);
      await sink.close();
    }
    const lines = readFileSync(events, 'utf8').trim().split('\n');
    const told = lines.map(
      (line) => JSON.parse(line) as { frame: number; faces: { track: { id: number } }[] },
    );
    expect(told.map((event) => [event.frame, event.faces.map(({ track }) => track.id)])).toEqual(expected);
    const cells = readFileSync(rows, 'utf8').trim().split('\n');
    const columns = cells.slice(1).map((line) => line.replace('"a, b.mp4"', 'a').split(','));
    // Source, frame, time, box, score, track.
    expect(columns.map((row) => [Number(row[1]), Number(row[8])])).toEqual(
      expected.flatMap(([index, ids]) => (ids as number[]).map((id) => [index, id])),
    );
    expect(cells[1]).toContain('"\'=Ada, ""A"""');
    const inMot = readFileSync(boxes, 'utf8').trim().split('\n');
    expect(inMot.map((line) => line.split(',', 2).map(Number))).toEqual(
      expected.flatMap(([index, ids]) => (ids as number[]).map((id) => [Number(index) + 1, id])),
    );
  });

  it('keeps a line for each frame where that was asked for', async () => {
    const path = join(folder, 'late-empty.jsonl');
    const sink = jsonl(path, { hindsight: revising, emptyFrames: true });
    for (let i = 0; i < 7; i++) await sink.write(said.find((item) => item.frame.index === i) ?? frame(i));
    await sink.close();
    const told = readFileSync(path, 'utf8').trim().split('\n');
    expect(told.map((line) => (JSON.parse(line) as { frame: number }).frame)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 9,
    ]);
  });

  it('make a video be drawn again, with them, within the frames that it has', async () => {
    await using record = new FaceRecord(join(folder, 'drawn.mp4'));
    for (const item of said) await record.add(item);
    const frames: unknown[] = [];
    for await (const { index, faces } of record.revised(revising))
      frames.push([index, faces.map(({ track }) => track?.id)]);
    expect(frames).toEqual([
      [1, [1]],
      [2, [1, 5]],
      [3, []],
      [4, [5]],
      [6, [1]],
    ]);
    const source = (): never => {
      throw new Error('not read');
    };
    expect(await needsRedraw(record, { hindsight: { ...revising, late: () => [] }, source })).toBe(true);
    expect(await needsRedraw(record, { hindsight: { identityOf: () => undefined }, source })).toBe(false);
  });

  it('lengthen the time for which somebody was there', () => {
    const log = new TrackLog({
      gapMs: 50,
      hindsight: { ...revising, late: () => [late(0, 1), late(4, 5), late(5, 5)] },
    });
    for (const item of said) log.add(item);
    expect(log.tracks().map(({ id, intervals }) => [id, intervals])).toEqual([
      [
        1,
        [
          { fromMs: 0, toMs: 80 },
          { fromMs: 240, toMs: 240 },
        ],
      ],
      [5, [{ fromMs: 160, toMs: 200 }]],
    ]);
  });
});
