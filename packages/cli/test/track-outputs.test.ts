import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Timeline, TrackEvent } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeDemo } from '../src/demo/compose.js';
import { runCli } from './run-cli.js';

/** The demo's sample: two people who get enrolled, and four women who pass one after the other. */
let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-tracks-'));
  const { people } = await composeDemo(folder, true);
  await runCli(['enroll', people, '--gallery', at('gallery.db'), '--quiet']);
}, 300_000);
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('fr-stream tag, with tracks', () => {
  it('writes events, timeline, subtitles, MOT rows and best shots that agree with one another', async () => {
    const run = await runCli([
      ...[
        at('sample.mp4'),
        '--gallery',
        at('gallery.db'),
        '--every',
        '3',
        '--track-events',
        at('tracks.jsonl'),
      ],
      ...['--timeline', at('people.json'), '--subtitles', at('people.srt'), '--mot', at('people.txt')],
      ...['--best-shots', at('shots')],
    ]);
    expect(run.code).toBe(0);
    const { people } = JSON.parse(await readFile(at('people.json'), 'utf8')) as Timeline;
    const names = people.map(({ who }) => who);
    expect(names).toEqual(['Alex', 'Franck', 'unknown-1', 'unknown-2', 'unknown-3', 'unknown-4']);
    for (const { intervals } of people.slice(0, 2)) {
      expect(intervals).toHaveLength(1);
      expect(intervals[0].fromMs).toBe(0);
      expect(intervals[0].toMs).toBeGreaterThan(11_500);
    }
    expect((await readdir(at('shots'))).sort()).toEqual(names.map((name) => `${name}.jpg`));
    const events = (await readFile(at('tracks.jsonl'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TrackEvent);
    const count = (kind: TrackEvent['event']): number => events.filter(({ event }) => event === kind).length;
    expect(count('appear')).toBe(count('disappear'));
    const srt = await readFile(at('people.srt'), 'utf8');
    for (const name of names) expect(srt).toContain(name);
    // Detection every third frame, boxes in every frame.
    const frames = new Set(
      (await readFile(at('people.txt'), 'utf8')).split('\n').map((l) => l.split(',')[0]),
    );
    expect(frames.size).toBeGreaterThanOrEqual(300);
    // A tenth of one embedding per face and frame is 90.
    expect(Number(/(\d+) embedded/.exec(run.stderr)?.[1])).toBeLessThan(90);
  }, 180_000);

  it('refuses track outputs without tracks', async () => {
    const run = await runCli([at('sample.mp4'), '--tracker', 'none', '--timeline', at('x.json')]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('--tracker none');
  });
});
