import { ArgumentError, BackendError, messageOf } from '@fr-stream/core';
import type { ExecutionProvider, InferenceBackend, SessionOptions } from '@fr-stream/core';
import { flushTinyWeights, splitPRelu } from '@fr-stream/models';
import type { InferenceSession } from 'onnxruntime-node';
import { onnxruntime } from '../../worker/onnxruntime.mjs';
import { installedProviders, providerMissing } from './execution-providers.js';
import { infoOf, OrtSession } from './ort-session.js';
import { PooledSession } from './pooled-session.js';
import { InferenceThread } from './worker-thread.js';

export interface OnnxRuntimeBackendOptions {
  /** What the runtime may print to stderr. Default `error`. */
  readonly logLevel?: 'verbose' | 'info' | 'warning' | 'error' | 'fatal';
  /**
   * Threads that run models side by side, each model loaded in each of them, for the `cpu` provider. onnxruntime-node
   * computes on the calling thread, so without any (default 0) the event loop waits during a run. With as many as
   * there are cores and one `intraOpThreads`, several frames are inferred at once while the next is prepared. With any,
   * models on another provider run on one more thread: an accelerator does one run at a time.
   */
  readonly workers?: number;
  /**
   * Whether the threads of a run spin while they wait for one another: faster where nothing else wants the cores, and a
   * waste of them where something does. Default true, as the runtime's own.
   */
  readonly spinning?: boolean;
}

const severities = { verbose: 0, info: 1, warning: 2, error: 3, fatal: 4 } as const;

/** Runs ONNX models with onnxruntime-node. */
export class OnnxRuntimeBackend implements InferenceBackend {
  readonly name = 'onnxruntime-node';
  readonly providers: readonly ExecutionProvider[] = installedProviders();
  readonly #severity: 0 | 1 | 2 | 3 | 4;
  readonly #sessions = new Set<OrtSession | PooledSession>();
  readonly #workers: number;
  readonly #spinning: boolean;
  #threads: readonly InferenceThread[] = [];
  #accelerator: readonly InferenceThread[] = [];
  #lastSession = 0;

  constructor({ logLevel = 'error', workers = 0, spinning = true }: OnnxRuntimeBackendOptions = {}) {
    if (!Number.isInteger(workers) || workers < 0) {
      throw new ArgumentError(`workers must be a whole number of at least 0, not ${workers}`);
    }
    this.#severity = severities[logLevel];
    this.#workers = workers;
    this.#spinning = spinning;
  }

  /**
   * Tries the wanted providers in order, each alone: a provider is used only when it was asked for. (A provider may
   * still leave single operators that it lacks to the CPU; that is the runtime's design.)
   */
  async load(bytes: Uint8Array, options: SessionOptions = {}): Promise<OrtSession | PooledSession> {
    const { providers = ['cpu'], intraOpThreads } = options;
    if (intraOpThreads !== undefined && !(Number.isInteger(intraOpThreads) && intraOpThreads >= 1)) {
      throw new ArgumentError(`intraOpThreads must be a whole number of at least 1, not ${intraOpThreads}`);
    }
    const model = flushTinyWeights(bytes);
    const reasons: string[] = [];
    let cause: unknown;
    for (const provider of providers) {
      if (!this.providers.includes(provider)) {
        reasons.push(`${provider}: not installed`);
        continue;
      }
      try {
        const fit = provider === 'cpu' ? forCpu(model) : model;
        if (this.#workers > 0) return await this.#createPooled(fit, provider, intraOpThreads);
        return await this.#create(fit, provider, intraOpThreads);
      } catch (error) {
        // Whether the model or the provider is at fault shows when the cpu provider takes the model.
        if (provider === 'cpu' || !(await this.#isModel(model))) throw loadFailed(error);
        reasons.push(`${provider}: ${messageOf(error)}`);
        cause = error;
      }
    }
    throw providerMissing(providers, reasons.length === 0 ? ['none was named'] : reasons, cause);
  }

  /** Disposes every session that is still open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session[Symbol.asyncDispose]()));
    await Promise.all([...this.#threads, ...this.#accelerator].map((thread) => thread.end()));
    this.#threads = [];
    this.#accelerator = [];
  }

  #options(provider: ExecutionProvider, intraOpThreads: number | undefined): InferenceSession.SessionOptions {
    return {
      executionProviders: [provider],
      graphOptimizationLevel: 'all',
      logSeverityLevel: this.#severity,
      // Otherwise the threads of a session that has run go on spinning, and keep the other sessions of a chain from the
      // cores: the default chain on two threads takes 5.0 ms a frame with this, and 11.9 without.
      extra: {
        session: {
          force_spinning_stop: '1',
          ...(this.#spinning ? {} : { intra_op: { allow_spinning: '0' } }),
        },
      },
      ...(intraOpThreads === undefined ? {} : { intraOpNumThreads: intraOpThreads }),
    };
  }

  async #createPooled(
    model: Uint8Array,
    provider: ExecutionProvider,
    intraOpThreads: number | undefined,
  ): Promise<PooledSession> {
    const threads = this.#threadsFor(provider);
    const id = ++this.#lastSession;
    const options = this.#options(provider, intraOpThreads);
    const [loaded] = await Promise.all(
      threads.map((thread) => thread.send({ kind: 'load', session: id, model, options })),
    );
    if (loaded?.kind !== 'loaded') throw new Error('the inference thread gave a wrong answer');
    const info = {
      provider,
      inputs: infoOf(loaded.inputMetadata),
      outputs: infoOf(loaded.outputMetadata),
    };
    const session = new PooledSession(id, threads, info, (closed) => this.#sessions.delete(closed));
    this.#sessions.add(session);
    return session;
  }

  #threadsFor(provider: ExecutionProvider): readonly InferenceThread[] {
    if (provider !== 'cpu') {
      if (this.#accelerator.length === 0) this.#accelerator = [new InferenceThread()];
      return this.#accelerator;
    }
    if (this.#threads.length === 0) {
      this.#threads = Array.from({ length: this.#workers }, () => new InferenceThread());
    }
    return this.#threads;
  }

  async #create(
    model: Uint8Array,
    provider: ExecutionProvider,
    intraOpThreads: number | undefined,
  ): Promise<OrtSession> {
    const native = await onnxruntime().InferenceSession.create(
      model,
      this.#options(provider, intraOpThreads),
    );
    const session = new OrtSession(native, provider, (closed) => this.#sessions.delete(closed));
    this.#sessions.add(session);
    return session;
  }

  async #isModel(model: Uint8Array): Promise<boolean> {
    try {
      const session = await this.#create(model, 'cpu', 1);
      await session[Symbol.asyncDispose]();
      return true;
    } catch {
      return false;
    }
  }
}

/** The model as this machine's processor runs it fastest, with the same results. */
function forCpu(model: Uint8Array): Uint8Array {
  return process.arch === 'x64' ? splitPRelu(model) : model;
}

function loadFailed(cause: unknown): BackendError {
  return new BackendError('BACKEND_LOAD_FAILED', `The model cannot be loaded: ${messageOf(cause)}`, {
    hint: 'Is it a whole ONNX file? "fr-stream models verify" checks the cached ones.',
    cause,
  });
}
