import { messageOf, ModelError, type ModelCard, type ModelStore } from '@fr-stream/core';
import { sha256 } from '../sha256.js';

export interface WebModelStoreOptions {
  /** Folder that serves `<card id>.onnx`, ending in `/`. Default `/models/`. */
  readonly base?: string;
  /**
   * Where each card's file is served, when not in one folder. To let a CDN serve the files that npm carries:
   * `(card) => npmUrl(card.sources[0])`. Default: `base`.
   */
  readonly urlOf?: (card: ModelCard) => string;
  /** Ids of cards whose licence the user has accepted. */
  readonly acceptLicences?: readonly string[];
  /** Told while a file is fetched. */
  readonly onProgress?: (card: ModelCard, receivedBytes: number) => void;
  /** Name of the browser cache that keeps them. Default `fr-stream-models`. */
  readonly cacheName?: string;
}

/** Model files from the page's own origin, kept in Cache Storage, checked against their cards whenever read. */
export class WebModelStore implements ModelStore {
  readonly #urlOf: (card: ModelCard) => string;
  readonly #cacheName: string;
  readonly #accepted: ReadonlySet<string>;
  readonly #onProgress: WebModelStoreOptions['onProgress'];

  constructor(options: WebModelStoreOptions = {}) {
    const base = options.base ?? '/models/';
    this.#urlOf = options.urlOf ?? ((card) => `${base}${card.id}.onnx`);
    this.#cacheName = options.cacheName ?? 'fr-stream-models';
    this.#accepted = new Set(options.acceptLicences);
    this.#onProgress = options.onProgress;
  }

  async bytes(card: ModelCard, signal?: AbortSignal): Promise<Uint8Array> {
    if (card.licence.acceptRequired === true && !this.#accepted.has(card.id)) {
      throw new ModelError(
        'MODEL_LICENCE',
        `${card.id} is under terms to accept first: ${card.licence.spdx}`,
        {
          hint: 'If the terms allow your use, name the card in acceptLicences.',
        },
      );
    }
    const url = this.#urlOf(card);
    const cache = await this.#cache();
    // By content, not by address: a new release of a model never meets an old file.
    const key = `${url}?sha256=${card.sha256}`;
    const kept = await (await cache?.match(key))?.arrayBuffer();
    if (kept !== undefined && (await sha256(new Uint8Array(kept))) === card.sha256)
      return new Uint8Array(kept);
    const fetched = await this.#fetch(card, url, signal);
    if ((await sha256(new Uint8Array(fetched))) !== card.sha256) {
      throw new ModelError('MODEL_CORRUPT', `${url} is not the file that the card of ${card.id} describes`, {
        hint: 'Serve the file whose SHA-256 the card names.',
      });
    }
    // A full disk must not keep anybody from working with what has been fetched.
    await cache?.put(key, new Response(fetched.slice(0))).catch(() => undefined);
    return new Uint8Array(fetched);
  }

  /** Undefined where there is no Cache Storage: pages that are not served over HTTPS or from localhost, blocked site data. */
  async #cache(): Promise<Cache | undefined> {
    try {
      return 'caches' in globalThis ? await caches.open(this.#cacheName) : undefined;
    } catch {
      return undefined;
    }
  }

  async #fetch(card: ModelCard, url: string, signal: AbortSignal | undefined): Promise<ArrayBuffer> {
    try {
      const response = await fetch(url, signal === undefined ? {} : { signal });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return await this.#read(card, response);
    } catch (cause) {
      throw new ModelError(
        'MODEL_DOWNLOAD_FAILED',
        `${card.id} could not be fetched from ${url}: ${messageOf(cause)}`,
        {
          hint: 'Is the model file served with the page?',
          cause,
        },
      );
    }
  }
  async #read(card: ModelCard, response: Response): Promise<ArrayBuffer> {
    if (response.body === null) throw new Error('an empty answer');
    if (card.bytes === undefined) return await response.arrayBuffer();
    const whole = new Uint8Array(card.bytes);
    let received = 0;
    for (const reader = response.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (received + value.length > whole.length) {
        await reader.cancel();
        throw new Error(`more than the ${card.bytes} bytes that its card says`);
      }
      whole.set(value, received);
      received += value.length;
      this.#onProgress?.(card, received);
    }
    if (received < whole.length) throw new Error(`${received} bytes instead of ${card.bytes}`);
    return whole.buffer;
  }
}
