import { createHash } from 'node:crypto';
import type { Gallery, PhotoLibrary } from '@fr-stream/core';
import type { LookAlikes } from '../ui/look-alikes.js';
import type { Presence } from '../ui/presence.js';
import { VERSION } from '../version.js';

/** Who is in the photos of a list, and who looks like somebody else. */
export interface PresenceFound {
  readonly people: readonly Presence[];
  readonly pairs: readonly LookAlikes[];
}

/** As it is kept: without names, which `forget` and encryption would have to look for here. */
interface Kept {
  readonly key: string;
  readonly people: readonly (Omit<Presence, 'who'> & { readonly id?: string; readonly label?: string })[];
  readonly pairs: readonly {
    readonly people: readonly (readonly [personId: string, score: number])[];
    readonly faces: number;
  }[];
}

const NOTE = 'presence';

/**
 * What it depends on who is in which photo: nothing else need be looked at where that has not changed.
 * @param revision of the library, which every change of people and of photos raises.
 */
export function presenceKey(revision: number, paths: readonly string[], rule: object): string {
  const list = createHash('sha256').update(paths.join('\0')).digest('hex');
  return JSON.stringify([VERSION, revision, rule, list]);
}

/** @returns undefined when it is not known any more. */
export async function keptPresence(
  library: Pick<PhotoLibrary, 'note'>,
  gallery: Gallery,
  key: string,
): Promise<PresenceFound | undefined> {
  const text = await library.note(NOTE);
  if (text === undefined) return undefined;
  // Written by `keepPresence` below and by nobody else.
  const kept = JSON.parse(text) as Kept;
  if (kept.key !== key) return undefined;
  const nameOf = (id: string): string => gallery.find(id)?.name ?? id;
  return {
    people: kept.people.map(({ id, label, ...rest }) => ({
      who: id === undefined ? (label ?? '') : nameOf(id),
      ...rest,
      bestScore: rest.bestScore ?? undefined,
    })),
    pairs: kept.pairs.flatMap(({ people, faces }) => {
      const [one, two] = people.map(([personId, score]) => ({ personId, name: nameOf(personId), score }));
      return one === undefined || two === undefined ? [] : [{ people: [one, two] as const, faces }];
    }),
  };
}

/** Remembers it until a photo or a person changes. */
export async function keepPresence(
  library: Pick<PhotoLibrary, 'setNote'>,
  gallery: Gallery,
  key: string,
  { people, pairs }: PresenceFound,
): Promise<void> {
  const kept: Kept = {
    key,
    people: people.map(({ who, ...rest }) => {
      const id = gallery.find(who)?.id;
      return { ...rest, ...(id === undefined ? { label: who } : { id }) };
    }),
    pairs: pairs.map(({ people: pair, faces }) => ({
      people: pair.map(({ personId, score }) => [personId, score] as const),
      faces,
    })),
  };
  await library.setNote(NOTE, JSON.stringify(kept));
}
