import { readFileSync } from 'node:fs';

/** This package's own manifest, which it is published with; what is loaded here is loaded by every command. */
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
  readonly engines: { readonly node: string };
};

/** The version of this package. */
export const VERSION = manifest.version;

/** The versions of Node that it works with, as a range of semver. */
export const NODE_RANGE = manifest.engines.node;
