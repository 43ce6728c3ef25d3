import { GalleryError } from '../errors.js';
import { areTogether } from '../library/in-view.js';
import type { FaceInView, GalleryStore } from './gallery-store.js';

/** Faces that belong to one person, or would: of the gallery by the person, and others by their ids. */
export interface Claim {
  /** For messages. */
  readonly name: string;
  /** Undefined for faces that are nobody's. */
  readonly personId?: string;
  readonly faceIds?: readonly string[];
}

/** When the faces of each claim are in view in videos, as far as the store keeps any. */
export async function claimsInView(
  store: GalleryStore,
  claims: readonly Claim[],
): Promise<readonly (readonly FaceInView[])[]> {
  const personIds = claims.flatMap(({ personId }) => (personId === undefined ? [] : [personId]));
  const faceIds = claims.flatMap(({ faceIds: ids = [] }) => ids);
  const all = (await store.inView?.({ personIds, faceIds })) ?? [];
  // A face that is claimed for somebody is meant to be theirs, whosever it is now.
  const claimed = new Map(claims.flatMap(({ faceIds: ids = [] }, i) => ids.map((id) => [id, i] as const)));
  const ofPerson = new Map(claims.map(({ personId }, i) => [personId, i]));
  const lists = claims.map((): FaceInView[] => []);
  for (const face of all) {
    const claim =
      claimed.get(face.id) ?? (face.personId === undefined ? undefined : ofPerson.get(face.personId));
    if (claim !== undefined) lists[claim]?.push(face);
  }
  return lists;
}

/**
 * Nobody is in view twice: who is in view together with somebody in a video is somebody else.
 * @throws GalleryError (GALLERY_CONFLICT) that names the video, when two of the claims are in view together in one.
 */
export async function requireApart(
  store: GalleryStore,
  claims: readonly Claim[],
  hint: string,
): Promise<void> {
  const inView = await claimsInView(store, claims);
  for (const [i, one] of claims.entries())
    for (const [j, two] of claims.entries()) {
      if (j <= i) continue;
      const shared = inView[i]?.find((face) => inView[j]?.some((other) => areTogether(face, other)));
      if (shared === undefined) continue;
      throw new GalleryError(
        'GALLERY_CONFLICT',
        `${one.name} and ${two.name} are in view together in ${shared.video}: they cannot be one person.`,
        { hint },
      );
    }
}
