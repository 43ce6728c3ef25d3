import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PACKAGES = fileURLToPath(new URL('../../../packages', import.meta.url));

/** What makes, replaces or moves files. */
const CALLS =
  /\b(createWriteStream|writeFile|appendFile|copyFile|rename|cp|link|symlink|truncate|writeFileAtomic)(?:Sync)?\(/g;
const OPENS = /\bopen(?:Sync)?\([^;]*?'[wa]x?\+?'/;
/** All that users name is opened there. */
const MODULE = /^stream\/src\/output\//;

/** Who else writes, and why that harms nothing. */
const WHY: Readonly<Record<string, string>> = {
  'backend-node/src/gallery/backup-before.ts':
    'beside the gallery, under a random name, then the name of its version',
  'backend-node/src/gallery/gallery-database.ts': 'into a folder that mkdtemp made',
  'backend-node/src/index/graph-index.ts': 'to the path that hnsw-files.ts gives it',
  'backend-node/src/index/hnsw-files.ts': 'in the folder of the index, named by content or at random',
  'backend-node/src/index/neighbour-file.ts': 'in the folder of the index, whole or not at all',
  'backend-node/src/models/accepted-licences.ts': "in the cache's own folder, whole or not at all",
  'backend-node/src/models/user-cards.ts': "in the cache's own folder, whole or not at all",
  'cli/src/commands/library-backup.ts': 'into a TemporaryFolder',
  'cli/src/commands/library-restore.ts': 'the gallery that is to be replaced; undone when a part of it fails',
  'cli/src/compose/written-files.ts': "in the user's data folder, under a name of its own",
  'cli/src/config/remembered-profile.ts': "in the user's data folder, under a name of its own",
  'cluster/src/photos/search-elsewhere.ts': 'an empty file under a random name',
  'model-files/src/asset-cache.ts': "in the cache's own folder, under a lock",
  'model-files/src/copy-models.ts': 'under a random name first, and never over another file unless told to',
  'model-files/src/fetch-http.ts': 'to the path that asset-cache.ts gives it',
  'model-files/src/fetch-npm.ts': 'to the path that asset-cache.ts gives it',
  'server/src/deliver/jsonl-log.ts': 'to a log that is its own, as requireOwnLog has seen',
  'server/src/jobs/job-results.ts': "in the server's data folder, under an id of its own",
  'server/src/store/folder-lock.ts': "in the server's data folder, exclusively",
  'stream/src/video/sealed-segments.ts': 'in a folder of recordings that one run has claimed',
};

function sources(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
}

it('nobody writes files but the module of outputs, and those who are known to harm nothing', () => {
  const writers: string[] = [];
  for (const pack of readdirSync(PACKAGES)) {
    // Those for browsers have no files.
    if (['backend-web', 'browser', 'people-ui', 'core'].includes(pack)) continue;
    for (const file of sources(join(PACKAGES, pack, 'src'))) {
      const name = relative(PACKAGES, file).split(sep).join('/');
      const text = readFileSync(file, 'utf8');
      if (MODULE.test(name) || !/from '(?:node:fs(?:\/promises)?|write-file-atomic)'/.test(text)) continue;
      const imported = [
        ...text.matchAll(/import (?:\{([^}]*)\}|(\w+)) from '(?:node:fs[^']*|write-file-atomic)'/g),
      ]
        .flatMap(([, names, one]) => (names ?? one ?? '').split(','))
        .map((word) => word.trim());
      const calls = [...text.matchAll(CALLS)].map(([, call]) => call ?? '');
      if (calls.some((call) => imported.includes(call)) || (imported.includes('open') && OPENS.test(text)))
        writers.push(name);
    }
  }
  expect(writers.sort()).toEqual(Object.keys(WHY).sort());
});
