import type { Gallery } from './gallery.js';
import type { Edit } from './stored-people.js';
import {
  labelNumber,
  labelOf,
  type GalleryChange,
  type GalleryFaceRecord,
  type UndoStep,
} from './gallery-store.js';
import type { UnknownObservation } from './unknown-identities.js';
import { itemAt } from '../item-at.js';

export interface RememberOptions {
  /** Model card id of the embedder that made the embeddings. */
  readonly embedder: string;
  /** Names the video; the same video's earlier observations of somebody are replaced. */
  readonly source: string;
  /** Where in it they were seen, for people to read: label -> text. */
  readonly where?: ReadonlyMap<string, string>;
  /** Strangers whose best picture is rated lower are not kept. Default 0.3. */
  readonly minQuality?: number;
  /** Strangers of whom there are fewer pictures are not kept. Default 2. */
  readonly minPictures?: number;
  /** The labels were claimed from the gallery as they were given, and stay. Default false: they are claimed now. */
  readonly claimed?: boolean;
}

export interface RememberedStranger {
  /** In this run. */
  readonly label: string;
  /** In the gallery. Differs from `label` only if another run has taken that meanwhile. */
  readonly kept: string;
  readonly isNew: boolean;
}

/**
 * Keeps a run's strangers in the gallery as people without a name, one face each: their mean embedding. One change, which
 * `undo` takes back.
 * @throws GalleryError (GALLERY_MODEL_MISMATCH)
 */
export async function rememberStrangers(
  gallery: Gallery,
  observations: readonly UnknownObservation[],
  { embedder, source, where, minQuality = 0.3, minPictures = 2, claimed = false }: RememberOptions,
): Promise<readonly RememberedStranger[]> {
  gallery.requireEmbedder(embedder);
  // Another process may have added people, or labels, since.
  await gallery.reload();
  const { remembered } = await gallery.transact(async () => {
    const eligible = observations.filter(
      ({ label, known, quality, pictures }) =>
        quality >= minQuality &&
        pictures >= minPictures &&
        // Who has been named or forgotten since is nobody's business here.
        (!known || gallery.find(label)?.unnamed === true),
    );
    const fresh = eligible.filter(({ known }) => !known).map(({ label }) => label);
    const names = claimed ? new Map<string, string>() : await labelsFor(gallery, fresh);
    return remembering(gallery, eligible, names, { embedder, source, ...(where && { where }) });
  });
  return remembered;
}

/** The changes that keep strangers under the labels that they get. */
function remembering(
  gallery: Gallery,
  eligible: readonly UnknownObservation[],
  names: ReadonlyMap<string, string>,
  { embedder, source, where }: RememberOptions,
): Edit & { readonly remembered: readonly RememberedStranger[] } {
  const changes: GalleryChange[] = [];
  const undo: UndoStep[] = [];
  const faces: GalleryFaceRecord[] = [];
  const remembered: RememberedStranger[] = [];
  const people: string[] = [];
  for (const { label, known, appearance, quality } of eligible) {
    const kept = known ? label : (names.get(label) ?? label);
    const person = known
      ? gallery.person(label)
      : ({ id: gallery.createId(), name: kept, unnamed: true } as const);
    if (!known) changes.push({ kind: 'add-person', person });
    const id = `video:${person.id}:${source}`;
    const place = where?.get(label);
    faces.push({
      id,
      personId: person.id,
      vector: appearance,
      source: place === undefined ? source : `${source} @ ${place}`,
      quality,
      kind: 'video',
      by: 'machine',
    });
    if (gallery.face(id) === undefined) undo.push({ kind: 'remove-faces', faceIds: [id] });
    if (!known) undo.push({ kind: 'remove-person', personId: person.id });
    people.push(person.id);
    remembered.push({ label, kept, isNew: !known });
  }
  if (faces.length > 0) changes.push({ kind: 'add-faces', embedder, faces });
  return {
    changes,
    entry: { action: `remember ${faces.length} strangers of ${source}`, people, undo },
    remembered,
  };
}

/** The labels themselves, if nobody has taken them meanwhile; else others. Either way they are this run's from now. */
async function labelsFor(gallery: Gallery, labels: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (labels.length === 0) return new Map();
  const [given, numbers] = [gallery.labels, labels.map(labelNumber)];
  if (Math.min(...numbers) > given) {
    const [first] = await gallery.claimLabels(Math.max(...numbers) - given);
    if (first === given + 1) return new Map(labels.map((label) => [label, label]));
  }
  const others = await gallery.claimLabels(labels.length);
  return new Map(labels.map((label, i) => [label, labelOf(itemAt(others, i))]));
}
