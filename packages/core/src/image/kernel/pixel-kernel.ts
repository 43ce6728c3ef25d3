import type { ImageMemory } from '../../contracts/codec.js';
import { KERNEL_WASM } from './kernel.generated.js';
import { PixelMemory } from './pixel-memory.js';

type Routine = (...values: number[]) => void;

/** Room for one job: its description, tables, rows, and what is copied in and out. */
export class Scratch {
  readonly #memory: PixelMemory;
  #at = 0;
  #size = 0;
  #next = 0;

  constructor(memory: PixelMemory) {
    this.#memory = memory;
  }

  /**
   * Starts over; what was taken before is lost.
   * @param bytes as many as will be taken, with 32 for each part.
   * @returns false when there is no room.
   */
  reserve(bytes: number): boolean {
    if (bytes > this.#size) {
      if (this.#size > 0) this.#memory.free(this.#at);
      // Half as much again, so that faces of growing size do not each take new memory.
      const size = Math.ceil(bytes * 1.5);
      const at = this.#memory.allocate(size);
      [this.#at, this.#size] = at === undefined ? [0, 0] : [at, size];
    }
    this.#next = this.#at;
    return this.#size >= bytes;
  }

  /** @returns the address of the next so many bytes, a multiple of 16, with 16 bytes of room behind them. */
  take(bytes: number): number {
    const at = this.#next;
    this.#next += Math.ceil(bytes / 16) * 16 + 16;
    return at;
  }
}

/**
 * Routines over pixels in WebAssembly with 128-bit SIMD, several times as fast as the same in JavaScript. Their source
 * is `packages/core/kernel`, in AssemblyScript.
 */
export interface PixelKernel {
  readonly memory: PixelMemory;
  readonly scratch: Scratch;
  /** @param job address of a description, see `tensor-job.ts`. */
  toTensor(job: number): void;
  /** @param job address of a description, see `warp-job.ts`. */
  warp(job: number): void;
  /** Addresses, and sizes in samples; see `packages/core/kernel/reduce.ts`. */
  reduce(
    source: number,
    stride: number,
    step: number,
    width: number,
    height: number,
    factor: number,
    out: number,
    sums: number,
  ): void;
}

function routine(exports: Readonly<Record<string, unknown>>, name: string): Routine {
  const found = exports[name];
  if (typeof found !== 'function') throw new TypeError(`the pixel kernel has no routine "${name}"`);
  return found as Routine;
}

function load(): PixelKernel | null {
  try {
    const bytes = Uint8Array.from(atob(KERNEL_WASM), (character) => character.charCodeAt(0));
    const module = new WebAssembly.Module(bytes);
    const memory = new PixelMemory();
    const { exports } = new WebAssembly.Instance(module, { env: { memory: memory.memory } });
    return {
      memory,
      scratch: new Scratch(memory),
      toTensor: routine(exports, 'toTensor'),
      warp: routine(exports, 'warp'),
      reduce: routine(exports, 'reduce'),
    };
  } catch {
    // No WebAssembly, no SIMD, no shared memory, or a page that forbids compiling it: JavaScript does the same.
    return null;
  }
}

let loaded: PixelKernel | null | undefined;

/** The kernel of this thread, made at the first call; null where the platform lacks what it needs. */
export function pixelKernel(): PixelKernel | null {
  return (loaded ??= load());
}

/**
 * Memory for pixels or for a model's input, not zeroed, where the kernel reads or writes it without a copy; ordinary
 * memory where there is no such. It may be shared with other threads.
 * @returns exactly `byteLength` bytes, to be given back by {@link releasePixels}.
 */
export function allocatePixels(byteLength: number): Uint8Array {
  const memory = pixelKernel()?.memory;
  const at = memory?.allocate(byteLength);
  return memory === undefined || at === undefined ? new Uint8Array(byteLength) : memory.bytes(at, byteLength);
}

/** Gives memory of {@link allocatePixels} back; nothing may use it afterwards. Does nothing for other memory. */
export function releasePixels(pixels: Uint8Array | Float32Array): void {
  const memory = pixelKernel()?.memory;
  if (memory?.holds(pixels)) memory.free(pixels.byteOffset);
}

/** Pictures lie where the kernel reads them, and are no work for the garbage collector. */
export const kernelMemory: ImageMemory = { allocate: allocatePixels, release: releasePixels };
