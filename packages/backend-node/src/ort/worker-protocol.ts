import type { Tensor } from '@fr-stream/core';
import type { InferenceSession } from 'onnxruntime-node';
import type { ThreadRequest } from '../threads/task-thread.js';

/** What the pool asks of one of its threads. */
export type WorkerTask =
  | {
      readonly kind: 'load';
      readonly session: number;
      readonly model: Uint8Array;
      readonly options: InferenceSession.SessionOptions;
    }
  | {
      readonly kind: 'run';
      readonly session: number;
      readonly feeds: Readonly<Record<string, Tensor>>;
      readonly wanted: readonly string[] | undefined;
      /** Shared memory for outputs, by name; used where it has the output's length. */
      readonly into: Readonly<Record<string, Float32Array>>;
    }
  | { readonly kind: 'release'; readonly session: number };

export type WorkerRequest = ThreadRequest<WorkerTask>;

export type WorkerResult =
  | {
      readonly kind: 'loaded';
      readonly inputMetadata: InferenceSession['inputMetadata'];
      readonly outputMetadata: InferenceSession['outputMetadata'];
    }
  | { readonly kind: 'ran'; readonly outputs: readonly NamedOutput[] }
  | { readonly kind: 'released' };

/** An output as the runtime gives it, its type not checked yet. */
export interface NamedOutput {
  readonly name: string;
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
}
