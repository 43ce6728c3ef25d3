import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kernelMemory, SourceError, type Image } from '@fr-stream/core';
import { afterAll, describe, expect, it } from 'vitest';
import { SharpCodec } from '../../src/index.js';

/** Of 64x32 pixels; the quarters are red, green (above), blue, white (below), the grey one's by their luma. */
const pictures = join(import.meta.dirname, 'pictures');
const codec = new SharpCodec();
afterAll(() => codec[Symbol.asyncDispose]());

type Quarter = 'red' | 'green' | 'blue' | 'white' | 'between';

function nameOf([r = 0, g = 0, b = 0]: readonly number[]): Quarter {
  const on = (value: number): boolean => value > 240;
  const off = (value: number): boolean => value < 15;
  if (on(r) && on(g) && on(b)) return 'white';
  if (on(r) && off(g) && off(b)) return 'red';
  if (off(r) && on(g) && off(b)) return 'green';
  return off(r) && off(g) && on(b) ? 'blue' : 'between';
}

function at(image: Image, x: number, y: number): readonly number[] {
  const from = (y * image.width + x) * 3;
  return [...image.data.subarray(from, from + 3)];
}

function quarters(image: Image): readonly (readonly number[])[] {
  const [left, right] = [image.width >> 2, (3 * image.width) >> 2];
  const [top, bottom] = [image.height >> 2, (3 * image.height) >> 2];
  return [at(image, left, top), at(image, right, top), at(image, left, bottom), at(image, right, bottom)];
}

describe('HEIC', () => {
  // What is seen of each of the eight orientations: Exif 2.32, table 6.
  it.each([
    [1, 'red green blue white'],
    [2, 'green red white blue'],
    [3, 'white blue green red'],
    [4, 'blue white red green'],
    [5, 'red blue green white'],
    [6, 'blue red white green'],
    [7, 'white green blue red'],
    [8, 'green white red blue'],
  ])('is turned and mirrored as the file says, orientation %i', async (orientation, expected) => {
    const { image, originalWidth, originalHeight, pages } = await codec.decode(
      join(pictures, `turned-${orientation}.heic`),
    );
    const size = orientation >= 5 ? [32, 64] : [64, 32];
    expect([image.width, image.height]).toEqual(size);
    expect([originalWidth, originalHeight]).toEqual(size);
    expect(quarters(image).map(nameOf).join(' ')).toBe(expected);
    expect(pages).toBeUndefined();
  });

  it('is scaled down, and decoded into memory that is given', async () => {
    const file = join(pictures, 'turned-6.heic');
    const { image, originalWidth } = await codec.decode(file, { maxPixels: 512, memory: kernelMemory });
    expect([image.width, image.height, originalWidth]).toEqual([16, 32, 32]);
    expect(quarters(image).map(nameOf).join(' ')).toBe('blue red white green');
    kernelMemory.release(image.data);
  });

  it('of several pictures gives the main one, and says how many there are', async () => {
    const { image, pages } = await codec.decode(join(pictures, 'two.heic'));
    expect(pages).toBe(2);
    expect(quarters(image).map(nameOf).join(' ')).toBe('red green blue white');
  });

  it('that is cut off is an error, and the next picture is read', async () => {
    const whole = await readFile(join(pictures, 'turned-1.heic'));
    for (const share of [0.3, 0.6, 0.9]) {
      const cut = whole.subarray(0, Math.floor(whole.length * share));
      const error: unknown = await codec.decode(cut, {}, 'cut.heic').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SourceError);
      expect(error).toMatchObject({ code: 'INPUT_UNREADABLE' });
      expect(String(error)).toContain('cut.heic');
    }
    expect((await codec.decode(whole)).image.width).toBe(64);
  });
});

describe('JPEG 2000', () => {
  it.each(['colour.jp2', 'colour-16.jp2', 'bare.j2k'])('%s is read', async (name) => {
    const { image } = await codec.decode(join(pictures, name));
    expect(quarters(image).map(nameOf).join(' ')).toBe('red green blue white');
  });

  it('in grey is read', async () => {
    const { image } = await codec.decode(join(pictures, 'grey.jp2'));
    // BT.601 luma of red, green, blue, white.
    const lumas = [76, 150, 29, 255];
    for (const [i, [r = 0, g, b]] of quarters(image).entries()) {
      expect([g, b]).toEqual([r, r]);
      expect(Math.abs(r - (lumas[i] ?? 0))).toBeLessThanOrEqual(2);
    }
  });

  it('that is cut off, or lies about its size, is an error', async () => {
    const whole = await readFile(join(pictures, 'colour.jp2'));
    await expect(codec.decode(whole.subarray(0, 100))).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
    const huge = Buffer.from(whole);
    huge.writeUInt32BE(60_000, huge.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51])) + 8);
    huge.writeUInt32BE(60_000, huge.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51])) + 12);
    await expect(codec.decode(huge)).rejects.toMatchObject({ code: 'INPUT_UNSUPPORTED' });
  });
});

