import { DEFAULT_CHAIN, flushTinyWeights } from '@fr-stream/models';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { NodeModelStore } from '../../src/index.js';

/** A model's outputs for a picture of gentle waves, straight from the runtime. */
async function outputs(model: Uint8Array): Promise<Map<string, unknown>> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const [{ name, ...info }] = session.inputMetadata;
  const dims = 'shape' in info ? info.shape.map(Number) : [];
  const length = dims.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length }, (_, i) => Math.sin(i / 50));
  const results = await session.run({ [name]: new Tensor('float32', data, dims) });
  const found = new Map(Object.entries(results).map(([key, { data }]) => [key, data] as const));
  await session.release();
  return found;
}

function tinyWeights(model: Uint8Array): number {
  const flushed = flushTinyWeights(model);
  let bytes = 0;
  for (let i = 0; i < model.length; i++) if (model[i] !== flushed[i]) bytes++;
  return bytes;
}

describe('flushTinyWeights', () => {
  it.each(Object.values(DEFAULT_CHAIN))('leaves every bit of what $id computes', async (card) => {
    const model = await new NodeModelStore().bytes(card);
    const flushed = flushTinyWeights(model);
    expect(flushed).toHaveLength(model.length);
    expect(await outputs(flushed)).toEqual(await outputs(model));
  });

  it('finds those of the default embedder, and does not change the file given', async () => {
    const model = await new NodeModelStore().bytes(DEFAULT_CHAIN.embedder);
    const before = model.slice();
    expect(tinyWeights(model)).toBeGreaterThan(100_000);
    expect(model).toEqual(before);
    expect(tinyWeights(flushTinyWeights(model))).toBe(0);
  });

  it('returns what is no model as it is', () => {
    const text = new TextEncoder().encode('<html>not found</html>');
    expect(flushTinyWeights(text)).toBe(text);
    const empty = new Uint8Array();
    expect(flushTinyWeights(empty)).toBe(empty);
  });
});
