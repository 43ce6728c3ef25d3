import {
  detectFaces,
  fromSource,
  runPipeline,
  type FrameFaces,
  type FrameSource,
  type Sink,
} from '@fr-stream/core';
import { MOST_LIVING_FRAMES, nameFaces, openVideo } from '@fr-stream/engine';
import { photoSet, TrackLog, videoFrames } from '@fr-stream/stream';
import type { Models } from '../cameras/shared-models.js';
import type { PictureCodec } from '../events/event-pictures.js';
import type { Tenant } from '../people/tenant.js';
import type { KeptJob } from './job.js';

export interface JobContext {
  readonly models: Models;
  readonly codec: PictureCodec;
  readonly tenant: Tenant;
  readonly signal: AbortSignal;
  /** A line of the result. */
  readonly write: (line: object) => Promise<void>;
  readonly onProgress: (numbers: Pick<KeptJob, 'progress' | 'frames' | 'failed' | 'faces'>) => void;
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;

/** Does a job to its end, or until the signal aborts. */
export async function runJob(job: KeptJob, context: JobContext): Promise<void> {
  await (job.kind === 'video' ? runVideo(job, context) : runPhotos(job, context));
}

/** Counts what goes by. */
function counter(context: JobContext, share: (item: FrameFaces) => number): Sink<FrameFaces> {
  const numbers = { progress: 0, frames: 0, failed: 0, faces: 0 };
  return {
    write: async (item) => {
      numbers.frames++;
      numbers.faces += item.faces.length;
      if (item.error) numbers.failed++;
      numbers.progress = Math.min(1, share(item));
      context.onProgress({ ...numbers });
    },
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** One line per person: who, when, how sure. */
async function runVideo(job: KeptJob, context: JobContext): Promise<void> {
  const { models, tenant, signal, write } = context;
  await using source = videoFrames(job.path, { maxLivingFrames: MOST_LIVING_FRAMES, name: job.input });
  const info = await source.info();
  const video = await openVideo(models, tenant.gallery, { info });
  const log = new TrackLog();
  const keep: Sink<FrameFaces> = {
    write: async (item) => log.add(item),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const { durationMs } = info;
  await runPipeline(fromSource(source, { signal, inFlight: video.inFlight }).pipe(video.operator), [
    keep,
    counter(context, ({ frame }) => (durationMs === undefined ? 0 : frame.timeMs / durationMs)),
  ]);
  if (signal.aborted) return;
  for (const { who, known, personId, intervals, frames, bestScore } of log.people()) {
    await write({
      who,
      known,
      ...(personId !== undefined && { personId }),
      intervals,
      frames,
      ...(bestScore !== undefined && { score: round(bestScore) }),
    });
  }
  if (source.problem) throw source.problem;
}

/** One line per photo: which faces, and whose. */
async function runPhotos(job: KeptJob, context: JobContext): Promise<void> {
  const { models, tenant, codec, signal, write } = context;
  const source: FrameSource = photoSet(job.path, {
    codec,
    onError: (path, error) => void write({ photo: path, error: error.message }).catch(() => undefined),
  });
  await using owned = source;
  const total = (await owned.info()).frameCount ?? 0;
  const naming = await nameFaces(models, tenant.gallery, {
    tracker: 'none',
  });
  const lines: Sink<FrameFaces> = {
    write: ({ frame, faces, error }) =>
      write({
        photo: frame.source,
        ...(error && { error: error.message }),
        faces: faces.map(({ detection: { box }, identity }) => ({
          box: [box.x, box.y, box.width, box.height].map(Math.round),
          ...(identity?.kind === 'known'
            ? { personId: identity.personId, name: identity.name, score: round(identity.score) }
            : identity?.label !== undefined && { label: identity.label }),
        })),
      }),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  await runPipeline(
    fromSource(owned, { signal, inFlight: 4 }).pipe(
      detectFaces(models.detector, { concurrency: 2 }),
      naming.operator,
    ),
    [lines, counter(context, ({ frame }) => (total === 0 ? 0 : (frame.index + 1) / total))],
  );
}
