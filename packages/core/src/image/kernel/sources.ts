import type { PixelMemory } from './pixel-memory.js';

/** Copies bytes into the kernel's memory. @returns their address. */
export function putBytes(memory: PixelMemory, at: number, bytes: Uint8Array): number {
  memory.bytes(at, bytes.length).set(bytes);
  return at;
}

/** Copies one i32 per value. @returns the address. */
export function putInts(memory: PixelMemory, at: number, values: ArrayLike<number>): number {
  memory.ints(at, values.length).set(values);
  return at;
}

/** Copies one f32 per value. @returns the address. */
export function putFloats(memory: PixelMemory, at: number, values: ArrayLike<number>): number {
  memory.floats(at, values.length).set(values);
  return at;
}
