import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { SqliteGalleryStore } from '@fr-stream/backend-node';
import { ffmpegCommand, findFfmpeg, probeVideo, type FrameEvent } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type CliResult } from './run-cli.js';

/**
 * The main job as a user meets it: real models, real ffmpeg, the built command, on the demo's material (from npm).
 * The sample shows two people who are enrolled from other pictures, in the left and middle third, and strangers in
 * the right third.
 */
let folder: string;
let sample: string;
let gallery: string;
let demo: CliResult;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-e2e-'));
  sample = at('sample.mp4');
  gallery = at('gallery.db');
  demo = await runCli(['demo', '--folder', folder]);
}, 300_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function events(path: string): Promise<FrameEvent[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as FrameEvent);
}

/** Left, middle or right third. */
function third(box: readonly number[]): number {
  return Math.floor((box[0] + box[2] / 2) / 426);
}

describe('fr-stream demo', () => {
  it('runs from nothing to the tagged video', () => {
    expect(demo.stderr).toContain('6 faces of 2 people');
    expect(demo.code).toBe(0);
    expect(demo.stdout).toMatch(/^Alex +00:00\.000-00:1\d/m);
    expect(demo.stdout).toMatch(/^Franck +00:00\.000-00:1\d/m);
  });

  it('names both people in nearly every frame, at the right place, and never a stranger', async () => {
    const frames = await events(at('faces.jsonl'));
    expect(frames.length).toBe(300);
    const named = { Franck: 0, Alex: 0 };
    for (const { faces } of frames) {
      for (const { identity, box } of faces) {
        if (third(box) === 2) {
          expect(identity?.kind).toBe('unknown');
        } else if (identity?.kind === 'known') {
          expect(identity.name).toBe(third(box) === 0 ? 'Franck' : 'Alex');
          named[third(box) === 0 ? 'Franck' : 'Alex']++;
        }
      }
    }
    expect(named.Franck).toBeGreaterThanOrEqual(295);
    expect(named.Alex).toBeGreaterThanOrEqual(295);
  });

  it('gives the strangers labels that differ from person to person', async () => {
    const labels = new Set<string>();
    for (const { faces } of await events(at('faces.jsonl'))) {
      for (const { identity } of faces) {
        if (identity?.kind === 'unknown' && identity.label !== undefined) labels.add(identity.label);
      }
    }
    // Four women pass; cut-off faces at the edge may add a label.
    expect(labels.size).toBeGreaterThanOrEqual(4);
    expect(labels.size).toBeLessThanOrEqual(7);
  });

  it('writes a video of the same size, length and sound, with boxes drawn into it', async () => {
    const [before, after] = [await probeVideo(sample), await probeVideo(at('tagged.mp4'))];
    expect([after.width, after.height, after.hasAudio]).toEqual([before.width, before.height, true]);
    expect(Math.abs((after.durationMs ?? 0) - (before.durationMs ?? 0))).toBeLessThan(80);
    expect(await pixelDifference(sample, at('tagged.mp4'))).toBeGreaterThan(1);
  });

  it('leaves no temporary file behind', async () => {
    expect((await readdir(folder)).filter((name) => name.includes('.part'))).toEqual([]);
  });
});

async function ffmpeg(options: readonly string[]): Promise<{ readonly stdout: Buffer }> {
  const { path } = await findFfmpeg();
  const { file, args } = ffmpegCommand(path, options);
  return promisify(execFile)(file, args, { encoding: 'buffer', maxBuffer: 1 << 26 });
}

/** The luma of one frame, 1278x480. */
async function luma(file: string, second: number): Promise<Buffer> {
  const args = ['-v', 'error', '-ss', String(second), '-i', file, '-frames:v', '1'];
  const raw = [...args, '-pix_fmt', 'gray', '-f', 'rawvideo', '-'];
  const result = await ffmpeg(raw);
  return result.stdout;
}

/** Mean absolute difference between neighbours in the middle of each third of the frame at 0.5 s. */
async function detail(file: string): Promise<number[]> {
  const picture = await luma(file, 0.5);
  const sums = [0, 0, 0];
  for (let y = 180; y < 400; y++) {
    for (let x = 0; x < 426 * 3; x++) {
      // Where the faces are, that is: 140 to 290 of 426.
      if (x % 426 < 140 || x % 426 >= 290) continue;
      const at = y * 1278 + x;
      sums[Math.floor(x / 426)] += Math.abs(picture[at] - picture[at + 1]);
    }
  }
  return sums;
}

/** Mean absolute difference of the luma of one frame in the middle. */
async function pixelDifference(a: string, b: string): Promise<number> {
  const [first, second] = [await luma(a, 6), await luma(b, 6)];
  let sum = 0;
  first.forEach((value, i) => (sum += Math.abs(value - second[i])));
  return sum / first.length;
}

