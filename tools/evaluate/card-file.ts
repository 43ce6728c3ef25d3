import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseModelCard } from '@fr-stream/models';
import writeFileAtomic from 'write-file-atomic';

/**
 * Changes a card of `models/cards`. Run `npm run generate -w models` after it.
 * @returns the file's path.
 * @throws ModelError (MODEL_CARD_INVALID) when the result is no card; the file is then as it was.
 */
export async function changeCard(
  id: string,
  change: (card: Record<string, unknown>) => Record<string, unknown>,
): Promise<string> {
  const path = fileURLToPath(new URL(`../../models/cards/${id}.json`, import.meta.url));
  const json = change(JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>);
  parseModelCard(json, path);
  await writeFileAtomic(path, `${JSON.stringify(json, null, 2)}\n`);
  return path;
}
