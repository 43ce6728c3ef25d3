// @ts-check
/**
 * Reads the raw frames of live decoders. A frame comes in many pieces, and a decoder is held up while nobody reads: on
 * the thread that also prepares pictures and works on faces each piece waits for its turn, and a camera falls behind.
 * Plain JavaScript outside `src`, so that one path leads here from the sources and from the build.
 *
 * @typedef {import('../src/video/reader-protocol.js').ReaderAnswer} ReaderAnswer
 * @typedef {import('../src/video/reader-protocol.js').ReaderRequest} ReaderRequest
 */
import { Socket } from 'node:net';
import { parentPort } from 'node:worker_threads';

/** For what comes before it is known how large a frame is. */
const EARLY_BYTES = 65_536;

const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

/** @param {ReaderAnswer} answer */
const post = (answer) => void parentPort?.postMessage(answer);

/** One decoder's frames: never held up, and of those that nobody asked for only the newest is kept. */
class Frames {
  #id;
  #socket;
  #early = new Uint8Array(EARLY_BYTES);
  #earlyBytes = 0;
  #size = 0;
  /** Where the frame under way goes: into memory that was lent for it, or into our own. */
  #into = new Uint8Array(0);
  #filled = 0;
  #lent = false;
  /** Lent while a frame was under way into our own. @type {Uint8Array | undefined} */
  #wanted;
  /** The newest that nobody has asked for. @type {{ bytes: Uint8Array, atMs: number } | undefined} */
  #whole;
  /** @type {Uint8Array[]} */
  #spare = [];
  #skipped = 0;
  #ended = false;

  /** @param {number} id @param {string} path */
  constructor(id, path) {
    this.#id = id;
    const onread = {
      buffer: () =>
        this.#size === 0 ? this.#early.subarray(this.#earlyBytes) : this.#into.subarray(this.#filled),
      callback: (/** @type {number} */ count, /** @type {Uint8Array} */ bytes) => this.#took(count, bytes),
    };
    this.#socket = new Socket(/** @type {import('node:net').SocketConstructorOpts} */ ({ onread }));
    this.#socket.pause();
    for (const event of ['end', 'close', 'error']) this.#socket.on(event, () => this.#end());
    this.#socket.connect(path, () => {
      this.#socket.pause();
      post({ id, kind: 'opened' });
    });
  }

  /** @param {Uint8Array} target where the next frame is to go. */
  fill(target) {
    const whole = this.#whole;
    if (whole !== undefined) {
      this.#whole = undefined;
      target.set(whole.bytes);
      this.#spare.push(whole.bytes);
      this.#deliver(target.length, whole.atMs);
    } else if (this.#ended) this.#deliver(0, nowMs());
    else if (this.#size === 0 || this.#filled === 0) {
      // Before the first byte of a frame.
      const first = this.#size === 0;
      if (!first) this.#spare.push(this.#into);
      this.#size = target.length;
      this.#into = target;
      this.#lent = true;
      if (first) this.#take(this.#early.subarray(0, this.#earlyBytes));
      this.#socket.resume();
    } else this.#wanted = target;
  }

  close() {
    this.#socket.destroy();
    this.#end();
  }

  /** @param {number} count @param {Uint8Array} bytes */
  #took(count, bytes) {
    if (this.#size === 0) {
      this.#earlyBytes += count;
      if (this.#earlyBytes === this.#early.length) {
        const more = new Uint8Array(2 * this.#early.length);
        more.set(this.#early);
        this.#early = more;
      }
      return false;
    }
    // What was read into memory that had been handed out before the frame was known to go elsewhere.
    if (bytes.buffer !== this.#into.buffer || bytes.byteOffset !== this.#into.byteOffset + this.#filled) {
      this.#take(bytes.subarray(0, count));
      return true;
    }
    this.#filled += count;
    if (this.#filled === this.#size) this.#finish();
    return true;
  }

  /** @param {Uint8Array} bytes */
  #take(bytes) {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + this.#size - this.#filled);
      this.#into.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#size) this.#finish();
    }
  }

  /** A frame is whole. */
  #finish() {
    const atMs = nowMs();
    this.#filled = 0;
    const bytes = this.#into;
    if (this.#lent) {
      this.#lent = false;
      this.#into = this.#own();
      this.#deliver(this.#size, atMs);
    } else if (this.#wanted !== undefined) {
      this.#wanted.set(bytes);
      this.#wanted = undefined;
      this.#deliver(this.#size, atMs);
    } else {
      if (this.#whole !== undefined) {
        this.#spare.push(this.#whole.bytes);
        this.#skipped++;
      }
      this.#whole = { bytes, atMs };
      this.#into = this.#own();
    }
  }

  #own() {
    return this.#spare.pop() ?? new Uint8Array(this.#size);
  }

  /** @param {number} count @param {number} atMs */
  #deliver(count, atMs) {
    post({ id: this.#id, kind: 'filled', count, atMs, skipped: this.#skipped });
    this.#skipped = 0;
  }

  #end() {
    if (this.#ended) return;
    this.#ended = true;
    const lent = this.#lent;
    this.#lent = false;
    if (lent || this.#wanted !== undefined) this.#deliver(lent ? this.#filled : 0, nowMs());
    this.#wanted = undefined;
  }
}

/** @type {Map<number, Frames>} */
const open = new Map();

parentPort?.on('message', (/** @type {ReaderRequest} */ request) => {
  const { id } = request;
  if (request.kind === 'open') open.set(id, new Frames(id, request.path));
  else if (request.kind === 'fill') open.get(id)?.fill(request.target);
  else {
    open.get(id)?.close();
    open.delete(id);
  }
});
