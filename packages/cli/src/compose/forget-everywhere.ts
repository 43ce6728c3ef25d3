import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backupsOf } from '@fr-stream/backend-node';
import { collected, messageOf, SinkError, type PersonRecord } from '@fr-stream/core';
import { decisionRule } from '@fr-stream/engine';
import { observationsOf } from '@fr-stream/library';
import { embedderCardOf } from './embedder-card.js';
import { REPORT_NAMES } from './faces-folder.js';
import { forgetWrittenName } from './metadata-notes.js';
import type { OpenLibrary } from './open-library.js';
import { isOurReport } from './run-outputs.js';
import { forgetInIndex } from './set-index.js';

export interface Forgotten {
  readonly faces: number;
  readonly pictures: number;
  /** The report beside the cut-outs, which showed everybody, is gone too. */
  readonly report: boolean;
  /** Copies of the gallery that fr-stream made before it changed the file. */
  readonly copies: number;
  /** Files and sidecars that `library write-metadata` wrote, and that say the name until it is run again. */
  readonly named: number;
}

/**
 * Removes all that is kept of somebody: what was said to be theirs, and what is recognised as theirs, in photos and videos.
 * @param folder of the cut-outs.
 */
export async function forgetEverywhere(
  { gallery, photos, videos }: OpenLibrary,
  person: PersonRecord,
  folder: string,
): Promise<Forgotten> {
  await adoptRecognised({ gallery, photos, videos }, person);
  const shown = [
    ...(await collected(photos.faces({ personIds: [person.id] }))),
    ...(await collected(videos.tracks({ personIds: [person.id] }))),
  ];
  const files = shown.flatMap(({ cutout, aligned }) => [join(folder, cutout), join(folder, aligned)]);
  const faces = gallery.facesOf(person.id).length;
  // The report beside the cut-outs is fr-stream's own, and shows everybody.
  const reports: string[] = [];
  for (const name of REPORT_NAMES) {
    const path = join(folder, name);
    if (await isOurReport(path, name)) reports.push(path);
  }
  const copies = photos.shared === undefined ? await backupsOf(photos.path) : [];
  // The pictures first: after a crash in between the person is still there to be forgotten.
  for (const file of [...files, ...reports, ...copies]) {
    await rm(file, { force: true }).catch((cause: unknown) => {
      throw new SinkError('OUTPUT_FAILED', `${file} cannot be removed: ${messageOf(cause)}`, {
        hint: 'Check the permissions of the folder and say it again; nothing else was removed yet.',
        cause,
      });
    });
  }
  await forgetInIndex(
    photos,
    shown.map(({ id }) => id),
  );
  const named = await forgetWrittenName(photos, person.name);
  await gallery.remove(person.id);
  return { faces, pictures: files.length, report: reports.length > 0, copies: copies.length, named };
}

/** Makes faces theirs that are nobody's and look like them: they would be named so wherever they are shown. */
async function adoptRecognised(
  { gallery, photos, videos }: Omit<OpenLibrary, typeof Symbol.asyncDispose>,
  person: PersonRecord,
): Promise<void> {
  const { embedder } = gallery;
  if (embedder === undefined || person.unnamed === true) return;
  const { threshold, margin } = decisionRule(await embedderCardOf(embedder), {});
  const seen = await observationsOf(person, { gallery, photos, videos, rule: { threshold, margin } });
  const faces = seen.flatMap(({ face, by, hash }) =>
    by === 'recognised'
      ? [
          {
            id: face.id,
            personId: person.id,
            vector: face.embedding.vector,
            source: hash,
            quality: 0,
            by: 'machine' as const,
          },
        ]
      : [],
  );
  if (faces.length === 0) return;
  const entry = {
    action: `recognise ${JSON.stringify(person.name)}`,
    people: [person.id],
    undo: [{ kind: 'remove-faces' as const, faceIds: faces.map(({ id }) => id) }],
  };
  await gallery.apply([{ kind: 'add-faces', embedder, faces }], entry);
}
