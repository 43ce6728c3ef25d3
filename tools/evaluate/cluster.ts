import { readFile } from 'node:fs/promises';
import { messageOf, SourceError } from '@fr-stream/core';
import { parse } from 'csv-parse/sync';
import { markdownTable } from 'markdown-table';
import { bCubed, pairwise, type ClusteredFace } from './metrics/clustering.js';
import { percent } from './report/percent.js';

/**
 * Scores a clustering that any tool has written: a CSV with the columns person and cluster, one row per face; an
 * empty cluster means that the face was left alone.
 */
export async function clusterTable(file: string): Promise<string> {
  let rows: Record<string, string>[];
  try {
    rows = parse(await readFile(file, 'utf8'), {
      columns: true,
      skip_empty_lines: true,
      trim: true,
      bom: true,
    });
  } catch (error) {
    throw new SourceError('INPUT_UNREADABLE', `${file}: ${messageOf(error)}`, { cause: error });
  }
  const faces = rows.map(({ person, cluster }, i): ClusteredFace => {
    if (!person || cluster === undefined) {
      throw new SourceError('INPUT_UNREADABLE', `${file}: row ${i + 1} must give person and cluster`);
    }
    return { person, cluster: cluster === '' ? undefined : cluster };
  });
  const cubed = bCubed(faces);
  const pairs = pairwise(faces);
  const head = ['Faces', 'BCubed P', 'BCubed R', 'BCubed F', 'Pairwise P', 'Pairwise R', 'Pairwise F'];
  const figures = [cubed.precision, cubed.recall, cubed.f, pairs.precision, pairs.recall, pairs.f];
  return `${markdownTable([head, [String(faces.length), ...figures.map((value) => percent(value))]])}\n`;
}
