import type { Workshop } from './workshop.js';

/** Whose enrolled face a seen one is. @param faceId as `AnalyzedFace.id`. */
export function ownerOf({ gallery, keptAs }: Workshop, faceId: string): string | undefined {
  for (const id of [faceId, keptAs.get(faceId) ?? '', `seen:${faceId}`]) {
    const owner = gallery.face(id)?.personId;
    if (owner !== undefined) return owner;
  }
  return undefined;
}
