/**
 * Writes src/cards.generated.ts, schema/model-card.schema.json and README.md's table of cards from cards/*.json,
 * user-supplied/*.json, fusions/*.json and src/schema.ts.
 * Run with `npm run generate -w models`; `--check` only says (exit code 1) whether they are out of step.
 */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { modelCardJsonSchema } from '../src/json-schema.ts';
import { parseModelCard } from '../src/parse.ts';
import { userSuppliedSchema, fusionSchema } from '../src/schema.ts';

const root = new URL('..', import.meta.url);

async function readCards() {
  const names = (await readdir(new URL('cards/', root))).filter((name) => name.endsWith('.json'));
  const cards = [];
  for (const name of names) {
    const value = JSON.parse(await readFile(new URL(`cards/${name}`, root), 'utf8'));
    const card = parseModelCard(value, `models/cards/${name}`);
    if (name !== `${card.id}.json`) throw new Error(`models/cards/${name} must be named ${card.id}.json`);
    cards.push(card);
  }
  return cards.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The JSON files of a folder, in ascending order of name, each checked. */
async function readAll(folder, schema) {
  const names = (await readdir(new URL(folder, root))).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => schema.parse(JSON.parse(await readFile(new URL(folder + name, root), 'utf8')))),
  );
}

async function render(path, text) {
  const url = new URL(path, root);
  const options = await resolveConfig(url);
  return [url, await format(text, { ...options, filepath: url.pathname })];
}

/** Milliseconds with one and with two threads, and what they are for. */
function speedText({ speed }) {
  if (speed === undefined) return 'not run';
  return `${speed.ms.map((ms) => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0))).join(' / ')} per ${speed.per}`;
}

/** One row per card, for README.md. */
function cardTable(cards, userSupplied) {
  const known = cards.map((card) => {
    const { sources, derived } = card;
    const [first] = derived === undefined ? sources : derived.sources.map(({ source: each }) => each);
    const where = first === undefined ? 'bring your own' : first.startsWith('npm:') ? 'npm' : 'https';
    return { ...card, source: derived === undefined ? where : `${where}, converted` };
  });
  const rows = [
    ...known,
    ...userSupplied.map((card) => ({ ...card, source: 'bring your own, hash not known' })),
  ]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((card) => {
      const { id, task, bytes, licence, source } = card;
      const consent = licence.acceptRequired === true ? ', asks for consent' : '';
      const size = bytes === undefined ? '' : (bytes / 1e6).toFixed(2);
      return `| \`${id}\` | ${task} | ${size} | ${speedText(card)} | ${licence.spdx} | ${licence.commercialUse}${consent} | ${source} |`;
    });
  return [
    '| Model | Task | MB | ms, 1 / 2 threads | Licence of the file | Commercial use | Source |',
    '| --- | --- | ---: | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

const tableMarks = /(<!-- cards -->)[^]*(<!-- \/cards -->)/;

/** README.md with its table brought up to date. */
async function readme(cards, userSupplied) {
  const text = await readFile(new URL('README.md', root), 'utf8');
  if (!tableMarks.test(text)) throw new Error('models/README.md lacks the marks of the table of cards');
  return text.replace(
    tableMarks,
    (_, start, end) => `${start}\n\n${cardTable(cards, userSupplied)}\n\n${end}`,
  );
}

/** @returns pairs of [URL, text] that should be on disk. */
export async function generated() {
  const cards = await readCards();
  const userSupplied = await readAll('user-supplied/', userSuppliedSchema);
  const fusions = await readAll('fusions/', fusionSchema);
  return [
    await render(
      'src/cards.generated.ts',
      `// Made by models/scripts/generate.mjs from models/cards, models/user-supplied and models/fusions. Do not edit.
import type { UserSuppliedDetectorCard, EmbedderFusion, ModelCard } from '@fr-stream/core';

/** Every model card that comes with fr-stream, in ascending order of id. */
export const MODEL_CARDS: readonly ModelCard[] = ${JSON.stringify(cards)};

/** Detectors whose file users bring, in ascending order of id. */
export const USER_SUPPLIED_DETECTORS: readonly UserSuppliedDetectorCard[] = ${JSON.stringify(userSupplied)};

/** Embedders that work as one. */
export const EMBEDDER_FUSIONS: readonly EmbedderFusion[] = ${JSON.stringify(fusions)};
`,
    ),
    await render('schema/model-card.schema.json', JSON.stringify(modelCardJsonSchema())),
    await render('README.md', await readme(cards, userSupplied)),
  ];
}

const check = process.argv.includes('--check');
for (const [url, text] of await generated()) {
  const current = await readFile(url, 'utf8').catch(() => '');
  if (current === text) continue;
  if (check) {
    console.error(`${url.pathname} is out of step; run: npm run generate -w models`);
    process.exitCode = 1;
  } else {
    await writeFile(url, text);
    console.log(`wrote ${url.pathname}`);
  }
}
