// @ts-check
/**
 * Decodes Windows and OS/2 bitmaps: 1, 2, 4, 8, 16, 24 and 32 bits, with palettes, bit masks and run lengths, from below
 * or from above (Microsoft, "Bitmap Storage", BITMAPCOREHEADER to BITMAPV5HEADER). Of our own, because the two decoders
 * of the npm registry that are in wide use do not read them all: fast-bmp 4 has no 4 and 16 bits and no run lengths,
 * bmp-ts 1.0.9 takes run lengths and odd widths of 4 bits wrong.
 */

/**
 * @typedef {object} Layout
 * @property {number} width
 * @property {number} height
 * @property {boolean} fromAbove
 * @property {number} bits
 * @property {number} compression
 * @property {number} offset Where the pixels begin.
 * @property {readonly number[]} masks Red, green, blue.
 * @property {Uint8Array} palette Red, green, blue of each entry.
 */

const RGB = 0;
const RLE8 = 1;
const RLE4 = 2;
const BIT_FIELDS = 3;
const ALPHA_BIT_FIELDS = 6;

/**
 * @param {Buffer} file
 * @returns {Layout}
 * @throws Error when it is no bitmap that can be decoded.
 */
export function bmpLayout(file) {
  const headerBytes = file.readUInt32LE(14);
  const core = headerBytes === 12;
  const width = core ? file.readUInt16LE(18) : file.readInt32LE(18);
  const signed = core ? file.readInt16LE(20) : file.readInt32LE(22);
  const bits = file.readUInt16LE(core ? 24 : 28);
  const compression = core ? RGB : file.readUInt32LE(30);
  const known =
    (compression === RGB && [1, 2, 4, 8, 16, 24, 32].includes(bits)) ||
    (compression === RLE8 && bits === 8) ||
    (compression === RLE4 && bits === 4) ||
    ((compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS) && (bits === 16 || bits === 32));
  if (!known) throw new Error(`bitmaps of ${bits} bits with compression ${compression} are not read`);
  const masked = compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS;
  const usual = bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0x00ff00, 0x0000ff];
  const masks = masked ? [0, 4, 8].map((at) => file.readUInt32LE(54 + at)) : usual;
  const masksBytes = masked && headerBytes === 40 ? (compression === ALPHA_BIT_FIELDS ? 16 : 12) : 0;
  const offset = file.readUInt32LE(10);
  return {
    width,
    height: Math.abs(signed),
    fromAbove: signed < 0,
    bits,
    compression,
    offset,
    masks,
    palette:
      bits <= 8
        ? paletteOf(file, { at: 14 + headerBytes + masksBytes, core, bits, offset })
        : new Uint8Array(0),
  };
}

/**
 * @param {Buffer} file
 * @param {{ at: number, core: boolean, bits: number, offset: number }} where
 */
function paletteOf(file, { at, core, bits, offset }) {
  const entryBytes = core ? 3 : 4;
  const claimed = core ? 0 : file.readUInt32LE(46);
  const most = Math.min(2 ** bits, Math.floor((Math.min(offset, file.length) - at) / entryBytes));
  const palette = new Uint8Array(3 * 2 ** bits);
  for (let i = 0; i < Math.min(claimed === 0 ? most : claimed, most); i++) {
    const from = at + i * entryBytes;
    palette.set([file[from + 2] ?? 0, file[from + 1] ?? 0, file[from] ?? 0], 3 * i);
  }
  return palette;
}

/**
 * @param {Buffer} file
 * @param {Layout} layout
 * @param {Uint8Array} rgb `width * height * 3` bytes, zero.
 * @throws Error when the pixels break off.
 */
export function decodeBmp(file, layout, rgb) {
  if (layout.compression === RLE8 || layout.compression === RLE4) decodeRuns(file, layout, rgb);
  else decodeRows(file, layout, rgb);
}

/**
 * @param {Layout} layout
 * @param {number} row Counted as they lie in the file.
 */
function lineOf({ height, fromAbove }, row) {
  return fromAbove ? row : height - 1 - row;
}

/**
 * @param {Buffer} file
 * @param {Layout} layout
 * @param {Uint8Array} rgb
 */
function decodeRows(file, layout, rgb) {
  const { width, height, bits, offset, palette } = layout;
  const stride = Math.ceil((width * bits) / 32) * 4;
  // The padding of the last row may be missing.
  if (offset + stride * (height - 1) + Math.ceil((width * bits) / 8) > file.length)
    throw new Error('it breaks off');
  const channels = layout.masks.map(channelOf);
  for (let row = 0; row < height; row++) {
    const start = offset + row * stride;
    let to = lineOf(layout, row) * width * 3;
    for (let x = 0; x < width; x++, to += 3) {
      if (bits <= 8) {
        const byte = file[start + Math.floor((x * bits) / 8)] ?? 0;
        const entry = (byte >> (8 - bits - ((x * bits) % 8))) & (2 ** bits - 1);
        rgb.set(palette.subarray(3 * entry, 3 * entry + 3), to);
      } else if (bits === 24) {
        const from = start + 3 * x;
        rgb[to] = file[from + 2] ?? 0;
        rgb[to + 1] = file[from + 1] ?? 0;
        rgb[to + 2] = file[from] ?? 0;
      } else {
        const value = bits === 16 ? file.readUInt16LE(start + 2 * x) : file.readUInt32LE(start + 4 * x);
        for (const [c, channel] of channels.entries()) rgb[to + c] = channel(value);
      }
    }
  }
}

/**
 * How the bits under a mask become 0..255.
 * @param {number} mask
 * @returns {(value: number) => number}
 */
function channelOf(mask) {
  if (mask === 0) return () => 0;
  const shift = Math.log2(mask & -mask) % 32;
  const low = shift < 0 || Number.isNaN(shift) ? 31 : shift;
  const most = mask >>> low;
  return (value) => Math.round((((value & mask) >>> low) * 255) / most);
}

/**
 * Pairs of a count and what is repeated; a count of 0 announces a row's end (0), the end (1), a jump (2), or so many
 * pixels as they are.
 * @param {Buffer} file
 * @param {Layout} layout
 * @param {Uint8Array} rgb
 */
function decodeRuns(file, layout, rgb) {
  const { width, height, bits, offset, palette } = layout;
  let [x, row] = [0, 0];
  /** @param {number} entry */
  const put = (entry) => {
    if (x < width && row < height) {
      rgb.set(palette.subarray(3 * entry, 3 * entry + 3), (lineOf(layout, row) * width + x) * 3);
    }
    x++;
  };
  /** @param {number} byte @param {number} i */
  const entryOf = (byte, i) => (bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15);
  for (let at = offset; row < height;) {
    if (at + 1 >= file.length) throw new Error('it breaks off');
    const [count = 0, what = 0] = [file[at], file[at + 1]];
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(entryOf(what, i));
    } else if (what === 0) {
      [x, row] = [0, row + 1];
    } else if (what === 1) {
      return;
    } else if (what === 2) {
      x += file[at] ?? 0;
      row += file[at + 1] ?? 0;
      at += 2;
    } else {
      const bytes = bits === 8 ? what : Math.ceil(what / 2);
      for (let i = 0; i < what; i++) put(entryOf(file[at + (bits === 8 ? i : i >> 1)] ?? 0, i));
      at += bytes + (bytes % 2);
    }
  }
}
