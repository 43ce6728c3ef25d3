import { toRgb24 } from '@fr-stream/core';

/**
 * A detector without a model: the box around all pixels of the colour of skin (red above green above blue). It shows the
 * contract, not how faces are found.
 *
 * @returns {import('@fr-stream/core').Detector}
 */
export function skinDetector() {
  return {
    id: 'example-skin',
    detect: async (images, { maxFaces = Infinity, minSize = 0 } = {}) =>
      images.map((image) => {
        const box = skinBox(toRgb24(image));
        const fits = box !== undefined && Math.min(box.width, box.height) >= Math.max(minSize, 8);
        return fits && maxFaces >= 1 ? [{ box, score: 0.9 }] : [];
      }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function skinBox({ width, height, data }) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let i = 0; i < width * height; i++) {
    const [r, g, b] = [data[3 * i], data[3 * i + 1], data[3 * i + 2]];
    if (!(r > 95 && r > g + 15 && g > b)) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
  }
  return right < left ? undefined : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}
