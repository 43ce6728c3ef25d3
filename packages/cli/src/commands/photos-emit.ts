import {
  collected,
  defined,
  SourceError,
  type Analyzer,
  type Face,
  type FrameReport,
  type ImageCodec,
  type PhotoRecord,
} from '@fr-stream/core';
import {
  absolutePhotoPath,
  annotatedCopy,
  boxesAndNames,
  composeAnnotators,
  copyNames,
  mapAhead,
  markJpeg,
  OutputFolder,
  OutputConflictError,
  scaleDetection,
  type OpenableSink,
  type PhotoEntry,
  type PhotoList,
} from '@fr-stream/stream';
import { attributeAnnotator } from '../ui/video-annotator.js';
import type { NamedFace, PhotoNames } from '@fr-stream/engine';
import type { LookAlikeLog } from '../ui/look-alikes.js';
import { PresenceLog, type Presence } from '../ui/presence.js';
import type { PhotoStore } from '../compose/open-library.js';

export interface EmitTargets {
  readonly sinks: readonly OpenableSink<FrameReport>[];
  /** A folder for copies with boxes and names. */
  readonly annotate?: string;
  readonly codec: ImageCodec;
  /** The photos are decoded again for them, those of earlier runs too. */
  readonly analyzers: readonly Analyzer[];
  /** Told of photos that cannot be copied or analysed. */
  readonly onProblem: (error: SourceError | OutputConflictError) => void;
  /** Copies may replace files that are not fr-stream's. */
  readonly overwrite: boolean;
  readonly lookAlikes: LookAlikeLog;
  readonly signal: AbortSignal;
}

interface SeenPhoto {
  readonly entry: Pick<PhotoEntry, 'path'> & Partial<PhotoEntry>;
  readonly photo: PhotoRecord;
  readonly faces: readonly Face[];
}

const COPIES_AT_ONCE = 3;
/** As photos are searched; larger ones are scaled down. */
const MAX_PIXELS = 12_000_000;

/** Tells the sinks of all photos of the list that could be read, those of earlier runs too, and copies them. */
export async function emitPhotos(
  list: PhotoList,
  library: PhotoStore,
  names: PhotoNames,
  targets: EmitTargets,
): Promise<readonly Presence[]> {
  const presence = new PresenceLog();
  const { sinks, annotate, analyzers, signal, lookAlikes } = targets;
  const hasFaces = async (path: string): Promise<boolean> => {
    const hash = (await library.photo(path))?.hash;
    return hash !== undefined && (await library.countFaces({ hashes: [hash] })) > 0;
  };
  const seen = async function* (): AsyncGenerator<SeenPhoto> {
    // The photos themselves are needed for copies and analysers only.
    const entries =
      annotate === undefined && analyzers.length === 0
        ? list.paths.map((path) => ({ path }))
        : list.entries(({ path }) => hasFaces(path));
    let index = -1;
    for await (const entry of entries) {
      index++;
      const photo = await library.photo(absolutePhotoPath(entry.path));
      if (photo === undefined || signal.aborted) continue;
      const { width, height } = photo;
      const named = (await names.of(await collected(library.faces({ hashes: [photo.hash] })))).map(asSeen);
      const faces = await analysed(named, entry, photo, targets);
      const capturedAt = photo.captured;
      const frame = {
        source: entry.path,
        index,
        timeMs: 0,
        image: { width, height },
        ...defined({ capturedAt }),
      };
      presence.add({ frame, faces });
      for (const { identity } of faces) lookAlikes.add(identity);
      for (const sink of sinks) await sink.write({ frame, faces });
      yield { entry, photo, faces };
    }
  };
  const copy = annotate === undefined ? undefined : await copier(annotate, list, targets);
  try {
    for await (const _ of mapAhead(seen(), COPIES_AT_ONCE, async (item) => copy?.write(item))) void _;
  } finally {
    await copy?.close();
  }
  for (const sink of sinks) await sink.close();
  return presence.summary();
}

/** The faces with what analysers find in the photo; as they are when it cannot be read any more. */
async function analysed(
  faces: readonly Face[],
  entry: SeenPhoto['entry'],
  photo: PhotoRecord,
  { analyzers, codec, onProblem }: EmitTargets,
): Promise<readonly Face[]> {
  if (analyzers.length === 0 || faces.length === 0 || entry.read === undefined) return faces;
  try {
    const { image } = await codec.decode(await entry.read(), { maxPixels: MAX_PIXELS }, entry.path);
    const scale = image.width / photo.width;
    const detections = faces.map(({ detection }) => scaleDetection(detection, scale));
    const results = await Promise.all(
      analyzers.map(async (analyzer) => [analyzer.id, await analyzer.analyze(image, detections)] as const),
    );
    return faces.map((face, i) => ({
      ...face,
      attributes: Object.fromEntries(results.map(([id, values]) => [id, values[i]])),
    }));
  } catch (error) {
    // It could be read a moment ago; it is one photo.
    if (!SourceError.isInstance(error)) throw error;
    onProblem(error);
    return faces;
  }
}

async function copier(
  folder: string,
  list: PhotoList,
  { codec, analyzers, onProblem, overwrite }: EmitTargets,
) {
  const options =
    analyzers.length === 0
      ? { codec }
      : { codec, annotator: composeAnnotators(boxesAndNames, attributeAnnotator()) };
  const output = await OutputFolder.open(folder);
  const nameOf = copyNames(list.paths);
  return {
    write: async ({ entry, photo, faces }: SeenPhoto): Promise<void> => {
      if (faces.length === 0 || entry.read === undefined) return;
      try {
        const source = { path: entry.path, bytes: await entry.read(), width: photo.width };
        const copy = markJpeg(await annotatedCopy(source, faces, options));
        await output.write(nameOf(entry.path), copy, { keepOthers: !overwrite });
      } catch (error) {
        // It could be read a moment ago, or its place is taken; it is one photo.
        if (!SourceError.isInstance(error) && !OutputConflictError.isInstance(error)) throw error;
        onProblem(error);
      }
    },
    close: () => output[Symbol.asyncDispose](),
  };
}

/** A library's face as one that a pipeline has just seen. */
function asSeen({ detection, quality, embedding, identity }: NamedFace): Face {
  return { detection, quality, embedding, identity };
}
