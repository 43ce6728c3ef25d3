import { ArgumentError } from '@fr-stream/core';

const npmSource = /^npm:((?:@[^/@]+\/)?[^/@]+@[^/]+)\/(.+)$/;

/** jsDelivr serves every file of every npm package; unpkg (`https://unpkg.com/`) goes by the same rule. */
export const DEFAULT_CDN = 'https://cdn.jsdelivr.net/npm/';

/**
 * Where a CDN serves a file of an npm package: `npm:name@1.2.3/path` becomes `<base>name@1.2.3/path`.
 * @param source as in a model card's `sources`
 * @param base ends in `/`. Default {@link DEFAULT_CDN}.
 * @throws ArgumentError when the source is none of npm's.
 */
export function npmUrl(source: string, base = DEFAULT_CDN): string {
  const match = npmSource.exec(source);
  if (match === null) throw new ArgumentError(`"${source}" is no npm:package@version/path.`);
  return `${base}${match[1]}/${match[2]}`;
}
