import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { REPORTED, reportPath } from '../../api/report.js';

/** Words of our own for things that the field has a word for; see docs/glossary.md. */
const OURS: Readonly<Record<string, RegExp>> = {
  appearance: /looks/i,
  similarity: /likeness/i,
  observation: /(?<!hind|in)sight/i,
  'unknown identities': /stranger_?book/i,
  'user-supplied': /brought/i,
  'rotation retry': /second_?look/i,
  conflict: /taken/i,
  weight: /worth/i,
};

/** Every identifier of a report: exported names, members, parameters, literals. */
const wordsOf = (report: string): readonly string[] => [...new Set(report.match(/[A-Za-z_$][\w$]*/g))];

it.each(REPORTED)('exports of %s are called as the field calls them', async (folder) => {
  const words = wordsOf(await readFile(reportPath(folder), 'utf8'));
  expect(words.length).toBeGreaterThan(10);
  const wrong = Object.entries(OURS).flatMap(([right, ours]) =>
    words.filter((word) => ours.test(word)).map((word) => `${word}: say ${right}`),
  );
  expect(wrong).toEqual([]);
});

it('knows our words where it meets them', () => {
  const words = wordsOf('looksLike(hindsight: InsightFace, sights: number): StrangerBook');
  expect(words.filter((word) => Object.values(OURS).some((ours) => ours.test(word)))).toEqual([
    'looksLike',
    'sights',
    'StrangerBook',
  ]);
});
