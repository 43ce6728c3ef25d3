import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Box } from '@fr-stream/core';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';

/** What the pipeline made of a photo: the embedded face, or the fact that there was none. */
export interface CachedFace {
  readonly vector: Float32Array;
  readonly box: Box;
  /** Faces that the detector found. */
  readonly faces: number;
}

const side = z.number();
const stored = z.record(
  z.string(),
  z
    .object({
      vector: z.string(),
      box: z.object({ x: side, y: side, width: side, height: side }),
      faces: z.number(),
    })
    .nullable(),
);

/** Embeddings by the photo's content, for one pipeline and one state of the code. */
export class EmbeddingCache {
  readonly #path: string;
  readonly #faces: Map<string, CachedFace | undefined>;
  #dirty = 0;

  private constructor(path: string, faces: Map<string, CachedFace | undefined>) {
    this.#path = path;
    this.#faces = faces;
  }

  /** @param key everything that decides the embeddings: models, options, code. A broken cache file counts as empty. */
  static async open(key: string): Promise<EmbeddingCache> {
    const folder = fileURLToPath(new URL('../../node_modules/.cache/fr-stream-evaluate/', import.meta.url));
    const path = join(folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
    const faces = new Map<string, CachedFace | undefined>();
    try {
      const parsed = stored.parse(JSON.parse(await readFile(path, 'utf8')));
      for (const [photo, face] of Object.entries(parsed)) {
        if (face === null) faces.set(photo, undefined);
        else {
          const bytes = Uint8Array.from(Buffer.from(face.vector, 'base64'));
          faces.set(photo, { ...face, vector: new Float32Array(bytes.buffer) });
        }
      }
    } catch {
      faces.clear();
    }
    return new EmbeddingCache(path, faces);
  }

  static digest(bytes: Uint8Array): string {
    return createHash('sha256').update(bytes).digest('hex');
  }

  has(photo: string): boolean {
    return this.#faces.has(photo);
  }

  get(photo: string): CachedFace | undefined {
    return this.#faces.get(photo);
  }

  /** Writes to disk now and then, so that a run that is broken off is not lost. */
  async set(photo: string, face: CachedFace | undefined): Promise<void> {
    this.#faces.set(photo, face);
    if (++this.#dirty >= 500) await this.save();
  }

  async save(): Promise<void> {
    if (this.#dirty === 0) return;
    const out: z.input<typeof stored> = {};
    for (const [photo, face] of this.#faces) {
      out[photo] =
        face === undefined
          ? null
          : {
              vector: Buffer.from(
                face.vector.buffer,
                face.vector.byteOffset,
                face.vector.byteLength,
              ).toString('base64'),
              box: face.box,
              faces: face.faces,
            };
    }
    await mkdir(dirname(this.#path), { recursive: true });
    await writeFileAtomic(this.#path, JSON.stringify(out));
    this.#dirty = 0;
  }
}
