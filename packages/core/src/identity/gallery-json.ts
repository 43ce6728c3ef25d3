import { GalleryError, messageOf } from '../errors.js';
import type { GalleryFaceRecord, GallerySnapshot, PersonRecord, Rejection } from './gallery-store.js';
import { labelNumber } from './gallery-store.js';
import { repairedName } from './person-name.js';

/** Version of the file's shape. */
export const GALLERY_SCHEMA = 'fr-stream/gallery@1';

function toBase64(vector: Float32Array): string {
  const bytes = new Uint8Array(vector.length * 4);
  const view = new DataView(bytes.buffer);
  vector.forEach((value, i) => view.setFloat32(i * 4, value, true));
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

function fromBase64(text: string): Float32Array {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length >> 2 }, (_, i) => view.getFloat32(i * 4, true));
}

/**
 * A whole gallery as JSON, piece by piece, because a large one is longer than a string may be: vectors as base64 of
 * little-endian float32, every bit kept.
 */
export function* galleryJson({
  embedder,
  people,
  faces,
  rejections,
}: GallerySnapshot): Generator<string, void> {
  const head = JSON.stringify({ schema: GALLERY_SCHEMA, embedder, people }, undefined, 1);
  yield `${head.slice(0, -'\n}'.length)},\n "faces": [`;
  let separator = '\n';
  for (const { vector, ...face } of faces) {
    yield `${separator}${indented({ ...face, vector: toBase64(vector) }, '  ')}`;
    separator = ',\n';
  }
  yield faces.length === 0 ? ']' : '\n ]';
  if (rejections.length > 0) yield `,\n "rejections": ${indented(rejections, ' ').trimStart()}`;
  yield '\n}';
}

/** As {@link galleryJson}, in one string. */
export function galleryToJson(snapshot: GallerySnapshot): string {
  return [...galleryJson(snapshot)].join('');
}

function indented(value: unknown, by: string): string {
  return by + JSON.stringify(value, undefined, 1).replaceAll('\n', `\n${by}`);
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function text(value: unknown, key: string): string {
  const found = field(value, key);
  if (typeof found !== 'string' || found === '') throw new Error(`"${key}" is missing`);
  return found;
}

function list(value: unknown, key: string): readonly unknown[] {
  const found = field(value, key);
  if (!Array.isArray(found)) throw new Error(`"${key}" is no list`);
  return found;
}

function readPerson(value: unknown): PersonRecord {
  const person = { id: text(value, 'id'), name: repairedName(text(value, 'name')) };
  if (person.name === '') throw new Error('a name cannot be printed');
  return field(value, 'unnamed') === true ? { ...person, unnamed: true } : person;
}

function readRejection(value: unknown): Rejection {
  if (!Array.isArray(value) || value.length !== 2) throw new Error('a rejection is no pair');
  const [a, b]: unknown[] = value;
  if (typeof a !== 'string' || typeof b !== 'string') throw new Error('a rejection is no pair of ids');
  return [a, b];
}

/**
 * A track of a video by its id, or a face that was named while one played. Each is a picture of its own; the web app has written
 * the video's hash there, and no two of one video could be one person.
 */
const OF_VIDEO = /^seen:|-t\d+$/;

function readFace(value: unknown): GalleryFaceRecord {
  const vector = fromBase64(text(value, 'vector'));
  if (vector.length === 0 || !vector.every(Number.isFinite)) throw new Error('a vector is not usable');
  const id = text(value, 'id');
  const quality = field(value, 'quality');
  const source = field(value, 'source');
  const kind = field(value, 'kind');
  const by = field(value, 'by');
  const picture = field(value, 'picture');
  return {
    id,
    personId: text(value, 'personId'),
    vector,
    source: typeof source === 'string' ? source : '',
    quality: typeof quality === 'number' && quality >= 0 && quality <= 1 ? quality : 0,
    ...((kind === 'photo' || kind === 'track' || kind === 'video') && { kind }),
    ...((by === 'user' || by === 'machine') && { by }),
    ...(typeof picture === 'string' && { picture: OF_VIDEO.test(id) ? id : picture }),
  };
}

/**
 * Puts a gallery together from the parts of its file, as they are read: a large file is longer than a string may be, and
 * its faces take less room once their vectors are numbers.
 */
export class GalleryReader {
  readonly #parts = new Map<string, unknown>();
  readonly #faces: GalleryFaceRecord[] = [];

  /**
   * @param key of the file's outermost object, `faces` excepted.
   * @throws GalleryError (GALLERY_INVALID) when the file is of another schema.
   */
  part(key: string, value: unknown): void {
    this.#parts.set(key, value);
    if (key === 'schema') checked(() => this.#checkSchema());
  }

  /** @param value the next of `faces`. @throws GalleryError (GALLERY_INVALID) */
  face(value: unknown): void {
    checked(() => this.#faces.push(readFace(value)));
  }

  /** @throws GalleryError (GALLERY_INVALID) when the parts are no whole gallery. */
  end(): GallerySnapshot {
    return checked(() => {
      this.#checkSchema();
      const faces = this.#faces;
      const file: unknown = Object.fromEntries(this.#parts);
      const people = list(file, 'people').map(readPerson);
      const known = new Set(people.map(({ id }) => id));
      const orphan = faces.find(({ personId }) => !known.has(personId));
      if (orphan !== undefined) throw new Error(`face "${orphan.id}" belongs to nobody`);
      if (faces.some(({ vector }) => vector.length !== faces[0]?.vector.length))
        throw new Error('vectors differ in length');
      const rejections = this.#parts.has('rejections') ? list(file, 'rejections').map(readRejection) : [];
      const numbers = people.map(({ name, unnamed }) => (unnamed ? labelNumber(name) : 0));
      const labels = numbers.reduce((most, number) => Math.max(most, number), 0);
      const embedder = faces.length === 0 ? undefined : text(file, 'embedder');
      return { embedder, people, faces, rejections, labels };
    });
  }

  #checkSchema(): void {
    const schema = this.#parts.get('schema');
    if (schema !== GALLERY_SCHEMA)
      throw new Error(`it says schema "${String(schema)}", not "${GALLERY_SCHEMA}"`);
  }
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw noGallery(cause);
  }
}

/** The error for a file that is none of ours. */
export function noGallery(cause: unknown): GalleryError {
  return new GalleryError('GALLERY_INVALID', `This is no gallery file: ${messageOf(cause)}`, {
    hint: 'Choose a file that the export of fr-stream wrote.',
    cause,
  });
}

/** @throws GalleryError (GALLERY_INVALID) when the text is not what `galleryToJson` writes. */
export function galleryFromJson(json: string): GallerySnapshot {
  const value = checked((): unknown => JSON.parse(json));
  const reader = new GalleryReader();
  for (const key of ['schema', 'embedder', 'people', 'rejections']) {
    const part = field(value, key);
    if (part !== undefined) reader.part(key, part);
  }
  for (const face of checked(() => list(value, 'faces'))) reader.face(face);
  return reader.end();
}
