import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { sep } from 'node:path';
import { forgottenInPhoto, SourceError, type MediaFile, type PhotoLibrary } from '@fr-stream/core';
import type { PassedOver } from './passed-over.js';
import type { OutputFolder } from '../output/output-folder.js';
import type { PhotoEntry, PhotoList } from './photo-list.js';
import { absolutePhotoPath, pathInArchive, splitArchivePath } from './photo-names.js';
import {
  searchPhoto,
  type FaceModels,
  type PhotoBytes,
  type PhotoSearch,
  type SearchedPhoto,
} from './search-photo.js';
import { hasMoved } from './settle-drives.js';
import { noteMounts, whereabouts, type Mount } from './whereabouts.js';

export interface ScanSettings extends Omit<PhotoSearch, keyof FaceModels> {
  readonly library: PhotoLibrary;
  /** Names models and settings; photos that another chain searched are searched again. */
  readonly chain: string;
  /** Where cut-outs and aligned crops are written; the caller's. */
  readonly files: OutputFolder;
  /** Photos at work at once. Default: one per core, and two that are decoded or written meanwhile. */
  readonly concurrency?: number;
  /** Searches photos elsewhere than here; what it throws is told of the photo like what is thrown here. */
  readonly elsewhere?: SearchElsewhere;
  readonly signal?: AbortSignal;
  readonly onPhoto?: (outcome: PhotoOutcome) => void;
}

/** Models, or what loads them: called when the first photo is to be searched, as most runs find nothing new. */
export type ScanOptions = ScanSettings & (FaceModels | { readonly loadModels: () => Promise<FaceModels> });

/**
 * Searches a photo and cuts its faces out, such as on another machine.
 * @returns undefined for a photo that is to be searched here.
 */
export type SearchElsewhere = (
  photo: PhotoBytes & { readonly file: MediaFile; readonly signal?: AbortSignal },
) => Promise<SearchedPhoto | undefined>;

/** What became of one photo. */
export type PhotoOutcome =
  | { readonly kind: 'unchanged' | 'duplicate'; readonly path: string }
  /** The same bytes lay elsewhere, and do not any more. */
  | { readonly kind: 'moved'; readonly path: string; readonly from: string }
  | {
      readonly kind: 'searched';
      readonly path: string;
      readonly faces: number;
      /** Pages, frames or pictures in the file where there are several: one of them was searched. */
      readonly pages?: number;
      /** What is wrong with the photo though it was searched: it is cut short. */
      readonly warning?: string;
    }
  | { readonly kind: 'skipped'; readonly path: string; readonly error: SourceError };

export interface ScanSummary {
  readonly photos: number;
  readonly unchanged: number;
  readonly duplicates: number;
  /** Photos that lay elsewhere when they were searched. */
  readonly moved: number;
  readonly searched: number;
  /** Photos, folders, links and archives that could not be read. */
  readonly skipped: number;
  /** Photos of an earlier run that are gone. */
  readonly removed: number;
  /** Faces found in this run. */
  readonly faces: number;
  /** Photos of this run that hold several pages or frames, of which one was searched. */
  readonly severalPages: number;
  /** Files that lie beside the photos and were not looked at, by kind. */
  readonly passedOver: readonly PassedOver[];
}

/**
 * Brings a photo library up to date with a list of photos: only what is new or changed is searched, what is gone from
 * the folders and archives of the list is forgotten. Each photo is kept in a transaction of its own after its
 * cut-outs lie on the disk, so a run that is killed goes on where it was.
 * @throws SinkError, GalleryError when results cannot be kept; no photo makes it throw.
 */
