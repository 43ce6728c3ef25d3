import type { Frame, Image } from '@fr-stream/core';

/** A frame whose pixels the garbage collector takes care of. */
export function webFrame(image: Image, timeMs: number, index: number, source: string): Frame {
  return { image, timeMs, index, source, [Symbol.dispose]: () => undefined };
}
