import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { subset } from 'semver';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '../..');
const dependencies = z.record(z.string(), z.string()).optional();
const packageSchema = z.object({
  link: z.boolean().optional(),
  resolved: z.string().optional(),
  engines: z.union([z.object({ node: z.string().optional() }), z.array(z.string())]).optional(),
  dependencies,
  private: z.boolean().optional(),
});
const { packages } = z
  .object({ packages: z.record(z.string(), packageSchema) })
  .parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));

/** They run in browsers, or are for some versions of Node alone. */
const EXCEPTIONS = new Set(['packages/backend-web', 'packages/browser', 'packages/sqlite-node20']);

const published = Object.keys(packages).filter(
  (path) => /^(?:packages\/[^/]+|models)$/.test(path) && !EXCEPTIONS.has(path),
);

/** As Node resolves it: from the nearest `node_modules` outwards. */
function resolve(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.replace(/\/?[^/]*$/, '')) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    const found = packages[path];
    if (found !== undefined) return found.link === true ? found.resolved : path;
    if (folder === '') return undefined;
  }
}

/** What is installed with a package whatever the machine: everything but optional dependencies. */
function installedWith(path: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const name of Object.keys(packages[path].dependencies ?? {})) {
    const found = resolve(name, path);
    if (found !== undefined) installedWith(found, seen);
  }
  return seen;
}

function nodeRange(path: string): string {
  const { engines } = packages[path];
  return (Array.isArray(engines) ? undefined : engines?.node) ?? '*';
}

/** What asks for more than it needs, and is run by our tests on Node 20.20. */
const WORK_ANYWAY = new Set(['cookie']);

describe.each(published)('the engines of %s', (path) => {
  it('are named, and are among those of everything that is installed with it', () => {
    const own = nodeRange(path);
    expect(own).not.toBe('*');
    const others = [...installedWith(path)].filter(
      (other) => !subset(own, nodeRange(other)) && !WORK_ANYWAY.has(other.replace(/.*node_modules\//, '')),
    );
    expect(others.map((other) => `${other}: ${nodeRange(other)}`)).toEqual([]);
  });
});
