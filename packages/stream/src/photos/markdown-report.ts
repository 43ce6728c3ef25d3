import type { LibraryFace, VectorIndex } from '@fr-stream/core';
import { nearestFaces } from './nearest.js';

export interface MarkdownReportOptions {
  /** Neighbours per face, itself included. Default 5. */
  readonly neighbours?: number;
  /** Where the pictures lie, relative to the report; empty for beside it. Default `faces`. */
  readonly folder?: string;
}

/**
 * Each face and its nearest ones with their Euclidean distances, as lines of a Markdown table. The same faces in the
 * same order give the same bytes.
 * @param index holds the faces under their ids.
 */
export async function* markdownReport(
  faces: readonly LibraryFace[],
  index: VectorIndex,
  { neighbours = 5, folder = 'faces' }: MarkdownReportOptions = {},
): AsyncGenerator<string> {
  const byId = new Map(faces.map((face) => [face.id, face]));
  const start = folder === '' ? '' : `${folder}/`;
  const picture = (face: LibraryFace): string => `![face](${encodeURI(`${start}${face.cutout}`)})`;
  yield `## Results\n\n| face | ${neighbours} nearest |\n| --- | --- |\n`;
  for (const face of faces) {
    const near = await nearestFaces(index, byId, face.embedding.vector, neighbours);
    yield `| ${picture(face)} | ${near.map((n) => `${n.distance.toFixed(2)} ${picture(n.face)}`).join(' ')} |\n`;
  }
}
