import { dotProduct } from '@fr-stream/core';
import type { CachedFace } from './embedding-cache.js';
import type { ScoreSets } from './metrics/verification.js';

/**
 * Scores of every pair of photos: those of one person, and those of any two. Photos without a face are left out
 * (their number is the detector's affair). The pairs are not independent, so rates near 1 / pairs are rough.
 */
export function allPairScores(
  people: ReadonlyMap<string, readonly string[]>,
  faces: ReadonlyMap<string, CachedFace | undefined>,
): ScoreSets {
  const photos = [...people].flatMap(([person, paths]) =>
    paths.flatMap((path) => {
      const face = faces.get(path);
      return face === undefined ? [] : [{ person, vector: face.vector }];
    }),
  );
  const genuine: number[] = [];
  const impostor: number[] = [];
  photos.forEach((a, i) => {
    for (let j = i + 1; j < photos.length; j++) {
      const b = photos[j];
      (a.person === b.person ? genuine : impostor).push(dotProduct(a.vector, b.vector));
    }
  });
  return { genuine: Float64Array.from(genuine).sort(), impostor: Float64Array.from(impostor).sort() };
}
