import { stat } from 'node:fs/promises';
import { collected, messageOf, type LibraryTrack, type Gallery } from '@fr-stream/core';
import type { DecisionRule } from '@fr-stream/engine';
import { isBelow } from '../compose/is-below.js';
import type { KeywordTags, Metadata } from '../compose/exiftool.js';
import { digest, keepSidecars, writtenSidecars } from '../compose/metadata-notes.js';
import type { OpenLibrary } from '../compose/open-library.js';

export interface SidecarCounts {
  readonly files: number;
  readonly names: number;
  readonly failed: number;
}

const SIDECAR = '.xmp';
/** What a sidecar says once `names` are in the video: what is there is kept, but for names that we wrote. */
function keywordsOf(stored: KeywordTags, ours: readonly string[], names: readonly string[]): KeywordTags {
  const merged = (old: readonly string[] = [], before = '', separator = ''): readonly string[] => {
    const form = (name: string) => before + (separator === '' ? name : name.replaceAll(separator, ' '));
    const written = new Set(ours);
    const others = old.filter(
      (one) => !one.startsWith(before) || !written.has(digest(one.slice(before.length))),
    );
    return [...new Set([...others, ...names.map(form)])];
  };
  return {
    PersonInImage: merged(stored.PersonInImage),
    Subject: merged(stored.Subject),
    // A separator within a name would make two levels of it.
    HierarchicalSubject: merged(stored.HierarchicalSubject, 'People|', '|'),
    TagsList: merged(stored.TagsList, 'People/', '/'),
  };
}

const sameKeywords = (a: KeywordTags, b: KeywordTags): boolean =>
  (['PersonInImage', 'Subject', 'HierarchicalSubject', 'TagsList'] as const).every(
    (key) => JSON.stringify(a[key] ?? []) === JSON.stringify(b[key] ?? []),
  );

/** Who with a name is in a video: whose tracks are theirs, and whom the others are recognised as. Sorted. */
async function namesIn(
  tracks: readonly LibraryTrack[],
  gallery: Gallery,
  { threshold, margin }: Pick<DecisionRule, 'threshold' | 'margin'>,
): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const { id, personId, embedding } of tracks) {
    if (personId !== undefined) {
      const person = gallery.find(personId);
      if (person !== undefined && person.unnamed !== true) names.add(person.name);
      continue;
    }
    const [best, next] = await gallery.search(embedding.vector, 2);
    if (best === undefined || best.score < threshold || best.score - (next?.score ?? -1) < margin) continue;
    const refused = gallery.rejections.some((pair) => pair.includes(id) && pair.includes(best.personId));
    if (!refused) names.add(best.name);
  }
  return [...names].sort();
}

/**
 * Writes who is in each video into `clip.mp4.xmp`, which Lightroom and digiKam read: names, and keywords. What else is
 * in a sidecar stays.
 */
export async function writeSidecars(
  library: OpenLibrary,
  metadata: Metadata,
  rule: Pick<DecisionRule, 'threshold' | 'margin'>,
  under: string | undefined,
  onProblem: (target: string, why: string) => void,
): Promise<SidecarCounts> {
  const { videos, gallery } = library;
  const written = await writtenSidecars(library.photos);
  let [files, all, failed] = [0, 0, 0];
  for await (const { path, hash } of videos.videos()) {
    if (!isBelow(path, under)) continue;
    const target = `${path}${SIDECAR}`;
    try {
      const names = await namesIn(await collected(videos.tracks({ hashes: [hash] })), gallery, rule);
      all += names.length;
      const known = written[target];
      if (names.length === 0 && known === undefined) continue;
      // Not into what is a folder without its drive now.
      if ((await stat(path).catch(() => undefined)) === undefined) throw new Error('the video is gone');
      const stored = await metadata.readKeywords(target);
      const after = keywordsOf(stored ?? {}, known?.ours ?? [], names);
      if (sameKeywords(stored ?? {}, after)) continue;
      // Before it is written: what was there must not be lost with the process.
      written[target] = {
        before: known === undefined ? (stored ?? null) : known.before,
        ours: names.map(digest),
      };
      await keepSidecars(library.photos, written);
      await metadata.writeKeywords(target, after);
      files++;
    } catch (error) {
      failed++;
      onProblem(target, messageOf(error));
    }
  }
  return { files, names: all, failed };
}
