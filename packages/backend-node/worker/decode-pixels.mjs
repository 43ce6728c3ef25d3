// @ts-check
/** How a picture becomes pixels, on the main thread and on the codec's own. Plain JavaScript, as `ort-worker.mjs` is. */

/** @type {typeof import('sharp').default | undefined} */
let loaded;

/** A tenth of a second's work, and many commands look at no picture. */
export async function sharpLibrary() {
  return (loaded ??= (await import('sharp')).default);
}

/**
 * @param {Uint8Array} bytes
 * @param {import('./decode-pixels.mjs').PixelDecoding} options
 */
export async function decodePixels(bytes, { failOn, target }) {
  const sharp = await sharpLibrary();
  const picture = sharp(bytes, { failOn, limitInputPixels: false, page: 0, pages: 1 })
    .autoOrient()
    .flatten({ background: '#000000' })
    .toColourspace('srgb');
  if (target !== undefined) picture.resize(target.width, target.height, { fit: 'fill' });
  const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { data, width, height, channels };
}
