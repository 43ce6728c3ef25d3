import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * One run for all packages; `vitest run --project core` (or `nx test core`) runs one. The test files of those that share a
 * process change nothing outside themselves; loading the modules anew for each took a third of their processor time.
 */
const projects = [
  ...[
    'core',
    'convert',
    'model-files',
    'backend-node',
    'stream',
    'engine',
    'library',
    'postgres',
    'cluster',
    'server',
  ].map((name) => ({ name, isolate: false })),
  ...['backend-web', 'browser', 'cli'].map((name) => ({ name, isolate: true })),
].map((project) => ({ ...project, root: `packages/${project.name}` }));

export default defineConfig({
  test: {
    // By default one processor stays free; test files wait for programs that they start, more than they compute.
    maxWorkers: Math.min(8, availableParallelism()),
    reporters: ['default', './tools/vitest-summary.mjs'],
    projects: [
      ...projects,
      { root: 'models', name: 'models', isolate: true },
      { root: 'tools', name: 'tools', isolate: false },
      // Built once: test files run at the same time, and would overwrite what another one serves.
      { root: 'apps/web', name: 'web', isolate: false, globalSetup: ['test/build-page.ts'] },
    ].map(({ root, name, ...setup }) => ({
      root,
      resolve: { conditions: ['@fr-stream/source'] },
      ssr: { resolve: { conditions: ['@fr-stream/source'], externalConditions: ['@fr-stream/source'] } },
      test: {
        name,
        ...setup,
        include: ['test/**/*.test.ts'],
        testTimeout: 60_000,
        hookTimeout: 120_000,
        // One second, which it is by default, a busy machine takes for anything.
        expect: { poll: { timeout: 20_000 } },
        pool: 'forks' as const,
      },
    })),
  },
});
