import { describe, expect, it } from 'vitest';
import {
  FusionEmbedder,
  TemplateAligner,
  type AlignedFace,
  type Embedder,
  type Image,
} from '../../src/index.js';

const image: Image = { format: 'rgb24', width: 1, height: 1, data: new Uint8Array(3) };
const face: AlignedFace = { image, transform: [1, 0, 0, 0, 1, 0], scale: 1 };

/** Gives unit vectors at an angle that the face's first pixel says, and counts what it was given. */
function pointing(id: string, template: string, seen: AlignedFace[]): Embedder {
  return {
    id,
    size: 2,
    template,
    threshold: 0.5,
    embed: async (faces) => {
      seen.push(...faces);
      return faces.map(({ image: { data } }) => {
        const angle = (data[0] * Math.PI) / 180;
        return { vector: Float32Array.of(Math.cos(angle), Math.sin(angle)), norm: data[0], model: id };
      });
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const at = (degrees: number, other: number): AlignedFace => {
  const pixel = (value: number): Image => ({ ...image, data: Uint8Array.of(value, 0, 0) });
  return { ...face, image: pixel(degrees), also: { 'dlib-150': { ...face, image: pixel(other) } } };
};

describe('FusionEmbedder', () => {
  const seen: AlignedFace[] = [];
  const fused = new FusionEmbedder('a+b', 0.6, [
    { embedder: pointing('a', 'arcface-112', seen), weight: 0.25 },
    { embedder: pointing('b', 'dlib-150', seen), weight: 0.75 },
  ]);

  it("has the weighted mean of its parts' cosines, and unit length", async () => {
    const [x, y] = await fused.embed([at(0, 10), at(60, 100)]);
    expect(x.vector).toHaveLength(4);
    expect(x.model).toBe('a+b');
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    expect(dot(x.vector, x.vector)).toBeCloseTo(1, 6);
    // cos 60 = 0.5 and cos 90 = 0.
    expect(dot(x.vector, y.vector)).toBeCloseTo(0.25 * 0.5, 6);
  });

  it('says what faces must be aligned to, and refuses others', async () => {
    expect(fused.templates).toEqual(['arcface-112', 'dlib-150']);
    await expect(fused.embed([face])).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    const part = { embedder: pointing('a', 'arcface-112', []), weight: 0.4 };
    expect(() => new FusionEmbedder('x', 0, [part, part])).toThrow(/sum to 1, not 0.8/);
  });
});

it('one aligner serves several templates', () => {
  const points = [
    { x: 30, y: 40 },
    { x: 70, y: 40 },
    { x: 50, y: 60 },
    { x: 35, y: 80 },
    { x: 65, y: 80 },
  ];
  const picture: Image = { format: 'rgb24', width: 100, height: 100, data: new Uint8Array(30_000).fill(9) };
  const detection = {
    box: { x: 20, y: 20, width: 60, height: 70 },
    score: 1,
    landmarks: { scheme: '5', points },
  } as const;
  const [aligned] = new TemplateAligner('arcface-112', ['arcface-112', 'dlib-150']).align(picture, [
    detection,
  ]);
  const [alone] = new TemplateAligner('dlib-150').align(picture, [detection]);
  expect(aligned.image.width).toBe(112);
  expect(Object.keys(aligned.also ?? {})).toEqual(['dlib-150']);
  expect(aligned.also?.['dlib-150']).toEqual(alone);
});
