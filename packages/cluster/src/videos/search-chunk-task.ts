import { randomUUID } from 'node:crypto';
import {
  fromSource,
  Gallery,
  MemoryGalleryStore,
  runPipeline,
  SourceError,
  type Face,
  type FrameFaces,
  type Sink,
} from '@fr-stream/core';
import { MOST_LIVING_FRAMES, openVideo } from '@fr-stream/engine';
import { videoFrames } from '@fr-stream/stream';
import { openRef, type OpenUrl } from '../files/read-ref.js';
import { requireModels, type PhotoContext } from '../photos/search-photo-task.js';
import type { RunningTask } from '../queue/job-queue.js';
import {
  packChunk,
  renumbered,
  type ChunkFace,
  type ChunkFrame,
  type ChunkProblem,
  type ChunkResult,
  type ChunkTask,
} from './chunk-task.js';

/** How often who waits is told, in frames. */
const TELL_EVERY = 50;

/**
 * A worker's part of a video: the product's own chain, on a stretch, without a gallery. Names are given by whoever puts
 * the stretches together.
 */
export async function searchChunkTask(
  task: ChunkTask,
  { engine, shares, signal, openUrl }: PhotoContext & { readonly openUrl?: OpenUrl | undefined },
  running: RunningTask,
  onFrames: (count: number) => void,
): Promise<ChunkResult> {
  requireModels(task.models, engine.models);
  const { startMs, durationMs, video: options, file, name } = task;
  const { maxFps, maxHeight, stream, ...rest } = options;
  try {
    await using place = await openRef(file, shares, openUrl);
    await using source = videoFrames(place.path, {
      name,
      inputArgs: place.inputArgs,
      startMs,
      durationMs,
      live: false,
      maxLivingFrames: MOST_LIVING_FRAMES,
      ...(maxFps !== undefined && { maxFps }),
      ...(maxHeight !== undefined && { maxHeight }),
      ...(stream !== undefined && { stream }),
    });
    const info = await source.info();
    await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: randomUUID });
    const video = await openVideo({ ...engine, analyzers: [] }, gallery, { ...rest, info, wholeFile: true });
    const collector = new Collector((done) => {
      onFrames(TELL_EVERY);
      void running.progress(done, info.frameCount ?? done).catch(() => undefined);
    });
    const { people, inFlight } = video;
    const pipeline = fromSource(source, { signal, inFlight }).pipe(video.operator);
    await runPipeline(pipeline, [collector]);
    const tracks = (await people?.export()) ?? { tracks: [], scenes: { shots: [], scenes: [] } };
    const frames = collector.frames((id, timeMs, since) => people?.relabelling.idOf(id, timeMs, since) ?? id);
    const { problem } = source;
    return {
      packed: packChunk({
        frames,
        tracks,
        embedded: video.embedded(),
        ...(problem !== undefined && { problem: asData(problem) }),
      }),
    };
  } catch (error) {
    // Another worker may see what this one does not.
    if (!SourceError.isInstance(error) || error.code === 'INPUT_NOT_FOUND') throw error;
    return { error: asData(error) };
  }
}

const asData = ({ code, message, hint }: SourceError): ChunkProblem => ({
  code,
  message,
  ...(hint !== undefined && { hint }),
});

interface Collected extends ChunkFrame {
  /** Corrections of ids that the faces have already. */
  readonly corrections: number;
}

const withoutPixels = ({ detection, embedding, quality, track }: Face): ChunkFace => ({
  detection,
  ...(embedding !== undefined && { embedding }),
  ...(quality !== undefined && { quality }),
  ...(track !== undefined && { track }),
});

class Collector implements Sink<FrameFaces> {
  readonly #frames: Collected[] = [];
  readonly #onProgress: (done: number) => void;

  constructor(onProgress: (done: number) => void) {
    this.#onProgress = onProgress;
  }

  async write(item: FrameFaces): Promise<void> {
    const { frame, faces, evaluated, cut, doubted = [], traces = [], corrections = 0 } = item;
    const { timeMs, capturedAt } = frame;
    this.#frames.push({
      ...{ timeMs, evaluated, corrections },
      faces: faces.map(withoutPixels),
      ...(capturedAt !== undefined && { capturedAt }),
      ...(cut === true && { cut }),
      ...(doubted.length > 0 && { doubted: doubted.map(withoutPixels) }),
      ...(traces.length > 0 && { traces }),
    });
    if (this.#frames.length % TELL_EVERY === 0) this.#onProgress(this.#frames.length);
  }

  /** All frames, under the ids that their tracks turned out to have. */
  frames(idOf: (id: number, timeMs: number, since: number) => number): readonly ChunkFrame[] {
    return this.#frames.map(({ corrections, ...frame }) =>
      renumbered(frame, (id) => idOf(id, frame.timeMs, corrections)),
    );
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
