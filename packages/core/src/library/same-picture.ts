import type { Embedding } from '../contracts/face.js';
import { dotProduct } from '../identity/distance.js';

/**
 * Cosine from which two embeddings by one model are of one face in one picture: another way to write the file, another
 * decoder, a little light or a new frame change less, and another picture of the same person changes more.
 */
export const REWRITTEN_PICTURE = 0.9;

/**
 * For each face of a file whose bytes have changed, the one that it was before, by appearance alone: the picture may
 * have been turned or cropped, or be another one. Each at most once, the most alike first.
 */
export function sameFaces<F extends { readonly embedding: Embedding }>(
  faces: readonly { readonly embedding: Embedding }[],
  before: readonly F[],
): readonly (F | undefined)[] {
  const pairs = faces
    .flatMap(({ embedding }, i) =>
      before.map((other) => ({ i, other, score: likeness(embedding, other.embedding) })),
    )
    .filter(({ score }) => score >= REWRITTEN_PICTURE)
    .sort((a, b) => b.score - a.score);
  const found = new Map<number, F>();
  const taken = new Set<F>();
  for (const { i, other } of pairs) {
    if (found.has(i) || taken.has(other)) continue;
    found.set(i, other);
    taken.add(other);
  }
  return faces.map((_, i) => found.get(i));
}

/** The new id of each face that was found again. @param was see {@link sameFaces}. */
export function newIds(
  was: readonly ({ readonly id: string } | undefined)[],
  faces: readonly { readonly id: string }[],
): ReadonlyMap<string, string> {
  return new Map(faces.flatMap(({ id }, i) => (was[i] === undefined ? [] : [[was[i].id, id] as const])));
}

function likeness(one: Embedding, two: Embedding): number {
  return one.model === two.model && one.vector.length === two.vector.length
    ? dotProduct(one.vector, two.vector)
    : -1;
}
