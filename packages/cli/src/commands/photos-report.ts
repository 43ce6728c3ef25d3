import { ArgumentError, collected } from '@fr-stream/core';
import { relative, dirname, resolve, sep } from 'node:path';
import { SharpCodec } from '@fr-stream/backend-node';
import type { FaceOutline, Gallery, VectorIndex } from '@fr-stream/core';
import { TextOutput, htmlReport, type Output, markdownReport, type ReportPerson } from '@fr-stream/stream';
import { embedderCardOf } from '../compose/embedder-card.js';
import { facesFolder } from '../compose/faces-folder.js';
import { openGallery } from '../compose/open-gallery.js';
import { openPhotos, type PhotoStore } from '../compose/open-library.js';
import { createOutputs } from '../compose/run-outputs.js';
import { embedderOfFaces, openSetIndex } from '../compose/set-index.js';
import { EXIT, type ExitCode } from '../exit-codes.js';

export interface PhotosReportOptions {
  readonly gallery?: string;
  readonly faces?: string;
  readonly neighbours?: number;
  readonly minQuality?: number;
  readonly overwrite?: boolean;
}

/** What a report is made of. */
export interface ReportSet {
  readonly library: PhotoStore;
  readonly gallery: Gallery;
  readonly faces: readonly FaceOutline[];
  /** Holds the faces, and maybe others. */
  readonly index: VectorIndex;
  /** That made the faces' embeddings. */
  readonly embedder: string;
  /** Of the cut-outs. */
  readonly folder: string;
  readonly neighbours?: number;
}

/** Writes the report as the file's ending says. @throws SinkError, GalleryError */
export async function writeReport(output: Output, set: ReportSet): Promise<void> {
  const { library, gallery, faces, index, neighbours } = set;
  await using text = new TextOutput(output);
  await text.open();
  const settings = neighbours === undefined ? {} : { neighbours };
  if (library.vault.encrypted && !isHtml(output.target)) {
    throw new ArgumentError(`${output.target}: the cut-outs that it would show are encrypted.`, {
      hint: 'Write an .html report, which holds its pictures itself.',
    });
  }
  const chunks = isHtml(output.target)
    ? htmlReport(
        {
          ...set,
          photos: await collected(library.photos()),
          codec: new SharpCodec(),
          ...(library.vault.encrypted && { seal: library.vault }),
          personOf: personOf(gallery),
        },
        {
          ...settings,
          sameDistance: distanceOfCosine((await embedderCardOf(set.embedder)).thresholds.cosine),
        },
      )
    : markdownReport(faces, index, library, { ...settings, folder: linkTo(set.folder, output.target) });
  for await (const chunk of chunks) await text.write(chunk);
  await text.close();
}

function isHtml(output: string): boolean {
  return /\.html?$/i.test(output);
}

/** The way from the report to the cut-outs. */
function linkTo(folder: string, output: string): string {
  const from = output === '-' ? '.' : dirname(resolve(output));
  return relative(from, folder).split(sep).join('/');
}

function distanceOfCosine(cosine: number): number {
  return Math.sqrt(Math.max(0, 2 - 2 * cosine));
}

function personOf(gallery: Gallery): (face: FaceOutline) => ReportPerson | undefined {
  return ({ personId }) => {
    const person = personId === undefined ? undefined : gallery.find(personId);
    return person && { id: person.id, name: person.name, named: person.unnamed !== true };
  };
}

/** `fr-stream report`: each face and its nearest ones. */
export async function photosReport(file: string, options: PhotosReportOptions): Promise<ExitCode> {
  const outputs = createOutputs(options);
  const output = outputs.output('', file);
  await outputs.check();
  await using gallery = await openGallery(options.gallery, { mode: 'read' });
  await using library = await openPhotos(options.gallery);
  const all = await collected(library.outline());
  const embedder = embedderOfFaces(library.path, all);
  const { neighbours, minQuality = 0 } = options;
  const faces = minQuality > 0 ? all.filter(({ quality }) => quality >= minQuality) : all;
  await using index = await openSetIndex(library, all, faces);
  await writeReport(output, {
    library,
    gallery,
    faces,
    index,
    embedder,
    folder: await facesFolder(library, options.faces),
    ...(neighbours !== undefined && { neighbours }),
  });
  return EXIT.ok;
}
