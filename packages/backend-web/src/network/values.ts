/** A stretch of memory for intermediate results, which others use before `first` and after `last`. */
export interface Room {
  readonly bytes: number;
  /** The steps between which it is used. */
  readonly first: number;
  last: number;
  /** Set when all steps are known. */
  address: number;
}

/** Whole numbers that are known before anything runs: shapes. */
export interface Numbers {
  readonly kind: 'numbers';
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

/** Floats that are known before anything runs. */
export interface Constant {
  readonly kind: 'constant';
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/**
 * 1xCxHxW, kept pixel by pixel (NHWC): each pixel's channels, then zeros or anything finite up to `depth`, a multiple of 8.
 */
export interface Picture {
  readonly kind: 'picture';
  readonly dims: readonly number[];
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly depth: number;
  readonly room: Room;
}

/** Floats in the order that `dims` says. */
export interface Plain {
  readonly kind: 'plain';
  readonly dims: readonly number[];
  readonly room: Room;
}

export type Value = Numbers | Constant | Picture | Plain;

/** Something that the kernel does not know: the network is for another runtime. */
export class UnsupportedNetwork extends Error {
  override readonly name = 'UnsupportedNetwork';
}

/** Ends the plan: another runtime has to do it. */
export function unsupported(what: string): never {
  throw new UnsupportedNetwork(what);
}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** Channels as they are kept: eight are computed at a time. */
export const depthOf = (channels: number): number => Math.ceil(channels / 8) * 8;
