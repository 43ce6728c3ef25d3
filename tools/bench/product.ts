import { AssetCache } from '@fr-stream/backend-node';
import {
  fromSource,
  runPipeline,
  type FrameFaces,
  type FrameSource,
  type Gallery,
  type Sink,
} from '@fr-stream/core';
import { videoFrames } from '@fr-stream/stream';
import {
  createEngine,
  MOST_LIVING_FRAMES,
  type Engine,
  type EngineOptions,
  type TrackerName,
} from 'fr-stream/engine';
import { openVideo } from '@fr-stream/engine';
import { castGallery } from '../tracking/run-clip.js';

/** The default chain and a gallery, as `fr-stream tag` has them. */
export interface Product extends AsyncDisposable {
  readonly engine: Engine;
  readonly gallery: Gallery;
}

export async function openProduct(options: EngineOptions = {}): Promise<Product> {
  const engine = await createEngine({ quiet: true, ...options });
  const gallery = await castGallery(engine, new AssetCache());
  return {
    engine,
    gallery,
    [Symbol.asyncDispose]: async () => {
      await gallery[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
    },
  };
}

export interface TagSetup {
  readonly tracker: TrackerName;
  /** Frames between two detections. Default 1. */
  readonly every?: number;
}

export interface TagResult {
  readonly fps: number;
  readonly frames: number;
  readonly faces: number;
  readonly detected: number;
  readonly embedded: number;
  readonly dropped: number;
}

/** Runs the pipeline of `fr-stream tag` from a source to a sink. */
export async function tagSource(
  { engine, gallery }: Product,
  source: FrameSource,
  setup: TagSetup,
  onItem: (item: FrameFaces) => void = () => undefined,
): Promise<TagResult> {
  const { tracker, every } = setup;
  const started = performance.now();
  const info = await source.info();
  const video = await openVideo(engine, gallery, {
    tracker,
    ...(every !== undefined && { every }),
    live: source.live,
    info,
  });
  let detected = 0;
  const sink: Sink<FrameFaces> = {
    write: async (item) => {
      if (item.error !== undefined) throw item.error;
      if (item.evaluated) detected++;
      onItem(item);
    },
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const { frames, faces } = await runPipeline(
    fromSource(source, { inFlight: video.inFlight }).pipe(video.operator),
    [sink],
  );
  const fps = (frames * 1000) / (performance.now() - started);
  return { fps, frames, faces, detected, embedded: video.embedded(), dropped: source.dropped };
}

/** Tags a video file, its decoding and the start of ffmpeg included. */
export async function tagFile(product: Product, path: string, setup: TagSetup): Promise<TagResult> {
  await using source = videoFrames(path, { maxLivingFrames: MOST_LIVING_FRAMES });
  return await tagSource(product, source, setup);
}
