import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { messageOf, SourceError } from '@fr-stream/core';

/** Two photos, by their paths relative to the folder of photos, with `/`. */
export interface Pair {
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  readonly fold: number;
}

const FOLDS = 10;

function bad(origin: string, reason: string): SourceError {
  return new SourceError('INPUT_UNREADABLE', `${origin}: ${reason}`, {
    hint: "It must be a CSV with the columns a,b,same (and fold, if the folds are given), or LFW's own pairs.txt.",
  });
}

/**
 * Deals pairs without given folds to 10 folds: contiguous blocks, in file order, of the same-person and of the
 * different-person pairs alike, so that every fold has its share of both.
 */
function dealt(pairs: readonly Omit<Pair, 'fold'>[]): readonly Pair[] {
  const total = { true: 0, false: 0 };
  for (const { same } of pairs) total[`${same}`]++;
  const seen = { true: 0, false: 0 };
  return pairs.map((pair) => {
    const index = seen[`${pair.same}`]++;
    return { ...pair, fold: Math.floor((index * FOLDS) / total[`${pair.same}`]) };
  });
}

function parseCsv(text: string, origin: string): readonly Pair[] {
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { columns: true, skip_empty_lines: true, trim: true, bom: true });
  } catch (error) {
    throw bad(origin, messageOf(error));
  }
  const pairs = rows.map(({ a, b, same, fold }, i) => {
    if (!a || !b || (same !== '0' && same !== '1')) {
      throw bad(origin, `row ${i + 1} must give a, b, and 0 or 1 for same`);
    }
    return { a, b, same: same === '1', fold: fold === undefined ? undefined : Number(fold) };
  });
  if (pairs.every((pair) => pair.fold === undefined)) return dealt(pairs);
  return pairs.map((pair, i) => {
    if (pair.fold === undefined || !Number.isInteger(pair.fold))
      throw bad(origin, `row ${i + 1} has no fold`);
    return { ...pair, fold: pair.fold };
  });
}

/**
 * LFW's pairs.txt: "folds pairs-per-class", then per fold so many lines "name i j" of one person, and so many
 * "name i other j" of two. (View 1 files, with one count only, make one fold.)
 */
function parseLfw(text: string, origin: string): readonly Pair[] {
  const [head, ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const counts = head.trim().split(/\s+/).map(Number);
  const perClass = counts[counts.length - 1];
  const photo = (name: string, number: string): string => `${name}/${name}_${number.padStart(4, '0')}.jpg`;
  const pairs = lines.map((line, i): Pair => {
    const words = line.split('\t').length > 1 ? line.trim().split('\t') : line.trim().split(/\s+/);
    const fold = Math.floor(i / (2 * perClass));
    if (words.length === 3) {
      return { a: photo(words[0], words[1]), b: photo(words[0], words[2]), same: true, fold };
    }
    if (words.length === 4) {
      return { a: photo(words[0], words[1]), b: photo(words[2], words[3]), same: false, fold };
    }
    throw bad(origin, `line ${i + 2} has ${words.length} words where LFW has 3 or 4`);
  });
  const expected = (counts.length > 1 ? counts[0] : 1) * 2 * perClass;
  if (pairs.length !== expected) throw bad(origin, `it says ${expected} pairs and holds ${pairs.length}`);
  return pairs;
}

/** @param origin names the text in errors. @throws SourceError (INPUT_UNREADABLE) */
export function parsePairs(text: string, origin: string): readonly Pair[] {
  const pairs = /^\s*\d+(\s+\d+)?\s*$/m.test(text.split(/\r?\n/, 1)[0])
    ? parseLfw(text, origin)
    : parseCsv(text, origin);
  if (!pairs.some(({ same }) => same) || pairs.every(({ same }) => same)) {
    throw bad(origin, 'it must hold pairs of one person and pairs of two');
  }
  return pairs;
}

/** @throws SourceError (INPUT_NOT_FOUND | INPUT_UNREADABLE) */
export async function readPairs(path: string): Promise<readonly Pair[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new SourceError('INPUT_NOT_FOUND', `${path}: ${messageOf(error)}`, { cause: error });
  }
  return parsePairs(text, path);
}
