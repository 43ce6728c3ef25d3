import {
  GalleryError,
  type Gallery,
  type GalleryChange,
  type PersonRecord,
  type UndoStep,
} from '@fr-stream/core';

/**
 * Gives one face of a person to another one (or, without one, to a new unnamed person).
 * @throws GalleryError (GALLERY_PERSON_UNKNOWN, GALLERY_CONFLICT)
 */
export async function moveFace(
  gallery: Gallery,
  faceId: string,
  to: string | undefined,
): Promise<PersonRecord> {
  const requireFace = () => {
    const face = gallery.face(faceId);
    if (face !== undefined) return face;
    throw new GalleryError('GALLERY_PERSON_UNKNOWN', `There is no face "${faceId}".`);
  };
  if (to === undefined) return gallery.split(requireFace().personId, [faceId]);
  // Built anew should somebody else have changed the gallery meanwhile.
  return gallery.edit(async () => {
    const face = requireFace();
    const from = gallery.person(face.personId);
    const target = gallery.person(to);
    const entry = {
      action: `move a face of ${JSON.stringify(from.name)} to ${JSON.stringify(target.name)}`,
      people: [from.id, target.id],
    };
    if (target.id === from.id) return { person: target, changes: [], entry: { ...entry, undo: [] } };
    const { picture } = face;
    const others = gallery.facesOf(target.id);
    if (picture !== undefined && others.some((other) => other.picture === picture)) {
      throw new GalleryError(
        'GALLERY_CONFLICT',
        `${target.name} is in that picture already, with another face.`,
        { hint: 'Move that one first.' },
      );
    }
    await gallery.requireApart(faceId, target.id);
    const changes: GalleryChange[] = [
      { kind: 'move-faces', faceIds: [faceId], personId: target.id, by: 'user' },
    ];
    const undo: UndoStep[] = [
      { kind: 'move-faces', faceIds: [faceId], personId: from.id, by: face.by ?? 'user' },
    ];
    if (gallery.facesOf(from.id).length === 1) {
      // Nobody is left of a person without faces.
      changes.push({ kind: 'remove-person', personId: from.id });
      undo.unshift({ kind: 'add-person', person: from });
    }
    return { person: target, changes, entry: { ...entry, undo } };
  });
}
