import { readFileSync } from 'node:fs';
import { z } from 'zod';

const manifest = z
  .object({ version: z.string(), engines: z.object({ node: z.string() }) })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));

/** The version of this package. */
export const VERSION = manifest.version;

/** The versions of Node that it works with, as a range of semver. */
export const NODE_RANGE = manifest.engines.node;
