import type { FaceOutline } from '@fr-stream/core';

export interface FaceGroup {
  readonly id: string;
  /** Somebody has said who this is. */
  readonly named: boolean;
}

/** Where not even one face of each person fits, this many of fewer people are more worth seeing. */
const FACES_EACH = 4;

/**
 * The faces that a page of bounded size shows: all, or the best of each person in turn, so that everybody is there. Of
 * more people than that: those with a name, then those with the most faces.
 * @param groupOf the person of a face; undefined for nobody.
 * @returns in the order of `faces`.
 */
export function chooseFaces(
  faces: readonly FaceOutline[],
  groupOf: (face: FaceOutline) => FaceGroup | undefined,
  most: number,
): readonly FaceOutline[] {
  if (faces.length <= most) return faces;
  const groups = new Map<string | undefined, { readonly named: boolean; readonly faces: FaceOutline[] }>();
  for (const face of faces) {
    const { id, named = false } = groupOf(face) ?? {};
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { named, faces: [face] });
    else group.faces.push(face);
  }
  // Equal quality keeps the order of `faces`: sorting is stable.
  for (const group of groups.values()) group.faces.sort((a, b) => b.quality - a.quality);
  const people = [...groups.values()].sort(
    (a, b) => Number(b.named) - Number(a.named) || b.faces.length - a.faces.length,
  );
  const shown = people.length <= most ? people : people.slice(0, Math.ceil(most / FACES_EACH));
  const chosen = new Set<FaceOutline>();
  for (let round = 0, before = -1; chosen.size < most && chosen.size > before; round++) {
    before = chosen.size;
    for (const group of shown) {
      const face = group.faces[round];
      if (face !== undefined && chosen.size < most) chosen.add(face);
    }
  }
  return faces.filter((face) => chosen.has(face));
}
