import { randomUUID } from 'node:crypto';
import {
  Gallery,
  MemoryGalleryStore,
  TrackIdentities,
  type Aligner,
  type Embedder,
  type TracksState,
} from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import {
  ChunkJoiner,
  packChunk,
  parseQueueUrl,
  planChunks,
  Shares,
  unpackChunk,
  type Chunk,
} from '../src/index.js';

const embedder = { threshold: 0.4, embed: () => Promise.resolve([]) } as unknown as Embedder;
const aligner = { align: () => [] } as unknown as Aligner;

/** A face at `x` in each of these frames, as the track `id`. */
function chunk(id: number, x: number, times: readonly number[], appearance: readonly number[]): Chunk {
  const box = { x, y: 10, width: 40, height: 50 };
  const tracks: TracksState = {
    tracks: [
      {
        id,
        firstSeenMs: times[0] ?? 0,
        lastSeenMs: times.at(-1) ?? 0,
        lastShotMs: times[0] ?? 0,
        shots: 2,
        bestQuality: 0.8,
        expected: 0.8,
        seenWith: [],
        sum: Float32Array.from(appearance),
        weight: 1,
        bestScore: 0.9,
        observations: times.length,
      },
    ],
    scenes: { shots: [new Float32Array(64)], scenes: [] },
  };
  const frames = times.map((timeMs, i) => ({
    timeMs,
    evaluated: true,
    ...(i === 0 && { cut: true }),
    faces: [{ detection: { box, score: 0.9 }, track: { id, box, predicted: false } }],
  }));
  return { frames, tracks, embedded: 2 };
}

async function joined(...chunks: readonly Chunk[]) {
  await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: randomUUID });
  const people = new TrackIdentities(gallery, embedder, aligner, { wholeFile: true });
  const joiner = new ChunkJoiner(people, { linkThreshold: 0.5 });
  for (const one of chunks) await joiner.add(one);
  return joiner.frames();
}

const ids = (frames: Awaited<ReturnType<typeof joined>>) => frames.map(({ faces }) => faces[0]?.track?.id);

describe('stretches of a video', () => {
  it('give each frame once, and a track that lies in the same place goes on', async () => {
    const frames = await joined(
      chunk(1, 100, [0, 40, 80, 120, 160], [1, 0]),
      chunk(7, 102, [80, 120, 160, 200, 240], [1, 0]),
    );
    expect(frames.map(({ timeMs }) => timeMs)).toEqual([0, 40, 80, 120, 160, 200, 240]);
    expect(frames.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(ids(frames)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(frames.filter(({ cut }) => cut === true)).toHaveLength(1);
  });

  it('keep apart who lies elsewhere and looks different, and know again who was lost before', async () => {
    const first = chunk(1, 100, [0, 40], [1, 0]);
    const other = await joined(first, chunk(1, 400, [80, 120], [0, 1]));
    expect(ids(other)).toEqual([1, 1, 2, 2]);
    const again = await joined(first, chunk(1, 400, [80, 120], [1, 0]));
    expect(ids(again)).toEqual([1, 1, 1, 1]);
  });

  it('hand on when frames were taken, and what is a face perhaps, under the same ids', async () => {
    const first = chunk(1, 100, [0, 40], [1, 0]);
    const later = chunk(1, 400, [80, 120], [0, 1]);
    const [face] = later.frames[0]?.faces ?? [];
    const trace = { box: { x: 1, y: 2, width: 3, height: 4 }, score: 0.3 };
    const said = {
      capturedAt: '2010-05-06T07:08:09.080Z',
      doubted: [...(face ? [face] : [])],
      traces: [trace],
    };
    const frames = later.frames.map((frame, i) => (i === 0 ? { ...frame, ...said } : frame));
    const [, , one, two] = await joined(first, unpackChunk(packChunk({ ...later, frames })));
    expect(one).toMatchObject({ capturedAt: said.capturedAt, traces: [trace] });
    expect(one?.doubted?.map(({ track }) => track?.id)).toEqual([2]);
    expect([two?.capturedAt, two?.doubted, two?.traces]).toEqual([undefined, undefined, undefined]);
  });

  it('are planned to meet, and to cover all', () => {
    const plan = { chunkMs: 10_000, overlapMs: 2_000 };
    expect(planChunks(0, 12_000, plan)).toEqual([{ startMs: 0, durationMs: 12_000 }]);
    expect(planChunks(1000, 25_000, plan)).toEqual([
      { startMs: 1000, durationMs: 12_000 },
      { startMs: 11_000, durationMs: 12_000 },
      { startMs: 21_000, durationMs: 6_000 },
    ]);
  });

  it('travel with every bit of their vectors', () => {
    const one = chunk(1, 100, [0], [Math.PI, -1e-30]);
    expect(unpackChunk(packChunk(one))).toEqual(one);
  });

  it('are read as a worker of version 0.1 packed them', () => {
    const one = chunk(1, 100, [0, 40, 80], [1, 0]);
    const [{ observations, ...track }] = one.tracks.tracks;
    const old = { ...one, tracks: { ...one.tracks, tracks: [{ ...track, sights: observations }] } };
    expect(unpackChunk(packChunk(old as unknown as Chunk)).tracks.tracks[0]?.observations).toBe(3);
  });
});

describe('a share', () => {
  it('names files that lie elsewhere on each machine, and none beside it', () => {
    const here = Shares.parse(['archive=/srv/archive']);
    const there = Shares.parse(['archive=/mnt/a']);
    const ref = here.ref('/srv/archive/2024/x.jpg');
    expect(ref).toEqual({ share: 'archive', path: '2024/x.jpg' });
    expect(there.path({ share: 'archive', path: '2024/x.jpg' })).toBe('/mnt/a/2024/x.jpg');
    expect(here.ref('/srv/archive-2/x.jpg')).toEqual({ path: '/srv/archive-2/x.jpg' });
    expect(() => there.path({ share: 'archive', path: '../secret' })).toThrow('outside');
    expect(() => there.path({ share: 'other', path: 'x.jpg' })).toThrow('no share');
  });
});

it('tells the kinds of queues by their addresses, and shows no password', () => {
  const queue = parseQueueUrl('redis://:secret@host:6379/2?queue=family');
  expect(queue).toMatchObject({ kind: 'redis', name: 'family', url: 'redis://:secret@host:6379/2' });
  expect(queue.shown).not.toContain('secret');
  expect(parseQueueUrl('postgres://me:secret@db/q').kind).toBe('postgres');
  expect(() => parseQueueUrl('http://host')).toThrow('no kind of queue');
});
