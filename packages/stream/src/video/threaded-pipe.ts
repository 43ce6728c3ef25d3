import { Worker } from 'node:worker_threads';
import type { Socket } from 'node:net';
import type { FrameBytes } from './byte-reader.js';
import { childSocket } from './local-socket.js';
import type { ReaderAnswer, ReaderRequest } from './reader-protocol.js';

type Listener = (answer: ReaderAnswer) => void;

/** The thread that reads for all live sources of this process; it keeps the process alive only while a frame is awaited. */
class ReaderThread {
  static #running: ReaderThread | undefined;
  readonly #worker = new Worker(new URL('../../worker/frame-reader.mjs', import.meta.url));
  readonly #listeners = new Map<number, Listener>();
  #lastId = 0;
  #awaited = 0;

  static get(): ReaderThread {
    return (this.#running ??= new ReaderThread());
  }

  private constructor() {
    this.#worker.on('message', (answer: ReaderAnswer) => this.#listeners.get(answer.id)?.(answer));
    const broken = (): void => {
      if (ReaderThread.#running === this) ReaderThread.#running = undefined;
      for (const [id, tell] of this.#listeners) tell({ id, kind: 'filled', count: 0, atMs: 0, skipped: 0 });
      this.#listeners.clear();
    };
    this.#worker.on('error', broken);
    this.#worker.on('exit', broken);
    this.#worker.unref();
  }

  add(listener: Listener): number {
    const id = ++this.#lastId;
    this.#listeners.set(id, listener);
    return id;
  }

  remove(id: number): void {
    this.#listeners.delete(id);
  }

  tell(request: ReaderRequest): void {
    this.#worker.postMessage(request);
  }

  /** A frame is awaited: when the decoder has ended, nothing else may be there for which the process stays. */
  hold(): void {
    if (this.#awaited++ === 0) this.#worker.ref();
  }

  letGo(): void {
    if (--this.#awaited === 0) this.#worker.unref();
  }
}

/**
 * A child's standard output that a thread of its own reads as it comes, whatever this one is busy with. The child is never
 * held up: of the frames that came before one was asked for only the newest is kept.
 */
export class ThreadedPipe implements FrameBytes {
  readonly #thread: ReaderThread;
  readonly #id: number;
  #filling:
    { readonly target: Uint8Array; readonly shared: Uint8Array; resolve(count: number): void } | undefined;
  #onOpened: () => void = () => undefined;
  #closed = false;
  skipped = 0;
  arrivedMs = 0;

  /** As `DirectPipe.open`. */
  static async open(): Promise<{ readonly pipe: ThreadedPipe; readonly childEnd: Socket } | undefined> {
    const pipe = new ThreadedPipe(ReaderThread.get());
    const childEnd = await childSocket((path) => pipe.#connect(path));
    if (childEnd !== undefined) return { pipe, childEnd };
    pipe.close();
    return undefined;
  }

  private constructor(thread: ReaderThread) {
    this.#thread = thread;
    this.#id = thread.add((answer) => this.#take(answer));
  }

  #connect(path: string): Promise<void> {
    return new Promise((resolve) => {
      this.#onOpened = resolve;
      this.#thread.tell({ id: this.#id, kind: 'open', path });
    });
  }

  fill(target: Uint8Array): Promise<number> {
    if (this.#closed) return Promise.resolve(0);
    const shared =
      target.buffer instanceof SharedArrayBuffer
        ? target
        : new Uint8Array(new SharedArrayBuffer(target.length));
    return new Promise((resolve) => {
      this.#filling = { target, shared, resolve };
      this.#thread.hold();
      this.#thread.tell({ id: this.#id, kind: 'fill', target: shared });
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#thread.tell({ id: this.#id, kind: 'close' });
    // What is being filled is answered for first, so that nothing is written into memory that has been given back.
    if (this.#filling === undefined) this.#thread.remove(this.#id);
  }

  #take(answer: ReaderAnswer): void {
    if (answer.kind === 'opened') {
      this.#onOpened();
      return;
    }
    const filling = this.#filling;
    this.#filling = undefined;
    if (this.#closed) this.#thread.remove(this.#id);
    this.skipped = answer.skipped;
    this.arrivedMs = performance.now() - (Number(process.hrtime.bigint()) / 1e6 - answer.atMs);
    if (filling === undefined) {
      // The thread has gone.
      this.#onOpened();
      return;
    }
    this.#thread.letGo();
    if (filling.shared !== filling.target) filling.target.set(filling.shared);
    filling.resolve(answer.count);
  }
}
