import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { thresholdForFar, type SimilarityCurve } from '@fr-stream/core';
import { findFusion, fusionSchema, parseModelCard } from '@fr-stream/models';
import type { EngineOptions } from 'fr-stream/engine';
import { markdownTable } from 'markdown-table';
import writeFileAtomic from 'write-file-atomic';
import { allPairScores } from '../all-pairs.js';
import { atFalseAcceptRate, type OperatingPoint } from '../metrics/verification.js';
import { readPeople } from '../people.js';
import { photoFaces } from '../photo-faces.js';
import { percent } from '../report/percent.js';
import { FALSE_ACCEPT_RATES } from '../report/verification-report.js';
import { fitCurve } from './fit-curve.js';

export interface Calibration {
  readonly embedder: string;
  readonly curve: SimilarityCurve;
  /** Counted, for comparison with what the curve says. */
  readonly points: readonly (OperatingPoint & { readonly fitted: number })[];
  readonly measuredOn: string;
}

/** Fits the similarity curve of an embedder to all pairs of photos of a folder with one sub-folder per person. */
export async function calibrate(folder: string, set: string, options: EngineOptions): Promise<Calibration> {
  const people = await readPeople(folder);
  const { faces, models, embedder } = await photoFaces(folder, [...people.values()].flat(), options);
  const sets = allPairScores(people, faces);
  const measuredOn = `All pairs of ${faces.size} photos of ${people.size} people of ${set}; ${models.join(' + ')}`;
  const curve = fitCurve(sets, measuredOn);
  const card = { id: embedder, thresholds: { cosine: 0, curve } };
  const points = FALSE_ACCEPT_RATES.map((rate) => ({
    ...atFalseAcceptRate(sets, rate),
    fitted: thresholdForFar(card, rate),
  }));
  return { embedder, curve, points, measuredOn };
}

export function calibrationTable({ embedder, curve, points }: Calibration): string {
  const rows = points.map(({ asked, threshold, trueAcceptRate, fitted }) => [
    asked.toExponential(0),
    threshold.toFixed(4),
    fitted.toFixed(4),
    percent(trueAcceptRate),
  ]);
  const head = ['FAR', 'Threshold counted', 'Threshold of the curve', 'TAR counted'];
  return `${embedder}: ${curve.genuinePairs} same-person and ${curve.impostorPairs} different-person pairs\n\n${markdownTable([head, ...rows])}\n`;
}

/** Puts curve, operating points and the recommended threshold (at `far`) into the embedder's card file. */
export async function writeCalibration(calibration: Calibration, far: number): Promise<string> {
  const { embedder, curve, points, measuredOn } = calibration;
  const kind = findFusion(embedder) === undefined ? 'cards' : 'fusions';
  const path = fileURLToPath(new URL(`../../../models/${kind}/${embedder}.json`, import.meta.url));
  const json = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  const round = (value: number): number => Number(value.toFixed(4));
  json.thresholds = {
    cosine: Number(thresholdForFar({ id: embedder, thresholds: { cosine: 0, curve } }, far).toFixed(3)),
    calibration: points.map(({ threshold, falseAcceptRate, trueAcceptRate }) => ({
      threshold: round(threshold),
      falseAcceptRate: Number(falseAcceptRate.toPrecision(3)),
      trueAcceptRate: round(trueAcceptRate),
      measuredOn,
    })),
    curve,
  };
  if (kind === 'cards') parseModelCard(json, path);
  else fusionSchema.parse(json);
  await writeFileAtomic(path, `${JSON.stringify(json, null, 2)}\n`);
  return path;
}
