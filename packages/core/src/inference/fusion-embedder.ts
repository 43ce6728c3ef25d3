import type { Embedder, NormScale } from '../contracts/detector.js';
import type { AlignedFace, Embedding } from '../contracts/face.js';
import { disposeAll } from '../dispose-all.js';
import { ArgumentError } from '../errors.js';
import { itemAt } from '../item-at.js';
import { addScaled } from '../identity/distance.js';

export interface FusionPart {
  readonly embedder: Embedder;
  /** Share of this embedder's cosine in the fused one; the shares sum to 1. */
  readonly weight: number;
}

/**
 * Several embedders as one. Their unit vectors, each times the root of its weight, stand one behind the other, so that
 * the cosine of two fused vectors is the weighted mean of the embedders' cosines: score-level fusion that galleries and
 * indexes need not know of. Embedders that were trained differently err on different faces.
 *
 * Faces must be aligned to the template of every part, see `TemplateAligner`.
 */
export class FusionEmbedder implements Embedder {
  readonly id: string;
  readonly size: number;
  readonly template: string;
  readonly threshold: number;
  readonly norms?: NormScale;
  readonly #parts: readonly FusionPart[];

  /**
   * Takes ownership of the embedders.
   * @throws ArgumentError when there is none, or the weights are not positive numbers that sum to 1.
   */
  constructor(id: string, threshold: number, parts: readonly FusionPart[]) {
    const [first] = parts;
    const sum = parts.reduce((total, { weight }) => total + weight, 0);
    if (first === undefined || !parts.every(({ weight }) => weight > 0) || Math.abs(sum - 1) > 1e-9) {
      throw new ArgumentError(`The weights of the fusion "${id}" must be positive and sum to 1, not ${sum}.`);
    }
    this.id = id;
    this.threshold = threshold;
    const { norms } = first.embedder;
    if (norms !== undefined) this.norms = norms;
    this.size = parts.reduce((total, { embedder }) => total + embedder.size, 0);
    this.template = first.embedder.template;
    this.#parts = parts;
  }

  /** The templates of all parts, the first part's first. */
  get templates(): readonly string[] {
    return [...new Set(this.#parts.map(({ embedder }) => embedder.template))];
  }

  /** @throws ArgumentError when a face is not aligned to the template of every part. */
  async embed(faces: readonly AlignedFace[]): Promise<readonly Embedding[]> {
    const found = await Promise.all(
      this.#parts.map(({ embedder }) =>
        embedder.embed(faces.map((face) => this.#aligned(face, embedder.template))),
      ),
    );
    return faces.map((_, i) => {
      const vector = new Float32Array(this.size);
      let at = 0;
      this.#parts.forEach(({ weight, embedder }, part) => {
        const source = itemAt(itemAt(found, part), i).vector;
        addScaled(vector.subarray(at, at + embedder.size), source, Math.sqrt(weight));
        at += embedder.size;
      });
      // Lengths of different nets have no common meaning; the first part's is kept.
      return { vector, norm: itemAt(itemAt(found, 0), i).norm, model: this.id };
    });
  }

  #aligned(face: AlignedFace, template: string): AlignedFace {
    if (template === this.template) return face;
    const other = face.also?.[template];
    if (other === undefined) {
      throw new ArgumentError(`A face for "${this.id}" must be aligned to ${template} too.`, {
        hint: "Make the aligner with all of the embedder's templates.",
      });
    }
    return other;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await disposeAll(this.#parts.map(({ embedder }) => embedder));
  }
}
