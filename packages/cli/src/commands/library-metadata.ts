import { rm, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import {
  collected,
  messageOf,
  nameKey,
  FrStreamError,
  type LibraryFace,
  type PhotoRecord,
  itemAt,
} from '@fr-stream/core';
import { decisionRule, PhotoNames } from '@fr-stream/engine';
import { contentHash, matchRegions, type FaceRegion } from '@fr-stream/library';
import { splitArchivePath } from '@fr-stream/stream';
import { embedderCardOf } from '../compose/embedder-card.js';
import { Metadata, type PeopleTags, type ReadTags } from '../compose/exiftool.js';
import {
  digest,
  keepRegions,
  keepSidecars,
  writtenRegions,
  writtenSidecars,
  type WrittenRegions,
} from '../compose/metadata-notes.js';
import { openLibrary, type OpenLibrary } from '../compose/open-library.js';
import { PicasaFiles } from '../compose/picasa-ini.js';
import { readRegions, type ReadRegions } from '../compose/read-regions.js';
import { withRegions } from '../compose/write-regions.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { counted } from '../ui/counted.js';
import { paint } from '../ui/paint.js';
import { shownPath } from '../ui/shown-path.js';
import { print, printJson, say } from '../ui/terminal.js';
import { isBelow } from '../compose/is-below.js';
import { writeSidecars } from './video-sidecars.js';

export interface WriteMetadataOptions {
  readonly gallery?: string;
  readonly under?: string;
  readonly writeMetadata?: boolean;
  readonly undo?: boolean;
  readonly json?: boolean;
}

const people = ({ RegionInfo, RegionInfoMP, PersonInImage }: ReadTags): PeopleTags => ({
  ...(RegionInfo && { RegionInfo }),
  ...(RegionInfoMP && { RegionInfoMP }),
  ...(PersonInImage && { PersonInImage: [PersonInImage].flat() }),
});

/** `fr-stream library write-metadata`: names and face regions into XMP sidecars, or into the files. */
export async function writeMetadata(options: WriteMetadataOptions): Promise<ExitCode> {
  await using library = await openLibrary(options.gallery, { mode: 'read' });
  await using metadata = await Metadata.open();
  const { photos } = library;
  const written = await writtenRegions(photos);
  if (options.undo === true) return await undo(library, metadata, written, options);
  const { embedder } = library.gallery;
  const rule = embedder === undefined ? undefined : decisionRule(await embedderCardOf(embedder), {});
  const names = rule && new PhotoNames(library.gallery, { ...rule, labels: false });
  let [files, regions, failed] = [0, 0, 0];
  for await (const photo of photos.photos()) {
    if (
      names === undefined ||
      splitArchivePath(photo.path) !== undefined ||
      !isBelow(photo.path, options.under)
    )
      continue;
    const faces = await names.of(await collected(photos.faces({ hashes: [photo.hash] })));
    const known = faces.flatMap(({ identity, detection }): FaceRegion[] =>
      identity.kind === 'known' ? [{ name: identity.name, box: detection.box }] : [],
    );
    const target = options.writeMetadata === true ? photo.path : `${photo.path}.xmp`;
    if (known.length === 0 && written[target] === undefined) continue;
    try {
      if (await putRegions(library, metadata, photo, target, known, written)) files++;
      regions += known.length;
      if (target === photo.path) await rehash(library, photo);
    } catch (error) {
      failed++;
      say(`${paint.yellow('not written:')} ${shownPath(target)}: ${messageOf(error)}`);
    }
  }
  const sidecars =
    rule === undefined
      ? { files: 0, names: 0, failed: 0 }
      : await writeSidecars(library, metadata, rule, options.under, (target, why) =>
          say(`${paint.yellow('not written:')} ${shownPath(target)}: ${why}`),
        );
  failed += sidecars.failed;
  if (options.json === true) {
    const videos = { sidecars: sidecars.files, names: sidecars.names };
    printJson({ schema: 'fr-stream/metadata@1', files, regions, failed, videos });
  } else {
    const what = options.writeMetadata === true ? 'file' : 'sidecar';
    say(`photos: ${counted(regions, 'face')} with a name, ${counted(files, what)} written`);
    if (sidecars.names > 0 || sidecars.files > 0)
      say(`videos: ${counted(sidecars.names, 'name')}, ${counted(sidecars.files, 'sidecar')} written`);
  }
  return failed > 0 ? EXIT.partial : EXIT.ok;
}

/** @returns whether anything had to be changed. */
async function putRegions(
  { photos }: OpenLibrary,
  metadata: Metadata,
  photo: PhotoRecord,
  target: string,
  known: readonly FaceRegion[],
  written: WrittenRegions,
): Promise<boolean> {
  const stored = await metadata.read(photo.path);
  if (stored === undefined) throw new Error('the photo is gone');
  const before = target === photo.path ? stored : await metadata.read(target);
  const earlier = written[target];
  const after = withRegions(before ?? {}, { photo, orientation: stored.Orientation ?? 1, known, earlier });
  if (before !== undefined && JSON.stringify(sorted(people(before))) === JSON.stringify(sorted(after)))
    return false;
  // Before it is written: what was there must not be lost with the process.
  written[target] = {
    before: earlier === undefined ? (before === undefined ? null : people(before)) : earlier.before,
    ours: [...new Set(known.map(({ name }) => digest(name)))],
  };
  await keepRegions(photos, written);
  try {
    await metadata.write(target, after);
  } catch (error) {
    if (earlier === undefined) delete written[target];
    else written[target] = earlier;
    await keepRegions(photos, written);
    throw error;
  }
  return true;
}

/** The same whatever the order of keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}

/** The file has changed, its picture has not: its faces stay what they are. */
async function rehash({ photos }: OpenLibrary, photo: PhotoRecord): Promise<void> {
  const facts = await stat(photo.path);
  const file = { path: photo.path, sizeBytes: facts.size, modifiedMs: facts.mtimeMs };
  await photos.rehash(file, await contentHash(photo.path));
}

async function undo(
  library: OpenLibrary,
  metadata: Metadata,
  written: WrittenRegions,
  options: WriteMetadataOptions,
): Promise<ExitCode> {
  const { photos } = library;
  let [done, failed] = [0, 0];
  for (const [target, { before }] of Object.entries(written)) {
    if (!isBelow(target, options.under)) continue;
    try {
      if (before === null) await rm(target, { force: true });
      else {
        await metadata.write(target, before);
        const photo = await photos.photo(target);
        if (photo !== undefined) await rehash(library, photo);
      }
      done++;
      delete written[target];
      await keepRegions(photos, written);
    } catch (error) {
      failed++;
      say(`${paint.yellow('not undone:')} ${shownPath(target)}: ${messageOf(error)}`);
    }
  }
  const sidecars = await writtenSidecars(photos);
  for (const [target, { before }] of Object.entries(sidecars)) {
    if (!isBelow(target, options.under)) continue;
    try {
      if (before === null) await rm(target, { force: true });
      else await metadata.writeKeywords(target, before);
      done++;
      delete sidecars[target];
      await keepSidecars(photos, sidecars);
    } catch (error) {
      failed++;
      say(`${paint.yellow('not undone:')} ${shownPath(target)}: ${messageOf(error)}`);
    }
  }
  say(`${counted(done, 'file')} ${done === 1 ? 'is' : 'are'} as before`);
  return failed > 0 ? EXIT.partial : EXIT.ok;
}

export interface ReadMetadataOptions {
  readonly gallery?: string;
  readonly under?: string;
  readonly trustMetadata?: boolean;
  /** Picasa's `contacts.xml`. */
  readonly picasaContacts?: string;
  readonly json?: boolean;
}

interface Found {
  readonly photo: PhotoRecord;
  readonly name: string;
  readonly face: LibraryFace;
}

/** `fr-stream library read-metadata`: names from regions that other programs wrote, for the faces that they overlap. */
export async function readMetadata(options: ReadMetadataOptions): Promise<ExitCode> {
  await using library = await openLibrary(options.gallery, { mode: 'read' });
  await using metadata = await Metadata.open();
  const { gallery, photos } = library;
  const found: Found[] = [];
  const picasa = await PicasaFiles.open(options.picasaContacts);
  let [without, cropped] = [0, 0];
  for await (const photo of photos.photos()) {
    if (splitArchivePath(photo.path) !== undefined || !isBelow(photo.path, options.under)) continue;
    const faces = await collected(photos.faces({ hashes: [photo.hash] }));
    const boxes = faces.map(({ detection }) => detection.box);
    const { regions, stale } = await readRegions(photo, boxes, { metadata, picasa }).catch(
      (error: unknown): ReadRegions => {
        say(`${paint.yellow('not read:')} ${shownPath(photo.path)}: ${messageOf(error)}`);
        return { regions: [], stale: [] };
      },
    );
    if (stale.length > 0) {
      cropped += stale.length;
      const names = [...new Set(stale)].join(', ');
      if (options.json !== true)
        say(
          `${paint.yellow('not used:')} ${shownPath(photo.path)}: its regions (${names}) were written for a picture of another shape`,
        );
    }
    if (regions.length === 0) continue;
    const pairs = matchRegions(
      regions.map(({ box }) => box),
      boxes,
    );
    without += regions.length - pairs.length;
    for (const [i, j] of pairs) found.push({ photo, name: itemAt(regions, i).name, face: itemAt(faces, j) });
  }
  const fresh = found.filter(({ name, face }) => !sameName(gallery.find(face.personId ?? '')?.name, name));
  if (!(await agreed(fresh, options))) return EXIT.ok;
  const [named, refused] = await nameAll(fresh, library);
  if (options.json === true)
    printJson({
      schema: 'fr-stream/read-metadata@1',
      named,
      refused,
      known: found.length - fresh.length,
      without,
      cropped,
    });
  else {
    say(`${counted(named, 'face')} named, ${found.length - fresh.length} had their names already`);
    if (without > 0) say(`${counted(without, 'region')} where no face was found`);
  }
  return refused > 0 ? EXIT.partial : EXIT.ok;
}

async function agreed(
  fresh: readonly Found[],
  { trustMetadata, json }: ReadMetadataOptions,
): Promise<boolean> {
  if (fresh.length === 0 || trustMetadata === true) return true;
  const counts = new Map<string, number>();
  for (const { name } of fresh) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (json !== true) for (const [name, count] of counts) print(`${name}  ${counted(count, 'face')}`);
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    say('Nothing was named: say --trust-metadata to take these names over.');
    return false;
  }
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await ask.question('Take these names over? [y/N] ')).trim());
  } finally {
    ask.close();
  }
}

/** Whether two spellings mean one person here. */
const sameName = (one: string | undefined, other: string): boolean =>
  one !== undefined && nameKey(one) === nameKey(other);

async function nameAll(
  fresh: readonly Found[],
  { gallery }: OpenLibrary,
): Promise<readonly [named: number, refused: number]> {
  let [named, refused] = [0, 0];
  for (const { photo, name, face } of fresh) {
    try {
      const owner = gallery.face(face.id)?.personId;
      if (owner === undefined) {
        const { id, embedding, quality, hash } = face;
        await gallery.adopt(name, {
          id,
          source: photo.path,
          embedding,
          quality: quality.overall,
          picture: hash,
        });
      } else if (gallery.person(owner).unnamed === true) {
        await gallery.name(owner, name);
      } else if (!sameName(gallery.person(owner).name, name)) {
        throw new Error(`it is ${gallery.person(owner).name} here`);
      }
      named++;
    } catch (error) {
      if (!FrStreamError.isInstance(error) && !(error instanceof Error)) throw error;
      refused++;
      say(`${paint.yellow('not named:')} ${name} in ${shownPath(photo.path)}: ${messageOf(error)}`);
    }
  }
  return [named, refused];
}
