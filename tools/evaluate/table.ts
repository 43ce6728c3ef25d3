import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ModelCard } from '@fr-stream/core';
import { DEFAULT_CHAIN, MODEL_CARDS } from '@fr-stream/models';
import { createModelStore, type EngineOptions } from 'fr-stream/engine';
import { markdownTable } from 'markdown-table';
import { format, resolveConfig } from 'prettier';
import writeFileAtomic from 'write-file-atomic';
import { changeCard } from './card-file.js';
import { readPairs } from './pairs.js';
import { percent } from './report/percent.js';
import type { VerificationResult } from './report/verification-report.js';
import { milliseconds } from './speed.js';
import { verify } from './verify.js';

/** What a row of the table measures: a chain, and of which card its figures are the best to tell. */
interface Row {
  readonly chain: EngineOptions;
  readonly of?: string;
}

function detectors(): readonly Row[] {
  return MODEL_CARDS.filter(({ task, id }) => task === 'detector' && id !== DEFAULT_CHAIN.detector.id).map(
    ({ id }) => ({ chain: { detector: id }, of: id }),
  );
}

function landmarkers(): readonly Row[] {
  return MODEL_CARDS.filter(
    ({ task, id }) => task === 'landmarker' && id !== DEFAULT_CHAIN.landmarker.id,
  ).map(({ id }) => ({ chain: { landmarker: id }, of: id }));
}

function embedders(): readonly Row[] {
  return MODEL_CARDS.filter(({ task, id }) => task === 'embedder' && id !== DEFAULT_CHAIN.embedder.id).map(
    ({ id }) => ({ chain: { embedder: id }, of: id }),
  );
}

/** The chains of the table in models/README.md: the default, the accurate ones, and each card in the default's place. */
const ROWS: readonly Row[] = [
  { chain: {} },
  { chain: { accurate: true } },
  { chain: { embedder: 'faceplugin-feature-512', accurate: true } },
  { chain: { detector: 'yunet-2023mar', accurate: true } },
  { chain: { detector: 'yunet-2023mar', embedder: 'mobilefacenet-128' } },
  ...detectors(),
  ...landmarkers(),
  ...embedders(),
];

export interface TableOptions extends EngineOptions {
  /** Put the table into models/README.md, and the figures into the cards. */
  readonly write?: boolean;
}

const MARKS = /(<!-- chains -->)[^]*(<!-- \/chains -->)/;

async function writeReadme(table: string): Promise<void> {
  const path = fileURLToPath(new URL('../../models/README.md', import.meta.url));
  const text = await readFile(path, 'utf8');
  if (!MARKS.test(text)) throw new Error(`${path} lacks the marks of the table of chains`);
  const changed = text.replace(
    MARKS,
    (_, start: string, end: string) => `${start}\n\n${table.trim()}\n\n${end}`,
  );
  await writeFileAtomic(path, await format(changed, { ...(await resolveConfig(path)), filepath: path }));
}

function figures({ accuracy, points, eer, missed }: VerificationResult): readonly string[] {
  return [
    `${percent(accuracy.mean)} ± ${(accuracy.std * 100).toFixed(2)}`,
    percent(points[0].trueAcceptRate, 1),
    percent(points[1].trueAcceptRate, 1),
    percent(eer),
    String(missed),
  ];
}

/** One sentence for a card. */
function summary(result: VerificationResult): string {
  const [accuracy, , strict, eer, missed] = figures(result);
  const faces = missed === '0' ? 'no face missed' : `${missed} faces missed`;
  return `${accuracy}, TAR ${strict} at FAR 1e-3, EER ${eer}, ${faces}; ${result.name}`;
}

/** What the cards say of the models that run per photo, or per face, added up; mirror images double the latter. */
function speedOf(cards: readonly ModelCard[], stage: 'photo' | 'face', accurate: boolean): string {
  const ofStage = cards.filter(({ task }) => (task === 'embedder') === (stage === 'face'));
  if (ofStage.some(({ speed }) => speed === undefined)) return '';
  const sum = (threads: 0 | 1): number =>
    ofStage.reduce((total, { speed }) => total + (speed?.ms[threads] ?? 0), 0) *
    (stage === 'face' && accurate ? 2 : 1);
  return milliseconds(sum(0), sum(1));
}

function terms(cards: readonly ModelCard[]): string {
  const uses = new Set(cards.map(({ licence }) => licence.commercialUse));
  return uses.has('no') ? 'no' : uses.has('unclear') ? 'unclear' : 'yes';
}

const HEAD = [
  'Chain',
  'Accuracy ± std',
  'TAR at FAR 1e-2',
  'TAR at FAR 1e-3',
  'EER',
  'Photos without a face',
  'ms per photo, 1 / 2 threads',
  'ms per face, 1 / 2 threads',
  'MB',
  'Licences',
  'Commercial use',
];

async function missing(ids: readonly (string | undefined)[]): Promise<string | undefined> {
  const store = createModelStore();
  for (const card of MODEL_CARDS) {
    if (ids.includes(card.id) && !(await store.has(card))) return card.id;
  }
  return undefined;
}

/**
 * Accuracy, speed at one and two threads, size and terms of every chain, as Markdown. Chains whose files are not in
 * the cache are named and not run.
 */
export async function chainsTable(
  folder: string,
  pairsFile: string,
  { write = false, ...common }: TableOptions,
): Promise<{ readonly markdown: string; readonly results: readonly VerificationResult[] }> {
  const pairs = (await readPairs(pairsFile)).length;
  const results: VerificationResult[] = [];
  const rows: string[][] = [];
  const notRun: string[] = [];
  for (const { chain, of } of ROWS) {
    const options = { ...common, ...chain };
    if ((await missing([chain.detector, chain.landmarker, chain.embedder])) !== undefined) {
      if (of !== undefined) notRun.push(`\`${of}\``);
      continue;
    }
    const result = await verify(folder, pairsFile, options);
    const { cards } = result;
    results.push(result);
    rows.push([
      result.name.replace(/[^ ,+]{4,}[-\d][^ ,+]*/g, (id) => `\`${id}\``),
      ...figures(result),
      speedOf(cards, 'photo', false),
      speedOf(cards, 'face', chain.accurate === true),
      (cards.reduce((sum, { bytes = 0 }) => sum + bytes, 0) / 1e6).toFixed(1),
      [...new Set(cards.map(({ licence }) => licence.spdx.replace('LicenseRef-', '')))].join(', '),
      terms(cards),
    ]);
    const ids = of !== undefined ? [of] : rows.length === 1 ? cards.map(({ id }) => id) : [];
    for (const id of write ? ids : []) {
      const name = `${pairs} pairs of an LFW subset, 10 folds`;
      await changeCard(id, ({ measured: old, ...card }) => ({
        ...card,
        measured: { ...(old as object | undefined), [name]: summary(result) },
      }));
    }
  }
  const rest =
    notRun.length === 0 ? '' : `\nNot run, because the file could not be had here: ${notRun.join(', ')}.\n`;
  const markdown = `${markdownTable([HEAD, ...rows])}\n${rest}`;
  if (write) await writeReadme(markdown);
  return { markdown, results };
}
