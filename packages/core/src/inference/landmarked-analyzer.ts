import type { Analyzer } from '../contracts/analyzer.js';
import type { Landmarker } from '../contracts/detector.js';
import type { Detection } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { itemAt } from '../item-at.js';

/** An analyser that needs the landmarks of a certain net, behind detectors that give others or none. */
export class LandmarkedAnalyzer<Result> implements Analyzer<Result> {
  readonly id: string;
  readonly #analyzer: Analyzer<Result>;
  readonly #landmarker: Landmarker;
  readonly #scheme: string;

  /** Takes ownership of the analyser, not of the landmarker. @param scheme what the landmarker gives. */
  constructor(analyzer: Analyzer<Result>, landmarker: Landmarker, scheme: string) {
    this.id = analyzer.id;
    this.#analyzer = analyzer;
    this.#landmarker = landmarker;
    this.#scheme = scheme;
  }

  async analyze(image: Image, faces: readonly Detection[]): Promise<readonly (Result | undefined)[]> {
    const lacking = faces.filter(({ landmarks }) => landmarks?.scheme !== this.#scheme);
    if (lacking.length === 0) return this.#analyzer.analyze(image, faces);
    const found = await this.#landmarker.landmarks(
      image,
      lacking.map(({ box }) => box),
    );
    const given = new Map(lacking.map((face, i) => [face, { ...face, landmarks: itemAt(found, i) }]));
    return this.#analyzer.analyze(
      image,
      faces.map((face) => given.get(face) ?? face),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#analyzer[Symbol.asyncDispose]();
  }
}
