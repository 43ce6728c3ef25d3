import type { ModelCard } from '@fr-stream/core';
import { NodeModelStore } from '@fr-stream/backend-node';
import { DEFAULT_CHAIN, findCard, MODEL_CARDS } from '@fr-stream/models';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { downloadReporter } from '../ui/download.js';
import { paint } from '../ui/paint.js';

export interface ModelsOptions {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly acceptLicence?: boolean;
  readonly quiet?: boolean;
}

const DEFAULT_CARDS: readonly ModelCard[] = Object.values(DEFAULT_CHAIN);

/** The models named, or (none named) those of the default chain, or (`--all`) all that can be fetched. */
function chosen(ids: readonly string[], options: ModelsOptions): readonly ModelCard[] {
  if (ids.length > 0) return ids.map((id) => findCard(id));
  return options.all === true ? MODEL_CARDS.filter((card) => card.sources.length > 0) : DEFAULT_CARDS;
}

export async function modelsList(options: ModelsOptions): Promise<ExitCode> {
  const store = new NodeModelStore();
  const rows = await Promise.all(
    MODEL_CARDS.map(async (card) => ({
      id: card.id,
      task: card.task,
      bytes: card.bytes,
      licence: card.licence.spdx,
      commercialUse: card.licence.commercialUse,
      state: await store.verify(card),
      default: DEFAULT_CARDS.includes(card),
      summary: card.summary,
    })),
  );
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(rows)}\n`);
    return EXIT.ok;
  }
  const width = Math.max(...rows.map(({ id }) => id.length));
  for (const row of rows) {
    const size = `${(row.bytes / 1e6).toFixed(1)} MB`.padStart(8);
    const state = row.state === 'ok' ? 'cached ' : row.state.padEnd(7);
    const mark = row.default ? '*' : ' ';
    process.stdout.write(
      `${mark} ${row.id.padEnd(width)}  ${row.task.padEnd(10)} ${size}  ${state}  commercial use: ${row.commercialUse.padEnd(7)} ${row.licence}\n`,
    );
  }
  process.stderr.write(paint.dim(`* default chain. Cache: ${store.folder}\n`));
  return EXIT.ok;
}

export async function modelsPull(ids: readonly string[], options: ModelsOptions): Promise<ExitCode> {
  const store = new NodeModelStore();
  const cards = chosen(ids, options);
  if (options.acceptLicence === true) for (const card of cards) await store.acceptLicence(card);
  const progress = downloadReporter(options.quiet === true);
  let paths: readonly string[];
  try {
    paths = await store.pullAll(cards, { onProgress: progress.update });
  } finally {
    progress.done();
  }
  cards.forEach((card, i) => process.stdout.write(`${card.id}\t${paths[i]}\n`));
  return EXIT.ok;
}

export async function modelsVerify(ids: readonly string[], options: ModelsOptions): Promise<ExitCode> {
  const store = new NodeModelStore();
  let broken = 0;
  for (const card of chosen(ids, options)) {
    const state = await store.verify(card);
    if (state !== 'ok') broken++;
    process.stdout.write(`${card.id}\t${state}\n`);
  }
  return broken > 0 ? EXIT.check : EXIT.ok;
}

export async function modelsPath(id: string): Promise<ExitCode> {
  const path = await new NodeModelStore().path(findCard(id));
  process.stdout.write(`${path}\n`);
  return EXIT.ok;
}

export async function modelsAdd(id: string, file: string, options: ModelsOptions): Promise<ExitCode> {
  const store = new NodeModelStore();
  const card = findCard(id);
  if (options.acceptLicence === true) await store.acceptLicence(card);
  process.stdout.write(`${card.id}\t${await store.add(card, file)}\n`);
  return EXIT.ok;
}
