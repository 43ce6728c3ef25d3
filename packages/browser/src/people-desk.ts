import {
  decideIdentities,
  GalleryError,
  galleryFromJson,
  galleryToJson,
  type GalleryPerson,
  type Identity,
  type PersonRecord,
} from '@fr-stream/core';
import { moveFace, suggestMerges, type MergeSuggestion } from '@fr-stream/engine';
import { ownerOf } from './owner-of.js';
import { RememberedPeople } from './remembered-people.js';
import type { PersonFace, PersonView, SimilarFaces } from './types.js';
import type { Workshop } from './workshop.js';

/** Pictures shown of each person in a list. */
const PORTRAITS = 5;

/** What a page does with people: names faces that were seen, renames, removes, takes the gallery in and out. */
export class PeopleDesk {
  readonly #shop: Workshop;

  constructor(shop: Workshop) {
    this.#shop = shop;
  }

  /**
   * Enrols a seen face under a name, which may be new. If it was taken for somebody whom the gallery remembers without
   * a name, that is now their name. A face is one person's: whoever had it, or others so like it, loses them.
   * @throws GalleryError (GALLERY_NO_FACE) when the face has been forgotten or was never embedded, (GALLERY_CONFLICT)
   * when the two were said not to be the same.
   */
  async enroll(name: string, faceId: string): Promise<GalleryPerson> {
    const { gallery, library, seen, shots } = this.#shop;
    const face = seen.get(faceId);
    if (face === undefined) {
      throw new GalleryError('GALLERY_NO_FACE', 'This face has not been seen well enough to be named.', {
        hint: 'Wait for a sharper, more frontal picture of it.',
      });
    }
    const { vector, model, source, quality, timeMs } = face;
    const where = timeMs !== undefined ? `${source} @ ${(timeMs / 1000).toFixed(1)} s` : source;
    const embedding = { vector, model, norm: 1 };
    // Faces of kept photos and videos go by their own ids: whose they are, the library asks the gallery.
    const id =
      this.#shop.keptAs.get(faceId) ??
      ((await library.face(faceId)) === undefined ? `seen:${faceId}` : faceId);
    const owner = gallery.face(id)?.personId ?? face.personId;
    const stranger = owner === undefined ? undefined : gallery.find(owner);
    if (stranger?.unnamed === true) await this.rename(stranger.id, name);
    // Whoever says so has looked: a face that was given to somebody else by mistake is moved.
    const { sameFrom } = this.#shop.rule;
    const enrolled = { id, embedding, source: where, quality };
    const { person } = await gallery.enroll(name, [enrolled], { sameFrom, conflict: 'move' });
    if (face.picture.size > 0) {
      await library.keepPictures(new Map([[id, face.picture]]));
      await shots.offer({ personId: person.id, occasion: faceId, picture: face.picture, quality });
    }
    await shots.claim(person.id, faceId);
    await seen.put({ ...face, personId: person.id });
    return gallery.people().find((one) => one.id === person.id) ?? { ...person, faces: 1 };
  }

  /** Who seen faces are now that the gallery has changed; for what is not analysed again. What a user said counts. */
  async identities(faceIds: readonly string[]): Promise<readonly (Identity | undefined)[]> {
    const { gallery, seen, rule } = this.#shop;
    const remembered = new RememberedPeople(gallery);
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
    return decided.map((identity, i) => {
      const owner = ownerOf(this.#shop, faceIds[i] ?? '');
      if (owner !== undefined) return remembered.assigned(owner, identity);
      return candidates[i] === undefined ? undefined : identity;
    });
  }

  /**
   * The people and the seen faces most like this one, however little. A face of a person who is listed is not listed once
   * more: the two would be equally alike, and stand in an order that a rounding error decides.
   */
  async similarity(faceId: string, k: number): Promise<SimilarFaces> {
    const { gallery, seen } = this.#shop;
    const face = seen.get(faceId);
    if (face === undefined) return { people: [], faces: [] };
    const [people, faces] = await Promise.all([gallery.search(face.vector, k), seen.similar(faceId, k)]);
    const listed = new Set(people.map(({ personId }) => personId));
    return { people, faces: faces.filter(({ face: { id } }) => !listed.has(ownerOf(this.#shop, id) ?? '')) };
  }

  async people(): Promise<readonly PersonView[]> {
    const { gallery, shots } = this.#shop;
    const kept = await shots.all();
    return Promise.all(
      gallery.people().map(async (person) => {
        const best = [...gallery.facesOf(person.id)]
          .sort((a, b) => b.quality - a.quality)
          .slice(0, PORTRAITS);
        const own = await Promise.all(best.map(({ id }) => this.picture(id)));
        const portraits = own.filter((picture) => picture !== undefined);
        return { ...person, shots: portraits.length > 0 ? portraits : (kept.get(person.id) ?? []) };
      }),
    );
  }

  /** All faces of a person, the best first. @throws GalleryError (GALLERY_PERSON_UNKNOWN) */
  async faces(personId: string): Promise<readonly PersonFace[]> {
    const { gallery } = this.#shop;
    const faces = gallery.facesOf(gallery.person(personId).id);
    const best = [...faces].sort((a, b) => b.quality - a.quality);
    return Promise.all(
      best.map(async ({ id, source, quality }) => {
        const picture = await this.picture(id);
        return { id, source, quality, ...(picture !== undefined && { picture }) };
      }),
    );
  }

  /** The small picture that is kept of a face. */
  async picture(faceId: string): Promise<Blob | undefined> {
    const { library } = this.#shop;
    for (const cutout of [faceId, `photo/${faceId}`, `video/${faceId}`]) {
      const picture = await library.picture(cutout);
      if (picture !== undefined) return picture;
    }
    return undefined;
  }

  /** See `Gallery.merge`. */
  async merge(people: readonly string[]): Promise<PersonRecord> {
    const target = await this.#shop.gallery.merge(people);
    for (const id of people) if (id !== target.id) await this.#shop.shots.move(id, target.id);
    return target;
  }

  /** See `Gallery.split`. */
  split(personId: string, faceIds: readonly string[]): Promise<PersonRecord> {
    return this.#shop.gallery.split(personId, faceIds);
  }

  /** See `Gallery.notSame`. */
  notSame(first: string, second: string): Promise<PersonRecord> {
    return this.#shop.gallery.notSame(first, second);
  }

  /** See `Gallery.notThisFace`. */
  notThisFace(personId: string, faceId: string): Promise<PersonRecord> {
    return this.#shop.gallery.notThisFace(faceId, personId);
  }

  /** See `moveFace` of the engine package. */
  moveFace(faceId: string, to?: string): Promise<PersonRecord> {
    return moveFace(this.#shop.gallery, faceId, to);
  }

  /** See `Gallery.undo`. */
  async undo(): Promise<string> {
    return (await this.#shop.gallery.undo()).action;
  }

  /** See `suggestMerges` of the engine package. */
  suggestions(limit: number): Promise<readonly MergeSuggestion[]> {
    return suggestMerges(this.#shop.gallery, this.#shop.rule.threshold, limit);
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
