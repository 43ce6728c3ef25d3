import type { Detector, DetectOptions, Landmarker } from '../contracts/detector.js';
import type { Detection } from '../contracts/face.js';
import type { Image } from '../contracts/image.js';
import { disposeAll } from '../dispose-all.js';
import { itemAt } from '../item-at.js';

/**
 * A detector whose faces get landmarks from a second model, for detectors that give boxes only. Detections that
 * carry landmarks already keep theirs.
 */
export class LandmarkedDetector implements Detector {
  readonly id: string;
  readonly scoreThreshold?: number;
  readonly sure?: number;
  readonly #detector: Detector;
  readonly #landmarker: Landmarker;

  /** Takes ownership of both. */
  constructor(detector: Detector, landmarker: Landmarker) {
    this.id = `${detector.id}+${landmarker.id}`;
    if (detector.scoreThreshold !== undefined) this.scoreThreshold = detector.scoreThreshold;
    if (detector.sure !== undefined) this.sure = detector.sure;
    this.#detector = detector;
    this.#landmarker = landmarker;
  }

  async detect(
    images: readonly Image[],
    options?: DetectOptions,
  ): Promise<readonly (readonly Detection[])[]> {
    const found = await this.#detector.detect(images, options);
    return Promise.all(
      found.map((detections, i) => this.#addLandmarks(itemAt(images, i), detections, options)),
    );
  }

  async #addLandmarks(
    image: Image,
    detections: readonly Detection[],
    { landmarkScore = 0 }: DetectOptions = {},
  ): Promise<readonly Detection[]> {
    const bare = detections.filter(
      ({ landmarks, score }) => landmarks === undefined && score >= landmarkScore,
    );
    if (bare.length === 0) return detections;
    const landmarks = await this.#landmarker.landmarks(
      image,
      bare.map((detection) => detection.box),
    );
    const found = new Map(bare.map((detection, i) => [detection, landmarks[i]]));
    return detections.map((detection) => {
      const added = found.get(detection);
      return added === undefined ? detection : { ...detection, landmarks: added };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await disposeAll([this.#detector, this.#landmarker]);
  }
}
