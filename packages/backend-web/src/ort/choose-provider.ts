import type { InferenceBackend, InferenceSession, ModelCard, Tensor } from '@fr-stream/core';
import {
  BackendError,
  messageOf,
  outputDrift,
  probeInput,
  PROVIDER_TOLERANCE,
  itemAt,
} from '@fr-stream/core';

/** `auto`: WebGPU where it is there, agrees with WASM and is faster; else WASM. */
export type ProviderChoice = 'auto' | 'wasm' | 'webgpu';

export interface ChosenSession {
  readonly session: InferenceSession;
  /** Why this provider, in words for people. */
  readonly reason: string;
}

const TIMED_RUNS = 3;

/** Software that plays the GPU is slower than WASM, whatever it says of itself. */
function isSoftware(adapter: object): boolean {
  const info: unknown = Reflect.get(adapter, 'info');
  const told = [adapter, ...(typeof info === 'object' && info !== null ? [info] : [])];
  if (told.some((one) => Reflect.get(one, 'isFallbackAdapter') === true)) return true;
  const words = ['vendor', 'architecture', 'device', 'description'].map((key) =>
    String(Reflect.get(told[1] ?? {}, key) ?? ''),
  );
  return /swiftshader|llvmpipe|lavapipe|basic render/i.test(words.join(' '));
}

/** True when the browser gives a real GPU's adapter, which takes more than `navigator.gpu`. */
export async function hasGpuAdapter(): Promise<boolean> {
  const gpu: unknown = Reflect.get(globalThis.navigator ?? {}, 'gpu');
  if (typeof gpu !== 'object' || gpu === null) return false;
  const request: unknown = Reflect.get(gpu, 'requestAdapter');
  if (typeof request !== 'function') return false;
  try {
    const adapter: unknown = await request.call(gpu);
    return typeof adapter === 'object' && adapter !== null && !isSoftware(adapter);
  } catch {
    return false;
  }
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
    const feeds = { [card.input.name ?? itemAt(wasm.inputs, 0).name]: probeInput(card.input) };
    const slow = await timed(wasm, feeds);
    const fast = await timed(webgpu, feeds);
    const drift = outputDrift(slow.outputs, fast.outputs);
    const speeds = `${fast.ms.toFixed(1)} ms on WebGPU, ${slow.ms.toFixed(1)} ms on WASM`;
    if (!(drift <= PROVIDER_TOLERANCE)) {
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
