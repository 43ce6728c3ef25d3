import { DISTANCE_KERNEL_WASM } from './distance-kernel.generated.js';

/** Routines of `packages/core/kernel/distance.ts`. Addresses are in bytes. */
export interface DistanceKernel {
  measure(
    from: number,
    nodes: number,
    count: number,
    table: number,
    bytes: number,
    inner: number,
    out: number,
  ): void;
  select(
    nodes: number,
    distances: number,
    count: number,
    table: number,
    bytes: number,
    inner: number,
    wanted: number,
    chosen: number,
  ): number;
}

let compiled: WebAssembly.Module | undefined;

/**
 * The kernel over a memory of one's own; compiled once per thread.
 * @throws Error where there is no WebAssembly or no SIMD, or a page forbids compiling it.
 */
export function distanceKernel(memory: WebAssembly.Memory): DistanceKernel {
  compiled ??= new WebAssembly.Module(
    Uint8Array.from(atob(DISTANCE_KERNEL_WASM), (character) => character.charCodeAt(0)),
  );
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  // Compiled from the very sources that declare it.
  return exports as unknown as DistanceKernel;
}
