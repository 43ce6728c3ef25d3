import type { FaceOutline, VectorIndex } from '@fr-stream/core';
import { nearestFaces, type FaceVectors } from './nearest.js';

export interface MarkdownReportOptions {
  /** Neighbours per face, itself included. Default 5. */
  readonly neighbours?: number;
  /** Where the pictures lie, relative to the report; empty for beside it. Default `faces`. */
  readonly folder?: string;
}

/**
 * Each face and its nearest ones with their Euclidean distances, as lines of a Markdown table. The same faces in the
 * same order give the same bytes.
 * @param index holds the faces under their ids; of others that it holds the report knows nothing.
 */
export async function* markdownReport(
  faces: readonly FaceOutline[],
  index: VectorIndex,
  vectors: FaceVectors,
  { neighbours = 5, folder = 'faces' }: MarkdownReportOptions = {},
): AsyncGenerator<string> {
  const cutoutOf = new Map(faces.map(({ id, cutout }) => [id, cutout]));
  const known = (await index.count()) > cutoutOf.size ? { filter: { ids: [...cutoutOf.keys()] } } : undefined;
  const start = folder === '' ? '' : `${folder}/`;
  const picture = (id: string): string => `![face](${encodeURI(`${start}${cutoutOf.get(id) ?? ''}`)})`;
  yield `## Results\n\n| face | ${neighbours} nearest |\n| --- | --- |\n`;
  for (const { id } of faces) {
    const [vector] = await vectors.vectors([id]);
    if (vector === undefined) continue;
    const near = await nearestFaces(index, vectors, vector, neighbours, known);
    yield `| ${picture(id)} | ${near.map((n) => `${n.distance.toFixed(2)} ${picture(n.id)}`).join(' ')} |\n`;
  }
}
