import { FlipEmbedder, mirrorImage, type AlignedFace, type Embedder } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

const image = { format: 'rgb24', width: 2, height: 1, data: Uint8Array.of(3, 4, 5, 9, 8, 7) } as const;
const face: AlignedFace = { image, transform: [1, 0, 0, 0, 1, 0], scale: 1 };

/** Embeds a face as its first pixel's red and green, normalised. */
const firstPixel: Embedder = {
  id: 'first-pixel',
  size: 2,
  template: 'arcface-112',
  threshold: 0.5,
  embed: async (faces) =>
    faces.map(({ image: { data } }) => {
      const norm = Math.hypot(data[0], data[1]);
      return { vector: Float32Array.of(data[0] / norm, data[1] / norm), norm, model: 'first-pixel' };
    }),
  [Symbol.asyncDispose]: async () => undefined,
};

describe('FlipEmbedder', () => {
  it('mirrors pixels, not bytes', () => {
    expect([...mirrorImage(image).data]).toEqual([9, 8, 7, 3, 4, 5]);
  });
  it('gives the unit mean of both views, under the same id', async () => {
    const embedder = new FlipEmbedder(firstPixel);
    const [first, second] = await embedder.embed([face, { ...face, image: mirrorImage(image) }]);
    // (3, 4) / 5 and (9, 8) / sqrt(145).
    const x = 3 / 5 + 9 / Math.sqrt(145);
    const y = 4 / 5 + 8 / Math.sqrt(145);
    expect(first.vector[0]).toBeCloseTo(x / Math.hypot(x, y), 6);
    expect(first.vector[1]).toBeCloseTo(y / Math.hypot(x, y), 6);
    expect(first.model).toBe('first-pixel');
    // A face and its mirror image become the same.
    expect([...second.vector]).toEqual([...first.vector]);
  });
});
