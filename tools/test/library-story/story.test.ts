import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { libraryStory } from '../../library-story/story.js';

const ffmpeg = (() => {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

// What it checks, step by step, is in story.ts; `tools/library-story/cli.ts` is the long form.
it.skipIf(!ffmpeg)(
  'an archive of photos and videos goes through an archivist’s day (skipped without an ffmpeg on PATH)',
  { timeout: 400_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fr-stream-story-'));
    try {
      await libraryStory({ folder, photos: 4, videos: 2, fps: 1, tell: () => undefined });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

it('refuses a folder that holds something, and says what', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fr-stream-story-'));
  try {
    await writeFile(join(folder, 'g.db'), '');
    const told = libraryStory({ folder, photos: 4, videos: 2, fps: 1, tell: () => undefined });
    await expect(told).rejects.toThrow(`${folder} is not empty (g.db)`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
