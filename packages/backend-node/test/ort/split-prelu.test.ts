import { DEFAULT_CHAIN, findCard, splitPRelu } from '@fr-stream/models';
import { describe, expect, it } from 'vitest';
import { NodeModelStore, OnnxRuntimeBackend } from '../../src/index.js';
import { outputs } from './outputs.js';

/** How often a model's bytes name an operator. */
function mentions(model: Uint8Array, operator: string): number {
  return Buffer.from(model).toString('latin1').split(operator).length - 1;
}

const store = new NodeModelStore();

describe('splitPRelu', () => {
  it('leaves every bit of what the default embedder computes', async () => {
    const model = await store.bytes(DEFAULT_CHAIN.embedder);
    const before = model.slice();
    const split = splitPRelu(model);
    expect(mentions(model, 'PRelu')).toBeGreaterThan(0);
    expect(mentions(split, 'PRelu')).toBe(0);
    expect(await outputs(split)).toEqual(await outputs(model));
    // Not `toEqual`, which takes a minute for so many bytes.
    expect(Buffer.compare(model, before)).toBe(0);
  });

  it('returns models without PRelu, and what is no model, as they are', async () => {
    const detector = await store.bytes(DEFAULT_CHAIN.detector);
    expect(splitPRelu(detector)).toBe(detector);
    const text = new TextEncoder().encode('<html>not found</html>');
    expect(splitPRelu(text)).toBe(text);
  });

  it('changes nothing that the backend gives', async () => {
    const card = findCard(DEFAULT_CHAIN.embedder.id);
    const model = await store.bytes(card);
    await using backend = new OnnxRuntimeBackend();
    const session = await backend.load(model, { intraOpThreads: 1 });
    const data = Float32Array.from({ length: 112 * 112 * 3 }, (_, i) => Math.sin(i / 50));
    const result = await session.run({
      [session.inputs[0].name]: { type: 'float32', dims: [1, 3, 112, 112], data },
    });
    const expected = await outputs(model);
    for (const [name, { data: values }] of Object.entries(result)) expect(values).toEqual(expected.get(name));
  });
});
