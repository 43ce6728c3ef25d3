export type TensorData = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;
export type TensorType = 'float32' | 'uint8' | 'int8' | 'int32' | 'int64';

/** A dense row-major tensor. `data.length` is the product of `dims`. */
export interface Tensor {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** A graph input or output. A dimension that may vary is undefined. */
export interface TensorInfo {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly (number | undefined)[];
}

/**
 * Execution providers, in onnxruntime's names. `cpu` and `wasm` always exist on their platform; the others depend
 * on the build and the machine.
 */
export type ExecutionProvider =
  'cpu' | 'wasm' | 'cuda' | 'dml' | 'coreml' | 'webgpu' | 'webnn' | 'tensorrt' | 'openvino';

export interface SessionOptions {
  /** Tried in order. Default: the platform's CPU. */
  readonly providers?: readonly ExecutionProvider[];
  /** Threads inside one operator. Default: the runtime's own choice. */
  readonly intraOpThreads?: number;
}

/** A loaded model. `run` may be called concurrently; calls are queued where the runtime cannot overlap them. */
export interface InferenceSession extends AsyncDisposable {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** The provider that really runs the graph. */
  readonly provider: ExecutionProvider;
  /** Runs that proceed at once; further ones are queued. Default 1. */
  readonly parallelism?: number;
  /**
   * Memory of so many values for a float32 input, which `run` reads where it is; other memory it may have to copy.
   * Stays the caller's until {@link free}; freed with the session at the latest. Default: any memory is as good.
   */
  allocate?(length: number): Float32Array;
  /** Takes back memory of {@link allocate}; nothing may use it afterwards. */
  free?(memory: Float32Array): void;
  /**
   * Takes back the memory of a run's outputs, for a later run to write into. Nothing may read them afterwards. Worth
   * it for large outputs: fresh memory for each run keeps the garbage collector busy. Not calling it does no harm.
   */
  recycle?(outputs: Readonly<Record<string, Tensor>>): void;
  /**
   * @param feeds one tensor per graph input; the session does not keep or change them after the promise settles.
   * @param wanted names of the outputs to compute. Default: all.
   * @throws BackendError (BACKEND_RUN_FAILED)
   */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    wanted?: readonly string[],
  ): Promise<Readonly<Record<string, Tensor>>>;
}

/** Loads models for one runtime. */
export interface InferenceBackend extends AsyncDisposable {
  /** Such as `onnxruntime-node`. */
  readonly name: string;
  /** The providers that this build and machine offer. */
  readonly providers: readonly ExecutionProvider[];
  /**
   * @throws BackendError (BACKEND_PROVIDER_MISSING) when none of the wanted providers is there: never falls back
   * silently; (BACKEND_LOAD_FAILED) when the bytes are no model.
   */
  load(model: Uint8Array, options?: SessionOptions): Promise<InferenceSession>;
}
