import { GalleryError } from '../errors.js';
import type {
  GalleryChange,
  GalleryFaceRecord,
  GallerySnapshot,
  GalleryStore,
  PersonRecord,
} from './gallery-store.js';

/** A gallery store that forgets everything with the process; the reference for the conformance suite. */
export class MemoryGalleryStore implements GalleryStore {
  #people = new Map<string, PersonRecord>();
  #faces = new Map<string, GalleryFaceRecord>();
  #embedder: string | undefined;

  async load(): Promise<GallerySnapshot> {
    return { embedder: this.#embedder, people: [...this.#people.values()], faces: [...this.#faces.values()] };
  }

  async apply(changes: readonly GalleryChange[]): Promise<void> {
    const before = { people: new Map(this.#people), faces: new Map(this.#faces), embedder: this.#embedder };
    try {
      for (const change of changes) this.#applyOne(change);
      if (this.#faces.size === 0) this.#embedder = undefined;
    } catch (error) {
      this.#people = before.people;
      this.#faces = before.faces;
      this.#embedder = before.embedder;
      throw error;
    }
  }

  #applyOne(change: GalleryChange): void {
    switch (change.kind) {
      case 'add-person':
        this.#people.set(change.person.id, change.person);
        break;
      case 'rename-person':
        this.#people.set(change.personId, { ...this.#require(change.personId), name: change.name });
        break;
      case 'remove-person':
        this.#require(change.personId);
        this.#people.delete(change.personId);
        for (const face of [...this.#faces.values()]) {
          if (face.personId === change.personId) this.#faces.delete(face.id);
        }
        break;
      case 'add-faces':
        if (this.#embedder !== undefined && this.#embedder !== change.embedder) {
          throw new GalleryError(
            'GALLERY_MODEL_MISMATCH',
            `The gallery holds faces of "${this.#embedder}", not of "${change.embedder}".`,
          );
        }
        this.#embedder = change.embedder;
        for (const face of change.faces) {
          this.#require(face.personId);
          this.#faces.set(face.id, { ...face, vector: face.vector.slice() });
        }
        break;
      case 'remove-faces':
        for (const id of change.faceIds) this.#faces.delete(id);
        break;
    }
  }

  #require(personId: string): PersonRecord {
    const person = this.#people.get(personId);
    if (person === undefined) {
      throw new GalleryError('GALLERY_PERSON_UNKNOWN', `The gallery holds nobody with the id "${personId}".`);
    }
    return person;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#people.clear();
    this.#faces.clear();
  }
}
