import { ACCURATE_EMBEDDER } from '@fr-stream/models';
import { expect, it } from 'vitest';
import { withOwnEmbedder } from '../src/compose/own-embedder.js';
import type { EngineOptions } from '../src/compose/options.js';

/** As galleries note it. */
const DEFAULT_EMBEDDER = 'faceplugin-feature-512';

const of = (embedder: string | undefined, options: EngineOptions): Promise<EngineOptions> =>
  withOwnEmbedder({ quiet: true, ...options }, { embedder });

it('takes a gallery’s own embedder where none was chosen for the run', async () => {
  const accurate = { quiet: true, embedder: ACCURATE_EMBEDDER, accurate: true };
  expect(await of(ACCURATE_EMBEDDER, {})).toEqual(accurate);
  // What `setup` remembers was chosen for no gallery.
  const best = { profile: 'best', profileRemembered: true } as const;
  const plain = { quiet: true, ...best, embedder: DEFAULT_EMBEDDER, accurate: false };
  expect(await of(DEFAULT_EMBEDDER, best)).toEqual(plain);
  expect(await of(ACCURATE_EMBEDDER, best)).toEqual({ quiet: true, ...best });
});

it.each([
  ['a profile', ACCURATE_EMBEDDER, { profile: 'fast' }],
  ['accuracy', DEFAULT_EMBEDDER, { accurate: true }],
  ['an embedder', ACCURATE_EMBEDDER, { embedder: DEFAULT_EMBEDDER }],
  ['nothing, of a gallery without faces', undefined, {}],
  ['nothing, of a plugin’s model that is not loaded', 'some-other-embedder', {}],
] as const)('leaves what was chosen: %s', async (_, held, options) => {
  expect(await of(held, options)).toEqual({ quiet: true, ...options });
});
