import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import pacote from 'pacote';
import { Parser } from 'tar';
import { npmSettings } from './npm-settings.js';

export interface NpmFetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes unpacked so far, and in all where the registry says. Both count the whole package. */
  readonly onBytes?: (received: number, total: number | undefined) => void;
}

/** The path without the tarball's own top folder (`package/` as a rule, but publishers may name it otherwise). */
function withoutTopFolder(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}

/** Writes the wanted files of one gzipped tarball, reading it once; nothing else touches the disk. */
async function extract(
  tarball: NodeJS.ReadableStream,
  wanted: ReadonlyMap<string, string>,
  total: number | undefined,
  { signal, onBytes }: NpmFetchOptions,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const writes: Promise<void>[] = [];
  const parser = new Parser({
    strict: true,
    filter: (path, entry) =>
      wanted.has(withoutTopFolder(path)) &&
      (!('type' in entry) || entry.type === 'File' || entry.type === 'OldFile'),
    onReadEntry: (entry) => {
      const path = withoutTopFolder(entry.path);
      const target = wanted.get(path);
      if (target === undefined) {
        entry.resume();
        return;
      }
      found.add(path);
      const write = pipeline(Readable.from(entry), createWriteStream(target), { signal });
      // Awaited below; without this an early failure would be an unhandled rejection meanwhile.
      write.catch(() => undefined);
      writes.push(write);
    },
  });
  const parsed = new Promise<void>((resolve, reject) => {
    parser.once('end', resolve);
    parser.once('error', reject);
  });
  parsed.catch(() => undefined);
  let received = 0;
  const count = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      received += chunk.length;
      onBytes?.(received, total);
      if (parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) done();
      else parser.once('drain', () => done());
    },
    flush(done) {
      parser.end();
      done();
    },
  });
  count.resume();
  await pipeline(tarball, createGunzip(), count, { signal });
  await parsed;
  await Promise.all(writes);
  return found;
}

/**
 * Fetches files out of one package, in one download, through the user's own registry settings. pacote checks the
 * tarball against the registry's integrity hash; the package is not installed and none of its code is run.
 *
 * @param spec `name@version`.
 * @param wanted path inside the package -> file to write. The files are complete only when this resolves.
 * @returns the paths that the package holds.
 * @throws what pacote throws: network, registry and integrity errors.
 */
export async function fetchNpmFiles(
  spec: string,
  wanted: ReadonlyMap<string, string>,
  options: NpmFetchOptions = {},
): Promise<ReadonlySet<string>> {
  const settings = await npmSettings();
  const attempt = async (preferOffline: boolean): Promise<ReadonlySet<string>> => {
    const pacoteOptions = {
      ...settings,
      preferOffline,
      signal: options.signal,
      // npm's own waits between retries (10 s, then 60 s) would make an offline start look like a hang.
      retry: { retries: 2, factor: 2, minTimeout: 500, maxTimeout: 2_000 },
    };
    const manifest = await pacote.manifest(spec, pacoteOptions);
    const unpacked: unknown = manifest.dist.unpackedSize;
    let found: ReadonlySet<string> = new Set();
    await pacote.tarball.stream(
      spec,
      async (tarball) => {
        found = await extract(tarball, wanted, typeof unpacked === 'number' ? unpacked : undefined, options);
      },
      { ...pacoteOptions, resolved: manifest._resolved, integrity: manifest._integrity },
    );
    return found;
  };
  try {
    // An exact version never changes, so what npm has cached needs no revalidation.
    return await attempt(true);
  } catch (error) {
    if (!isTargetMissing(error)) throw error;
    // The cached package document may be older than the version.
    return await attempt(false);
  }
}

function isTargetMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ETARGET';
}
