/** A detector of one's own: looks at a part of the picture only, such as the door, with any other detector. */
import {
  cropImage,
  type Box,
  type Detection,
  type DetectOptions,
  type Detector,
  type Image,
} from '@fr-stream/core';

export class RegionDetector implements Detector {
  readonly id: string;
  readonly #inner: Detector;
  readonly #region: Box;

  /** @param region fractions of width and height, 0..1: where faces are looked for. */
  constructor(inner: Detector, region: Box) {
    this.id = inner.id;
    this.#inner = inner;
    this.#region = region;
  }

  async detect(
    images: readonly Image[],
    options?: DetectOptions,
  ): Promise<readonly (readonly Detection[])[]> {
    const parts = images.map((image) => {
      const { x, y, width, height } = this.#region;
      const [w, h] = [image.width, image.height];
      return cropImage(image, { x: x * w, y: y * h, width: width * w, height: height * h });
    });
    const inside = parts.filter((part) => part !== undefined);
    const found = await this.#inner.detect(
      inside.map(({ image }) => image),
      options,
    );
    // A picture of which nothing lies in the region has no faces.
    return parts.map((part) =>
      part === undefined ? [] : found[inside.indexOf(part)].map((face) => shifted(face, part)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }
}

/** From pixels of the part to pixels of the whole picture. */
function shifted({ box, landmarks, ...face }: Detection, { x, y }: Pick<Box, 'x' | 'y'>): Detection {
  return {
    ...face,
    box: { ...box, x: box.x + x, y: box.y + y },
    ...(landmarks !== undefined && {
      landmarks: {
        ...landmarks,
        points: landmarks.points.map((point) => ({ x: point.x + x, y: point.y + y })),
      },
    }),
  };
}
