import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { NO_REDIS, redisInstalled } from '../../../packages/cluster/test/support/redis-server.js';
import { noNamespaces } from '../../scale/machines.js';
import { proof } from '../../scale/proof.js';

const noFfmpeg = (() => {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no ffmpeg on PATH';
  }
})();
const missing = (redisInstalled ? undefined : NO_REDIS) ?? noFfmpeg ?? (await noNamespaces());

// `tools/scale/cli.ts proof` is the long form.
it.skipIf(missing !== undefined)(
  `four workers, killed and cut off, find what one process finds${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  { timeout: 400_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fr-stream-proof-'));
    const lines: string[] = [];
    try {
      const found = await proof({
        folder,
        photos: 21,
        videos: 2,
        long: false,
        queue: 'redis',
        kills: 2,
        tell: (line) => void lines.push(line),
      });
      expect(found, lines.join('\n')).toMatchObject({ differences: [], tasks: 26 });
      // Two in the midst of it, and those that were taken away at the end.
      expect(found.kills).toBe(5);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
