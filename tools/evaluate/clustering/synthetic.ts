import { l2Normalize } from '@fr-stream/core';
import { randomFrom } from '../../synth/random.js';

export interface SyntheticFace {
  readonly id: string;
  readonly person: string;
  readonly vector: Float32Array;
}

/** In so many directions random unit vectors have similarities with the deviation of the default embedder's (0.1). */
const INTRINSIC_DIMENSIONS = 100;
const DIMENSIONS = 512;

/**
 * Embeddings of an imagined family archive: few people with many photos, many with one or two. Similarities between
 * people (mean 0, deviation 0.1) and within (0.63 and 0.1) are like the default embedder's on LFW (0.01 and 0.1; 0.67
 * and 0.12).
 */
export function syntheticFaces(count: number, seed = 7): readonly SyntheticFace[] {
  const random = randomFrom(seed);
  const direction = () =>
    Float32Array.from(
      { length: INTRINSIC_DIMENSIONS },
      () => random.normal() / Math.sqrt(INTRINSIC_DIMENSIONS),
    );
  const faces: SyntheticFace[] = [];
  for (let person = 0; faces.length < count; person++) {
    const appearance = direction();
    const photos = Math.min(400, Math.max(1, Math.floor(0.7 / random() ** 0.9)));
    for (let photo = 0; photo < photos && faces.length < count; photo++) {
      // One photo in ten is poor.
      const spread = 0.45 + 0.55 * random() + (random() < 0.1 ? 0.4 : 0);
      const change = direction();
      const vector = new Float32Array(DIMENSIONS);
      vector.set(l2Normalize(appearance.map((value, i) => value + spread * change[i])));
      faces.push({ id: `f${String(faces.length).padStart(7, '0')}`, person: `p${person}`, vector });
    }
  }
  return faces;
}
