import {
  dotProduct,
  itemAt,
  l2Normalize,
  neighbourGraph,
  type Gallery,
  type RowProducts,
} from '@fr-stream/core';
import { appearancesOf } from './appearances.js';

export interface MergeSuggestion {
  readonly first: string;
  readonly second: string;
  /** Cosine similarity of the two people's mean appearance. */
  readonly score: number;
}

/** Opens matrix products for as long as they are in use: by them many people are compared with all others in a moment. */
export type UseProducts = <T>(use: (products: RowProducts) => Promise<T>) => Promise<T>;

/** Of more people, only so many are compared where there are no matrix products. */
const MOST_PEOPLE = 4000;
/** Fewer are compared one by one before the inference runtime is loaded. */
const PRODUCTS_FROM = 1000;
/** Of the nearest of a person, so many may be known to be others. */
const SURELY_OTHERS = 64;

/**
 * Pairs of people who look as if they were one, the most alike first. Who was said not to be the same, who shares a
 * picture, and who is in view together in a video is left out; so are pairs of two who have names.
 * @param threshold cosine similarity, -1..1.
 * @param useProducts where an inference backend is at hand; without, of very many people only the first are compared.
 */
export async function suggestMerges(
  gallery: Gallery,
  threshold: number,
  limit: number,
  useProducts?: UseProducts,
): Promise<readonly MergeSuggestion[]> {
  const most = useProducts === undefined ? MOST_PEOPLE : Infinity;
  const appearances = await appearancesOf(gallery, most);
  const withName = new Set(
    gallery
      .people()
      .filter(({ unnamed }) => unnamed !== true)
      .map(({ id }) => id),
  );
  const refused = new Set(gallery.rejections.map(([a, b]) => `${a}\n${b}`));
  const isRefused = (a: string, b: string): boolean => refused.has(`${a}\n${b}`) || refused.has(`${b}\n${a}`);
  const share = (a: string, b: string): boolean => {
    const others = appearances.get(b)?.pictures;
    return others !== undefined && [...(appearances.get(a)?.pictures ?? [])].some((one) => others.has(one));
  };
  const people = [...appearances].map(([id, { sum }]) => ({
    id,
    mean: l2Normalize(sum),
    named: withName.has(id),
  }));
  const found: MergeSuggestion[] = [];
  const pair = (a: string, b: string, score: number): void => {
    if (!isRefused(a, b) && !share(a, b)) found.push({ first: a, second: b, score });
  };
  if (useProducts !== undefined && people.length >= PRODUCTS_FROM) {
    const wanted = {
      neighbours: limit + SURELY_OTHERS,
      minSimilarity: threshold,
      // Two of them are never compared with each other.
      passive: (person: number) => itemAt(people, person).named,
    };
    const ids = people.map(({ id }) => id);
    const means = people.map(({ mean }) => mean);
    const { from, to, similarity } = await useProducts((products) =>
      neighbourGraph(products, ids, means, wanted),
    );
    for (const [i, score] of similarity.entries())
      pair(itemAt(ids, itemAt(from, i)), itemAt(ids, itemAt(to, i)), score);
  } else {
    for (const [i, a] of people.entries()) {
      for (const b of people.slice(i + 1)) {
        if (a.named && b.named) continue;
        const score = dotProduct(a.mean, b.mean);
        if (score >= threshold) pair(a.id, b.id, score);
      }
    }
  }
  return apart(gallery, found, limit);
}

/** The most alike who are in view together in no video. */
async function apart(
  gallery: Gallery,
  found: readonly MergeSuggestion[],
  limit: number,
): Promise<readonly MergeSuggestion[]> {
  const sorted = [...found].sort((a, b) => b.score - a.score);
  const chosen: MergeSuggestion[] = [];
  // Of thousands of pairs no more are looked up than are asked for, and some.
  const page = limit * 2;
  for (let start = 0; start < sorted.length && chosen.length < limit; start += page) {
    const pairs = sorted.slice(start, start + page);
    const possible = new Set(
      (await gallery.notTogether(pairs.map(({ first, second }) => [first, second] as const))).map(keyOf),
    );
    chosen.push(...pairs.filter(({ first, second }) => possible.has(keyOf([first, second]))));
  }
  return chosen.slice(0, limit);
}

const keyOf = ([a, b]: readonly [string, string]): string => `${a}\n${b}`;
