import { fileURLToPath } from 'node:url';
import { SessionEmbedder, TemplateAligner, type AlignedFace } from '@fr-stream/core';
import { freeBatch, OnnxRuntimeBackend } from '@fr-stream/backend-node';
import { converter } from '@fr-stream/convert';
import { DEFAULT_CHAIN, findCardFor } from '@fr-stream/models';
import { expect, it } from 'vitest';
import { createEngine } from '../src/compose/engine.js';
import { createModelStore } from '../src/compose/model-store.js';

const golden = fileURLToPath(new URL('../assets/golden-face.jpg', import.meta.url));

it('faces of one run have the embeddings that they have alone', async () => {
  await using engine = await createEngine({ quiet: true });
  const { image } = await engine.codec.decode(golden);
  const [[face]] = await engine.detector.detect([image]);
  // Three different crops of one face.
  const faces = [0, 4, 9].map((shift): AlignedFace => {
    const points = face.landmarks?.points.map(({ x, y }) => ({ x: x + shift, y })) ?? [];
    const moved = { ...face, landmarks: { scheme: '68' as const, points } };
    return new TemplateAligner().align(image, [moved])[0];
  });
  const original = DEFAULT_CHAIN.embedder;
  const bytes = await createModelStore().bytes(original);
  const { card, model } = await freeBatch(original, bytes, async () => converter);
  expect(original.input.dynamicBatch).toBe(false);
  expect(card.input.dynamicBatch).toBe(true);
  await using backend = new OnnxRuntimeBackend();
  const together = await new SessionEmbedder(card, await backend.load(model)).embed(faces);
  const alone = await new SessionEmbedder(original, await backend.load(bytes)).embed(faces);
  expect(together).toHaveLength(3);
  together.forEach(({ vector }, i) => {
    for (let k = 0; k < vector.length; k++)
      expect(Math.abs(vector[k] - alone[i].vector[k])).toBeLessThan(1e-5);
  });
  expect(together[0].vector).not.toEqual(together[2].vector);
});

it('a graph that takes any batch is left as it is', async () => {
  const card = findCardFor('embedder', 'dlib-resnet-128');
  const model = Uint8Array.of(1);
  expect(await freeBatch(card, model, async () => converter)).toEqual({ card, model });
});
