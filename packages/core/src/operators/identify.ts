import type { OperatorFunction } from 'rxjs';
import type { EmbeddedFace, Identity, IdentifiedFace } from '../contracts/face.js';
import { decideIdentities, DEFAULT_MARGIN } from '../identity/decide.js';
import type { Gallery } from '../identity/gallery.js';
import type { UnknownIdentities } from '../identity/unknown-identities.js';
import type { FrameFaces } from './item.js';
import { mapFaces } from './map-faces.js';
import { itemAt } from '../item-at.js';

export interface IdentifyOptions {
  /** Cosine similarity; a name is given at or above it only. */
  readonly threshold: number;
  /** By how much the best person must beat the second best. Default {@link DEFAULT_MARGIN}. */
  readonly margin?: number;
  /** Gives those who match nobody stable labels. Default: they get none. */
  readonly strangers?: UnknownIdentities;
  /** Faces whose `quality.overall` is below found no new stranger label. Default 0.3. */
  readonly strangerQuality?: number;
}

/**
 * Names the faces of one picture after the gallery's people, or not: `unknown` is a result like any other. One person
 * is named at most once per picture.
 */
export async function identifyFaces<F extends Pick<EmbeddedFace, 'embedding' | 'quality'>>(
  faces: readonly F[],
  gallery: Gallery,
  { threshold, margin = DEFAULT_MARGIN, strangers, strangerQuality = 0.3 }: IdentifyOptions,
): Promise<readonly (F & Pick<IdentifiedFace, 'identity'>)[]> {
  const candidates = await Promise.all(faces.map((face) => gallery.search(face.embedding.vector)));
  const present = new Set<string>();
  const label = (identity: Identity, face: F): Identity => {
    if (strangers === undefined || identity.kind === 'known') return identity;
    const quality = face.quality?.overall ?? 1;
    const name = strangers.label(face.embedding.vector, quality, present, quality >= strangerQuality);
    if (name === undefined) return identity;
    present.add(name);
    return { ...identity, label: name };
  };
  const identities = decideIdentities(candidates, { threshold, margin });
  return faces.map((face, i) => ({ ...face, identity: label(itemAt(identities, i), face) }));
}

/** {@link identifyFaces} for each frame. */
export function identify<F extends EmbeddedFace>(
  gallery: Gallery,
  options: IdentifyOptions,
): OperatorFunction<FrameFaces<F>, FrameFaces<F & IdentifiedFace>> {
  // One frame at a time: the unknown identities must see faces in frame order, or labels would depend on timing.
  return mapFaces(1, async ({ faces }) => ({ faces: await identifyFaces(faces, gallery, options) }));
}
