import type { AssetCache } from '@fr-stream/backend-node';
import {
  CutDetector,
  detectFaces,
  fromSource,
  Gallery,
  LatestOnly,
  MemoryGalleryStore,
  runPipeline,
  type Detector,
  type EnrolledFace,
  type Face,
  type FrameFaces,
  type Sink,
} from '@fr-stream/core';
import { facesOfPhoto, nameFaces, type Engine, type TrackerName } from 'fr-stream/engine';
import type { MotRow } from '../mot/mot-format.js';
import { KNOWN } from '../synth/cast.js';
import { ClipSource, type Clip } from './clip.js';

export interface Setup {
  readonly name: string;
  readonly tracker: TrackerName;
  readonly embed?: 'best' | 'every';
  readonly every?: number;
  /** Frames. Default 16. */
  readonly lookAhead?: number;
}

export interface ClipRun {
  readonly rows: readonly MotRow[];
  /** The name that a box carries; undefined for none. */
  readonly nameOf: (id: number, frame: number) => string | undefined;
  readonly embedded: number;
  readonly detected: number;
  readonly frames: number;
  readonly dropped: number;
  /** From the moment a frame was there to the moment its result was, in milliseconds; in order of frames. */
  readonly latenciesMs: readonly number[];
  /** Indices of the frames that were not dropped. */
  readonly processed: readonly number[];
}

/** Enrols the players who are known, from other photos than those in the clips. */
export async function castGallery(engine: Engine, cache: AssetCache): Promise<Gallery> {
  let count = 0;
  const gallery = await Gallery.open(new MemoryGalleryStore(), { createId: () => `id-${++count}` });
  for (const { name, enrolled } of KNOWN) {
    const faces: EnrolledFace[] = [];
    for (const path of await cache.fetchAll(enrolled)) {
      const [face] = await facesOfPhoto(engine, path);
      const [embedding] = await engine.embedder.embed([face.aligned]);
      faces.push({ embedding, source: path, quality: face.quality.overall });
    }
    await gallery.enroll(name, faces);
  }
  return gallery;
}

/** Ids where there is no tracker: whoever has one name or label is one track; the rest are tracks of one box. */
class LabelIds {
  readonly #ids = new Map<string, number>();
  #next = 1;

  of({ identity, track }: Face): number {
    if (track) return track.id;
    const label = identity?.kind === 'known' ? identity.name : identity?.label;
    if (label === undefined) return this.#next++;
    const id = this.#ids.get(label) ?? this.#next++;
    this.#ids.set(label, id);
    return id;
  }
}

/**
 * Runs a clip through the product's pipeline.
 * @param fps plays it in real time at this rate, as a live source that loses frames. Default: as fast as it goes.
 */
export async function runClip(
  clip: Clip,
  engine: Engine,
  detector: Detector,
  gallery: Gallery,
  setup: Setup,
  fps?: number,
): Promise<ClipRun> {
  const { tracker, embed, every, lookAhead = 16 } = setup;
  const rows: MotRow[] = [];
  const names = new Map<string, string>();
  const latenciesMs: number[] = [];
  const processed: number[] = [];
  const ids = new LabelIds();
  let detected = 0;
  const clipSource = new ClipSource(clip, fps);
  await using source = fps === undefined ? clipSource : new LatestOnly(clipSource);
  const sink: Sink<FrameFaces> = {
    write: async ({ frame, faces, evaluated, error }) => {
      if (error !== undefined) throw error;
      latenciesMs.push(performance.now() - clipSource.deliveredMs[frame.index]);
      processed.push(frame.index);
      if (evaluated) detected++;
      for (const face of faces) {
        const id = ids.of(face);
        const { box, score } = { box: face.track?.box ?? face.detection.box, score: face.detection.score };
        rows.push({ frame: frame.index, id, box, confidence: score });
        if (face.identity?.kind === 'known') names.set(`${frame.index}/${id}`, face.identity.name);
      }
    },
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const held = tracker === 'none' || fps !== undefined ? 0 : lookAhead;
  const naming = await nameFaces(engine, gallery, {
    tracker,
    threshold: engine.embedder.threshold,
    lookAhead: held,
    ...(embed && { embed }),
  });
  const { frames } = await runPipeline(
    fromSource(source).pipe(
      detectFaces(detector, {
        ...(every !== undefined && { every }),
        ...(tracker !== 'none' && { cuts: new CutDetector() }),
      }),
      naming.operator,
    ),
    [sink],
  );
  return {
    rows,
    nameOf: (id, frame) => names.get(`${frame}/${id}`),
    embedded: naming.embedded(),
    detected,
    frames,
    dropped: source.dropped,
    latenciesMs,
    processed,
  };
}
