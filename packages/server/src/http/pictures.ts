import { z } from 'zod';
import { HttpProblem } from './problem.js';

/** A picture in a form field. */
export const pictureField = z.unknown().meta({ type: 'string', format: 'binary' });
export const galleryQuery = z.object({
  gallery: z.string().optional().describe('Default: the first that the key may see.'),
});

/** The picture in a field, or the body itself. @throws HttpProblem */
export function onePicture(value: unknown, field = 'image'): Uint8Array {
  const picture = Array.isArray(value) ? (value as readonly unknown[])[0] : value;
  if (picture instanceof Uint8Array && picture.length > 0) return picture;
  throw new HttpProblem(
    400,
    `There is no picture in "${field}".`,
    'Send it as a form field, or as the body.',
  );
}

export function severalPictures(value: unknown): readonly Uint8Array[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((one) => onePicture(one));
}
