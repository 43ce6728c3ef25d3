import { ArgumentError, messageOf, SinkError } from '@fr-stream/core';
import type { DecodedImage, DecodeOptions, EncodeFormat, Image, ImageCodec } from '@fr-stream/core';
import { canvasOf } from './canvas.js';
import { decodeBlob } from './decode-image.js';
import { toImageData } from './image-data.js';

/**
 * Pictures through the browser's own decoders and encoders. Lossless formats give the same pixels as sharp does in
 * Node; JPEGs differ by the decoder's rounding (a level or two), embedded colour profiles by the conversion's.
 */
export class CanvasCodec implements ImageCodec {
  async decode(
    input: Uint8Array | string,
    { maxPixels, memory }: DecodeOptions = {},
    name?: string,
  ): Promise<DecodedImage> {
    if (typeof input === 'string') {
      throw new ArgumentError('A browser has no paths to read pictures from.', {
        hint: 'Fetch it or take it from a File, and give the bytes.',
      });
    }
    const decoded = await decodeBlob(new Blob([input.slice()]), name ?? 'the picture', maxPixels);
    if (memory === undefined) return decoded;
    const data = memory.allocate(decoded.image.data.length);
    data.set(decoded.image.data);
    return { ...decoded, image: { ...decoded.image, data } };
  }

  async encode(image: Image, format: EncodeFormat, quality = 90): Promise<Uint8Array> {
    if (!(quality >= 1 && quality <= 100)) {
      throw new ArgumentError(`quality must be 1..100, not ${quality}`, {
        hint: '90 is a good value for photos.',
      });
    }
    const type = `image/${format}`;
    let blob: Blob;
    try {
      const { canvas, context } = canvasOf(image.width, image.height);
      context.putImageData(toImageData(image), 0, 0);
      blob = await canvas.convertToBlob({ type, quality: quality / 100 });
    } catch (cause) {
      throw new SinkError(
        'OUTPUT_FAILED',
        `The picture cannot be encoded as ${format}: ${messageOf(cause)}`,
        {
          hint: 'Browsers limit the size of pictures; make it smaller.',
          cause,
        },
      );
    }
    // Browsers answer with PNG where they lack an encoder.
    if (blob.type !== type) {
      throw new SinkError('OUTPUT_FAILED', `This browser cannot encode ${format}.`, {
        hint: 'Use png or jpeg.',
      });
    }
    return new Uint8Array(await blob.arrayBuffer());
  }
}
