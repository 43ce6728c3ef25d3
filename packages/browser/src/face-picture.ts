import { cropImage, scaleBox } from '@fr-stream/core';
import type { Box, Image } from '@fr-stream/core';
import { canvasOf, toImageData } from '@fr-stream/backend-web';

const SIDE = 160;

/** A small square JPEG of a face with some hair and chin around it. */
export async function facePicture(image: Image, box: Box): Promise<Blob> {
  const crop = cropImage(image, scaleBox(box, 1.5, true));
  const { canvas, context } = canvasOf(SIDE, SIDE);
  if (crop !== undefined) {
    const { width, height } = crop.image;
    const whole = canvasOf(width, height);
    whole.context.putImageData(toImageData(crop.image), 0, 0);
    const scale = SIDE / Math.max(width, height);
    const [w, h] = [width * scale, height * scale];
    context.drawImage(whole.canvas, (SIDE - w) / 2, (SIDE - h) / 2, w, h);
  }
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });
}
