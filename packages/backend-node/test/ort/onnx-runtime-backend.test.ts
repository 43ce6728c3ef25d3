import { findCard, DEFAULT_CHAIN } from '@fr-stream/models';
import { FrStreamError, type InferenceSession } from '@fr-stream/core';
import { inferenceBackendConformance } from '@fr-stream/core/testing';
import { describe, expect, it } from 'vitest';
import { NodeModelStore, OnnxRuntimeBackend, installedProviders, warmUp } from '../../src/index.js';

describe('OnnxRuntimeBackend keeps the contract', () => {
  const make = () => Promise.resolve(new OnnxRuntimeBackend({ logLevel: 'fatal' }));
  for (const check of inferenceBackendConformance(make)) it(check.name, check.run);
});

describe('OnnxRuntimeBackend with workers keeps the contract', () => {
  const make = () => Promise.resolve(new OnnxRuntimeBackend({ logLevel: 'fatal', workers: 2 }));
  for (const check of inferenceBackendConformance(make)) it(check.name, check.run);

  it('gives the same numbers as without, whatever the thread', async () => {
    const model = await new NodeModelStore().bytes(DEFAULT_CHAIN.embedder);
    await using pooled = new OnnxRuntimeBackend({ workers: 2 });
    await using plain = new OnnxRuntimeBackend();
    const [a, b] = [
      await pooled.load(model, { intraOpThreads: 1 }),
      await plain.load(model, { intraOpThreads: 1 }),
    ];
    const data = Float32Array.from({ length: 3 * 112 * 112 }, (_, i) => Math.sin(i / 50));
    const feeds = { input: { type: 'float32', dims: [1, 3, 112, 112], data } } as const;
    const expected = (await b.run(feeds)).output.data;
    const results = await Promise.all(Array.from({ length: 6 }, () => a.run(feeds)));
    for (const { output } of results) expect(output.data).toEqual(expected);
    expect(a).toMatchObject({ parallelism: 2 });
  });

  it('writes into memory that was given back, and never into outputs that are still held', async () => {
    const model = await new NodeModelStore().bytes(DEFAULT_CHAIN.detector);
    await using pooled = new OnnxRuntimeBackend({ workers: 2 });
    await using plain = new OnnxRuntimeBackend();
    const a: InferenceSession = await pooled.load(model, { intraOpThreads: 1 });
    const b = await plain.load(model, { intraOpThreads: 1 });
    const feedsOf = (k: number) => {
      const data = Float32Array.from({ length: 3 * 240 * 320 }, (_, i) => Math.sin(i / (50 + k)));
      return { [a.inputs[0].name]: { type: 'float32', dims: [1, 3, 240, 320], data } } as const;
    };
    const held = await a.run(feedsOf(0));
    for (let k = 1; k <= 4; k++) {
      const [output, next] = await Promise.all([a.run(feedsOf(k)), a.run(feedsOf(k + 1))]);
      expect(output).toEqual(await b.run(feedsOf(k)));
      expect(next).toEqual(await b.run(feedsOf(k + 1)));
      if (k > 1) expect(output.boxes.data.buffer).toBeInstanceOf(SharedArrayBuffer);
      a.recycle?.(output);
      a.recycle?.(next);
    }
    expect(held).toEqual(await b.run(feedsOf(0)));
  });
});

describe('OnnxRuntimeBackend', () => {
  it('lists cpu, and no provider whose library is not installed', () => {
    expect(installedProviders()[0]).toBe('cpu');
    if (process.platform === 'linux') expect(installedProviders()).not.toContain('dml');
  });

  it('explains how to get a provider', async () => {
    await using backend = new OnnxRuntimeBackend();
    const error: unknown = await backend
      .load(new Uint8Array(), { providers: ['webnn'] })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FrStreamError);
    expect(error).toMatchObject({ code: 'BACKEND_PROVIDER_MISSING' });
    expect((error as FrStreamError).hint).toMatch(/browser/);
  });

  it('refuses a senseless thread count', async () => {
    await using backend = new OnnxRuntimeBackend();
    await expect(backend.load(new Uint8Array(), { intraOpThreads: 0 })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
  });

  it.each(Object.values(DEFAULT_CHAIN))('runs $id; its graph is what the card says', async (card) => {
    await using backend = new OnnxRuntimeBackend();
    const bytes = await new NodeModelStore().bytes(card);
    await using session = await backend.load(bytes, { intraOpThreads: 1 });
    const { input } = findCard(card.id);
    const channels = input.channels === 'gray' ? 1 : 3;
    expect(session.inputs).toEqual([
      { name: input.name, type: 'float32', dims: [1, channels, input.height, input.width] },
    ]);
    const outputs = new Map(session.outputs.map(({ name, dims }) => [name, dims]));
    switch (card.decode.family) {
      case 'ultraface':
        expect(outputs.get(card.decode.scores)).toEqual([1, 4420, 2]);
        expect(outputs.get(card.decode.boxes)).toEqual([1, 4420, 4]);
        break;
      case 'crop-landmarks':
        expect(outputs.get(card.decode.output)).toEqual([1, 2 * Number(card.decode.scheme)]);
        break;
      case 'embedding':
        expect(outputs.get(card.decode.output ?? '')).toEqual([1, card.decode.size]);
        break;
      default:
        throw new Error(`unexpected family ${card.decode.family}`);
    }
    await warmUp(session);
  });

  it('disposes what is left open', async () => {
    const backend = new OnnxRuntimeBackend();
    const session = await backend.load(await new NodeModelStore().bytes(DEFAULT_CHAIN.landmarker));
    await backend[Symbol.asyncDispose]();
    await expect(warmUp(session)).rejects.toMatchObject({ code: 'BACKEND_RUN_FAILED' });
  });
});