/** A bitmap file by the Windows SDK's BITMAPINFOHEADER: 3x2 pixels unless told otherwise. */
function bitmap(
  bits: number,
  rows: readonly (readonly number[])[],
  { palette = [] as readonly number[], compression = 0, height = 2, width = 3 } = {},
): Buffer {
  const data = Buffer.concat(
    rows.map((row) =>
      Buffer.concat([Buffer.from(row), Buffer.alloc(compression === 0 ? -row.length & 3 : 0)]),
    ),
  );
  const head = Buffer.alloc(54);
  head.write('BM');
  head.writeUInt32LE(54 + palette.length + data.length, 2);
  head.writeUInt32LE(54 + palette.length, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(bits, 28);
  head.writeUInt32LE(compression, 30);
  head.writeUInt32LE(data.length, 34);
  head.writeUInt32LE(palette.length / 4, 46);
  return Buffer.concat([head, Buffer.from(palette), data]);
}

/** The same picture by the first OS/2 header: sizes of 16 bits, palette entries of three bytes. */
function os2Bitmap(rows: readonly (readonly number[])[], palette: readonly number[]): Buffer {
  const data = Buffer.concat(rows.map((row) => Buffer.from([...row, 0])));
  const head = Buffer.alloc(26);
  head.write('BM');
  head.writeUInt32LE(26 + palette.length, 10);
  head.writeUInt32LE(12, 14);
  head.writeUInt16LE(3, 18);
  head.writeInt16LE(2, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt16LE(8, 24);
  return Buffer.concat([head, Buffer.from(palette), data]);
}

describe('BMP', () => {
  // Above red, green, blue; below white, black, red.
  const expected = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0];
  const above = [0, 0, 255, 0, 255, 0, 255, 0, 0];
  const below = [255, 255, 255, 0, 0, 0, 0, 0, 255];
  // Blue, green, red, unused: black, red, green, blue, white.
  const palette = [0, 0, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0];

  it.each([
    ['from below, as most are', bitmap(24, [below, above])],
    ['from above', bitmap(24, [above, below], { height: -2 })],
    [
      'with a palette of 8 bits',
      bitmap(
        8,
        [
          [4, 0, 1],
          [1, 2, 3],
        ],
        { palette },
      ),
    ],
    [
      'with a palette of 4 bits',
      bitmap(
        4,
        [
          [0x40, 0x10],
          [0x12, 0x30],
        ],
        { palette },
      ),
    ],
    [
      'of OS/2',
      os2Bitmap(
        [
          [4, 0, 1],
          [1, 2, 3],
        ],
        palette.filter((_, i) => i % 4 < 3),
      ),
    ],
    // Five bits each: red 0x7c00, green 0x03e0, blue 0x001f.
    [
      'of 16 bits',
      bitmap(16, [
        [0xff, 0x7f, 0, 0, 0, 0x7c],
        [0, 0x7c, 0xe0, 0x03, 0x1f, 0],
      ]),
    ],
    [
      'of 32 bits',
      bitmap(32, [
        [255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 255, 0],
        [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0],
      ]),
    ],
    [
      'with run lengths of 4 bits',
      bitmap(4, [[0, 3, 0x40, 0x10, 0, 0, 1, 0x10, 2, 0x23, 0, 1]], { palette, compression: 2 }),
    ],
    [
      'with run lengths',
      bitmap(8, [[0, 3, 4, 0, 1, 0, 0, 0, 1, 1, 1, 2, 1, 3, 0, 0, 0, 1]], { palette, compression: 1 }),
    ],
  ])('%s', async (_, bytes) => {
    const { image } = await codec.decode(bytes);
    expect([image.width, image.height]).toEqual([3, 2]);
    expect([...image.data]).toEqual(expected);
  });

  it('that is cut off, or claims 60,000 x 60,000 pixels, is an error', async () => {
    const whole = bitmap(24, [below, above]);
    for (const length of [40, 60]) {
      await expect(codec.decode(whole.subarray(0, length))).rejects.toMatchObject({
        code: 'INPUT_UNREADABLE',
      });
    }
    const huge = bitmap(24, [below, above], { width: 60_000, height: 60_000 });
    await expect(codec.decode(huge)).rejects.toMatchObject({ code: 'INPUT_UNSUPPORTED' });
  });
});

it('says how many frames a GIF has', async () => {
  const { default: sharp } = await import('sharp');
  const two = { width: 2, height: 4, channels: 3, pageHeight: 2 } as const;
  const gif = await sharp(Buffer.from(Array.from({ length: 24 }, (_, i) => (i < 12 ? 255 : 0))), { raw: two })
    .gif()
    .toBuffer();
  expect((await codec.decode(gif)).pages).toBe(2);
});
