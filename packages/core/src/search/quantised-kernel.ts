import { QUANTISED_KERNEL_WASM } from './quantised-kernel.generated.js';

/** Routines of `packages/core/kernel/quantised.ts`. Addresses are in bytes. */
export interface QuantisedKernel {
  dots(from: number, rows: number, count: number, bytes: number, factor: number, out: number): void;
}

let compiled: WebAssembly.Module | undefined;

/** As `distanceKernel`: a module of its own, as pages need none of it. */
export function quantisedKernel(memory: WebAssembly.Memory): QuantisedKernel {
  compiled ??= new WebAssembly.Module(
    Uint8Array.from(atob(QUANTISED_KERNEL_WASM), (character) => character.charCodeAt(0)),
  );
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  // Compiled from the very sources that declare it.
  return exports as unknown as QuantisedKernel;
}
