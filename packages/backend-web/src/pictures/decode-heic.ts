import { messageOf, SourceError } from '@fr-stream/core';

/** What is used of libheif's wrapper. */
interface HeifImage {
  is_primary(): boolean;
  get_width(): number;
  get_height(): number;
  display(
    into: { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number },
    done: (filled: object | null) => void,
  ): void;
  free(): void;
}
interface Libheif {
  readonly HeifDecoder: new () => { decode(bytes: Uint8Array): HeifImage[] };
}

/** Larger pictures would take more than a gigabyte. */
const MOST_PIXELS = 200e6;
const BRANDS = /^(?:heic|heix|hevc|hevx|heim|heis|hevm|hevs)$/;

let libheif: Promise<Libheif> | undefined;

/** Two megabytes, and under the LGPL: a file of its own, fetched when the first such picture comes. */
async function load(): Promise<Libheif> {
  // @ts-expect-error: the package has types for its other build only.
  const { default: start } = (await import('libheif-js/libheif-wasm/libheif-bundle.mjs')) as unknown as {
    readonly default: () => Libheif;
  };
  return start();
}

/** Whether a file begins as HEIC does (ISO/IEC 23008-12, annex B: brands in the `ftyp` box). */
export async function isHeic(blob: Blob): Promise<boolean> {
  const bytes = new Uint8Array(await blob.slice(0, 64).arrayBuffer());
  const letters = (from: number): string => String.fromCharCode(...bytes.subarray(from, from + 4));
  if (bytes.length < 16 || letters(4) !== 'ftyp') return false;
  const length = Math.min(new DataView(bytes.buffer).getUint32(0), bytes.length);
  const brands = [letters(8)];
  for (let at = 16; at + 4 <= length; at += 4) brands.push(letters(at));
  return brands.some((brand) => BRANDS.test(brand));
}

/**
 * Decodes the main picture of a HEIC file, upright, by libheif: only Safari does so itself.
 * @throws SourceError (INPUT_UNREADABLE) when it is damaged, (INPUT_UNSUPPORTED) when the decoder cannot be loaded.
 */
export async function decodeHeic(blob: Blob, name: string): Promise<ImageData> {
  libheif ??= load();
  let decoder: InstanceType<Libheif['HeifDecoder']>;
  try {
    decoder = new (await libheif).HeifDecoder();
  } catch (cause) {
    libheif = undefined;
    throw new SourceError(
      'INPUT_UNSUPPORTED',
      `${name} is a HEIC picture, and the decoder for those cannot be loaded: ${messageOf(cause)}`,
      { hint: 'Save it as JPEG: on an iPhone, Settings, Camera, Formats, "Most Compatible".', cause },
    );
  }
  const images = decoder.decode(new Uint8Array(await blob.arrayBuffer()));
  try {
    const image = images.find((one) => one.is_primary()) ?? images[0];
    if (image === undefined) throw new Error('it holds no picture that can be decoded');
    const [width, height] = [image.get_width(), image.get_height()];
    if (!(width >= 1 && height >= 1 && width * height <= MOST_PIXELS))
      throw new Error(`it claims a size of ${width}x${height}`);
    const pixels = new ImageData(width, height);
    await new Promise<void>((resolve, reject) => {
      image.display(pixels, (filled) =>
        filled === null ? reject(new Error('its picture data cannot be decoded')) : resolve(),
      );
    });
    return pixels;
  } catch (cause) {
    throw new SourceError('INPUT_UNREADABLE', `${name} is a damaged HEIC picture: ${messageOf(cause)}`, {
      hint: 'Copy the picture again from where it came from.',
      cause,
    });
  } finally {
    for (const image of images) image.free();
  }
}
