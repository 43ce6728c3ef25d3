import { IndexError } from '../errors.js';
import type { Json, Metric } from '../contracts/vector-index.js';
import type { HnswGraphState } from './hnsw-graph.js';

/** What a file says before its numbers. */
export interface HnswHeader {
  readonly version: 1;
  readonly metric: Metric;
  readonly dimensions: number;
  readonly m: number;
  readonly efConstruction: number;
  readonly efSearch?: number;
  /** By node; null where the node was removed. */
  readonly ids: readonly (string | null)[];
  readonly metadata: Readonly<Record<string, Json>>;
  /** By id, where an item has one. */
  readonly groups?: Readonly<Record<string, string>>;
  readonly levels: readonly number[];
  readonly entry: number;
  readonly random: number;
  readonly links: number;
}

/** `FRHN`, read as a little-endian number. */
const MAGIC = 0x4e485246;
const PREFIX = 12;

/** FNV-1a (Fowler, Noll, Vo), 32 bits: finds damage, not forgery. */
function checksum(bytes: Uint8Array, from: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash >>> 0;
}

/**
 * Layout, all numbers little-endian: magic, FNV-1a of what follows byte 8, length of the header; the header as
 * JSON in ASCII, padded with blanks to a multiple of 4; vectors (float32); links (int32).
 */
export function hnswToBytes(
  header: Omit<HnswHeader, 'version' | 'links'>,
  state: HnswGraphState,
): Uint8Array {
  const whole: HnswHeader = { version: 1, ...header, links: state.links.length };
  // Escaped to ASCII, so that it takes no text encoder, which core cannot name.
  const json = JSON.stringify(whole).replace(
    /[\u0080-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const text = json.padEnd(Math.ceil(json.length / 4) * 4);
  const bytes = new Uint8Array(PREFIX + text.length + 4 * (state.vectors.length + state.links.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(8, text.length, true);
  for (let i = 0; i < text.length; i++) bytes[PREFIX + i] = text.charCodeAt(i);
  let at = PREFIX + text.length;
  for (const value of state.vectors) {
    view.setFloat32(at, value, true);
    at += 4;
  }
  for (const value of state.links) {
    view.setInt32(at, value, true);
    at += 4;
  }
  view.setUint32(4, checksum(bytes, 8), true);
  return bytes;
}

function isHeader(value: unknown): value is HnswHeader {
  if (typeof value !== 'object' || value === null) return false;
  const whole = (key: string, least: number): boolean => {
    const number: unknown = Reflect.get(value, key);
    return typeof number === 'number' && Number.isInteger(number) && number >= least;
  };
  const list = (key: string, test: (entry: unknown) => boolean): boolean => {
    const entries: unknown = Reflect.get(value, key);
    return Array.isArray(entries) && entries.every(test);
  };
  const metric: unknown = Reflect.get(value, 'metric');
  const metadata: unknown = Reflect.get(value, 'metadata');
  return (
    (metric === 'cosine' || metric === 'l2') &&
    whole('dimensions', 1) &&
    whole('m', 1) &&
    whole('efConstruction', 1) &&
    (!('efSearch' in value) || whole('efSearch', 1)) &&
    whole('entry', -1) &&
    whole('random', 0) &&
    whole('links', 0) &&
    list('ids', (id) => id === null || (typeof id === 'string' && id !== '')) &&
    list(
      'levels',
      (level) => typeof level === 'number' && Number.isInteger(level) && level >= 0 && level <= 30,
    ) &&
    typeof metadata === 'object' &&
    metadata !== null &&
    isTexts(Reflect.get(value, 'groups'))
  );
}

function isTexts(value: unknown): boolean {
  if (value === undefined) return true;
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((text) => typeof text === 'string' && text !== '')
  );
}

function invalid(reason: string, cause?: unknown): IndexError {
  return new IndexError('INDEX_INVALID', `The bytes are not a usable vector index: ${reason}`, {
    hint: 'Export the index again, or build it anew from the vectors.',
    cause,
  });
}

/** @throws IndexError (INDEX_INVALID) when the bytes are damaged, cut off, or of a newer version. */
export function hnswFromBytes(bytes: Uint8Array): { header: HnswHeader; state: HnswGraphState } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREFIX || view.getUint32(0, true) !== MAGIC) throw invalid('it does not begin like one');
  if (view.getUint32(4, true) !== checksum(bytes, 8)) throw invalid('it is damaged or cut off');
  const end = PREFIX + view.getUint32(8, true);
  let text = '';
  for (let i = PREFIX; i < end; i++) text += String.fromCharCode(bytes[i]);
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw invalid('its header is no JSON', cause);
  }
  if (typeof header === 'object' && header !== null && Reflect.get(header, 'version') !== 1) {
    throw invalid(`its version is ${String(Reflect.get(header, 'version'))}, only 1 is known`);
  }
  if (!isHeader(header)) throw invalid('its header lacks something');
  const values = header.levels.length * header.dimensions;
  if (bytes.length !== end + 4 * (values + header.links))
    throw invalid('its length is not what the header says');
  const vectors = Float32Array.from({ length: values }, (_, i) => view.getFloat32(end + 4 * i, true));
  const links = Int32Array.from({ length: header.links }, (_, i) =>
    view.getInt32(end + 4 * (values + i), true),
  );
  const { levels, entry, random } = header;
  return { header, state: { vectors, links, levels, entry, random } };
}
