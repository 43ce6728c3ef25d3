import { HnswGraphIndex } from '@fr-stream/core';

/** A face that was seen in this session. */
export interface SeenFace {
  readonly id: string;
  /** Unit length. */
  readonly vector: Float32Array;
  readonly model: string;
  readonly quality: number;
  readonly source: string;
  /** Of the moment of the video that shows it best, in milliseconds; undefined for photos. */
  readonly timeMs: number | undefined;
  /** A small picture of it. */
  readonly picture: Blob;
  /** Whom of the gallery it was taken for. */
  readonly personId: string | undefined;
}

export interface SimilarFace {
  readonly face: SeenFace;
  /** Cosine similarity, -1..1. */
  readonly score: number;
}

/** The faces seen last, searchable by similarity. The one not updated for longest goes when there are too many. */
export class SeenFaces {
  readonly #faces = new Map<string, SeenFace>();
  readonly #capacity: number;
  #index: HnswGraphIndex | undefined;

  constructor(capacity = 2000) {
    this.#capacity = capacity;
  }

  get(id: string): SeenFace | undefined {
    return this.#faces.get(id);
  }

  async put(face: SeenFace): Promise<void> {
    this.#faces.delete(face.id);
    this.#faces.set(face.id, face);
    this.#index ??= new HnswGraphIndex(face.vector.length);
    await this.#index.add([face]);
    const [oldest] = this.#faces.keys();
    if (this.#faces.size > this.#capacity && oldest !== undefined) {
      this.#faces.delete(oldest);
      await this.#index.remove([oldest]);
    }
  }

  /** The `k` faces most alike, best first, itself left out. Empty when the face is not known. */
  async similar(id: string, k: number): Promise<readonly SimilarFace[]> {
    const face = this.#faces.get(id);
    if (face === undefined || this.#index === undefined) return [];
    const found = await this.#index.search(face.vector, k, { filter: { excludeIds: [id] } });
    return found.flatMap(({ id: other, distance }) => {
      const seen = this.#faces.get(other);
      return seen === undefined ? [] : [{ face: seen, score: 1 - distance }];
    });
  }

  clear(): void {
    this.#faces.clear();
    this.#index = undefined;
  }
}
