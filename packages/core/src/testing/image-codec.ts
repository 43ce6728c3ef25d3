import type { ImageCodec, ImageMemory } from '../contracts/codec.js';
import type { Image } from '../contracts/image.js';
import { FrStreamError } from '../errors.js';
import { kernelMemory } from '../image/kernel/pixel-kernel.js';
import { assert, assertClose, assertEqual, rejection } from './conformance.js';
import type { ConformanceCheck } from './conformance.js';

type Rgb = readonly [number, number, number];
const red: Rgb = [255, 0, 0];
const green: Rgb = [0, 255, 0];
const blue: Rgb = [0, 0, 255];
const white: Rgb = [255, 255, 255];

/** 64x32; its quarters are red, green (above), blue, white (below). */
function quarters(): Image {
  const [width, height] = [64, 32];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = y < 16 ? (x < 32 ? red : green) : x < 32 ? blue : white;
      data.set(colour, (y * width + x) * 3);
    }
  }
  return { format: 'rgb24', width, height, data };
}

function pixel(image: Image, x: number, y: number): Rgb {
  const at = (y * image.width + x) * 3;
  return [image.data[at] ?? -1, image.data[at + 1] ?? -1, image.data[at + 2] ?? -1];
}

function assertColour(actual: Rgb, expected: Rgb, tolerance: number, what: string): void {
  for (const [i, channel] of (['red', 'green', 'blue'] as const).entries()) {
    assertClose(actual[i] ?? -1, expected[i] ?? -1, tolerance, `${what}, ${channel}`);
  }
}

/** The centres of the four quarters: above left, above right, below left, below right. */
function quarterColours({ width, height, ...image }: Image): readonly Rgb[] {
  const whole = { width, height, ...image };
  const [x1, x2] = [Math.floor(width / 4), Math.floor((3 * width) / 4)];
  const [y1, y2] = [Math.floor(height / 4), Math.floor((3 * height) / 4)];
  return [pixel(whole, x1, y1), pixel(whole, x2, y1), pixel(whole, x1, y2), pixel(whole, x2, y2)];
}

/** Puts an EXIF segment that holds nothing but the orientation behind a JPEG's first marker (Exif 2.32, 4.5). */
function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const exif = [
    ...[0xff, 0xe1, 0x00, 0x22, 0x45, 0x78, 0x69, 0x66, 0x00, 0x00],
    ...[0x4d, 0x4d, 0x00, 0x2a, 0x00, 0x00, 0x00, 0x08],
    ...[0x00, 0x01, 0x01, 0x12, 0x00, 0x03, 0x00, 0x00, 0x00, 0x01, 0x00, orientation, 0x00, 0x00],
    ...[0x00, 0x00, 0x00, 0x00],
  ];
  return Uint8Array.from([...jpeg.slice(0, 2), ...exif, ...jpeg.slice(2)]);
}

/** What each orientation makes of the quarters, worked out by hand from Exif 2.32, table 6 (tag 0x0112). */
const upright: readonly (readonly [number, readonly Rgb[]])[] = [
  [1, [red, green, blue, white]],
  [2, [green, red, white, blue]],
  [3, [white, blue, green, red]],
  [4, [blue, white, red, green]],
  [5, [red, blue, green, white]],
  [6, [blue, red, white, green]],
  [7, [white, green, blue, red]],
  [8, [green, white, red, blue]],
];

const ordinaryMemory: ImageMemory = {
  allocate: (bytes: number) => new Uint8Array(bytes),
  release: () => undefined,
};

async function codeOf(action: () => unknown, what: string): Promise<string> {
  const error = await rejection(action, what);
  assert(FrStreamError.isInstance(error), `${what}: expected a typed error, got ${String(error)}`);
  assert(error.hint !== undefined, `${what}: the error carries no hint`);
  return error.code;
}

