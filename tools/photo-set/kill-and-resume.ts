import { collected } from '@fr-stream/core';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { mapAhead } from '@fr-stream/stream';

/** A gallery file and the folder of its cut-outs. */
export interface ScannedSet {
  readonly gallery: string;
  readonly faces: string;
}

const PHOTOS_AT_ONCE = 8;

/** A random moment of a run that takes so many seconds: neither at once nor at the end. */
export function randomMoment(seconds: number): number {
  return seconds * (0.15 + 0.7 * Math.random());
}

/**
 * Compares all that two runs over the same photos have kept: photos, faces, embeddings to the last bit, cut-outs and
 * aligned crops to the last byte, and that neither folder holds anything else.
 * @returns how many photos, faces and files were compared.
 * @throws Error that names the first difference.
 */
export async function requireSameSet(one: ScannedSet, other: ScannedSet): Promise<string> {
  await using a = await SqlitePhotoLibrary.open(one.gallery);
  await using b = await SqlitePhotoLibrary.open(other.gallery);
  const photos = await collected(a.photos());
  if (!isDeepStrictEqual(photos, await collected(b.photos()))) throw new Error('the photos differ');
  let faces = 0;
  const files = new Set<string>();
  const compare = async ({ path, hash }: { path: string; hash: string }): Promise<void> => {
    const found = await collected(a.faces({ hashes: [hash] }));
    if (!isDeepStrictEqual(found, await collected(b.faces({ hashes: [hash] }))))
      throw new Error(`${path}: the faces differ`);
    for (const file of found.flatMap(({ cutout, aligned }) => [cutout, aligned])) {
      const [x, y] = await Promise.all([one, other].map((set) => readFile(join(set.faces, file))));
      if (!x.equals(y)) throw new Error(`${file} differs`);
      files.add(file);
    }
    faces += found.length;
  };
  for await (const _ of mapAhead(photos, PHOTOS_AT_ONCE, compare)) void _;
  for (const { faces: folder } of [one, other]) {
    const there = await readdir(folder, { recursive: true, withFileTypes: true });
    const count = there.filter((entry) => entry.isFile()).length;
    if (count !== files.size) throw new Error(`${folder} holds ${count} files, not ${files.size}`);
  }
  return `${photos.length} photos, ${faces} faces, ${files.size} files`;
}