describe('fr-stream tag', () => {
  it('writes machine-readable lines and a summary with --json, and nothing else on standard output', async () => {
    const run = await runCli([sample, '--gallery', gallery, '--duration', '1', '--json', '--quiet']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const lines = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.slice(0, -1).every(({ schema }) => schema === 'fr-stream/faces@1')).toBe(true);
    expect(lines).toHaveLength(26);
    expect(lines.at(-1)).toMatchObject({ schema: 'fr-stream/summary@1', frames: 25, failed: 0 });
  });

  it('gives the same result every time', async () => {
    const args = [sample, '--gallery', gallery, '--duration', '1', '--json', '--quiet'];
    const [first, second] = [await runCli(args), await runCli(args)];
    expect(second.stdout).toBe(first.stdout);
  });

  it('finishes its outputs on Ctrl-C: the video plays, the events parse', async () => {
    const [out, faces] = [at('stopped.mp4'), at('stopped.jsonl')];
    const run = await runCli([sample, '--gallery', gallery, '--out', out, '--events', faces], {
      onStart: (child) => void interruptWhenRunning(child, faces),
    });
    expect(run.code).toBe(130);
    const frames = await events(faces);
    expect(frames.length).toBeGreaterThan(0);
    expect(frames.length).toBeLessThan(300);
    const { durationMs, hasAudio } = await probeVideo(out);
    expect(hasAudio).toBe(true);
    expect(Math.abs((durationMs ?? 0) - frames.length * 40)).toBeLessThan(400);
  });

  it('blurs everybody but named people on request', async () => {
    const out = at('blurred.mp4');
    const args = [
      '--gallery',
      gallery,
      '--duration',
      '1',
      '--quiet',
      '--out',
      out,
      '--blur',
      'unknown',
      '--no-boxes',
    ];
    expect(await runCli([sample, ...args])).toMatchObject({ code: 0 });
    // Detail, left to right, of the three thirds: Franck and Alex keep theirs, the stranger loses it.
    const [before, after] = [await detail(sample), await detail(out)];
    const kept = after.map((value, i) => value / before[i]);
    expect(kept[0]).toBeGreaterThan(0.8);
    expect(kept[1]).toBeGreaterThan(0.8);
    expect(kept[2]).toBeLessThan(0.6);
  });

  it('processes a truncated video up to the break, says so, and keeps the outputs', async () => {
    await ffmpeg([
      '-v',
      'error',
      '-y',
      '-i',
      sample,
      '-c',
      'copy',
      '-movflags',
      '+faststart',
      at('whole.mp4'),
    ]);
    const { size } = await stat(at('whole.mp4'));
    await copyFile(at('whole.mp4'), at('cut.mp4'));
    const file = await open(at('cut.mp4'), 'r+');
    await file.truncate(Math.round(size * 0.4));
    await file.close();
    const run = await runCli([
      at('cut.mp4'),
      '--gallery',
      gallery,
      '--events',
      at('cut.jsonl'),
      '--every',
      '5',
    ]);
    expect(run.code).toBe(8);
    expect(run.stderr).toMatch(/warning: .*cut\.mp4/);
    const last = (await events(at('cut.jsonl'))).at(-1);
    expect(last?.timeMs).toBeGreaterThan(2000);
    expect(last?.timeMs).toBeLessThan(9000);
  });
});

/** Sends SIGINT as soon as the first events have been written. */
async function interruptWhenRunning(
  child: { kill: (signal: NodeJS.Signals) => boolean },
  output: string,
): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const names = await readdir(dirname(output));
    const part = names.find((name) => name.startsWith(`${basename(output)}.`));
    const size = part === undefined ? 0 : (await stat(join(dirname(output), part))).size;
    if (size > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGINT');
}

describe('fr-stream gallery', () => {
  it('lists, renames and removes people', async () => {
    const copy = at('copy.db');
    await runCli(['enroll', 'Franck', join(folder, 'people', 'Franck'), '--gallery', copy, '--quiet']);
    await runCli([
      'enroll',
      'Alex',
      join(folder, 'people', 'Alex', 'alex-1.png'),
      '--gallery',
      copy,
      '--quiet',
    ]);
    expect((await runCli(['gallery', 'rename', 'Franck', 'Frank', '--gallery', copy])).code).toBe(0);
    const list = JSON.parse((await runCli(['gallery', 'list', '--json', '--gallery', copy])).stdout) as {
      people: { name: string; faces: number }[];
    };
    expect(list.people.map(({ name, faces }) => [name, faces])).toEqual([
      ['Alex', 1],
      ['Frank', 3],
    ]);
    expect((await runCli(['gallery', 'remove', 'Alex', '--gallery', copy])).code).toBe(0);
    expect((await runCli(['gallery', 'list', '--gallery', copy])).stdout).not.toContain('Alex');
    expect(await runCli(['gallery', 'remove', 'Alex', '--gallery', copy])).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('nobody called "Alex"') as string,
    });
  });
});

