import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { crc32 } from './crc32.js';
import { allocatePixels, kernelMemory, releasePixels, type Image } from '@fr-stream/core';
import { imageCodecConformance } from '@fr-stream/core/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SharpCodec } from '../../src/index.js';

const codec = new SharpCodec();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-codec-'));
});
afterAll(async () => {
  await codec[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe('SharpCodec keeps the contract', () => {
  for (const check of imageCodecConformance(() => Promise.resolve(codec))) it(check.name, check.run);
});

/** A 16x16 picture of one colour, to be encoded by sharp in the form that a test needs. */
const plain = (r: number, g: number, b: number, alpha = 1) =>
  sharp({ create: { width: 16, height: 16, channels: 4, background: { r, g, b, alpha } } });

function expectColour(image: Image, expected: readonly [number, number, number], tolerance: number): void {
  expect(image.format).toBe('rgb24');
  expect(image.data).toHaveLength(image.width * image.height * 3);
  const middle = 3 * (Math.floor(image.height / 2) * image.width + Math.floor(image.width / 2));
  for (const [i, value] of expected.entries()) {
    expect(
      Math.abs((image.data[middle + i] ?? -1) - value),
      `channel ${i}: ${image.data[middle + i]}`,
    ).toBeLessThanOrEqual(tolerance);
  }
}

describe('SharpCodec reads', () => {
  it('alpha over black', async () => {
    const { image } = await codec.decode(await plain(200, 100, 40, 0.5).png().toBuffer());
    // 128/255 of each: alpha 0.5 is stored as 128 or 127.
    expectColour(image, [100, 50, 20], 1);
  });

  it('grey', async () => {
    const grey = await plain(77, 77, 77).removeAlpha().toColourspace('b-w').png().toBuffer();
    expect((await sharp(grey).metadata()).channels).toBe(1);
    expectColour((await codec.decode(grey)).image, [77, 77, 77], 0);
  });

  it('16 bits per channel', async () => {
    const data = Uint16Array.from([51_400, 25_700, 257, 51_400, 25_700, 257]);
    const png = await sharp(data, { raw: { width: 2, height: 1, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(png).metadata()).depth).toBe('ushort');
    // 16-bit values are 257 times the 8-bit ones.
    expectColour((await codec.decode(png)).image, [200, 100, 1], 1);
  });

  it('16-bit grey', async () => {
    const png = await sharp(Uint16Array.from([25_700, 25_700]), { raw: { width: 2, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const metadata = await sharp(png).metadata();
    expect([metadata.depth, metadata.channels]).toEqual(['ushort', 1]);
    expectColour((await codec.decode(png)).image, [100, 100, 100], 1);
  });

  it('CMYK', async () => {
    const jpeg = await plain(255, 255, 255)
      .removeAlpha()
      .toColourspace('cmyk')
      .jpeg({ quality: 95 })
      .toBuffer();
    expect((await sharp(jpeg).metadata()).space).toBe('cmyk');
    expectColour((await codec.decode(jpeg)).image, [255, 255, 255], 3);
    const red = await plain(220, 30, 30).removeAlpha().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    // The gamut of print is smaller; what counts is that red comes back as red.
    expectColour((await codec.decode(red)).image, [220, 30, 30], 30);
  });

  it('a wide-gamut profile, converted to sRGB', async () => {
    const stored = await plain(200, 100, 40).removeAlpha().withIccProfile('p3').png().toBuffer();
    expect((await sharp(stored).metadata()).icc).toBeDefined();
    const unconverted = await sharp(stored, { ignoreIcc: true }).raw().toBuffer();
    // Display P3 holds the same colour with a smaller red: ignoring the profile would show.
    expect(200 - (unconverted[0] ?? 0)).toBeGreaterThan(5);
    expectColour((await codec.decode(stored)).image, [200, 100, 40], 2);
  });

  it.each(['webp', 'avif', 'tiff', 'gif'] as const)('%s', async (format) => {
    const bytes = await plain(200, 100, 40).removeAlpha().toFormat(format, { quality: 95 }).toBuffer();
    expectColour((await codec.decode(bytes)).image, [200, 100, 40], 4);
  });

  it('the first frame of an animated GIF', async () => {
    const frames = await Promise.all(
      [plain(250, 0, 0), plain(0, 250, 0)].map((frame) => frame.png().toBuffer()),
    );
    const gif = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    const { image } = await codec.decode(gif);
    expect([image.width, image.height]).toEqual([16, 16]);
    expectColour(image, [250, 0, 0], 4);
  });

  it('a file', async () => {
    const path = join(folder, 'ünïcode name.png');
    await writeFile(path, await plain(1, 2, 3).png().toBuffer());
    expectColour((await codec.decode(path)).image, [1, 2, 3], 0);
    await writeFile(path, await plain(9, 8, 7).png().toBuffer());
    expectColour((await codec.decode(path)).image, [9, 8, 7], 0);
  });
});

/** A PNG that claims a size and holds next to nothing. */
function pngThatClaims(width: number, height: number): Buffer {
  const chunk = (type: string, content: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), content]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Buffer.alloc(100));
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('SharpCodec refuses, with cause and remedy,', () => {
  const failure = async (input: Uint8Array | string, options = {}) => {
    try {
      await new SharpCodec(options).decode(input);
    } catch (error) {
      return error;
    }
    throw new Error('expected an error');
  };

  it('a missing file, a folder, an empty file, a text file', async () => {
    const missing = join(folder, 'missing.jpg');
    expect(await failure(missing)).toMatchObject({
      code: 'INPUT_NOT_FOUND',
      message: `${missing} does not exist`,
    });
    expect(await failure(folder)).toMatchObject({
      code: 'INPUT_UNSUPPORTED',
      message: `${folder} is a folder, not a picture`,
    });
    const empty = join(folder, 'empty.jpg');
    await writeFile(empty, '');
    expect(await failure(empty)).toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: `${empty} is empty (0 bytes)`,
    });
    const text = join(folder, 'text.jpg');
    await writeFile(text, 'Dear diary\n');
    expect(await failure(text)).toMatchObject({ code: 'INPUT_UNSUPPORTED' });
  });

  it.skipIf(process.platform === 'win32')('a link to itself and a pipe', async () => {
    const loop = join(folder, 'loop.jpg');
    await symlink(loop, loop);
    expect(await failure(loop)).toMatchObject({ code: 'INPUT_UNREADABLE' });
    const pipe = join(folder, 'pipe.jpg');
    execFileSync('mkfifo', [pipe]);
    expect(await failure(pipe)).toMatchObject({ code: 'INPUT_UNSUPPORTED' });
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'a file without permission',
    async () => {
      const path = join(folder, 'secret.png');
      await writeFile(path, await plain(1, 2, 3).png().toBuffer());
      await chmod(path, 0);
      expect(await failure(path)).toMatchObject({ code: 'INPUT_UNREADABLE' });
      const closed = join(folder, 'closed');
      await mkdir(closed, { mode: 0 });
      expect(await failure(join(closed, 'x.png'))).toMatchObject({ code: 'INPUT_UNREADABLE' });
    },
  );

  it('a header of 30,000 x 30,000 pixels, before it costs memory', async () => {
    const before = process.memoryUsage().rss;
    expect(await failure(pngThatClaims(30_000, 30_000))).toMatchObject({
      code: 'INPUT_UNSUPPORTED',
      message: expect.stringContaining('30000x30000') as unknown,
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
    expect(await failure(pngThatClaims(5_000, 5_000))).toMatchObject({ code: 'INPUT_UNREADABLE' });
    expect(await failure(await plain(0, 0, 0).png().toBuffer(), { maxInputPixels: 255 })).toMatchObject({
      code: 'INPUT_UNSUPPORTED',
    });
  });

  it('SVG', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>');
    expect(await failure(svg)).toMatchObject({ code: 'INPUT_UNSUPPORTED' });
  });
});

it('decodes several at once on its thread, and again after it was disposed', async () => {
  await using threaded = new SharpCodec();
  const greens = [10, 90, 170, 250];
  for (let round = 0; round < 2; round++) {
    const decoding = greens.map(async (green) =>
      threaded.decode(await plain(0, green, 0).png().toBuffer(), { memory: kernelMemory }),
    );
    const decoded = await Promise.all(decoding);
    for (const [i, { image }] of decoded.entries()) {
      expect(image.data.buffer).toBeInstanceOf(SharedArrayBuffer);
      expectColour(image, [0, greens[i] ?? -1, 0], 0);
      releasePixels(image.data);
    }
    await threaded[Symbol.asyncDispose]();
  }
});

it('gives what is there of a JPEG that is cut short, and says so', async () => {
  const noise = { type: 'gaussian', mean: 120, sigma: 40 } as const;
  const whole = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#204060', noise } })
    .jpeg({ quality: 95 })
    .toBuffer();
  await using codec = new SharpCodec();
  const { image, warning } = await codec.decode(whole);
  expect(warning).toBeUndefined();
  const noEnd = await codec.decode(whole.subarray(0, whole.length - 2), {}, 'no-end.jpg');
  expect(noEnd.image.data).toEqual(image.data);
  const cut = await codec.decode(whole.subarray(0, Math.floor(whole.length * 0.7)), {}, 'cut.jpg');
  expect(cut.warning).toContain('cut short');
  const row = 64 * 3;
  expect(cut.image.data.subarray(0, 30 * row)).toEqual(image.data.subarray(0, 30 * row));
  const strict = new SharpCodec({ damaged: 'fail' });
  await expect(strict.decode(whole.subarray(0, 3000))).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
});

it('gives what is there of a cut JPEG when asked to', async () => {
  const noise = Uint8Array.from({ length: 128 * 128 * 3 }, (_, i) => (i * i * 31) % 251);
  const whole = await sharp(noise, { raw: { width: 128, height: 128, channels: 3 } })
    .jpeg()
    .toBuffer();
  const half = whole.subarray(0, whole.length / 2);
  const { image } = await new SharpCodec({ damaged: 'decode' }).decode(half);
  expect([image.width, image.height]).toEqual([128, 128]);
  const reference = (await codec.decode(whole)).image;
  const upper = 128 * 32 * 3;
  expect(image.data.subarray(0, upper)).toEqual(reference.data.subarray(0, upper));
  expect(image.data.subarray(-upper)).not.toEqual(reference.data.subarray(-upper));
});

describe('SharpCodec cuts and scales', () => {
  const half: Image = {
    format: 'rgb24',
    width: 40,
    height: 20,
    data: Uint8Array.from({ length: 40 * 20 * 3 }, (_, i) => (Math.floor(i / 3) % 40 < 20 ? 10 : 210)),
  };

  it('a region, clipped to the image and scaled down', async () => {
    const png = await codec.encodeRegion(half, { x: 20, y: -5, width: 100, height: 15 }, { format: 'png' });
    const { image } = await codec.decode(png);
    expect([image.width, image.height]).toEqual([20, 10]);
    expectColour(image, [210, 210, 210], 0);
    const small = await codec.encodeRegion(
      half,
      { x: 0, y: 0, width: 40, height: 20 },
      { format: 'png', maxSide: 8 },
    );
    const decoded = (await codec.decode(small)).image;
    expect([decoded.width, decoded.height]).toEqual([8, 4]);
    expect(decoded.data[0]).toBe(10);
    await expect(codec.encodeRegion(half, { x: 50, y: 0, width: 5, height: 5 })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
  });

  it('a region of shared memory as of any other', async () => {
    const data = allocatePixels(half.data.length);
    data.set(half.data);
    expect(data.buffer).toBeInstanceOf(SharedArrayBuffer);
    const region = { x: 15, y: 5, width: 20, height: 10 };
    const jpeg = await codec.encodeRegion({ ...half, data }, region, { maxSide: 8 });
    expect(jpeg).toEqual(await codec.encodeRegion(half, region, { maxSide: 8 }));
    releasePixels(data);
  });

  it('to an exact size', async () => {
    const image = await codec.resize(half, 10, 10);
    expect([image.width, image.height, image.data.length]).toEqual([10, 10, 300]);
    expect([image.data[0], image.data[27]]).toEqual([10, 210]);
  });
});