/** What every {@link ImageCodec} must do. Needs no files: the pictures are made with the codec's own encoder. */
export function imageCodecConformance(make: () => Promise<ImageCodec>): readonly ConformanceCheck[] {
  const check = (name: string, run: (codec: ImageCodec) => Promise<void>): ConformanceCheck => ({
    name,
    run: async () => run(await make()),
  });

  return [
    check('brings every pixel back through PNG', async (codec) => {
      const data = Uint8Array.from({ length: 7 * 5 * 3 }, (_, i) => (i * 73) % 256);
      const image: Image = { format: 'rgb24', width: 7, height: 5, data };
      const decoded = await codec.decode(await codec.encode(image, 'png'));
      assertEqual([decoded.originalWidth, decoded.originalHeight], [7, 5], 'original size');
      assertEqual(
        [decoded.image.format, decoded.image.width, decoded.image.height],
        ['rgb24', 7, 5],
        'image',
      );
      assertEqual(Array.from(decoded.image.data), Array.from(data), 'pixels');
    }),

    check('encodes grey, with-alpha and yuv420p images', async (codec) => {
      const grey: Image = { format: 'gray8', width: 2, height: 1, data: Uint8Array.of(10, 200) };
      assertEqual(
        Array.from((await codec.decode(await codec.encode(grey, 'png'))).image.data),
        [10, 10, 10, 200, 200, 200],
        'grey',
      );
      const rgba: Image = { format: 'rgba32', width: 1, height: 1, data: Uint8Array.of(9, 8, 7, 0) };
      assertEqual(
        Array.from((await codec.decode(await codec.encode(rgba, 'png'))).image.data),
        [9, 8, 7],
        'alpha is ignored by every operator, the encoder included',
      );
      const yuv: Image = {
        format: 'yuv420p',
        width: 2,
        height: 2,
        data: Uint8Array.of(235, 235, 16, 16, 128, 128),
      };
      const { image } = await codec.decode(await codec.encode(yuv, 'png'));
      assertColour(pixel(image, 0, 0), [255, 255, 255], 1, 'limited-range white');
      assertColour(pixel(image, 1, 1), [0, 0, 0], 1, 'limited-range black');
    }),

    ...(['jpeg', 'webp'] as const).map((format) =>
      check(`brings colours back through ${format}, the better the higher the quality`, async (codec) => {
        const best = await codec.encode(quarters(), format, 95);
        const worst = await codec.encode(quarters(), format, 5);
        assert(worst.length < best.length, `quality 5 gave ${worst.length} bytes, quality 95 ${best.length}`);
        const colours = quarterColours((await codec.decode(best)).image);
        for (const [i, colour] of [red, green, blue, white].entries()) {
          assertColour(colours[i] ?? white, colour, 6, `quarter ${i}`);
        }
      }),
    ),

    check('turns pictures upright, all eight EXIF orientations', async (codec) => {
      const jpeg = await codec.encode(quarters(), 'jpeg', 95);
      for (const [orientation, expected] of upright) {
        const { image, originalWidth, originalHeight } = await codec.decode(
          withOrientation(jpeg, orientation),
        );
        const size = orientation >= 5 ? [32, 64] : [64, 32];
        assertEqual([image.width, image.height], size, `size at orientation ${orientation}`);
        assertEqual([originalWidth, originalHeight], size, `original size at orientation ${orientation}`);
        const colours = quarterColours(image);
        for (const [i, colour] of expected.entries()) {
          assertColour(colours[i] ?? white, colour, 6, `orientation ${orientation}, quarter ${i}`);
        }
      }
    }),

    check('scales down while decoding, aspect and orientation kept', async (codec) => {
      const jpeg = withOrientation(await codec.encode(quarters(), 'jpeg', 95), 6);
      const { image, originalWidth, originalHeight } = await codec.decode(jpeg, { maxPixels: 512 });
      assertEqual([originalWidth, originalHeight], [32, 64], 'original size');
      assertEqual([image.width, image.height], [16, 32], 'size');
      const colours = quarterColours(image);
      for (const [i, colour] of [blue, red, white, green].entries()) {
        assertColour(colours[i] ?? white, colour, 6, `quarter ${i}`);
      }
    }),

    check('never exceeds maxPixels, and never enlarges', async (codec) => {
      const png = await codec.encode(quarters(), 'png');
      for (const maxPixels of [1, 2, 100, 999, 2047]) {
        const { image } = await codec.decode(png, { maxPixels });
        assert(
          image.width * image.height <= maxPixels && image.width >= 1 && image.height >= 1,
          `${image.width}x${image.height} is not within ${maxPixels} pixels`,
        );
      }
      const { image } = await codec.decode(png, { maxPixels: 1_000_000 });
      assertEqual([image.width, image.height], [64, 32], 'size');
    }),

    ...(
      [
        ['ordinary', ordinaryMemory],
        ['of the pixel kernel', kernelMemory],
      ] as const
    ).map(([name, memory]) =>
      check(`decodes into memory that it is given, and leaves none behind (${name})`, async (codec) => {
        const held = new Set<Uint8Array>();
        const counted: ImageMemory = {
          allocate: (bytes) => {
            const data = memory.allocate(bytes);
            held.add(data);
            return data;
          },
          release: (data) => {
            assert(held.delete(data), 'what is released was allocated');
            memory.release(data);
          },
        };
        const grey: Image = { format: 'gray8', width: 3, height: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
        const jpeg = withOrientation(await codec.encode(quarters(), 'jpeg', 95), 6);
        for (const [picture, options] of [
          [await codec.encode(quarters(), 'png'), {}],
          [await codec.encode(grey, 'png'), {}],
          [jpeg, {}],
          [jpeg, { maxPixels: 512 }],
        ] as const) {
          const { image: expected } = await codec.decode(picture, options);
          const { image } = await codec.decode(picture, { ...options, memory: counted });
          assert(held.has(image.data), 'the pixels lie in the given memory');
          assertEqual(
            [image.format, image.width, image.height],
            ['rgb24', expected.width, expected.height],
            'image',
          );
          assertEqual(Array.from(image.data), Array.from(expected.data), 'pixels');
          counted.release(image.data);
        }
        const half = jpeg.slice(0, Math.floor(jpeg.length / 2));
        const broken = codeOf(() => codec.decode(half, { memory: counted }), 'half a picture');
        assertEqual(await broken, 'INPUT_UNREADABLE', 'half a picture');
        assertEqual(held.size, 0, 'memory that was not released');
      }),
    ),

    check('refuses nothing, text, and half a picture, naming it', async (codec) => {
      const decode = (bytes: Uint8Array) => () => codec.decode(bytes, {}, 'holiday.jpg');
      assertEqual(await codeOf(decode(new Uint8Array(0)), 'empty'), 'INPUT_UNREADABLE', 'empty');
      const text = Uint8Array.from('Dear diary, today', (letter) => letter.charCodeAt(0));
      assertEqual(await codeOf(decode(text), 'text'), 'INPUT_UNSUPPORTED', 'text');
      const noisy: Image = {
        format: 'rgb24',
        width: 64,
        height: 64,
        data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31) % 251),
      };
      for (const format of ['jpeg', 'png', 'webp'] as const) {
        const whole = await codec.encode(noisy, format, 90);
        const half = whole.slice(0, Math.floor(whole.length / 2));
        // What is there of a JPEG may be given, if it is said.
        const told = await decode(half)().then(
          ({ warning }) => (format === 'jpeg' && warning !== undefined ? 'INPUT_UNREADABLE' : 'nothing'),
          (error: unknown) => (FrStreamError.isInstance(error) ? error.code : String(error)),
        );
        assertEqual(told, 'INPUT_UNREADABLE', `half a ${format}`);
      }
      const error = await rejection(decode(text), 'text');
      assert(
        error instanceof Error && error.message.includes('holiday.jpg'),
        'the message names the picture',
      );
    }),

    check('refuses senseless options', async (codec) => {
      const png = await codec.encode(quarters(), 'png');
      assertEqual(
        await codeOf(() => codec.decode(png, { maxPixels: 0 }), 'no pixel'),
        'ARGUMENT_INVALID',
        'code',
      );
      for (const quality of [0, 101, Number.NaN]) {
        const encode = () => codec.encode(quarters(), 'jpeg', quality);
        assertEqual(await codeOf(encode, `quality ${quality}`), 'ARGUMENT_INVALID', 'code');
      }
    }),
  ];
}
