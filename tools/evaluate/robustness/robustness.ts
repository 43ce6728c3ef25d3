import { cosineSimilarity } from '@fr-stream/core';
import type { EngineOptions } from 'fr-stream/engine';
import { markdownTable } from 'markdown-table';
import { atFalseAcceptRate, countAtOrAbove, scoreSets, type ScoredPair } from '../metrics/verification.js';
import { readPairs } from '../pairs.js';
import { photoFaces } from '../photo-faces.js';
import { percent } from '../report/percent.js';
import { DEGRADATIONS } from './degradations.js';

/**
 * Verification of a photo as it is against a photo made harder, at the threshold that the embedder's card recommends:
 * what a gallery of good photos meets in the wild. The last row takes all ways together as one set, many times as large
 * as the pairs given: it is the hard one to compare chains by.
 * @param only degradations whose names contain this.
 */
export async function robustnessTable(
  folder: string,
  pairsFile: string,
  only: string | undefined,
  options: EngineOptions,
): Promise<string> {
  const pairs = await readPairs(pairsFile);
  const clean = await photoFaces(folder, [...new Set(pairs.map(({ a }) => a))].sort(), options);
  const hard = [...new Set(pairs.map(({ b }) => b))].sort();
  const rows: string[][] = [];
  const all: Omit<ScoredPair, 'fold'>[] = [];
  let [missed, photos] = [0, 0];
  for (const { name, apply } of DEGRADATIONS) {
    if (only !== undefined && !name.includes(only)) continue;
    const { faces } = await photoFaces(folder, hard, options, apply);
    const scored = pairs.map(({ a, b, same }) => {
      const [first, second] = [clean.faces.get(a), faces.get(b)];
      const found = first !== undefined && second !== undefined;
      return { same, score: found ? cosineSimilarity(first.vector, second.vector) : undefined };
    });
    const without = hard.filter((photo) => faces.get(photo) === undefined).length;
    rows.push(row(name, without / hard.length, scored, clean.threshold));
    all.push(...scored);
    [missed, photos] = [missed + without, photos + hard.length];
  }
  if (rows.length > 1) rows.push(row('all together', missed / photos, all, clean.threshold));
  const head = [
    'The other photo',
    'No face found',
    'Same person accepted',
    'Other person accepted',
    'TAR at FAR 1e-3',
  ];
  const chain = `${clean.models.join(' + ')}${options.accurate === true ? ', accurate' : ''}`;
  return `${chain}, threshold ${clean.threshold}\n\n${markdownTable([head, ...rows])}\n`;
}

function row(
  name: string,
  missed: number,
  scored: readonly Omit<ScoredPair, 'fold'>[],
  threshold: number,
): string[] {
  const sets = scoreSets(scored);
  const rate = (scores: Float64Array): number => countAtOrAbove(scores, threshold) / scores.length;
  const { trueAcceptRate } = atFalseAcceptRate(sets, 1e-3);
  return [
    name,
    percent(missed, 1),
    percent(rate(sets.genuine), 1),
    percent(rate(sets.impostor)),
    percent(trueAcceptRate, 1),
  ];
}
