import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

/** Whether a process with this id exists (and is no zombie). */
async function alive(pid: number): Promise<boolean> {
  const ps = spawn('ps', ['-p', String(pid), '-o', 'stat=']);
  let text = '';
  for await (const chunk of ps.stdout) text += String(chunk);
  return text.trim() !== '' && !text.trim().startsWith('Z');
}

const READER = `
  import { spawnSync } from 'node:child_process';
  import { videoFrames } from '@fr-stream/stream';
  const source = videoFrames('lavfi:testsrc=size=320x240:rate=25:duration=3600');
  for await (const frame of source.frames()) {
    if (frame.index === 2) {
      const { stdout } = spawnSync('ps', ['--ppid', String(process.pid), '-o', 'pid=,comm=']);
      const line = String(stdout).split('\\n').find((text) => text.includes('ffmpeg'));
      console.log('ffmpeg ' + parseInt(line));
      AFTER
    }
  }`;

describe('a dying Node process', () => {
  it.each([
    ['SIGINT', 'await new Promise((resolve) => setTimeout(resolve, 30000));'],
    ['SIGTERM', 'await new Promise((resolve) => setTimeout(resolve, 30000));'],
    ['exit', 'process.exit(3);'],
    ['an exception', "throw new Error('on purpose');"],
  ])('takes ffmpeg with it: %s', async (how, after) => {
    const file = join(import.meta.dirname, `.reader-${process.pid}-${how.replace(' ', '-')}.mjs`);
    await writeFile(file, READER.replace('AFTER', after));
    try {
      const node = spawn(process.execPath, ['--import', 'tsx', '--conditions=@fr-stream/source', file], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const gone = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) =>
        node.once('exit', (code, signal) => resolve([code, signal])),
      );
      let pid = NaN;
      for await (const chunk of node.stdout) {
        pid = Number(/ffmpeg (\d+)/.exec(String(chunk))?.[1]);
        if (!Number.isNaN(pid)) break;
      }
      expect(pid).toBeGreaterThan(0);
      if (how === 'SIGINT' || how === 'SIGTERM') {
        expect(await alive(pid)).toBe(true);
        node.kill(how);
        expect((await gone)[1]).toBe(how);
      } else {
        expect((await gone)[0]).toBeGreaterThan(0);
      }
      for (let i = 0; i < 20 && (await alive(pid)); i++) await delay(50);
      expect(await alive(pid)).toBe(false);
    } finally {
      await rm(file, { force: true });
    }
  });
});
