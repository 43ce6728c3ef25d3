import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseModelCard } from '@fr-stream/models';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { recipeOf } from './support/npm-files.js';

const FOLDER = resolve(import.meta.dirname, '../../convert/proposed-cards');
const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.json') && name !== 'templates.json');
const proposal = z.object({ recipe: z.string(), card: z.unknown() });

describe('proposed cards', () => {
  it.each(files)('%s is a card for what its recipe makes', async (file) => {
    const { recipe, card } = proposal.parse(JSON.parse(await readFile(resolve(FOLDER, file), 'utf8')));
    const parsed = parseModelCard(card, file);
    expect(`${parsed.id}.json`).toBe(file);
    expect(recipeOf(recipe).sha256).toBe(parsed.sha256);
  });
});
