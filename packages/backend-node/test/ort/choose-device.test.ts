import { loadOnDevice } from '@fr-stream/backend-node';
import type { ExecutionProvider, InferenceBackend, InferenceSession, LandmarkerCard } from '@fr-stream/core';
import { DEFAULT_CHAIN } from '@fr-stream/models';
import { describe, expect, it } from 'vitest';

interface Device {
  /** Of one run, in milliseconds. */
  readonly ms: number;
  readonly factor?: number;
  readonly missing?: string;
}

/** Devices that sum up each picture, each at its own speed; an off factor computes wrongly. */
function devices(given: Partial<Record<ExecutionProvider, Device>>) {
  const open = new Set<ExecutionProvider>();
  const backend: InferenceBackend = {
    name: 'fake',
    providers: Object.keys(given) as ExecutionProvider[],
    load: async (_, { providers } = {}) => {
      const provider = providers?.[0] ?? 'cpu';
      const device = given[provider];
      if (device === undefined) throw new Error(`${provider} is not there`);
      if (device.missing !== undefined) throw new Error(device.missing);
      open.add(provider);
      const session: InferenceSession = {
        provider,
        inputs: [{ name: 'x', type: 'float32', dims: [undefined, 3, 112, 112] }],
        outputs: [{ name: 'y', type: 'float32', dims: [undefined, 1] }],
        run: async (feeds) => {
          const [{ data, dims }] = Object.values(feeds);
          const batch = dims[0] ?? 1;
          const one = data.length / batch;
          await new Promise((resolve) => setTimeout(resolve, device.ms));
          const sums = Array.from({ length: batch }, (__, i) =>
            Array.from(data.subarray(i * one, (i + 1) * one), Number).reduce((sum, value) => sum + value, 0),
          );
          return {
            y: {
              type: 'float32',
              dims: [batch, 1],
              data: Float32Array.from(sums, (sum) => sum * (device.factor ?? 1)),
            },
          };
        },
        [Symbol.asyncDispose]: async () => void open.delete(provider),
      };
      return session;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  return { backend, open };
}

const { name: _, ...input } = DEFAULT_CHAIN.landmarker.input;
const card: LandmarkerCard = { ...DEFAULT_CHAIN.landmarker, input: { ...input, dynamicBatch: true } };
const models = { cpu: { card, model: new Uint8Array() }, accelerator: { card, model: new Uint8Array() } };

describe('loadOnDevice', () => {
  it('takes the fastest that agrees with the CPU, says why, and keeps nothing else loaded', async () => {
    const { backend, open } = devices({ cpu: { ms: 20 }, cuda: { ms: 1, factor: 1.1 }, webgpu: { ms: 4 } });
    const { session, reason } = await loadOnDevice(backend, models, 'auto', {});
    expect(session.provider).toBe('webgpu');
    expect(reason).toMatch(/^cpu \d+\/s, cuda: its answer is off by 10.0 % from the CPU's, webgpu \d+\/s$/);
    expect([...open]).toEqual(['webgpu']);
  });

  it('stays on the CPU where that is faster, and does not try an emulated device for every model', async () => {
    const { backend, open } = devices({
      cpu: { ms: 2 },
      webgpu: { ms: 400 },
      coreml: { ms: 1, missing: 'no adapter' },
    });
    const hopeless = new Set<ExecutionProvider>();
    const { session, reason } = await loadOnDevice(backend, models, 'auto', {}, hopeless);
    expect(session.provider).toBe('cpu');
    expect(reason).toMatch(/coreml: no adapter, webgpu: more than 10 times slower/);
    expect([...hopeless].sort()).toEqual(['coreml', 'webgpu']);
    expect([...open]).toEqual(['cpu']);
    const again = await loadOnDevice(backend, models, 'auto', {}, hopeless);
    expect(again.reason).toBe('no accelerator can be used');
  });

  it('refuses a device asked for by name that is missing or computes something else', async () => {
    const { backend, open } = devices({ cpu: { ms: 1 }, cuda: { ms: 1, factor: NaN } });
    await expect(loadOnDevice(backend, models, 'cuda', {})).rejects.toMatchObject({
      code: 'BACKEND_PROVIDER_MISSING',
    });
    await expect(loadOnDevice(backend, models, 'webgpu', {})).rejects.toMatchObject({
      code: 'BACKEND_PROVIDER_MISSING',
    });
    expect([...open]).toEqual([]);
  });
});
