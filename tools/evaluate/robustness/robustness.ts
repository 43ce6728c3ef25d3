import { cosineSimilarity } from '@fr-stream/core';
import type { EngineOptions } from 'fr-stream/engine';
import { markdownTable } from 'markdown-table';
import { readPairs } from '../pairs.js';
import { photoFaces } from '../photo-faces.js';
import { percent } from '../report/percent.js';
import { DEGRADATIONS } from './degradations.js';

/**
 * Verification of a photo as it is against a photo made harder, at the threshold that the embedder's card recommends:
 * what a gallery of good photos meets in the wild.
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
  for (const { name, apply } of DEGRADATIONS) {
    if (only !== undefined && !name.includes(only)) continue;
    const { faces } = await photoFaces(folder, hard, options, apply);
    let [accepted, genuine, wrong, impostors] = [0, 0, 0, 0];
    for (const { a, b, same } of pairs) {
      const first = clean.faces.get(a);
      const second = faces.get(b);
      const alike =
        first !== undefined &&
        second !== undefined &&
        cosineSimilarity(first.vector, second.vector) >= clean.threshold;
      if (same) [genuine, accepted] = [genuine + 1, accepted + Number(alike)];
      else [impostors, wrong] = [impostors + 1, wrong + Number(alike)];
    }
    const missed = hard.filter((photo) => faces.get(photo) === undefined).length;
    rows.push([
      name,
      percent(missed / hard.length, 1),
      percent(accepted / genuine, 1),
      percent(wrong / impostors),
    ]);
  }
  const head = ['The other photo', 'No face found', 'Same person accepted', 'Other person accepted'];
  const chain = `${clean.models.join(' + ')}${options.accurate === true ? ', accurate' : ''}`;
  return `${chain}, threshold ${clean.threshold}\n\n${markdownTable([head, ...rows])}\n`;
}
