import exif from 'exif-reader';

const OFFSET = /^[+-]\d\d:\d\d$/;

/**
 * When a photo was taken, as its EXIF block says: ISO 8601 to the second, with an offset where there is one.
 * @returns undefined where it does not say, or cannot be read: a photo is more than its date.
 */
export function captureTime(block: Buffer | undefined): string | undefined {
  if (block === undefined) return undefined;
  try {
    const { Photo } = exif(block);
    const taken = Photo?.DateTimeOriginal ?? Photo?.DateTimeDigitized;
    // Cameras whose clock was never set say 0000, or their year of birth at midnight.
    if (!(taken instanceof Date) || Number.isNaN(taken.getTime()) || taken.getUTCFullYear() < 1826)
      return undefined;
    const offset: unknown =
      Photo?.DateTimeOriginal === undefined ? Photo?.['OffsetTimeDigitized'] : Photo['OffsetTimeOriginal'];
    return (
      taken.toISOString().slice(0, 19) + (typeof offset === 'string' && OFFSET.test(offset) ? offset : '')
    );
  } catch {
    return undefined;
  }
}
