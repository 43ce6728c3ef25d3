import { join, sep } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build, type Plugin } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';

const core = join(import.meta.dirname, '..', '..', '..', 'packages', 'core', 'src') + sep;

/** Every import that leaves core. */
const imports = new Set<string>();
const recordImports: Plugin = {
  name: 'record-imports',
  enforce: 'pre',
  resolveId(source, importer) {
    if (importer?.startsWith(core) === true && !source.startsWith('.')) imports.add(source);
    return null;
  },
};

/** The only globals beyond ECMAScript's own that core may name (core/src/universal.d.ts): every runtime has them. */
const universal = { AbortController, AbortSignal, atob, btoa };

/** Core as a browser would get it, run where there is neither a DOM nor Node. */
describe('core, bundled for browsers', () => {
  let code = '';
  beforeAll(async () => {
    const output = await build({
      configFile: false,
      logLevel: 'error',
      resolve: { conditions: ['@fr-stream/source'] },
      plugins: [recordImports],
      build: {
        write: false,
        target: 'es2022',
        minify: false,
        lib: {
          entry: join(import.meta.dirname, 'pages', 'core-alone.ts'),
          formats: ['iife'],
          name: 'coreAlone',
        },
      },
    });
    const [bundle] = Array.isArray(output) ? output : [];
    const [chunk, ...others] = bundle.output;
    expect(others).toEqual([]);
    if (chunk.type === 'chunk') code = chunk.code;
  });

  it('imports rxjs and nothing else', () => {
    expect([...imports].map((name) => name.replace(/^rxjs\/.*/, 'rxjs'))).toContain('rxjs');
    expect([...imports].filter((name) => !/^rxjs(?:\/|$)/.test(name))).toEqual([]);
    for (const trace of [/(?<![#.\w])require\(/, /\bimport\(/, /["']node:/, /vite-browser-external/])
      expect(trace.exec(code)?.[0]).toBeUndefined();
  });

  it('works where there are no globals but those of the language', async () => {
    const realm = createContext({ ...universal, setInterval, clearInterval });
    // The two are what rxjs waits with, when changes of a gallery are followed: every host has them.
    const absent = 'typeof process + typeof window + typeof document + typeof Buffer + typeof setTimeout';
    expect(runInContext(absent, realm)).toBe('undefined'.repeat(5));
    runInContext(code, realm);
    const result: unknown = await runInContext('coreAlone.useCore()', realm);
    const { suites, failed, frames, red, nearest } = JSON.parse(String(result)) as Record<string, unknown>;
    expect(failed).toEqual([]);
    expect(suites).toBeGreaterThan(8);
    expect([frames, red, nearest]).toEqual([3, 51, 'a']);
  });
});
