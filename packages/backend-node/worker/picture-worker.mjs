// @ts-check
/**
 * A thread that decodes the kinds of pictures that libvips' builds for npm do not: HEIC, BMP and JPEG 2000. Their
 * decoders are WebAssembly and JavaScript, which compute on the thread that calls them.
 */
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { bmpLayout, decodeBmp } from './bmp.mjs';

const require = createRequire(import.meta.url);

// libheif's wrapper reports failures twice: as the error that we throw, and here, where they would come between the
// events on standard output.
for (const method of /** @type {const} */ (['log', 'warn', 'error'])) console[method] = () => undefined;

/**
 * @typedef {import('../src/codec/picture-thread.js').PictureTask} PictureTask
 * @typedef {import('../src/codec/picture-thread.js').DecodedPicture} DecodedPicture
 */

/**
 * @param {number} width
 * @param {number} height
 * @param {PictureTask} task
 */
function pixelsFor(width, height, { most }) {
  if (!(width >= 1 && height >= 1)) throw new Error(`it claims a size of ${width}x${height}`);
  if (width * height > most) throw new Error(`TOO_LARGE ${width}x${height}`);
  return new Uint8Array(new SharedArrayBuffer(width * height * 3));
}

/**
 * Turned upright by libheif, as the file says.
 * @param {PictureTask} task
 * @returns {Promise<DecodedPicture>}
 */
async function heic(task) {
  const libheif = require('libheif-js/wasm-bundle');
  const decoder = new libheif.HeifDecoder();
  const images = decoder.decode(task.bytes);
  try {
    if (images.length === 0) throw new Error('it holds no picture that can be decoded');
    const image = images.find((/** @type {any} */ one) => one.is_primary()) ?? images[0];
    const [width, height] = [image.get_width(), image.get_height()];
    const data = pixelsFor(width, height, task);
    const rgba = await new Promise((resolve, reject) => {
      const into = { data: new Uint8ClampedArray(width * height * 4), width, height };
      image.display(into, (/** @type {typeof into | null} */ done) =>
        done === null ? reject(new Error('its picture data cannot be decoded')) : resolve(done.data),
      );
    });
    overBlack(rgba, data);
    return { width, height, data, pages: images.length };
  } finally {
    for (const image of images) image.free();
  }
}

/**
 * @param {PictureTask} task
 * @returns {Promise<DecodedPicture>}
 */
async function bmp(task) {
  const { bytes } = task;
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const layout = bmpLayout(file);
  const { width, height } = layout;
  const data = pixelsFor(width, height, task);
  decodeBmp(file, layout, data);
  return { width, height, data, pages: 1 };
}

/** @type {Promise<any> | undefined} */
let openjpeg;

/**
 * @param {PictureTask} task
 * @returns {Promise<DecodedPicture>}
 */
async function jpeg2000(task) {
  openjpeg ??= require('@cornerstonejs/codec-openjpeg/decodewasmjs')({
    locateFile: () => require.resolve('@cornerstonejs/codec-openjpeg/decodewasm'),
    print: () => undefined,
    printErr: () => undefined,
  });
  const decoder = new (await openjpeg).J2KDecoder();
  try {
    const claimed = codestreamSize(task.bytes);
    const data = pixelsFor(claimed.width, claimed.height, task);
    decoder.getEncodedBuffer(task.bytes.length).set(task.bytes);
    decoder.decode();
    const { width, height, bitsPerSample, componentCount, isSigned } = decoder.getFrameInfo();
    if (width !== claimed.width || height !== claimed.height) throw new Error('its data cannot be decoded');
    const raw = decoder.getDecodedBuffer();
    const wide = bitsPerSample > 8;
    if (raw.length < width * height * componentCount * (wide ? 2 : 1)) throw new Error('it breaks off');
    const samples = wide ? new Uint16Array(raw.slice().buffer) : raw;
    const scale = 255 / (2 ** bitsPerSample - 1);
    const offset = isSigned ? 2 ** (bitsPerSample - 1) : 0;
    const mask = wide ? 0xffff : 0xff;
    const grey = componentCount < 3;
    for (let i = 0, to = 0; to < data.length; i++, to += 3) {
      for (let c = 0; c < 3; c++) {
        data[to + c] = (((samples[i * componentCount + (grey ? 0 : c)] ?? 0) + offset) & mask) * scale + 0.5;
      }
    }
    // OPJ_CLRSPC_SYCC
    if (decoder.getColorSpace() === 3 && !grey) fromYcc(data);
    return { width, height, data, pages: 1 };
  } finally {
    decoder.delete();
  }
}

/**
 * The size of the image area in the SIZ segment (ISO/IEC 15444-1, A.5.1).
 * @param {Uint8Array} bytes
 */
function codestreamSize(bytes) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = buffer.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51]));
  if (at < 0 || at + 24 > buffer.length) throw new Error('it holds no picture data');
  return {
    width: buffer.readUInt32BE(at + 8) - buffer.readUInt32BE(at + 16),
    height: buffer.readUInt32BE(at + 12) - buffer.readUInt32BE(at + 20),
  };
}

/**
 * Full-range BT.601.
 * @param {Uint8Array} data
 */
function fromYcc(data) {
  const pixel = new Uint8ClampedArray(3);
  for (let at = 0; at < data.length; at += 3) {
    const [y, b, r] = [data[at] ?? 0, (data[at + 1] ?? 0) - 128, (data[at + 2] ?? 0) - 128];
    pixel[0] = y + 1.402 * r;
    pixel[1] = y - 0.344136 * b - 0.714136 * r;
    pixel[2] = y + 1.772 * b;
    data.set(pixel, at);
  }
}

/**
 * @param {Uint8ClampedArray} rgba
 * @param {Uint8Array} rgb
 */
function overBlack(rgba, rgb) {
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    const alpha = rgba[from + 3] ?? 255;
    for (let c = 0; c < 3; c++) {
      const value = rgba[from + c] ?? 0;
      rgb[to + c] = alpha === 255 ? value : Math.round((value * alpha) / 255);
    }
  }
}

const DECODERS = { heic, bmp, jpeg2000 };

/** One after the other: side by side they would only share this thread. */
let turn = Promise.resolve();

parentPort?.on(
  'message',
  (
    /** @type {import('../src/threads/task-thread.js').ThreadRequest<import('../src/codec/picture-thread.js').PictureTask>} */ request,
  ) => {
    turn = turn.then(async () => {
      if (request.kind === 'end') {
        parentPort?.close();
        return;
      }
      const { id } = request;
      try {
        const result = await DECODERS[request.format](request);
        parentPort?.postMessage({ id, result });
      } catch (error) {
        // The decoders throw plain numbers and strings too.
        parentPort?.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
      }
    });
  },
);
