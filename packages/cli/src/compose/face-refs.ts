import type { SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { ArgumentError, collected, type Gallery, type LibraryFace, type PersonRecord } from '@fr-stream/core';
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
}
