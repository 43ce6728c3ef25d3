import type { SqlitePhotoLibrary } from '@fr-stream/backend-node';
import {
  ArgumentError,
  collected,
  labelNumber,
  type Gallery,
  type LibraryFace,
  type PersonRecord,
} from '@fr-stream/core';
import { absolutePhotoPath } from '@fr-stream/stream';

/** What a user may write for a face: its id, or the photo that shows it. */
export class FaceRefs {
  readonly #gallery: Gallery;
  readonly #library: SqlitePhotoLibrary;

  constructor(gallery: Gallery, library: SqlitePhotoLibrary) {
    this.#gallery = gallery;
    this.#library = library;
  }

  /** The faces of the photo that a reference names; undefined when it names no known photo. */
  async #inPhoto(ref: string): Promise<readonly LibraryFace[] | undefined> {
    const photo = await this.#library.photo(absolutePhotoPath(ref));
    return photo && (await collected(this.#library.faces({ hashes: [photo.hash] })));
  }

  /** The id of a person's face: by id, by the photo, or by the place that an enrolled or remembered face came from. */
  async find(person: PersonRecord, ref: string): Promise<string | undefined> {
    const faces = this.#gallery.facesOf(person.id);
    const found =
      faces.find(({ id }) => id === ref) ??
      (await this.#inPhoto(ref))?.find(({ personId }) => personId === person.id) ??
      faces.find(({ source }) => source === ref || source === absolutePhotoPath(ref));
    return found?.id;
  }

  /** As {@link find}. @throws ArgumentError when the person has no such face. */
  async of(person: PersonRecord, ref: string): Promise<string> {
    const found = await this.find(person, ref);
    if (found !== undefined) return found;
    throw new ArgumentError(`${person.name} has no face "${ref}".`, {
      hint: `Name a photo or a face id; see: fr-stream gallery show ${JSON.stringify(person.name)}`,
    });
  }

  /**
   * The id of any face: by id, or by a photo that shows one only.
   * @returns undefined when the reference names neither a face nor a photo.
   * @throws ArgumentError when the photo shows none, or several.
   */
  async any(ref: string): Promise<string | undefined> {
    if (this.#gallery.face(ref) !== undefined) return ref;
    const faces = await this.#inPhoto(ref);
    if (faces === undefined) return (await this.#library.face(ref))?.id;
    if (faces.length !== 1) {
      throw new ArgumentError(`${ref} shows ${faces.length} faces.`, {
        hint:
          faces.length === 0
            ? 'Name another photo.'
            : `Name one of them: ${faces.map(({ id }) => id).join(', ')}`,
      });
    }
    return faces[0].id;
  }

  /**
   * Whom a label of `photos`, a face id or a photo means: faces of nobody's, or the person whose they are by now.
   * @throws ArgumentError when the label's faces are several people's, or somebody's who has a name; as {@link any}.
   */
  async named(
    ref: string,
  ): Promise<{ readonly faces: readonly LibraryFace[]; readonly owner: string | undefined }> {
    const labelled = labelNumber(ref) > 0 ? await collected(this.#library.faces({ labels: [ref] })) : [];
    if (labelled.length === 0) {
      const id = await this.any(ref);
      const owner = id === undefined ? undefined : this.#gallery.face(id)?.personId;
      const face = id === undefined || owner !== undefined ? undefined : await this.#library.face(id);
      return { faces: face === undefined ? [] : [face], owner };
    }
    const loose = labelled.filter(({ personId }) => personId === undefined);
    if (loose.length > 0) return { faces: loose, owner: undefined };
    const owners = [...new Set(labelled.flatMap(({ personId }) => personId ?? []))];
    const names = owners.map((id) => this.#gallery.find(id)?.name ?? id);
    const [owner] = owners;
    if (owners.length === 1 && owner !== undefined && this.#gallery.find(owner)?.unnamed === true)
      return { faces: [], owner };
    throw new ArgumentError(`${ref} is ${names.join(' and ')} by now.`, { hint: 'Name one of them.' });
  }
}
