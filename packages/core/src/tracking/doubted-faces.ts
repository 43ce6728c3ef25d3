import type { LateFace } from './late-faces.js';

/** Per track; who is not believed in so many frames will hardly be. */
const MOST_OF_TRACK = 512;
/** In all. */
const MOST = 16_384;

/** Faces of tracks that were not believed to be one when their frames went. Bounded: the oldest tracks go first. */
export class DoubtedFaces {
  readonly #tracks = new Map<number, LateFace[]>();
  #count = 0;

  add(face: LateFace): void {
    const { id } = face.track;
    const faces = this.#tracks.get(id) ?? [];
    this.#tracks.set(id, faces);
    if (faces.length >= MOST_OF_TRACK) return;
    faces.push(face);
    this.#count++;
    for (const [track, known] of this.#tracks) {
      if (this.#count <= MOST || track === id) break;
      this.#tracks.delete(track);
      this.#count -= known.length;
    }
  }

  all(): LateFace[] {
    return [...this.#tracks.values()].flat();
  }
}
