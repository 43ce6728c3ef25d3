import type { Analyzer } from '../contracts/analyzer.js';
import type { Aligner } from '../contracts/detector.js';
import type { Detection, FaceQuality } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { faceQuality } from '../identity/quality.js';
import { itemAt } from '../item-at.js';

/** Image quality of faces, measured and not learnt: see `faceQuality`. Faces without landmarks get none. */
export class QualityAnalyzer implements Analyzer<FaceQuality> {
  readonly id = 'quality';
  readonly #aligner: Aligner;

  constructor(aligner: Aligner) {
    this.#aligner = aligner;
  }

  analyze(image: Image, faces: readonly Detection[]): Promise<readonly (FaceQuality | undefined)[]> {
    return Promise.resolve(
      faces.map((face) => {
        if (face.landmarks === undefined) return undefined;
        return faceQuality(face, itemAt(this.#aligner.align(image, [face]), 0));
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
