import type { GraphNode, GraphTensor } from '@fr-stream/models';
import type { NetworkKernel } from './network-kernel.js';
import { depthOf, sizeOf, unsupported, type Picture, type Plain, type Room, type Value } from './values.js';

export type Step = () => void;

/** What layers keep between plans for different sizes: packed weights, as addresses. */
export type WeightCache = Map<string, unknown>;

/** Turns the nodes of a graph into calls of the kernel, for one size of the input. */
export class Planner {
  readonly kernel: NetworkKernel;
  readonly steps: Step[] = [];
  readonly #rooms: Room[] = [];
  readonly #weights: WeightCache;

  constructor(kernel: NetworkKernel, weights: WeightCache) {
    this.kernel = kernel;
    this.#weights = weights;
  }

  /** What `make` gave the first time, in this plan or one before. */
  once<T>(node: GraphNode, what: string, make: () => T): T {
    const key = `${node.outputs[0]}/${what}`;
    if (!this.#weights.has(key)) this.#weights.set(key, make());
    // What is kept under a key was made by the same call.
    return this.#weights.get(key) as T;
  }

  /** Floats in the kernel's memory, zeros behind them; packed once. @returns their address. */
  constants(node: GraphNode, what: string, count: number, value: (index: number) => number): number {
    return this.once(node, what, () => {
      const address = this.kernel.allocate(count * 4);
      const floats = this.kernel.floats(address, count);
      for (let i = 0; i < count; i++) floats[i] = value(i);
      return address;
    });
  }

  /** Adds a step that reads and writes rooms. */
  step(uses: readonly Room[], run: Step): void {
    for (const room of uses) room.last = this.steps.length;
    this.steps.push(run);
  }

  /** Room that the next step is the first to use. */
  room(bytes: number): Room {
    const room = { bytes, first: this.steps.length, last: this.steps.length, address: 0 };
    this.#rooms.push(room);
    return room;
  }

  picture(channels: number, height: number, width: number): Picture {
    if (!(height > 0 && width > 0)) unsupported('an empty picture');
    const depth = depthOf(channels);
    return {
      kind: 'picture',
      dims: [1, channels, height, width],
      channels,
      height,
      width,
      depth,
      room: this.room(height * width * depth * 4),
    };
  }

  plain(dims: readonly number[]): Plain {
    return { kind: 'plain', dims, room: this.room(sizeOf(dims) * 4) };
  }

  /** A value in the order of its dimensions. */
  toPlain(value: Value): Plain {
    if (value.kind === 'plain') return value;
    if (value.kind !== 'picture') return unsupported('a constant in place of a tensor');
    const { channels, height, width, depth, room, dims } = value;
    if (height * width === 1) return { kind: 'plain', dims, room };
    const out = this.plain(dims);
    this.step([room, out.room], () =>
      this.kernel.routines.toPlanes(room.address, height * width, channels, depth, out.room.address),
    );
    return out;
  }

  /** Four dimensions, pixel by pixel. */
  toPicture(value: Value): Picture {
    if (value.kind === 'picture') return value;
    const [batch, channels = 0, height = 0, width = 0] = value.dims;
    if (value.kind !== 'plain' || value.dims.length !== 4 || batch !== 1)
      return unsupported('a picture of other dimensions');
    const { room } = value;
    const out = this.picture(channels, height, width);
    this.step([room, out.room], () =>
      this.kernel.routines.toChannels(room.address, height * width, channels, out.depth, out.room.address),
    );
    return out;
  }

  /**
   * Gives each room its place: the lowest that none has which is in use at the same time.
   * @returns the bytes that all of them take.
   */
  place(base: number): number {
    let most = 0;
    const placed: Room[] = [];
    for (const room of this.#rooms.toSorted((a, b) => b.bytes - a.bytes)) {
      const beside = placed
        .filter((other) => other.first <= room.last && other.last >= room.first)
        .sort((a, b) => a.address - b.address);
      let at = base;
      for (const other of beside) {
        if (other.address - at >= room.bytes) break;
        at = Math.max(at, other.address + sized(other));
      }
      room.address = at;
      placed.push(room);
      most = Math.max(most, at + sized(room) - base);
    }
    return most;
  }
}

const sized = (room: Room): number => Math.ceil(room.bytes / 16) * 16;

/** A tensor of floats that the graph carries. */
export function floatsOf(tensor: GraphTensor | Value | undefined): Float32Array {
  return tensor !== undefined && 'data' in tensor && tensor.data instanceof Float32Array
    ? tensor.data
    : unsupported('weights that are no floats');
}
