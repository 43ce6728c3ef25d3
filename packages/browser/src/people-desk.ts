import {
  decideIdentities,
  GalleryError,
  galleryFromJson,
  galleryToJson,
  type GalleryPerson,
  type Identity,
} from '@fr-stream/core';
import type { PersonView, SimilarFaces } from './types.js';
import type { Workshop } from './workshop.js';

/** What a page does with people: names faces that were seen, renames, removes, takes the gallery in and out. */
export class PeopleDesk {
  readonly #shop: Workshop;

  constructor(shop: Workshop) {
    this.#shop = shop;
  }

  /**
   * Enrols a seen face under a name, which may be new. If it was taken for somebody whom the gallery remembers without
   * a name, that is now their name.
   * @throws GalleryError (GALLERY_NO_FACE) when the face has been forgotten or was never embedded, (GALLERY_CONFLICT)
   * when the two were said not to be the same.
   */
  async enroll(name: string, faceId: string): Promise<GalleryPerson> {
    const { gallery, seen, shots } = this.#shop;
    const face = seen.get(faceId);
    if (face === undefined) {
      throw new GalleryError('GALLERY_NO_FACE', 'This face has not been seen well enough to be named.', {
        hint: 'Wait for a sharper, more frontal picture of it.',
      });
    }
    const { vector, model, source, quality, timeMs } = face;
    const where = timeMs > 0 ? `${source} @ ${(timeMs / 1000).toFixed(1)} s` : source;
    const embedding = { vector, model, norm: 1 };
    const stranger = face.personId === undefined ? undefined : gallery.find(face.personId);
    if (stranger?.unnamed === true) await this.rename(stranger.id, name);
    // Whoever says so has looked: a face that was given to somebody else by mistake is moved.
    const enrolled = { id: `seen:${faceId}`, embedding, source: where, quality };
    const { sameFrom } = this.#shop.rule;
    const { person } = await gallery.enroll(name, [enrolled], { sameFrom, conflict: 'move' });
    await shots.offer({ personId: person.id, occasion: faceId, picture: face.picture, quality });
    return gallery.people().find(({ id }) => id === person.id) ?? { ...person, faces: 1 };
  }

  /** Who seen faces are now that the gallery has changed; for photos, which are not analysed again. */
  async identities(faceIds: readonly string[]): Promise<readonly (Identity | undefined)[]> {
    const { gallery, seen, rule } = this.#shop;
    const candidates = await Promise.all(
      faceIds.map(async (id) => {
        const face = seen.get(id);
        return face === undefined ? undefined : await gallery.search(face.vector);
      }),
    );
    const decided = decideIdentities(
      candidates.map((list) => list ?? []),
      rule,
    );
    return decided.map((identity, i) => (candidates[i] === undefined ? undefined : identity));
  }

  /** The people and the seen faces most like this one, however little. */
  async similarity(faceId: string, k: number): Promise<SimilarFaces> {
    const { gallery, seen } = this.#shop;
    const face = seen.get(faceId);
    if (face === undefined) return { people: [], faces: [] };
    const [people, faces] = await Promise.all([gallery.search(face.vector, k), seen.similar(faceId, k)]);
    return { people, faces };
  }

  async people(): Promise<readonly PersonView[]> {
    const shots = await this.#shop.shots.all();
    return this.#shop.gallery.people().map((person) => ({ ...person, shots: shots.get(person.id) ?? [] }));
  }

  /**
   * Gives a person another name, or somebody unnamed their first; if somebody has it already, these two become one.
   * @throws GalleryError, ArgumentError when the name is empty, or taken and the person has one.
   */
  async rename(personId: string, name: string): Promise<void> {
    const { id } = await this.#shop.gallery.name(personId, name);
    if (id !== personId) await this.#shop.shots.move(personId, id);
  }

  /** @throws GalleryError */
  async remove(personId: string): Promise<void> {
    await this.#shop.gallery.remove(personId);
    await this.#shop.shots.remove(personId);
  }

  /** The gallery as a file's text; see `galleryToJson`. */
  async export(): Promise<string> {
    return galleryToJson(await this.#shop.gallery.export());
  }

  /** Adds what an exported file holds. @returns how many people. @throws GalleryError */
  async import(json: string): Promise<number> {
    const snapshot = galleryFromJson(json);
    const { embedder } = this.#shop.engine;
    if (snapshot.embedder !== undefined && snapshot.embedder !== embedder.id) {
      throw new GalleryError(
        'GALLERY_MODEL_MISMATCH',
        `The file was made with the embedder "${snapshot.embedder}", this page uses "${embedder.id}".`,
        { hint: 'Enrol the people again from photos.' },
      );
    }
    await this.#shop.gallery.import(snapshot);
    return snapshot.people.length;
  }
}
