import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cosineSimilarity,
  defined,
  expectedSimilarity,
  faceQuality,
  pictureBelief,
  type Detection,
  type Image,
} from '@fr-stream/core';
import { videoFrames } from '@fr-stream/stream';
import type { Engine } from 'fr-stream/engine';
import type { Pair } from '../pairs.js';
import { nearestToCentre } from '../photo-faces.js';
import { progressBar } from '../progress.js';
import { DEGRADATIONS } from '../robustness/degradations.js';

/** What is known of a picture of a face. */
export interface PictureRow {
  readonly person: string;
  readonly way: string;
  readonly score: number;
  readonly size: number;
  readonly sharpness: number;
  readonly yaw: number;
  /** Undefined where the chain's landmarks have none; see `FaceQuality`. */
  readonly span: number | undefined;
  readonly norm: number;
  /** Cosine similarity with another photo of its person, as that is; undefined for what is no face. */
  readonly cosine: number | undefined;
  /** What core says now. */
  readonly belief: number;
  readonly expected: number;
}

async function rowOf(
  engine: Engine,
  image: Image,
  detection: Detection,
): Promise<Omit<PictureRow, 'person' | 'way' | 'cosine'> & { readonly vector: Float32Array }> {
  const [aligned] = engine.aligner.align(image, [detection]);
  const [{ vector, norm }] = await engine.embedder.embed([aligned]);
  const { score } = detection;
  const { size, sharpness, yaw, span } = faceQuality(detection, aligned);
  const facts = { score, size, sharpness, yaw, ...defined({ span }) };
  const expected = expectedSimilarity(facts, norm, engine.embedder.norms);
  return { ...facts, span, norm, vector, belief: pictureBelief(facts), expected };
}

/**
 * The second photo of each pair of one person, made worse in every way of `tools/evaluate robustness`, beside the first one
 * as it is. Each person comes once.
 */
export async function gatherFaces(
  engine: Engine,
  folder: string,
  pairs: readonly Pair[],
): Promise<readonly PictureRow[]> {
  const rows: PictureRow[] = [];
  const people = new Map<string, Pair>();
  for (const pair of pairs) if (pair.same) people.set(pair.a.split('/')[0], pair);
  using bar = progressBar('people', people.size, false);
  for (const [person, { a, b }] of people) {
    bar.tick();
    const find = async (bytes: Uint8Array): Promise<Awaited<ReturnType<typeof rowOf>> | undefined> => {
      const { image } = await engine.codec.decode(bytes);
      const [detections] = await engine.detector.detect([image]);
      const chosen = nearestToCentre(detections, image);
      return chosen && rowOf(engine, image, chosen);
    };
    const good = await find(await readFile(join(folder, a)));
    if (good === undefined) continue;
    const other = await readFile(join(folder, b));
    for (const { name: way, apply } of DEGRADATIONS) {
      const found = await find(await apply(other));
      if (found === undefined) continue;
      const { vector, ...facts } = found;
      rows.push({ person, way, ...facts, cosine: cosineSimilarity(good.vector, vector) });
    }
  }
  return rows;
}

/** What is found in a video that shows no face at all, in every `every`-th frame. */
export async function gatherOthers(
  engine: Engine,
  clip: string,
  every: number,
): Promise<readonly PictureRow[]> {
  const rows: PictureRow[] = [];
  await using source = videoFrames(clip);
  for await (const frame of source.frames()) {
    using owned = frame;
    if (owned.index % every !== 0) continue;
    const [detections] = await engine.detector.detect([owned.image], { scoreThreshold: 0.5 });
    for (const detection of detections) {
      const { vector, ...facts } = await rowOf(engine, owned.image, detection);
      void vector;
      rows.push({ person: clip, way: 'no face', ...facts, cosine: undefined });
    }
  }
  return rows;
}