export async function scanPhotos(list: PhotoList, options: ScanOptions): Promise<ScanSummary> {
  const counts = { unchanged: 0, duplicate: 0, moved: 0, searched: 0, skipped: 0, faces: 0, severalPages: 0 };
  const tell = (outcome: PhotoOutcome): void => {
    counts[outcome.kind]++;
    if (outcome.kind === 'searched') {
      counts.faces += outcome.faces;
      if (outcome.pages !== undefined) counts.severalPages++;
    }
    options.onPhoto?.(outcome);
  };
  for (const { path, error } of list.problems) tell({ kind: 'skipped', path, error });
  const mounts = await noteMounts(options.library, list.paths.map(absolutePhotoPath));
  const scanner = new Scanner(options, mounts);
  // One queue for all workers: what is read ahead of them is one photo at most.
  const queue = list.entries(
    async (file) => (await options.library.current([file], options.chain))[0] !== true,
  );
  const stop = new AbortController();
  const work = async (): Promise<void> => {
    for await (const entry of { [Symbol.asyncIterator]: () => ({ next: () => queue.next() }) }) {
      if (options.signal?.aborted === true || stop.signal.aborted) return;
      try {
        tell(await scanner.photo(entry));
      } catch (error) {
        // What was asked for elsewhere is not waited for any more.
        if (stoppedBy(options.signal, error)) return;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: options.concurrency ?? availableParallelism() + 2 }, () =>
    work().catch((error: unknown) => {
      stop.abort();
      throw error;
    }),
  );
  const results = await Promise.allSettled(workers);
  await queue.return(undefined);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const removed = options.signal?.aborted === true ? 0 : await forgetMissing(list, options, mounts);
  const { duplicate, ...rest } = counts;
  return { photos: list.paths.length, ...rest, duplicates: duplicate, removed, passedOver: list.passedOver };
}

class Scanner {
  readonly #options: ScanOptions;
  readonly #mounts: readonly Mount[];
  /** Contents at work, so that two equal photos are not searched side by side. */
  readonly #busy = new Map<string, Promise<unknown>>();

  constructor(options: ScanOptions, mounts: readonly Mount[]) {
    this.#options = options;
    this.#mounts = mounts;
  }

  async photo(entry: PhotoEntry): Promise<PhotoOutcome> {
    const { library, chain, files, elsewhere, signal } = this.#options;
    const { path } = entry;
    try {
      const file = await entry.facts();
      if ((await library.current([file], chain))[0] === true) return { kind: 'unchanged', path };
      const bytes = await entry.read();
      const hash = createHash('sha256').update(bytes).digest('hex');
      while (this.#busy.has(hash)) await this.#busy.get(hash)?.catch(() => undefined);
      if (await library.hasContent(hash, chain)) {
        const touched = (await library.photo(file.path))?.hash === hash;
        const from = touched ? undefined : await this.#goneFrom(hash, file.path);
        await library.store({ ...file, hash, width: 0, height: 0 }, chain, undefined);
        if (from === undefined) return { kind: touched ? 'unchanged' : 'duplicate', path };
        await library.remove([from]);
        return { kind: 'moved', path, from };
      }
      const search = async (): Promise<SearchedPhoto> => {
        const photo = { bytes, hash, path, forgotten: await forgottenInPhoto(library, file.path, hash) };
        const found =
          (await elsewhere?.({ ...photo, file, ...(signal !== undefined && { signal }) })) ??
          (await searchPhoto(photo, await this.#search(), files));
        const { width, height, faces, captured } = found;
        const photoFacts = { ...file, hash, width, height, ...(captured !== undefined && { captured }) };
        await library.store(photoFacts, chain, faces);
        return found;
      };
      const searching = search();
      this.#busy.set(hash, searching);
      try {
        const { faces, pages, warning } = await searching;
        return {
          kind: 'searched',
          path,
          faces: faces.length,
          ...(pages !== undefined && { pages }),
          ...(warning !== undefined && { warning }),
        };
      } finally {
        this.#busy.delete(hash);
      }
    } catch (thrown) {
      // Of what may be thrown here, only a photo that cannot be read leaves the others unharmed.
      if (SourceError.isInstance(thrown)) return { kind: 'skipped', path, error: thrown };
      throw thrown;
    }
  }

  async #search(): Promise<PhotoSearch> {
    const options = this.#options;
    return 'loadModels' in options ? { ...options, ...(await options.loadModels()) } : options;
  }

  /** Where a photo of these bytes lay that lies there no more. */
  async #goneFrom(hash: string, path: string): Promise<string | undefined> {
    for await (const other of this.#options.library.photos({ hashes: [hash] })) {
      const file = splitArchivePath(other.path)?.archive ?? other.path;
      if (other.path !== path && (await hasMoved(file, path, this.#mounts))) return other.path;
    }
    return undefined;
  }
}

function stoppedBy(signal: AbortSignal | undefined, error: unknown): boolean {
  return signal?.aborted === true && error === signal.reason;
}

/** Photos of earlier runs that lay in the folders and archives named now and are there no more. */
async function forgetMissing(
  list: PhotoList,
  { library, files }: Pick<ScanOptions, 'library' | 'files'>,
  mounts: readonly Mount[],
): Promise<number> {
  const present = new Set(list.paths.map(absolutePhotoPath));
  const below = list.complete.flatMap((path) => [path.replace(/[/\\]?$/, sep), pathInArchive(path, '')]);
  const gone: string[] = [];
  for await (const { path } of library.photos()) {
    if (present.has(path) || !below.some((start) => path.startsWith(start))) continue;
    if (await isGone(path, list, mounts)) gone.push(path);
  }
  const faces = await library.remove(gone);
  await files.remove(faces.flatMap(({ cutout, aligned }) => [cutout, aligned]));
  return gone.length;
}

/** Not listed is not gone: it may be a second way to a listed file, or lie in an archive that was not named. */
async function isGone(path: string, list: PhotoList, mounts: readonly Mount[]): Promise<boolean> {
  const inside = splitArchivePath(path);
  const file = inside?.archive ?? path;
  // An archive that broke off may hold more than could be listed.
  if (inside !== undefined && list.complete.includes(file))
    return !list.problems.some((problem) => absolutePhotoPath(problem.path) === file);
  return (await whereabouts(file, mounts)) === 'gone';
}
