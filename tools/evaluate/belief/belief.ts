import { createEngine, type EngineOptions } from 'fr-stream/engine';
import { markdownTable } from 'markdown-table';
import { readPairs } from '../pairs.js';
import { gatherFaces, gatherOthers, type PictureRow } from './gather.js';
import { areaUnderRoc, fitLogistic, predict, type Sample, type Weights } from './logistic.js';

const FOLDS = 5;

/** As in core's belief.ts. */
const spread = (score: number): number =>
  Math.min(Math.max(Math.log(Math.max(score, 1e-9) / Math.max(1 - score, 1e-9)), -1), 9);
const logSize = ({ size }: PictureRow): number => Math.log(Math.min(Math.max(size, 1), 120));
const span = ({ span = 1 }: PictureRow): number => Math.min(span, 1);
const logSharpness = ({ sharpness }: PictureRow): number => Math.log(1 + Math.min(sharpness, 330));

interface Fit {
  readonly name: string;
  readonly features: readonly string[];
  readonly of: (row: PictureRow) => readonly number[];
  readonly target: (row: PictureRow) => number;
  /** What core says now, to be compared by. */
  readonly now: (row: PictureRow) => number;
  /** What telling right from wrong means for the area under the curve. */
  readonly right: (row: PictureRow) => boolean;
}

/**
 * Fits what `packages/core/src/identity/belief.ts` says of pictures, and prints the weights beside how well they tell
 * pictures that are like their person from others. Areas are of five folds by person: nobody is in the fit that judges
 * them. The weights are copied by hand, rounded to what they are worth.
 * @param none videos that show no face.
 */
export async function beliefTable(
  folder: string,
  pairsFile: string,
  none: readonly string[],
  options: EngineOptions,
): Promise<string> {
  await using engine = await createEngine(options);
  const faces = await gatherFaces(engine, folder, await readPairs(pairsFile));
  const others: PictureRow[] = [];
  for (const clip of none) others.push(...(await gatherOthers(engine, clip, 10)));
  const { threshold, norms = { mean: 0, std: 1 } } = engine.embedder;
  const alike = (row: PictureRow): boolean => (row.cosine ?? -1) >= threshold;
  const fits: Fit[] = [
    {
      name: 'pictureBelief',
      features: ['spread(score)', 'log size', 'log sharpness', '|yaw|', 'span'],
      of: (row) => [spread(row.score), logSize(row), logSharpness(row), Math.abs(row.yaw), span(row)],
      target: (row) => Number(alike(row)),
      now: ({ belief }) => belief,
      right: alike,
    },
    {
      name: 'expectedSimilarity',
      features: ['spread(score)', 'log size', 'norm in standard deviations', 'span'],
      of: (row) => [spread(row.score), logSize(row), (row.norm - norms.mean) / norms.std, span(row)],
      target: ({ cosine = 0 }) => Math.min(Math.max(cosine, 0), 1),
      now: ({ expected }) => expected,
      right: alike,
    },
  ];
  const tables = fits.map((fit) => tableOf(fit, faces));
  if (others.length > 0) {
    const isFace = (row: PictureRow): boolean => row.cosine !== undefined;
    const fit: Fit = {
      name: 'faceOdds',
      features: ['spread(score)', 'expected similarity'],
      of: (row) => [spread(row.score), row.expected],
      target: (row) => Number(isFace(row)),
      now: (row) => spread(row.score) - 2.5 + 15 * (row.expected - 0.27),
      right: isFace,
    };
    tables.push(tableOf(fit, [...faces, ...others]));
  }
  const ways = [...new Set(faces.map(({ way }) => way))].map((way) => {
    const rows = faces.filter((row) => row.way === way);
    const mean = (of: (row: PictureRow) => number): string =>
      (rows.reduce((sum, row) => sum + of(row), 0) / rows.length).toFixed(2);
    return [
      way,
      String(rows.length),
      mean((row) => Number(alike(row))),
      mean((row) => row.belief),
      mean((row) => row.cosine ?? 0),
      mean((row) => row.expected),
    ];
  });
  const head = ['the other photo', 'faces', 'like their person', 'believed to be', 'cosine', 'expected'];
  return [...tables, markdownTable([head, ...ways])].join('\n\n') + '\n';
}

function tableOf({ name, features, of, target, now, right }: Fit, rows: readonly PictureRow[]): string {
  const sample = (row: PictureRow): Sample => ({ features: of(row), target: target(row) });
  const people = [...new Set(rows.map(({ person }) => person))];
  const foldOf = new Map(people.map((person, i) => [person, i % FOLDS]));
  const area = (of: (row: PictureRow) => number): string =>
    areaUnderRoc(rows.filter(right).map(of), rows.filter((row) => !right(row)).map(of)).toFixed(3);
  const held: Weights[] = Array.from({ length: FOLDS }, (_, fold) =>
    // What is no face comes of few videos, and is in every fit.
    fitLogistic(
      rows.filter((row) => row.cosine === undefined || foldOf.get(row.person) !== fold).map(sample),
    ),
  );
  const weights = fitLogistic(rows.map(sample));
  const single = features.map((feature, i) => [
    feature,
    weights[i].toFixed(3),
    area((row) => of(row)[i] * Math.sign(weights[i] || 1)),
  ]);
  const all = [
    ['fitted, five folds', '', area((row) => predict(held[foldOf.get(row.person) ?? 0], of(row)))],
    ['as it is', '', area(now)],
  ];
  const constant = ['constant', weights[features.length].toFixed(3), ''];
  return `### ${name}, ${rows.length} pictures\n\n${markdownTable([['', 'weight', 'area under ROC'], ...single, constant, ...all])}`;
}
