import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineOptions } from 'fr-stream/engine';
import { markdownTable } from 'markdown-table';
import { readPairs } from './pairs.js';
import { percent } from './report/percent.js';
import type { VerificationResult } from './report/verification-report.js';
import { measureSpeed } from './speed.js';
import { verify } from './verify.js';

/** The chains of the table in models/README.md. */
export const CHAINS: readonly EngineOptions[] = [
  {},
  { accurate: true },
  { embedder: 'faceplugin-feature-512', accurate: true },
  { embedder: 'dlib-resnet-128' },
  { embedder: 'mobilefacenet-128' },
  { embedder: 'mobileface-256' },
  { embedder: 'mobilefacenet-192' },
  { landmarker: 'face-api-landmark-68' },
  { landmarker: 'face-api-landmark-68-tiny' },
  { landmarker: 'face-mesh-468' },
  { detector: 'yunet-2023mar' },
  { detector: 'yunet-2023mar', accurate: true },
  { detector: 'yunet-n-dynamic' },
  { detector: 'scrfd-500m-kps' },
  { detector: 'scrfd-2.5g-kps' },
  { detector: 'blazeface-short-128' },
  { detector: 'blazeface-back-256' },
  { detector: 'blazeface-full-192' },
];

/** Accuracy, speed at one and two threads, size and terms of every chain, as Markdown. */
export async function chainsTable(
  folder: string,
  pairsFile: string,
  common: EngineOptions,
): Promise<{ readonly markdown: string; readonly results: readonly VerificationResult[] }> {
  const [{ a: firstPhoto }] = await readPairs(pairsFile);
  const photo = join(folder, firstPhoto);
  await stat(photo);
  const results: VerificationResult[] = [];
  const rows: string[][] = [];
  for (const chain of CHAINS) {
    const options = { ...common, ...chain };
    const result = await verify(folder, pairsFile, options);
    const one = await measureSpeed(photo, 1, options);
    const two = await measureSpeed(photo, 2, options);
    const { cards } = result;
    const terms = new Set(cards.map(({ licence }) => licence.commercialUse));
    results.push(result);
    rows.push([
      result.name,
      `${percent(result.accuracy.mean)} ± ${(result.accuracy.std * 100).toFixed(2)}`,
      percent(result.points[1].trueAcceptRate, 1),
      percent(result.eer),
      String(result.missed),
      `${one.detectMs.toFixed(1)} / ${two.detectMs.toFixed(1)}`,
      `${one.embedMs.toFixed(1)} / ${two.embedMs.toFixed(1)}`,
      (cards.reduce((sum, { bytes = 0 }) => sum + bytes, 0) / 1e6).toFixed(1),
      terms.has('no') ? 'no' : terms.has('unclear') ? 'unclear' : 'yes',
    ]);
  }
  const head = [
    'Chain',
    'Accuracy ± std',
    'TAR at FAR 1e-3',
    'EER',
    'Photos without a face',
    'ms per frame, 1 / 2 threads',
    'ms per face, 1 / 2 threads',
    'MB',
    'Commercial use',
  ];
  return { markdown: `${markdownTable([head, ...rows])}\n`, results };
}
