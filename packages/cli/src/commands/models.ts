import type { ModelCard } from '@fr-stream/core';
import { copyModels, type NodeModelStore } from '@fr-stream/backend-node';
import { USER_SUPPLIED_DETECTORS, DEFAULT_CHAIN, findUserSupplied, findCard } from '@fr-stream/models';
import { createModelStore, knownCards } from '../compose/model-store.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { downloadReporter } from '../ui/download.js';
import { paint } from '../ui/paint.js';
import { print, printJson, say } from '../ui/terminal.js';

export interface ModelsOptions {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly acceptLicence?: boolean;
  readonly quiet?: boolean;
  readonly id?: string;
  readonly card?: string;
  /** Folder that gets a copy of each file as `<id>.onnx`. */
  readonly into?: string;
  /** Replace files there that are other than the models. */
  readonly overwrite?: boolean;
}

const DEFAULT_CARDS: readonly ModelCard[] = Object.values(DEFAULT_CHAIN);

/** The models named, or (none named) those of the default chain, or (`--all`) all that can be fetched. */
async function chosen(
  store: NodeModelStore,
  ids: readonly string[],
  options: ModelsOptions,
): Promise<readonly ModelCard[]> {
  const known = await knownCards(store);
  if (ids.length > 0) return ids.map((id) => findCard(id, known));
  if (options.all !== true) return DEFAULT_CARDS;
  return known.filter((card) => card.sources.length > 0 || card.derived !== undefined);
}

export async function modelsList(options: ModelsOptions): Promise<ExitCode> {
  const store = createModelStore();
  const known = await knownCards(store);
  const files = await Promise.all(
    known.map(async (card) => ({
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
  const unknown = USER_SUPPLIED_DETECTORS.filter(({ id }) => !known.some((card) => card.id === id)).map(
    (card) => ({
      id: card.id,
      task: card.task,
      bytes: undefined,
      licence: card.licence.spdx,
      commercialUse: card.licence.commercialUse,
      state: 'bring',
      default: false,
      summary: card.summary,
    }),
  );
  const rows = [...files, ...unknown].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (options.json === true) {
    printJson(rows);
    return EXIT.ok;
  }
  const width = Math.max(...rows.map(({ id }) => id.length));
  for (const row of rows) {
    const size = (row.bytes === undefined ? '?' : `${(row.bytes / 1e6).toFixed(1)} MB`).padStart(8);
    const state = row.state === 'ok' ? 'cached ' : row.state.padEnd(7);
    const mark = row.default ? '*' : ' ';
    print(
      `${mark} ${row.id.padEnd(width)}  ${row.task.padEnd(10)} ${size}  ${state}  commercial use: ${row.commercialUse.padEnd(7)} ${row.licence}`,
    );
  }
  say(paint.dim(`* default chain. Cache: ${store.folder}`));
  return EXIT.ok;
}

export async function modelsPull(ids: readonly string[], options: ModelsOptions): Promise<ExitCode> {
  const store = createModelStore();
  const cards = await chosen(store, ids, options);
  if (options.acceptLicence === true) for (const card of cards) await store.acceptLicence(card);
  const progress = downloadReporter(options.quiet === true);
  let paths: readonly string[];
  try {
    paths = await store.pullAll(cards, { onProgress: progress.update });
  } finally {
    progress.done();
  }
  if (options.into !== undefined) {
    const models = cards.map(({ id }, i) => ({ id, file: paths[i] ?? '' }));
    paths = await copyModels(options.into, models, { overwrite: options.overwrite });
  }
  cards.forEach((card, i) => print(`${card.id}\t${paths[i]}`));
  return EXIT.ok;
}

export async function modelsVerify(ids: readonly string[], options: ModelsOptions): Promise<ExitCode> {
  const store = createModelStore();
  let broken = 0;
  for (const card of await chosen(store, ids, options)) {
    const state = await store.verify(card);
    if (state !== 'ok') broken++;
    print(`${card.id}\t${state}`);
  }
  return broken > 0 ? EXIT.check : EXIT.ok;
}

export async function modelsPath(id: string): Promise<ExitCode> {
  const store = createModelStore();
  const path = await store.path(findCard(id, await knownCards(store)));
  print(`${path}`);
  return EXIT.ok;
}

/** With an id: the file of a model that we have a card for. Without: any file, whose card is then found or proposed. */
export async function modelsAdd(
  idOrFile: string,
  file: string | undefined,
  options: ModelsOptions,
): Promise<ExitCode> {
  const store = createModelStore();
  const as = file === undefined ? undefined : findUserSupplied(idOrFile);
  if (file !== undefined && as === undefined) {
    const card = findCard(idOrFile, await knownCards(store));
    if (options.acceptLicence === true) await store.acceptLicence(card);
    print(`${card.id}\t${await store.add(card, file)}`);
    return EXIT.ok;
  }
  const { bringModel } = await import('./add-model.js');
  const { card, path, cardPath, guesses, trial, maybe } = await bringModel(store, file ?? idOrFile, {
    ...options,
    ...(as !== undefined && { as }),
  });
  print(`${card.id}\t${path}`);
  say(`${card.task}: ${card.summary}`);
  if (cardPath === undefined) return EXIT.ok;
  for (const guess of card.task === 'detector' && trial?.ok === true ? [] : guesses) say(`assumed ${guess}`);
  if (trial !== undefined) say(`${trial.ok ? 'tried' : 'TRIED, AND FAILED'}: ${trial.outcome}`);
  say(`card: ${cardPath} (correct there what is wrong)`);
  if (maybe.length > 0)
    say(`if it is one of ${maybe.join(', ')}: "fr-stream models add ID FILE" knows what it is fed with`);
  if (card.task !== 'analyzer') say(`use it with --${card.task} ${card.id}`);
  return trial?.ok === false ? EXIT.check : EXIT.ok;
}

/** Deletes a cached file and, for a model that the user has added, its card. */
export async function modelsRemove(id: string): Promise<ExitCode> {
  const store = createModelStore();
  const card = findCard(id, await knownCards(store));
  await store.remove(card);
  await store.userCards.remove(card.id);
  print(`${card.id}`);
  return EXIT.ok;
}
