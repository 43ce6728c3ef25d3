import { relative, dirname, resolve, sep } from 'node:path';
import { HnswIndex, SharpCodec, SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { FlatIndex, GalleryError, type Gallery, type LibraryFace, type VectorIndex } from '@fr-stream/core';
import { findCardFor } from '@fr-stream/models';
import { TextOutput, htmlReport, markdownReport, nearestFaces, type ReportPerson } from '@fr-stream/stream';
import { createEngine } from '../engine/engine.js';
import { facesOfPhoto } from '../engine/face-of-photo.js';
import { facesFolder } from '../engine/faces-folder.js';
import { galleryPath, openGallery } from '../engine/open-gallery.js';
import type { EngineOptions } from '../engine/options.js';
import { PHOTO_TILES } from '../engine/photo-inputs.js';
import { EXIT, type ExitCode } from '../exit-codes.js';

export interface PhotosReportOptions {
  readonly gallery?: string;
  readonly faces?: string;
  readonly neighbours?: number;
  readonly minQuality?: number;
}

/** Sets larger than this are searched through an HNSW graph. */
const HNSW_FROM = 5_000;

/** The faces of one embedder, indexed. @throws GalleryError when there are none, or of several embedders. */
async function indexFaces(
  path: string,
  faces: readonly LibraryFace[],
): Promise<{ readonly index: VectorIndex; readonly embedder: string }> {
  const [first] = faces;
  if (first === undefined) {
    throw new GalleryError('GALLERY_NO_FACE', `${path} holds no faces of photos.`, {
      hint: 'Search photos first: fr-stream photos FOLDER.',
    });
  }
  const { model, vector } = first.embedding;
  if (faces.some((face) => face.embedding.model !== model)) {
    throw new GalleryError('GALLERY_MODEL_MISMATCH', `${path} holds photo faces of several embedders.`, {
      hint: 'Search all photos again with one embedder.',
    });
  }
  const index = faces.length < HNSW_FROM ? new FlatIndex(vector.length) : new HnswIndex(vector.length);
  await index.add(faces.map((face) => ({ id: face.id, vector: face.embedding.vector })));
  return { index, embedder: model };
}

/** What a report is made of. */
export interface ReportSet {
  readonly library: SqlitePhotoLibrary;
  readonly gallery: Gallery;
  readonly faces: readonly LibraryFace[];
  /** Of the cut-outs. */
  readonly folder: string;
  readonly neighbours?: number;
}

/** Writes the report as the file's ending says. @throws SinkError, GalleryError */
export async function writeReport(output: string, set: ReportSet): Promise<void> {
  const { library, gallery, faces, neighbours } = set;
  const { index, embedder } = await indexFaces(library.path, faces);
  await using owned = index;
  await using text = new TextOutput(output);
  await text.open();
  const settings = neighbours === undefined ? {} : { neighbours };
  const chunks = isHtml(output)
    ? htmlReport(
        {
          ...set,
          photos: library.photos(),
          index: owned,
          codec: new SharpCodec(),
          personOf: personOf(gallery),
        },
        { ...settings, sameDistance: distanceOfCosine(findCardFor('embedder', embedder).thresholds.cosine) },
      )
    : markdownReport(faces, owned, { ...settings, folder: linkTo(set.folder, output) });
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

function personOf(gallery: Gallery): (face: LibraryFace) => ReportPerson | undefined {
  return ({ personId }) => {
    const person = personId === undefined ? undefined : gallery.find(personId);
    return person && { id: person.id, name: person.name, named: person.unnamed !== true };
  };
}

/** `fr-stream report`: each face and its nearest ones. */
export async function photosReport(output: string, options: PhotosReportOptions): Promise<ExitCode> {
  await using library = await SqlitePhotoLibrary.open(galleryPath(options.gallery));
  await using gallery = await openGallery(options.gallery, { mode: 'read' });
  const faces = library.faces().filter(({ quality }) => quality.overall >= (options.minQuality ?? 0));
  const folder = facesFolder(options.gallery, options.faces);
  const { neighbours } = options;
  await writeReport(output, {
    library,
    gallery,
    faces,
    folder,
    ...(neighbours !== undefined && { neighbours }),
  });
  return EXIT.ok;
}

export interface PhotosSearchOptions extends EngineOptions {
  readonly gallery?: string;
  readonly neighbours?: number;
  readonly json?: boolean;
}

/** `fr-stream search`: the nearest faces of the set for each face of a photo. */
export async function photosSearch(photo: string, options: PhotosSearchOptions): Promise<ExitCode> {
  const path = galleryPath(options.gallery);
  await using library = await SqlitePhotoLibrary.open(path);
  const faces = library.faces();
  const indexed = await indexFaces(path, faces);
  await using index = indexed.index;
  const { embedder } = indexed;
  await using engine = await createEngine({ ...options, tiles: options.tiles ?? PHOTO_TILES });
  if (engine.embedder.id !== embedder) {
    throw new GalleryError('GALLERY_MODEL_MISMATCH', `${path} was made with the embedder "${embedder}".`, {
      hint: `Run with --embedder ${embedder}.`,
    });
  }
  const byId = new Map(faces.map((face) => [face.id, face]));
  const pathOf = new Map(library.photos().map((record) => [record.hash, record.path]));
  const queries = await facesOfPhoto(engine, photo);
  const embeddings = await engine.embedder.embed(queries.map(({ aligned }) => aligned));
  for (const [i, { detection }] of queries.entries()) {
    const near = await nearestFaces(index, byId, embeddings[i].vector, options.neighbours ?? 5);
    const results = near.map(({ face, distance, cosine }) => ({
      photo: pathOf.get(face.hash) ?? null,
      face: face.id,
      box: face.detection.box,
      distance,
      cosine,
    }));
    if (options.json === true) {
      process.stdout.write(`${JSON.stringify({ box: detection.box, nearest: results })}\n`);
      continue;
    }
    const { x, y } = detection.box;
    process.stdout.write(`face ${i + 1} at ${Math.round(x)},${Math.round(y)}\n`);
    for (const { photo: name, face, distance, cosine } of results) {
      const match = cosine >= engine.embedder.threshold ? 'same person' : '';
      process.stdout.write(
        `  distance ${distance.toFixed(3)}  cosine ${cosine.toFixed(3)}  ${name ?? face}  ${match}\n`,
      );
    }
  }
  return queries.length > 0 ? EXIT.ok : EXIT.partial;
}
