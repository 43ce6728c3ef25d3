import { cosineSimilarity, SessionEmbedder, type AlignedFace } from '@fr-stream/core';
import { inferenceBackendConformance } from '@fr-stream/core/testing';
import { NodeModelStore, OnnxRuntimeBackend } from '@fr-stream/backend-node';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import { describe, expect, it, vi } from 'vitest';
import { OnnxWebBackend } from '../../src/index.js';

// Browsers load the build without WebGPU; for Node the package offers one entry with the same WASM.
vi.mock('onnxruntime-web/wasm', () => import('onnxruntime-web'));

/** onnxruntime-web's WASM build also runs in Node: the same binary as in browsers, without a browser. */
describe('OnnxWebBackend keeps the contract', () => {
  const make = () => Promise.resolve(new OnnxWebBackend());
  const checks = inferenceBackendConformance(make, { providers: ['wasm'] });
  for (const check of checks) it(check.name, check.run);
});

describe('the default embedder', () => {
  it('gives the same embedding in WASM as in onnxruntime-node', async () => {
    const card = DEFAULT_CHAIN.embedder;
    const model = await new NodeModelStore().bytes(card);
    await using web = new OnnxWebBackend();
    await using node = new OnnxRuntimeBackend();
    const data = Uint8Array.from({ length: 112 * 112 * 3 }, (_, i) => 128 + 100 * Math.sin(i / 97));
    const face: AlignedFace = {
      image: { format: 'rgb24', width: 112, height: 112, data },
      transform: [1, 0, 0, 0, 1, 0],
      scale: 1,
    };
    const [a] = await new SessionEmbedder(card, await web.load(model)).embed([face]);
    const [b] = await new SessionEmbedder(card, await node.load(model)).embed([face]);
    expect(cosineSimilarity(a.vector, b.vector)).toBeGreaterThan(0.9999);
  });
});
