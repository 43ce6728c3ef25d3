import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { probeVideo, videoFrames, type FrameEvent } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type CliResult } from './run-cli.js';

const cases = resolve(import.meta.dirname, '../../../../shared/data/cases');
const there = existsSync(cases);
if (!there) console.warn(`skipped: ${cases} is not there`);

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

/** Runs with a gallery of its own that is not there. */
async function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<CliResult> {
  return runCli([...args, '--gallery', 'g.db'], { cwd: folder, env });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-cases-'));
  for (const name of there ? ['cover-picture', 'hdr', 'folder', 'dash-manifest-named.mp4'] : []) {
    await cp(join(cases, name), at(name), { recursive: true });
  }
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function events(name: string): Promise<readonly FrameEvent[]> {
  const lines = (await readFile(at(name), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as FrameEvent);
}

/** A PATH without an ffmpeg leaves the libraries of node-av. */
const ways = [
  ['the ffmpeg that is found', {}],
  ['no ffmpeg on PATH', { PATH: '/nowhere' }],
] as const;

describe.skipIf(!there).each(ways)('with %s', (way, env) => {
  const prefix = way.replaceAll(' ', '-');

  it('a video with a cover picture is tagged', async () => {
    const name = `${prefix}-cover.jsonl`;
    const { code, stderr } = await run(
      ['cover-picture/clip.wmv', '--events', name, '--out', `${prefix}.mp4`],
      env,
    );
    expect(stderr).toContain('480x360');
    expect(code).toBe(0);
    const frames = await events(name);
    expect(frames.length).toBeGreaterThan(20);
    expect(frames.every(({ faces }) => faces.length === 1)).toBe(true);
    expect(await probeVideo(at(`${prefix}.mp4`))).toMatchObject({ width: 480, height: 360, hasAudio: true });
  });

  it('HDR becomes proper SDR, and that is said', async () => {
    const out = `${prefix}-hdr.mp4`;
    const { code, stderr } = await run(['hdr/hlg.mp4', '--out', out, '--no-boxes'], env);
    expect(code).toBe(0);
    expect(stderr).toContain('high dynamic range (HLG)');
    const info = await probeVideo(at(out));
    expect(info).toMatchObject({ transfer: 'bt709', color: { matrix: 'bt709', range: 'limited' } });
    await using source = videoFrames(at(out), { format: 'rgb24' });
    for await (const frame of source.frames()) {
      using held = frame;
      const { data, width } = held.image;
      // The wall behind the man is a strong blue, as his SDR pictures show it: taken for SDR it was greyish violet.
      const [r = 0, g = 0, b = 0] = data.subarray((60 * width + 40) * 3, (60 * width + 40) * 3 + 3);
      expect(b - r).toBeGreaterThan(120);
      expect(b - g).toBeGreaterThan(70);
      break;
    }
  });

  it('a DASH manifest called a video is refused, and nobody is called', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((ready) => server.listen(18765, '127.0.0.1', ready));
    try {
      const { code, stderr } = await run(['dash-manifest-named.mp4'], env);
      expect(code).toBe(3);
      expect(stderr).toContain('playlist');
    } finally {
      server.close();
    }
    expect(connections).toBe(0);
  });
});

describe.skipIf(!there)('photos', () => {
  it('of a folder are read whatever their endings, and the rest is counted', async () => {
    const { code, stdout } = await run(['photos', 'folder', '--csv', 'folder.csv'], {});
    expect(code).toBe(0);
    // The JFIF holds the same bytes as the JPEG.
    expect(stdout).toContain('3 photos: 2 searched');
    expect(stdout).toContain('1 duplicate,');
    expect(stdout).toMatch(/not looked at: 1 video; .*VID_001\.mp4/);
    const rows = await readFile(at('folder.csv'), 'utf8');
    for (const name of ['IMG_1.jpg', 'twitter.jfif', 'scan.bmp']) expect(rows).toContain(name);
  });

  it('are told from videos by any of their endings', async () => {
    const { code } = await run(['folder/IMG_1.jpg', 'folder/twitter.jfif', '--csv', 'both.csv'], {});
    expect(code).toBe(0);
    expect(await readFile(at('both.csv'), 'utf8')).toContain('twitter.jfif');
  });
});
