import { randomUUID } from 'node:crypto';
import { basename, dirname } from 'node:path';
import {
  planChunks,
  searchVideo,
  Shares,
  type ChunkTask,
  type JobQueue,
  type SearchedVideo,
} from '@fr-stream/cluster';
import { Gallery, MemoryGalleryStore, type TrackIdentities } from '@fr-stream/core';
import { openVideo, type Engine } from '@fr-stream/engine';
import { videoFrames } from '@fr-stream/stream';
import { createEngine } from 'fr-stream/engine';
import { searchChunkTask } from '../../packages/cluster/src/videos/search-chunk-task.js';
import { identityMetrics, sequenceOf, type MotRow } from '../mot/index.js';

export interface PiecesRow {
  readonly clip: string;
  readonly chunkMs: number;
  readonly pieces: number;
  readonly boxes: number;
  /** Of the tracks in pieces, those of one piece being the truth, 0..1. */
  readonly tracks: number;
  /** The same of who is who: names and labels, else tracks. */
  readonly people: number;
}

/** A queue that does each task at once, here. */
function here(engine: Engine, signal: AbortSignal): JobQueue {
  const running = { progress: () => Promise.resolve() };
  const queue: Pick<JobQueue, 'run'> = {
    run: (task) =>
      // Only chunks are submitted by `searchVideo`, and of a running task only the progress is told.
      searchChunkTask(
        task as ChunkTask,
        { engine, shares: new Shares(), signal } as unknown as Parameters<typeof searchChunkTask>[1],
        running as unknown as Parameters<typeof searchChunkTask>[2],
        () => undefined,
      ),
  };
  return queue as JobQueue;
}

interface Searched extends SearchedVideo {
  readonly people: TrackIdentities;
}

async function search(
  engine: Engine,
  path: string,
  plan: { readonly chunkMs: number; readonly overlapMs: number },
): Promise<Searched> {
  await using source = videoFrames(path, {});
  const info = await source.info();
  const gallery = await Gallery.open(new MemoryGalleryStore(), { createId: randomUUID });
  const { people, rule } = await openVideo({ ...engine, analyzers: [] }, gallery, { info, wholeFile: true });
  if (people === undefined) throw new Error('no tracker');
  const found = await searchVideo({
    queue: here(engine, AbortSignal.timeout(3_600_000)),
    shares: new Shares(),
    path,
    info,
    engine: {},
    models: engine.models,
    video: {},
    people,
    rule,
    plan,
    window: 1,
  });
  return { ...found, people };
}

/** @param byWho under one number all that bears one name or label. */
function rows({ frames, people }: Searched, byWho: boolean): MotRow[] {
  const numbers = new Map<string, number>();
  const numberOf = (track: number): number => {
    const identity = people.track(track)?.identity;
    const who = identity?.kind === 'known' ? identity.name : identity?.label;
    const key = byWho && who !== undefined ? who : `track ${track}`;
    const number = numbers.get(key) ?? numbers.size + 1;
    numbers.set(key, number);
    return number;
  };
  return frames.flatMap(({ index, faces }) =>
    faces.flatMap(({ track, detection }) =>
      track === undefined
        ? []
        : [{ frame: index, id: numberOf(track.id), box: track.box, confidence: detection.score }],
    ),
  );
}

/** How much alike the tracks of a video in pieces are to those of the same video in one. */
export async function* piecesAgainstOne(
  clips: readonly string[],
  chunksMs: readonly number[],
  overlapMs: number,
): AsyncGenerator<PiecesRow> {
  await using engine = await createEngine({ quiet: true });
  for (const clip of clips) {
    const one = await search(engine, clip, { chunkMs: 1e9, overlapMs });
    for (const chunkMs of chunksMs) {
      const many = await search(engine, clip, { chunkMs, overlapMs });
      const durationMs = one.frames.at(-1)?.timeMs ?? 0;
      const f1 = (byWho: boolean): number =>
        identityMetrics(sequenceOf(rows(one, byWho), rows(many, byWho))).idf1;
      yield {
        clip: basename(clip) === 'clip.mp4' ? basename(dirname(clip)) : basename(clip),
        chunkMs,
        pieces: planChunks(0, durationMs, { chunkMs, overlapMs }).length,
        boxes: rows(one, false).length,
        tracks: f1(false),
        people: f1(true),
      };
    }
  }
}
