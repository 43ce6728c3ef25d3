import { randomUUID } from 'node:crypto';
import { NodeRuntime, type DeviceChoice } from '@fr-stream/backend-node';
import {
  CutDetector,
  detectFaces,
  fromSource,
  Gallery,
  MemoryGalleryStore,
  messageOf,
  runPipeline,
  type ExecutionProvider,
  type FrameFaces,
  type Image,
  type Sink,
} from '@fr-stream/core';
import { createEngine, nameFaces, type Engine, type TrackerName } from '@fr-stream/engine';
import { RepeatedFrames } from './frames.js';

/** The whole chain on one device. */
export interface ChainFigure {
  readonly what: string;
  readonly device: string;
  /** Videos at once, of one process and one set of models. */
  readonly streams: number;
  /** Of all streams together. */
  readonly fps?: number;
  readonly againstCpu?: number;
  readonly cpuMs?: number;
  /** Per frame. */
  readonly faces?: number;
  /** Where each model ran, and why. */
  readonly reason?: string;
  readonly error?: string;
}

const SECONDS = 4;
const WAYS: readonly { readonly what: string; readonly tracker: TrackerName }[] = [
  { what: 'every face embedded', tracker: 'none' },
  { what: 'tracking', tracker: 'byte' },
];

/** A frame that failed is no frame measured. */
const FAILING: Sink<FrameFaces> = {
  write: async ({ error }) => {
    if (error !== undefined) throw error;
  },
  close: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

async function oneStream(engine: Engine, frames: readonly Image[], tracker: TrackerName, seconds: number) {
  await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: randomUUID });
  const naming = await nameFaces(engine, gallery, { tracker, threshold: engine.embedder.threshold });
  return await runPipeline(
    fromSource(new RepeatedFrames(frames, seconds)).pipe(
      // Enough frames at once to fill a batch.
      detectFaces(engine.detector, {
        concurrency: 16,
        ...(tracker !== 'none' && { cuts: new CutDetector() }),
      }),
      naming.operator,
    ),
    [FAILING],
  );
}

async function measure(engine: Engine, frames: readonly Image[], tracker: TrackerName, streams: number) {
  await oneStream(engine, frames, tracker, 1);
  const cpu = process.cpuUsage();
  const started = performance.now();
  const done = await Promise.all(
    Array.from({ length: streams }, () => oneStream(engine, frames, tracker, SECONDS)),
  );
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(cpu);
  const count = done.reduce((total, each) => total + each.frames, 0);
  const faces = done.reduce((total, each) => total + each.faces, 0);
  return {
    fps: count / seconds,
    cpuMs: (used.user + used.system) / 1000 / count,
    faces: faces / count,
  };
}

/** Frames in memory through detection, landmarks, embedding and naming, on each device and on `auto`. */
export async function* measureChain(
  frames: readonly Image[],
  providers: readonly ExecutionProvider[],
  timeIsUp: () => boolean,
): AsyncGenerator<ChainFigure> {
  const cpuFps = new Map<string, number>();
  const devices: readonly DeviceChoice[] = [
    ...providers,
    ...(providers.length > 1 ? (['auto'] as const) : []),
  ];
  for (const device of devices) {
    if (timeIsUp()) return;
    try {
      const runtime = await NodeRuntime.open({
        device,
        converter: async () => (await import('@fr-stream/convert')).converter,
      });
      await using engine = await createEngine({}, runtime);
      const reason = engine.running
        .map(
          (each) => `${each.id} on ${each.provider}${each.reason === undefined ? '' : ` (${each.reason})`}`,
        )
        .join('; ');
      for (const streams of [1, 4]) {
        for (const { what, tracker } of WAYS) {
          if (timeIsUp()) return;
          const result = await measure(engine, frames, tracker, streams);
          const key = `${what} ${streams}`;
          if (device === 'cpu') cpuFps.set(key, result.fps);
          const base = cpuFps.get(key);
          yield {
            ...{ what, device, streams, ...result, reason },
            ...(base !== undefined && { againstCpu: result.fps / base }),
          };
        }
      }
    } catch (error) {
      yield { what: 'all', device, streams: 1, error: messageOf(error).split('\n')[0] ?? '' };
    }
  }
}
