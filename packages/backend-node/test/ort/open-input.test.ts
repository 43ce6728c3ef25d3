import { fileURLToPath } from 'node:url';
import { iou, SessionDetector, type Detection, type Image, type ModelCard } from '@fr-stream/core';
import { DEFAULT_CHAIN, findCardFor, openInput } from '@fr-stream/models';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeModelStore, OnnxRuntimeBackend } from '../../src/index.js';

const photo = fileURLToPath(new URL('../../../cli/assets/golden-face.jpg', import.meta.url));
/** Pixels of 1920: the photo, a face with what is around it, is then 17 pixels high to the detector. */
const SMALL = 100;
const published = DEFAULT_CHAIN.detector;
const backend = new OnnxRuntimeBackend();
const store = new NodeModelStore();
let closed: SessionDetector;
let open: SessionDetector;

beforeAll(async () => {
  const bytes = await store.bytes(published);
  closed = new SessionDetector(published, await backend.load(bytes));
  const opened = openInput(published, bytes);
  open = new SessionDetector(opened.card, await backend.load(opened.model));
});
afterAll(() => backend[Symbol.asyncDispose]());

/** The photo in the middle of gray of that size, so many pixels high. */
async function placed(width: number, height: number, faceHeight: number): Promise<Image> {
  const face = await sharp(photo).resize({ height: faceHeight }).toBuffer();
  const data = await sharp({ create: { width, height, channels: 3, background: '#7f7f7f' } })
    .composite([{ input: face, gravity: 'centre' }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { format: 'rgb24', width, height, data };
}

const only = async (detector: SessionDetector, image: Image): Promise<Detection> => {
  const [found] = await detector.detect([image]);
  expect(found).toHaveLength(1);
  return found[0];
};

describe('a detector whose input was opened', () => {
  it('finds what the published graph finds in a picture that fills its input, to the last digits', async () => {
    const image = await placed(640, 480, 240);
    const [a, b] = [await only(closed, image), await only(open, image)];
    expect(b.score).toBeCloseTo(a.score, 5);
    for (const side of ['x', 'y', 'width', 'height'] as const)
      expect(b.box[side]).toBeCloseTo(a.box[side], 2);
  });

  it('finds it in a wide picture, of which it computes no more than there is', async () => {
    const image = await placed(1280, 720, 360);
    const [a, b] = [await only(closed, image), await only(open, image)];
    expect(iou(a.box, b.box)).toBeGreaterThan(0.9);
  });

  it('sees an upright picture as large as one that lies', async () => {
    const [lying, upright] = [await placed(1920, 1080, SMALL), await placed(1080, 1920, SMALL)];
    const [a, b] = [await only(open, lying), await only(open, upright)];
    expect(Math.abs(Math.log(b.box.width / a.box.width))).toBeLessThan(0.2);
    // The published graph sees it three quarters as large.
    expect(await closed.detect([upright])).toEqual([[]]);
  });
});

describe('openInput', () => {
  it('leaves alone what it does not know, and what is no model', async () => {
    const { landmarker } = DEFAULT_CHAIN;
    const bytes = await store.bytes(landmarker);
    const slim = findCardFor('detector', 'ultraface-slim-320');
    const untouched = [
      [landmarker, bytes],
      [slim, bytes],
      [published, bytes],
      [published, new Uint8Array([1, 2, 3])],
      [published, new Uint8Array()],
    ] as const;
    for (const [card, model] of untouched) {
      const opened = openInput<ModelCard>(card, model);
      expect(opened.card).toBe(card);
      expect(opened.model).toBe(model);
    }
  });
});
