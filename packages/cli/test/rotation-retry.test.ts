import { fileURLToPath } from 'node:url';
import { cosineSimilarity, turnImage, type Image } from '@fr-stream/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../src/compose/engine.js';

const golden = fileURLToPath(new URL('../assets/golden-face.jpg', import.meta.url));

/** The real chain on a real face that lies on its side, as in a scan or a photo that lost its orientation tag. */
describe('a photo on its side', () => {
  let engine: Engine;
  let upright: Image;
  beforeAll(async () => {
    engine = await createEngine({ quiet: true, rotationRetry: true });
    ({ image: upright } = await engine.codec.decode(golden));
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  async function look(image: Image) {
    const [[face]] = await engine.detector.detect([image]);
    const [{ vector }] = await engine.embedder.embed(engine.aligner.align(image, [face]));
    const points = face.landmarks?.points ?? [];
    // From the outer corner of one eye to that of the other.
    const roll = (Math.atan2(points[45].y - points[36].y, points[45].x - points[36].x) * 180) / Math.PI;
    return { face, vector, roll };
  }

  it('shows the same person, its landmarks turned with it', async () => {
    const plain = await look(upright);
    expect(Math.abs(plain.roll)).toBeLessThan(20);
    const onSide = await look(turnImage(upright, 1));
    expect(Math.abs(onSide.roll - plain.roll - 90)).toBeLessThan(5);
    expect(cosineSimilarity(plain.vector, onSide.vector)).toBeGreaterThan(0.95);
    expect(onSide.face.box.width).toBeCloseTo(plain.face.box.height, 0);
  });
});