describe('bad input', () => {
  const oneLine = (stderr: string): void => {
    const lines = stderr.trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('error:'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('hint:'))).toHaveLength(1);
    expect(stderr).not.toMatch(/\n\s+at /);
  };

  it.each([
    ['a file that does not exist', ['missing.mp4'], 3, 'missing.mp4'],
    ['a text file named .mp4', ['text.mp4'], 3, 'text.mp4'],
    ['an empty video', ['empty.mp4'], 3, 'empty.mp4'],
    ['a corrupt video', ['noise.mp4'], 3, 'noise.mp4'],
    ['sound without a picture', ['sound.m4a'], 3, 'no video stream'],
    ['an output that cannot be written', ['sample.mp4', '--out', '/proc/no/out.mp4'], 4, '/proc/no/out.mp4'],
    [
      'an events file that cannot be written',
      ['sample.mp4', '--events', '/proc/no/e.jsonl'],
      4,
      '/proc/no/e.jsonl',
    ],
    [
      'an output in place of the input',
      ['sample.mp4', '--out', './sample.mp4'],
      2,
      'would write over the input',
    ],
    [
      'two outputs of one name',
      ['sample.mp4', '--events', 'a.txt', '--csv', './a.txt'],
      2,
      'would write over what --events writes',
    ],
    ['a beginning behind the end', ['sample.mp4', '--start', '1:40'], 2, 'ends before --start'],
    ['a blur that nobody sees', ['sample.mp4', '--blur', 'all'], 2, '--out'],
    [
      'a gallery that is needed and does not exist',
      ['sample.mp4', '--gallery', 'nobody.db', '--blur', 'known', '--out', 'known.mp4'],
      7,
      'nobody.db',
    ],
    ['a gallery that is none', ['sample.mp4', '--gallery', 'text.mp4'], 7, 'text.mp4'],
    ['a gallery of another embedder', ['sample.mp4', '--gallery', 'other.db'], 7, 'some-other-embedder'],
    ['a model that does not exist', ['sample.mp4', '--detector', 'ultrafase'], 5, 'ultrafase'],
    ['a photo that is empty', ['enroll', 'Bob', 'empty.jpg', '--gallery', 'bob.db'], 7, 'empty.jpg'],
  ])('explains %s', async (_what, args, code, names) => {
    await writeFile(at('text.mp4'), 'this is no video\n');
    await writeFile(at('empty.mp4'), '');
    await writeFile(at('empty.jpg'), '');
    await writeFile(at('noise.mp4'), Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)));
    await ffmpeg(['-v', 'error', '-y', '-f', 'lavfi', '-i', 'sine=duration=1', at('sound.m4a')]);
    await using store = await SqliteGalleryStore.open(at('other.db'));
    await store.apply([
      { kind: 'add-person', person: { id: 'p', name: 'P' } },
      {
        kind: 'add-faces',
        embedder: 'some-other-embedder',
        faces: [{ id: 'f', personId: 'p', vector: new Float32Array([1, 0]), source: 'x', quality: 1 }],
      },
    ]);
    const run = await runCli(args, { cwd: folder });
    expect(run.stderr).toContain(names);
    oneLine(run.stderr);
    expect(run.code).toBe(code);
  });

  it('refuses a device that is not there instead of falling back', async () => {
    const run = await runCli([sample, '--device', 'dml'], { cwd: folder });
    expect(run.code).toBe(6);
    expect(run.stderr).toContain('dml');
  });

  it('explains wrong arguments with exit status 2', async () => {
    const run = await runCli([sample, '--threshold', 'high']);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('--threshold');
  });
});

describe('help', () => {
  it.each([
    [],
    ['tag'],
    ['enroll'],
    ['gallery'],
    ['gallery', 'list'],
    ['gallery', 'remove'],
    ['gallery', 'rename'],
    ['models'],
    ['models', 'pull'],
    ['doctor'],
    ['demo'],
  ])('has examples for %j %j', async (...command) => {
    const run = await runCli([...command, '--help']);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/Examples?:/);
  });
});

describe('fr-stream doctor', () => {
  it('finds this machine fit', async () => {
    const run = await runCli(['doctor', '--json', '--gallery', gallery]);
    const report = JSON.parse(run.stdout) as {
      ok: boolean;
      checks: { name: string; ok: boolean; detail: string }[];
    };
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(run.code).toBe(0);
    expect(report.checks.map(({ name }) => name)).toContain('golden face');
  });
});
