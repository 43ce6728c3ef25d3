import { NETWORK_KERNEL_WASM } from './kernel.generated.js';

type Routine = (...values: number[]) => void;

/** Routines of `packages/backend-web/kernel`, where their parameters are described. Addresses are in bytes. */
export interface NetworkRoutines {
  readonly product: Routine;
  readonly convolution: Routine;
  readonly depthwise: Routine;
  readonly activate: Routine;
  readonly add: Routine;
  readonly affine: Routine;
  readonly copyRows: Routine;
  readonly maxPool: Routine;
  readonly toChannels: Routine;
  readonly toPlanes: Routine;
}

const PAGE = 65536;
/** Of 2 GB: addresses stay positive as 32-bit whole numbers. */
const MOST_PAGES = 32767;

/** The kernel with a memory of its own, which grows and goes with the last reference to it. */
export class NetworkKernel {
  readonly routines: NetworkRoutines;
  readonly #memory: WebAssembly.Memory;
  #next = 16;
  #floats: Float32Array;

  constructor() {
    this.#memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES });
    const { exports } = new WebAssembly.Instance(compiledKernel(), { env: { memory: this.#memory } });
    // Compiled from the very sources that declare it.
    this.routines = exports as unknown as NetworkRoutines;
    this.#floats = new Float32Array(this.#memory.buffer);
  }

  /**
   * Memory that is never taken back, zero at first.
   * @returns its address, a multiple of 16.
   * @throws RangeError when the browser gives no more.
   */
  allocate(bytes: number): number {
    const at = this.#next;
    this.#next += Math.ceil(bytes / 16) * 16;
    const missing = this.#next - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  /** Floats from an address on. The view is lost with the next {@link allocate}. */
  floats(address: number, count: number): Float32Array {
    if (this.#floats.byteLength === 0) this.#floats = new Float32Array(this.#memory.buffer);
    return this.#floats.subarray(address / 4, address / 4 + count);
  }

  /** 16-bit whole numbers from an address on. The view is lost with the next {@link allocate}. */
  shorts(address: number, count: number): Int16Array {
    return new Int16Array(this.#memory.buffer, address, count);
  }
}

let compiled: WebAssembly.Module | undefined;

function compiledKernel(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(
    Uint8Array.from(atob(NETWORK_KERNEL_WASM), (character) => character.charCodeAt(0)),
  );
  return compiled;
}
