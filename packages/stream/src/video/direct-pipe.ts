import { once } from 'node:events';
import { Socket, type SocketConstructorOpts } from 'node:net';
import type { FrameBytes } from './byte-reader.js';
import { childSocket } from './local-socket.js';

/** For what comes before it is known where it goes. */
const SCRATCH_BYTES = 65_536;

/**
 * A child's standard output that the kernel reads straight into the buffers to be filled. The streams that Node opens
 * for a child take a new buffer of 64 KB for each read, three megabytes per 1080p frame, and the garbage collector
 * never rests.
 *
 * It is a local socket, for which Node reads into the caller's memory (`onread`).
 */
export class DirectPipe implements FrameBytes {
  readonly #socket: Socket;
  /** Two, because one may still hold bytes of the next frame. */
  readonly #scratch = [new Uint8Array(SCRATCH_BYTES), new Uint8Array(SCRATCH_BYTES)] as const;
  #spare: 0 | 1 = 0;
  #rest: Uint8Array | undefined;
  #target: Uint8Array | undefined;
  #filled = 0;
  #resolve: ((filled: number) => void) | undefined;
  #ended = false;

  /**
   * @returns our end, and the child's, which is to be its `stdio[1]` and to be destroyed here once the child has it;
   * undefined where a child cannot be given a socket (Windows) or none can be made.
   */
  static async open(): Promise<{ readonly pipe: DirectPipe; readonly childEnd: Socket } | undefined> {
    const pipe = new DirectPipe();
    const childEnd = await childSocket(async (path) => {
      pipe.#socket.connect(path);
      await once(pipe.#socket, 'connect');
      pipe.#socket.pause();
    });
    return childEnd && { pipe, childEnd };
  }

  private constructor() {
    const onread = {
      buffer: () => this.#nextBuffer(),
      callback: (count: number, buffer: Uint8Array) => this.#took(count, buffer),
    };
    this.#socket = new Socket({ onread } as SocketConstructorOpts);
    this.#socket.pause();
    const end = (): void => {
      this.#ended = true;
      this.#settle();
    };
    this.#socket.on('end', end);
    this.#socket.on('close', end);
    this.#socket.on('error', end);
  }

  fill(target: Uint8Array): Promise<number> {
    return new Promise((resolve) => {
      this.#target = target;
      this.#filled = 0;
      this.#resolve = resolve;
      const rest = this.#rest;
      this.#rest = undefined;
      if (rest) this.#copy(rest);
      if (!this.#resolve) return;
      if (this.#ended) this.#settle();
      else this.#socket.resume();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Where the next read goes: Node asks after each one. */
  #nextBuffer(): Uint8Array {
    const target = this.#target;
    return target ? target.subarray(this.#filled) : this.#scratch[this.#spare];
  }

  /** @returns whether to read on. */
  #took(count: number, buffer: Uint8Array): boolean {
    if (buffer === this.#scratch[this.#spare]) this.#copy(buffer.subarray(0, count));
    else {
      this.#filled += count;
      this.#settleWhenFull();
    }
    return this.#target !== undefined;
  }

  #copy(bytes: Uint8Array): void {
    const target = this.#target;
    const wanted = target ? target.length - this.#filled : 0;
    if (target) {
      target.set(bytes.length <= wanted ? bytes : bytes.subarray(0, wanted), this.#filled);
      this.#filled += Math.min(wanted, bytes.length);
    }
    if (bytes.length > wanted) {
      this.#rest = bytes.subarray(wanted);
      this.#spare = this.#rest.buffer === this.#scratch[0].buffer ? 1 : 0;
    }
    this.#settleWhenFull();
  }

  #settleWhenFull(): void {
    if (this.#target && this.#filled === this.#target.length) this.#settle();
  }

  #settle(): void {
    const resolve = this.#resolve;
    this.#target = undefined;
    this.#resolve = undefined;
    resolve?.(this.#filled);
  }
}
