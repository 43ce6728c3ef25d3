import type { InferenceBackend, InferenceSession, ModelCard, Tensor } from '@fr-stream/core';
import { BackendError, messageOf } from '@fr-stream/core';

/** `auto`: WebGPU where it is there, agrees with WASM and is faster; else WASM. */
export type ProviderChoice = 'auto' | 'wasm' | 'webgpu';

export interface ChosenSession {
  readonly session: InferenceSession;
  /** Why this provider, in words for people. */
  readonly reason: string;
}

/** Largest difference that counts as agreement, relative to the largest output value: GPUs may compute in less than 32 bits. */
const TOLERANCE = 0.01;
const TIMED_RUNS = 3;

/** True when the browser gives a GPU adapter, which takes more than `navigator.gpu`. */
export async function hasGpuAdapter(): Promise<boolean> {
  const gpu: unknown = Reflect.get(globalThis.navigator ?? {}, 'gpu');
  if (typeof gpu !== 'object' || gpu === null) return false;
  const request: unknown = Reflect.get(gpu, 'requestAdapter');
  if (typeof request !== 'function') return false;
  try {
    const adapter: unknown = await request.call(gpu);
    return adapter !== null && adapter !== undefined;
  } catch {
    return false;
  }
}

/** A picture-like input: waves of all values from -1 to 1. */
function probe({ input }: ModelCard): Tensor {
  const channels = input.channels === 'gray' ? 1 : 3;
  const { width, height } = input;
  const dims = input.layout === 'nchw' ? [1, channels, height, width] : [1, height, width, channels];
  const data = Float32Array.from(
    { length: channels * width * height },
    (_, i) => Math.sin(i / 37) * Math.cos(i / 5003),
  );
  return { type: 'float32', dims, data };
}

/**
 * How far two sets of outputs are apart: the largest difference over all values, relative to the largest value of its
 * output. Infinity when they differ in shape or hold what is not finite.
 */
export function outputDrift(
  expected: Readonly<Record<string, Tensor>>,
  actual: Readonly<Record<string, Tensor>>,
): number {
  let drift = 0;
  for (const [name, { data }] of Object.entries(expected)) {
    const other = actual[name]?.data;
    if (other === undefined || other.length !== data.length) return Infinity;
    let largest = 0;
    let difference = 0;
    for (let i = 0; i < data.length; i++) {
      const [a, b] = [Number(data[i]), Number(other[i])];
      if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity;
      largest = Math.max(largest, Math.abs(a));
      difference = Math.max(difference, Math.abs(a - b));
    }
    drift = Math.max(drift, difference / Math.max(largest, 1e-6));
  }
  return drift;
}

async function timed(session: InferenceSession, feeds: Readonly<Record<string, Tensor>>) {
  let outputs = await session.run(feeds);
  const start = performance.now();
  for (let i = 0; i < TIMED_RUNS; i++) outputs = await session.run(feeds);
  return { outputs, ms: (performance.now() - start) / TIMED_RUNS };
}

/**
 * Loads a model on the provider asked for. WebGPU is used only after it gave the same answer as WASM on a probe.
 * @throws BackendError (BACKEND_PROVIDER_MISSING) when `webgpu` was asked for and is not there or not right.
 */
export async function loadOnBest(
  backend: InferenceBackend,
  card: ModelCard,
  model: Uint8Array,
  choice: ProviderChoice = 'auto',
): Promise<ChosenSession> {
  const wasm = await backend.load(model, { providers: ['wasm'] });
  if (choice === 'wasm') return { session: wasm, reason: 'asked for' };
  const refuse = async (reason: string, cause?: unknown): Promise<ChosenSession> => {
    if (choice === 'auto') return { session: wasm, reason };
    await wasm[Symbol.asyncDispose]();
    throw new BackendError('BACKEND_PROVIDER_MISSING', `webgpu cannot be used for ${card.id}: ${reason}`, {
      hint: 'Update the browser and the GPU driver, or use wasm.',
      cause,
    });
  };
  if (!backend.providers.includes('webgpu') || !(await hasGpuAdapter())) {
    return refuse('this browser offers no WebGPU adapter');
  }
  let webgpu: InferenceSession;
  try {
    webgpu = await backend.load(model, { providers: ['webgpu'] });
  } catch (cause) {
    return refuse(messageOf(cause), cause);
  }
  try {
    const feeds = { [card.input.name ?? wasm.inputs[0].name]: probe(card) };
    const slow = await timed(wasm, feeds);
    const fast = await timed(webgpu, feeds);
    const drift = outputDrift(slow.outputs, fast.outputs);
    const speeds = `${fast.ms.toFixed(1)} ms on WebGPU, ${slow.ms.toFixed(1)} ms on WASM`;
    if (!(drift <= TOLERANCE)) {
      await webgpu[Symbol.asyncDispose]();
      return await refuse(`WebGPU's answer is off by ${(100 * drift).toFixed(1)} %`);
    }
    if (choice === 'auto' && fast.ms >= slow.ms) {
      await webgpu[Symbol.asyncDispose]();
      return { session: wasm, reason: speeds };
    }
    await wasm[Symbol.asyncDispose]();
    return { session: webgpu, reason: choice === 'webgpu' ? 'asked for' : speeds };
  } catch (cause) {
    if (BackendError.isInstance(cause) && cause.code === 'BACKEND_PROVIDER_MISSING') throw cause;
    await webgpu[Symbol.asyncDispose]();
    return refuse(messageOf(cause), cause);
  }
}
