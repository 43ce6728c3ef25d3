import {
  collected,
  identifyFaces,
  l2Normalize,
  labelNumber,
  labelOf,
  UnknownIdentities,
  type Gallery,
  type KnownStranger,
  type LibraryFace,
  type PhotoLibrary,
  addScaled,
} from '@fr-stream/core';

export interface LabelRule {
  readonly threshold: number;
  readonly margin: number;
  /** Model card id: faces of others are left alone. */
  readonly embedder: string;
}

/** Poorer faces, and those that lie on their side, are like one another, whoever they are. As `fr-stream cluster` has it. */
const LABEL_MIN_QUALITY = 0.25;

/**
 * Gives the faces of a photo library that are nobody's, and that no name fits, labels (`unknown-7`) that stay with them:
 * those alike get one, and somebody unnamed whom they are like gives theirs. Takes a time that grows with the square of
 * their number.
 */
export async function labelStrangers(
  gallery: Gallery,
  library: PhotoLibrary,
  { threshold, margin, embedder }: LabelRule,
): Promise<void> {
  const faces = (await collected(library.faces({ loose: true }))).filter(
    ({ embedding, quality }) => embedding.model === embedder && quality.overall >= LABEL_MIN_QUALITY,
  );
  if (faces.every(({ label }) => label !== undefined)) return;
  const before = gallery.labels;
  const strangers = new UnknownIdentities({
    threshold,
    known: [...(await gallery.strangers()), ...labelled(faces)],
    labels: before,
  });
  const given = new Map<string, string>();
  for (const photo of byPhoto(faces)) {
    const named = await identifyFaces(photo, gallery, { threshold, margin, strangers });
    for (const { id, label, identity } of named) {
      if (label === undefined && identity.kind === 'unknown' && identity.label !== undefined)
        given.set(id, identity.label);
    }
  }
  const fresh = new Set([...given.values()].filter((label) => labelNumber(label) > before));
  if (fresh.size > 0) {
    // Another process may have taken the numbers that follow: what is kept is what is given to this one.
    const numbers = await gallery.claimLabels(fresh.size);
    const kept = new Map([...fresh].map((label, i) => [label, labelOf(numbers[i] ?? 0)]));
    for (const [id, label] of given) given.set(id, kept.get(label) ?? label);
  }
  await library.label(given);
}

/** What those look like who have a label already. */
function labelled(faces: readonly LibraryFace[]): readonly KnownStranger[] {
  const sums = new Map<string, Float32Array>();
  for (const { label, embedding, quality } of faces) {
    if (label === undefined) continue;
    const sum = sums.get(label) ?? new Float32Array(embedding.vector.length);
    sums.set(label, sum);
    addScaled(sum, embedding.vector, Math.max(quality.overall, 0.01));
  }
  return [...sums].map(([label, sum]) => ({ label, appearance: l2Normalize(sum) }));
}

function byPhoto(faces: readonly LibraryFace[]): Iterable<readonly LibraryFace[]> {
  const photos = new Map<string, LibraryFace[]>();
  for (const face of faces) photos.set(face.hash, [...(photos.get(face.hash) ?? []), face]);
  return photos.values();
}
