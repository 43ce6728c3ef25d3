import type { FileRef, S3Client, S3Object } from '@fr-stream/cluster';
import { messageOf, SourceError } from '@fr-stream/core';
import { isPhotoName, type PhotoEntry, type PhotoList } from '@fr-stream/stream';

/** Whether an input names objects of S3. */
export function isBucketUrl(text: string): boolean {
  return /^s3:\/\//i.test(text);
}

/** Photos that lie in buckets. */
export interface BucketPhotos extends Disposable {
  readonly list: PhotoList;
  /** For workers: an address over which they read it without credentials; undefined for files of this machine. */
  refOf(path: string): Promise<FileRef | undefined>;
}

/**
 * The photos below `s3://BUCKET/PREFIX`; undefined where no input is in a bucket. What is no photo by its name is left out.
 * @throws ArgumentError where the client of S3 is not installed; SourceError when a bucket cannot be listed, or holds none.
 */
export async function openBuckets(inputs: readonly string[]): Promise<BucketPhotos | undefined> {
  const urls = inputs.filter(isBucketUrl);
  if (urls.length === 0) return undefined;
  const { openS3 } = await import('@fr-stream/cluster');
  const s3 = await openS3();
  try {
    const found = new Map<string, S3Object>();
    for (const url of urls)
      for await (const object of s3.list(url)) if (isPhotoName(object.url)) found.set(object.url, object);
    if (found.size === 0) {
      throw new SourceError('INPUT_NOT_FOUND', `${urls.join(', ')}: no photos there`, {
        hint: 'Check the prefix; archives in buckets are not looked into.',
      });
    }
    const objects = [...found.values()].sort((a, b) => (a.url < b.url ? -1 : 1));
    return {
      list: {
        paths: objects.map(({ url }) => url),
        problems: [],
        passedOver: [],
        complete: [],
        files: new Set(),
        entries: async function* () {
          for (const object of objects) yield entryOf(object, s3);
        },
      },
      refOf: async (path) => (found.has(path) ? { url: await s3.signed(path) } : undefined),
      [Symbol.dispose]: () => s3[Symbol.dispose](),
    };
  } catch (error) {
    s3[Symbol.dispose]();
    throw error;
  }
}

function entryOf({ url, sizeBytes, modifiedMs }: S3Object, s3: S3Client): PhotoEntry {
  return {
    path: url,
    facts: async () => ({ path: url, sizeBytes, modifiedMs }),
    read: async () => {
      try {
        const response = await fetch(await s3.signed(url));
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
        return new Uint8Array(await response.arrayBuffer());
      } catch (cause) {
        throw new SourceError('INPUT_UNREADABLE', `${url} cannot be read: ${messageOf(cause)}`, {
          hint: 'Check the object and who may read it.',
          cause,
        });
      }
    },
  };
}

/** Both, files first. */
export function joinLists(files: PhotoList, buckets: PhotoList): PhotoList {
  return {
    ...files,
    paths: [...files.paths, ...buckets.paths],
    entries: async function* (needed) {
      yield* files.entries(needed);
      yield* buckets.entries(needed);
    },
  };
}
