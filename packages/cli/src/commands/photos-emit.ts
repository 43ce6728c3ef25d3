import type { SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { SourceError, type Face, type FrameReport, type ImageCodec, type PhotoRecord } from '@fr-stream/core';
import {
  absolutePhotoPath,
  annotatedCopy,
  copyNames,
  mapAhead,
  OutputFolder,
  type OpenableSink,
  type PhotoEntry,
  type PhotoList,
} from '@fr-stream/stream';
import type { NamedFace, PhotoNames } from '../engine/name-photos.js';
import { PresenceLog, type Presence } from '../ui/presence.js';

export interface EmitTargets {
  readonly sinks: readonly OpenableSink<FrameReport>[];
  /** A folder for copies with boxes and names. */
  readonly annotate?: string;
  readonly codec: ImageCodec;
  /** Told of photos that cannot be copied. */
  readonly onProblem: (error: SourceError) => void;
  readonly signal: AbortSignal;
}

interface SeenPhoto {
  readonly entry: Pick<PhotoEntry, 'path'> & Partial<PhotoEntry>;
  readonly photo: PhotoRecord;
  readonly faces: readonly Face[];
}

const COPIES_AT_ONCE = 3;

/** Tells the sinks of all photos of the list that could be read, those of earlier runs too, and copies them. */
export async function emitPhotos(
  list: PhotoList,
  library: SqlitePhotoLibrary,
  names: PhotoNames,
  targets: EmitTargets,
): Promise<readonly Presence[]> {
  const presence = new PresenceLog();
  const { sinks, annotate, signal } = targets;
  const hasFaces = (path: string): boolean => {
    const hash = library.photo(path)?.hash;
    return hash !== undefined && library.facesOf(hash).length > 0;
  };
  const seen = async function* (): AsyncGenerator<SeenPhoto> {
    // The photos themselves are needed for the copies only.
    const entries =
      annotate === undefined
        ? list.paths.map((path) => ({ path }))
        : list.entries(({ path }) => hasFaces(path));
    let index = -1;
    for await (const entry of entries) {
      index++;
      const photo = library.photo(absolutePhotoPath(entry.path));
      if (photo === undefined || signal.aborted) continue;
      const { width, height } = photo;
      const faces = (await names.of(library.facesOf(photo.hash))).map(asSeen);
      const frame = { source: entry.path, index, timeMs: 0, image: { width, height } };
      presence.add({ frame, faces });
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

async function copier(folder: string, list: PhotoList, { codec, onProblem }: EmitTargets) {
  const output = await OutputFolder.open(folder);
  const nameOf = copyNames(list.paths);
  return {
    write: async ({ entry, photo, faces }: SeenPhoto): Promise<void> => {
      if (faces.length === 0 || entry.read === undefined) return;
      try {
        const source = { path: entry.path, bytes: await entry.read(), width: photo.width };
        await output.write(nameOf(entry.path), await annotatedCopy(source, faces, { codec }));
      } catch (error) {
        // It could be read a moment ago; it is one photo.
        if (!(error instanceof SourceError)) throw error;
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
