import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cosineSimilarity, iou, type Face } from '@fr-stream/core';
import { videoFrames } from '@fr-stream/stream';
import { MOST_LIVING_FRAMES } from 'fr-stream/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decoded, makeClip } from '../../bench/clips.js';
import { openProduct, tagSource, type Product } from '../../bench/product.js';
import { PlainPath } from './plain-path.js';

let folder: string;
let clip: string;
let product: Product;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-same-'));
  clip = await makeClip(folder, { width: 960, height: 540, seconds: 1 });
  product = await openProduct();
});
afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function tag(tracker: 'none' | 'appearance'): Promise<{ index: number; faces: readonly Face[] }[]> {
  const frames: { index: number; faces: readonly Face[] }[] = [];
  await using source = videoFrames(clip, { maxLivingFrames: MOST_LIVING_FRAMES });
  await tagSource(product, source, { tracker }, ({ frame, faces }) => {
    frames.push({ index: frame.index, faces });
  });
  return frames;
}

/** All that is said of a frame's faces, pictures and embeddings as digests. */
function digest(faces: readonly Face[]): string {
  const bytes = (_: string, value: unknown): unknown =>
    ArrayBuffer.isView(value)
      ? createHash('sha256')
          .update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
          .digest('hex')
      : value;
  return JSON.stringify(faces, bytes);
}

describe('the fast path', () => {
  it('finds the faces and the people that the plain path finds', async () => {
    const plain = await PlainPath.load();
    const { gallery, engine } = product;
    const frames = await tag('none');
    const images = await decoded(clip);
    expect(frames).toHaveLength(images.length);
    let compared = 0;
    for (let i = 0; i < images.length; i += 6) {
      const expected = await plain.faces(images[i]);
      expect(frames[i].faces).toHaveLength(expected.length);
      for (const { detection, embedding } of expected) {
        const face = frames[i].faces.find((other) => iou(other.detection.box, detection.box) > 0.9);
        if (face?.embedding === undefined) throw new Error(`frame ${i}: a face is missing`);
        expect(iou(face.detection.box, detection.box)).toBeGreaterThan(0.97);
        expect(Math.abs(face.detection.score - detection.score)).toBeLessThan(0.01);
        expect(cosineSimilarity(face.embedding.vector, embedding)).toBeGreaterThan(0.99);
        const [nearest] = await gallery.search(embedding);
        const name = nearest.score >= engine.embedder.threshold ? nearest.name : undefined;
        expect(face.identity?.kind === 'known' ? face.identity.name : undefined).toBe(name);
        compared++;
      }
    }
    expect(compared).toBeGreaterThanOrEqual(4);
  });

  it.each(['none', 'appearance'] as const)('gives the same twice, in order (tracker %s)', async (tracker) => {
    const [first, second] = [await tag(tracker), await tag(tracker)];
    expect(first.map(({ index }) => index)).toEqual(first.map((_, i) => i));
    expect(second.map(({ faces }) => digest(faces))).toEqual(first.map(({ faces }) => digest(faces)));
    expect(first.some(({ faces }) => faces.length > 0)).toBe(true);
  });
});
