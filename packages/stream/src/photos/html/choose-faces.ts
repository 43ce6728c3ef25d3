import type { LibraryFace } from '@fr-stream/core';

/**
 * The faces that a page of bounded size shows: all, or the best of each person in turn, so that everybody is there.
 * @param groupOf the person of a face; undefined for nobody.
 * @returns in the order of `faces`.
 */
export function chooseFaces(
  faces: readonly LibraryFace[],
  groupOf: (face: LibraryFace) => string | undefined,
  most: number,
): readonly LibraryFace[] {
  if (faces.length <= most) return faces;
  const groups = new Map<string | undefined, LibraryFace[]>();
  for (const face of faces) {
    const group = groups.get(groupOf(face));
    if (group === undefined) groups.set(groupOf(face), [face]);
    else group.push(face);
  }
  // Equal quality keeps the order of `faces`: sorting is stable.
  for (const group of groups.values()) group.sort((a, b) => b.quality.overall - a.quality.overall);
  // Everybody's best face before anybody's second; people of many photos first where not even that fits.
  const people = [...groups.values()].sort((a, b) => b.length - a.length);
  const chosen = new Set<LibraryFace>();
  for (let round = 0; chosen.size < most; round++) {
    for (const group of people) {
      const face = group[round];
      if (face !== undefined && chosen.size < most) chosen.add(face);
    }
  }
  return faces.filter((face) => chosen.has(face));
}
