import { cosineSimilarity, type ModelCard } from '@fr-stream/core';
import type { EngineOptions } from 'fr-stream/engine';
import type { ScoredPair } from './metrics/verification.js';
import { readPairs } from './pairs.js';
import { photoFaces } from './photo-faces.js';
import { verificationResult, type VerificationResult } from './report/verification-report.js';

/** Verification of one chain over a folder of photos and a pairs file. @throws SourceError, ModelError */
export async function verify(
  folder: string,
  pairsFile: string,
  options: EngineOptions,
): Promise<VerificationResult & { readonly cards: readonly ModelCard[] }> {
  const pairs = await readPairs(pairsFile);
  const photos = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))].sort();
  const { faces, models, cards } = await photoFaces(folder, photos, options);
  const scored = pairs.map(({ a, b, same, fold }): ScoredPair => {
    const first = faces.get(a);
    const second = faces.get(b);
    const score =
      first === undefined || second === undefined ? undefined : cosineSimilarity(first.vector, second.vector);
    return { score, same, fold };
  });
  const missed = photos.filter((photo) => faces.get(photo) === undefined).length;
  const tiles = (options.tiles ?? 1) > 1 ? `, ${options.tiles} tiles` : '';
  const accurate = options.accurate === true ? ', accurate' : '';
  return { ...verificationResult(`${models.join(' + ')}${tiles}${accurate}`, scored, missed), cards };
}
