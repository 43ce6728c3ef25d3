import { dotProduct, l2Normalize, type Gallery, addScaled } from '@fr-stream/core';

export interface MergeSuggestion {
  readonly first: string;
  readonly second: string;
  /** Cosine similarity of the two people's mean appearance. */
  readonly score: number;
}

/** Means held at once; pairs are compared exhaustively. */
const MOST_PEOPLE = 4000;

/**
 * Pairs of people who look as if they were one, the most alike first. Who was said not to be the same, and who shares
 * a picture, is left out; so are pairs of two who have names.
 * @param threshold cosine similarity, -1..1.
 */
export async function suggestMerges(
  gallery: Gallery,
  threshold: number,
  limit: number,
): Promise<readonly MergeSuggestion[]> {
  const sums = new Map<string, Float32Array>();
  const pictures = new Map<string, Set<string>>();
  for (const named of [true, false]) {
    for await (const { personId, vector, quality, picture } of gallery.records({ named })) {
      if (!sums.has(personId) && sums.size >= MOST_PEOPLE) continue;
      const sum = sums.get(personId) ?? new Float32Array(vector.length);
      sums.set(personId, sum);
      addScaled(sum, vector, Math.max(quality, 0.01));
      if (picture === undefined) continue;
      const own = pictures.get(personId) ?? new Set();
      pictures.set(personId, own.add(picture));
    }
  }
  const withName = new Set(
    gallery
      .people()
      .filter(({ unnamed }) => unnamed !== true)
      .map(({ id }) => id),
  );
  const refused = new Set(gallery.rejections.map(([a, b]) => `${a}\n${b}`));
  const isRefused = (a: string, b: string): boolean => refused.has(`${a}\n${b}`) || refused.has(`${b}\n${a}`);
  const share = (a: string, b: string): boolean => {
    const others = pictures.get(b);
    return others !== undefined && [...(pictures.get(a) ?? [])].some((picture) => others.has(picture));
  };
  const means = [...sums].map(([id, sum]) => ({ id, mean: l2Normalize(sum) }));
  const found: MergeSuggestion[] = [];
  for (const [i, a] of means.entries()) {
    for (const b of means.slice(i + 1)) {
      if (withName.has(a.id) && withName.has(b.id)) continue;
      const score = dotProduct(a.mean, b.mean);
      if (score < threshold || isRefused(a.id, b.id) || share(a.id, b.id)) continue;
      found.push({ first: a.id, second: b.id, score });
    }
  }
  return found.sort((a, b) => b.score - a.score).slice(0, limit);
}
