import { createHash } from 'node:crypto';
import type { KeywordTags, PeopleTags } from './exiftool.js';
import type { OpenLibrary } from './open-library.js';

/** A file's metadata before we wrote into it (null: there was no such file), and digests of the names that we wrote. */
interface Written<T> {
  readonly before: T | null;
  /** The gallery must not keep the names of who is forgotten. Missing in notes of earlier versions. */
  readonly ours?: readonly string[];
}

/** By the path of a photo, or of its sidecar. */
export type WrittenRegions = Record<string, Written<PeopleTags>>;
/** By the path of the sidecar of a video. */
export type WrittenSidecars = Record<string, Written<KeywordTags>>;

type Photos = Pick<OpenLibrary['photos'], 'note' | 'setNote' | 'vault'>;

const REGIONS = 'metadata-written';
const SIDECARS = 'video-sidecars-written';
/** Before what an encrypted gallery notes. */
const SEALED = 'sealed:';

/** Tells a name from others without saying it. */
export const digest = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 16);

async function read<T>({ note, vault }: Photos, name: string): Promise<T> {
  const text = (await note(name)) ?? '{}';
  const json = text.startsWith(SEALED)
    ? Buffer.from(vault.open(Buffer.from(text.slice(SEALED.length), 'base64'), name)).toString()
    : text;
  // Written below and by nobody else.
  return JSON.parse(json) as T;
}

async function keep({ setNote, vault }: Photos, name: string, value: object): Promise<void> {
  const json = JSON.stringify(value);
  const sealed = () => SEALED + Buffer.from(vault.seal(Buffer.from(json), name)).toString('base64');
  await setNote(name, vault.encrypted ? sealed() : json);
}

const bound = (photos: Photos): Photos => ({
  note: (name) => photos.note(name),
  setNote: (name, value) => photos.setNote(name, value),
  vault: photos.vault,
});

/** What was written into photos or beside them, for it to be undone. */
export const writtenRegions = (photos: Photos): Promise<WrittenRegions> => read(bound(photos), REGIONS);
export const keepRegions = (photos: Photos, written: WrittenRegions): Promise<void> =>
  keep(bound(photos), REGIONS, written);
/** What was written beside videos. */
export const writtenSidecars = (photos: Photos): Promise<WrittenSidecars> => read(bound(photos), SIDECARS);
export const keepSidecars = (photos: Photos, written: WrittenSidecars): Promise<void> =>
  keep(bound(photos), SIDECARS, written);

/** Notes both again, by another vault: a gallery is encrypted, or is so no more. @param to default: its own. */
export async function renoteWritten(photos: Photos, to = photos.vault): Promise<void> {
  const notes = [await writtenRegions(photos), await writtenSidecars(photos)] as const;
  const target = { ...bound(photos), vault: to };
  for (const [i, name] of [REGIONS, SIDECARS].entries())
    if (Object.keys(notes[i] ?? {}).length > 0) await keep(target, name, notes[i] ?? {});
}

/**
 * Takes a name out of what undoing would put back.
 * @returns how many files that we wrote say the name until they are written again.
 */
export async function forgetWrittenName(photos: Photos, name: string): Promise<number> {
  const [regions, sidecars] = [await writtenRegions(photos), await writtenSidecars(photos)];
  const mark = digest(name);
  const say = [...Object.values(regions), ...Object.values(sidecars)].filter(
    ({ ours }) => ours?.includes(mark) === true,
  ).length;
  const [clearRegions, clearSidecars] = [
    without(regions, name, withoutRegions),
    without(sidecars, name, withoutKeywords),
  ];
  if (clearRegions !== undefined) await keepRegions(photos, clearRegions);
  if (clearSidecars !== undefined) await keepSidecars(photos, clearSidecars);
  return say;
}

/** @returns undefined where nothing changes. */
function without<T extends object>(
  all: Record<string, Written<T>>,
  name: string,
  clear: (tags: T, name: string) => T,
): Record<string, Written<T>> | undefined {
  const cleared = Object.fromEntries(
    Object.entries(all).map(([path, { before, ...rest }]) => [
      path,
      { before: before === null ? null : clear(before, name), ...rest },
    ]),
  );
  return JSON.stringify(cleared) === JSON.stringify(all) ? undefined : cleared;
}

function withoutRegions(tags: PeopleTags, name: string): PeopleTags {
  const { RegionInfo, RegionInfoMP, PersonInImage } = tags;
  return {
    ...(RegionInfo && {
      RegionInfo: {
        ...RegionInfo,
        ...(RegionInfo.RegionList && {
          RegionList: [RegionInfo.RegionList].flat().filter(({ Name }) => String(Name) !== name),
        }),
      },
    }),
    ...(RegionInfoMP && {
      RegionInfoMP: {
        ...RegionInfoMP,
        ...(RegionInfoMP.Regions && {
          Regions: [RegionInfoMP.Regions]
            .flat()
            .filter(({ PersonDisplayName }) => String(PersonDisplayName) !== name),
        }),
      },
    }),
    ...(PersonInImage && { PersonInImage: [PersonInImage].flat().filter((one) => String(one) !== name) }),
  };
}

function withoutKeywords(tags: KeywordTags, name: string): KeywordTags {
  const keep = (values: readonly string[] | undefined, before: string, separator: string) => {
    const form = before + (separator === '' ? name : name.replaceAll(separator, ' '));
    return values?.filter((one) => one !== form);
  };
  return Object.fromEntries(
    Object.entries({
      PersonInImage: keep(tags.PersonInImage, '', ''),
      Subject: keep(tags.Subject, '', ''),
      HierarchicalSubject: keep(tags.HierarchicalSubject, 'People|', '|'),
      TagsList: keep(tags.TagsList, 'People/', '/'),
    }).filter(([, value]) => value !== undefined),
  );
}
