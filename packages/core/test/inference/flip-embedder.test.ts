import { FlipEmbedder, FusionEmbedder, mirrorImage, type AlignedFace, type Embedder } from '@fr-stream/core';
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

describe('FlipEmbedder over FusionEmbedder', () => {
  it('mirrors the pictures of every part, not only of the first', async () => {
    const seen: string[] = [];
    const part = (id: string, template: string): Embedder => ({
      ...firstPixel,
      id,
      template,
      embed: async (faces) => {
        seen.push(...faces.map(({ image: { data } }) => `${id}:${data[0]}`));
        return firstPixel.embed(faces);
      },
    });
    const fused = new FlipEmbedder(
      new FusionEmbedder('a+b', 0.5, [
        { embedder: part('a', 'arcface-112'), weight: 0.5 },
        { embedder: part('b', 'dlib-150'), weight: 0.5 },
      ]),
    );
    const other = { ...image, data: Uint8Array.of(1, 2, 3, 6, 5, 4) };
    await fused.embed([{ ...face, also: { 'dlib-150': { ...face, image: other } } }]);
    // First pixels: 3 and, mirrored, 9 on the first template; 1 and 6 on the second.
    expect(seen.sort()).toEqual(['a:3', 'a:9', 'b:1', 'b:6']);
  });
});
