import { DEFAULT_CHAIN, flushTinyWeights } from '@fr-stream/models';
import { describe, expect, it } from 'vitest';
import { NodeModelStore } from '../../src/index.js';
import { outputs } from './outputs.js';

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
    // Not `toEqual`, which takes a minute for so many bytes.
    expect(Buffer.compare(model, before)).toBe(0);
    expect(tinyWeights(flushTinyWeights(model))).toBe(0);
  });

  it('returns what is no model as it is', () => {
    const text = new TextEncoder().encode('<html>not found</html>');
    expect(flushTinyWeights(text)).toBe(text);
    const empty = new Uint8Array();
    expect(flushTinyWeights(empty)).toBe(empty);
  });
});
