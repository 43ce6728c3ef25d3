import { collected } from '@fr-stream/core';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { link, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SqlitePhotoLibrary, sqliteDriver } from '@fr-stream/backend-node';
import type { LibraryFace, PhotoRecord } from '@fr-stream/core';
import { mapAhead } from '@fr-stream/stream';
import { archivePlan } from './archive-plan.js';
import { makePhotos } from './make-photos.js';

export const BIN = fileURLToPath(new URL('../../packages/cli/bin/fr-stream.js', import.meta.url));

const SAMPLES = 24;
/** Samples with fewer are left out, so that a photo has some four. */
const FEWEST_FACES = 3;
const PHOTOS_PER_FOLDER = 500;
const LINKS_AT_ONCE = 16;
const BUSY_MS = 10_000;

export interface Archive {
  readonly gallery: string;
  /** Folder of the photos. */
  readonly photos: string;
  /** Folder of the cut-outs. */
  readonly faces: string;
}

interface Sample {
  readonly photo: PhotoRecord;
  readonly faces: readonly LibraryFace[];
}

/**
 * A gallery as `fr-stream photos` would have left it after so many photos, made in minutes: a few real photos are
 * searched by the built command; all others are hard links to them and to their cut-outs, under other names, with
 * made-up embeddings. A second call with another range adds to it.
 * @param range first and last photo (the last not included) of the archive's plan for `planned` photos.
 */
export async function fillArchive(
  archive: Archive,
  planned: number,
  [first, last]: readonly [number, number],
): Promise<void> {
  const { gallery, photos, faces: cutouts } = archive;
  const samples = await searchedSamples(archive);
  const chain = await chainOf(gallery);
  await using library = await SqlitePhotoLibrary.open(gallery);
  const plan = archivePlan(
    planned,
    samples.map(({ faces }) => faces.length),
  );
  const add = async (number: number): Promise<void> => {
    const { photo, faces: seen } = samples[number % samples.length];
    const hash = createHash('sha256').update(`photo ${number}`).digest('hex');
    const name = `photo-${String(number).padStart(6, '0')}.jpg`;
    const path = join(photos, String(Math.floor(number / PHOTOS_PER_FOLDER)), name);
    await hardLink(photo.path, path);
    const { size: sizeBytes, mtimeMs: modifiedMs } = await stat(path);
    const made = plan[number].map(({ vector }, place): LibraryFace => {
      const id = `${hash.slice(0, 20)}-${place}`;
      const file = join(hash.slice(0, 2), `${id}.jpg`);
      const places = { cutout: join('cutouts', file), aligned: join('aligned', file) };
      return { ...seen[place], id, hash, embedding: { ...seen[place].embedding, vector }, ...places };
    });
    for (const [place, { cutout, aligned }] of made.entries()) {
      await hardLink(join(cutouts, seen[place].cutout), join(cutouts, cutout));
      await hardLink(join(cutouts, seen[place].aligned), join(cutouts, aligned));
    }
    await library.store({ ...photo, path, hash, sizeBytes, modifiedMs }, chain, made);
  };
  const numbers = Array.from({ length: last - first }, (_, i) => first + i);
  for await (const _ of mapAhead(numbers, LINKS_AT_ONCE, add)) void _;
}

async function searchedSamples(archive: Archive): Promise<readonly Sample[]> {
  const { gallery, faces: cutouts } = archive;
  const photos = join(archive.photos, 'samples');
  await makePhotos(photos, SAMPLES);
  const args = ['photos', photos, '--gallery', gallery, '--faces', cutouts, '--no-report', '-q'];
  const child = spawn(process.execPath, [BIN, ...args], { stdio: 'inherit' });
  await once(child, 'exit');
  if (child.exitCode !== 0) throw new Error(`fr-stream ended with status ${child.exitCode}`);
  await using library = await SqlitePhotoLibrary.open(gallery);
  const full: { photo: PhotoRecord; faces: LibraryFace[] }[] = [];
  for await (const photo of library.photos()) {
    if (dirname(photo.path) !== photos) continue;
    const faces = await collected(library.faces({ hashes: [photo.hash] }));
    if (faces.length >= FEWEST_FACES) full.push({ photo, faces });
  }
  return full;
}

/** What the command noted that the photos were searched with: others that say the same count as searched. */
async function chainOf(gallery: string): Promise<string> {
  const database = (await sqliteDriver()).open(gallery, BUSY_MS);
  try {
    return String(database.prepare('SELECT chain FROM contents LIMIT 1').pluck().get());
  } finally {
    database.close();
  }
}

const made = new Set<string>();

async function hardLink(from: string, to: string): Promise<void> {
  const folder = dirname(to);
  if (!made.has(folder)) await mkdir(folder, { recursive: true });
  made.add(folder);
  await rm(to, { force: true });
  await link(from, to);
}
