import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SourceError, type Detection, type Image, type ModelCard } from '@fr-stream/core';
import { createEngine, type Engine, type EngineOptions } from 'fr-stream/engine';
import { codeVersion } from './code-version.js';
import { EmbeddingCache, type CachedFace } from './embedding-cache.js';
import { progressBar } from './progress.js';

/**
 * The detection whose centre is nearest to the picture's: data sets of named people, LFW among them, put the person
 * in question there and leave bystanders in.
 */
export function nearestToCentre(detections: readonly Detection[], image: Image): Detection | undefined {
  let nearest: Detection | undefined;
  let least = Infinity;
  for (const detection of detections) {
    const { x, y, width, height } = detection.box;
    const distance = Math.hypot(x + width / 2 - image.width / 2, y + height / 2 - image.height / 2);
    if (distance < least) [nearest, least] = [detection, distance];
  }
  return nearest;
}

async function embedPhoto(engine: Engine, bytes: Uint8Array, name: string): Promise<CachedFace | undefined> {
  const { image } = await engine.codec.decode(bytes, {}, name);
  const [detections] = await engine.detector.detect([image]);
  const chosen = nearestToCentre(detections, image);
  if (chosen === undefined) return undefined;
  const [embedding] = await engine.embedder.embed(engine.aligner.align(image, [chosen]));
  return { vector: embedding.vector, box: chosen.box, faces: detections.length };
}

/** What identifies a chain of models, options and code for the cache. */
function cacheKey(engine: Engine, options: EngineOptions, code: string): string {
  // Of a card everything that changes the outcome; user cards may be edited.
  const models = engine.cards.map(({ id, sha256, input, decode }) =>
    JSON.stringify([id, sha256, input, decode]),
  );
  const { tiles = 1, detectorSize = 0, device = 'cpu', accurate = false } = options;
  return JSON.stringify([code, engine.embedder.id, models, { tiles, detectorSize, device, accurate }]);
}

export interface PhotoFaces {
  /** Per photo its face; undefined where none was found. */
  readonly faces: ReadonlyMap<string, CachedFace | undefined>;
  /** Ids of the models that ran. */
  readonly models: readonly string[];
  readonly embedder: string;
  readonly cards: readonly ModelCard[];
  /** Recommended decision threshold on cosine similarity. */
  readonly threshold: number;
}

/**
 * Runs the product's own pipeline (the command line's engine) over photos: decode, detect, align, embed; of several
 * faces the one nearest the centre. Embeddings are kept in node_modules/.cache.
 * @param photos paths relative to `folder`.
 * @param change what becomes of a photo's bytes before they are decoded.
 * @throws SourceError when a photo is missing or cannot be decoded.
 */
export async function photoFaces(
  folder: string,
  photos: readonly string[],
  options: EngineOptions,
  change: (photo: Uint8Array) => Promise<Uint8Array> = (photo) => Promise.resolve(photo),
): Promise<PhotoFaces> {
  await using engine = await createEngine({ ...options, rotationRetry: true });
  const cache = await EmbeddingCache.open(cacheKey(engine, options, await codeVersion()));
  const faces = new Map<string, CachedFace | undefined>();
  using bar = progressBar('photos', photos.length, options.quiet === true);
  for (const photo of photos) {
    const path = join(folder, photo);
    const original = await readFile(path).catch((error: unknown) => {
      throw new SourceError('INPUT_NOT_FOUND', `${path}: ${messageOf(error)}`, {
        cause: error,
        hint: '--images must name the folder that the paths in the list are relative to.',
      });
    });
    const bytes = await change(original);
    const digest = EmbeddingCache.digest(bytes);
    if (!cache.has(digest)) await cache.set(digest, await embedPhoto(engine, bytes, path));
    faces.set(photo, cache.get(digest));
    bar.tick();
  }
  await cache.save();
  return {
    faces,
    models: engine.models,
    embedder: engine.embedder.id,
    cards: engine.cards,
    threshold: engine.embedder.threshold,
  };
}
