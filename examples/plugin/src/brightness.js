import { cropImage, toRgb24 } from '@fr-stream/core';

/**
 * The mean of a face's pixels, 0..255.
 *
 * @returns {import('@fr-stream/core').Analyzer<{ readonly mean: number }>}
 */
export function brightness() {
  return {
    id: 'brightness',
    analyze: async (image, faces) =>
      faces.map(({ box }) => {
        const crop = cropImage(image, box);
        if (crop === undefined) return undefined;
        const { data } = toRgb24(crop.image);
        return { mean: data.reduce((sum, value) => sum + value, 0) / data.length };
      }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
