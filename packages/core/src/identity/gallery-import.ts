import { GalleryError } from '../errors.js';
import { labelOf, type GalleryChange, type GallerySnapshot } from './gallery-store.js';
import { nameKey } from './name-key.js';

/**
 * The changes that bring another gallery's people, faces and rejections into this one. Somebody who is here by the
 * same id or, failing that, the same name in whatever spelling ({@link nameKey}) gets the faces; two spellings in what is
 * imported are one person too, unless it says that they are not; somebody unnamed may get another label; a face with an id that is here already is replaced, so that importing twice adds nothing.
 * @throws GalleryError (GALLERY_MODEL_MISMATCH) when both hold faces, of different embedders.
 */
export function importChanges(from: GallerySnapshot, into: GallerySnapshot): readonly GalleryChange[] {
  if (from.embedder !== undefined && into.embedder !== undefined && from.embedder !== into.embedder) {
    throw new GalleryError(
      'GALLERY_MODEL_MISMATCH',
      `The imported faces are of the embedder "${from.embedder}", this gallery's of "${into.embedder}": they cannot be compared.`,
      { hint: 'Import into another gallery, or enrol the people again from photos.' },
    );
  }
  const ids = new Set(into.people.map(({ id }) => id));
  const byName = new Map(
    into.people.flatMap(({ id, name, unnamed }) => (unnamed ? [] : [[nameKey(name), id] as const])),
  );
  const here = new Map<string, string>();
  const changes: GalleryChange[] = [];
  const apart = new Set(from.rejections.flatMap(([a, b]) => [`${a}\n${b}`, `${b}\n${a}`]));
  let labels = Math.max(from.labels, into.labels);
  for (const person of from.people) {
    const namesake = person.unnamed ? undefined : byName.get(nameKey(person.name));
    const told = namesake !== undefined && apart.has(`${person.id}\n${namesake}`);
    const known = ids.has(person.id) ? person.id : told ? undefined : namesake;
    here.set(person.id, known ?? person.id);
    if (known !== undefined) continue;
    const taken = person.unnamed === true && into.people.some(({ name }) => name === person.name);
    if (person.unnamed !== true && namesake === undefined) byName.set(nameKey(person.name), person.id);
    changes.push({ kind: 'add-person', person: taken ? { ...person, name: labelOf(++labels) } : person });
  }
  const faces = from.faces.map((face) => ({ ...face, personId: here.get(face.personId) ?? face.personId }));
  if (from.embedder !== undefined && faces.length > 0)
    changes.push({ kind: 'add-faces', embedder: from.embedder, faces });
  if (from.rejections.length > 0) {
    const pairs = from.rejections.map(([a, b]) => [here.get(a) ?? a, here.get(b) ?? b] as const);
    changes.push({ kind: 'reject', pairs });
  }
  return changes;
}
