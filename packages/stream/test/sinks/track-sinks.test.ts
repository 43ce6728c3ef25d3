import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Face, Identity, ImageCodec } from '@fr-stream/core';
import {
  bestShots,
  mot,
  subtitles,
  timeline,
  trackEvents,
  TrackLog,
  type OpenableSink,
  type Timeline,
  type TrackEvent,
} from '@fr-stream/stream';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blankImage, faceAt, itemOf } from '../support/faces.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-tracks-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const image = blankImage('rgb24', 64, 48);
const ada: Identity = { kind: 'known', personId: 'p1', name: 'Ada <1>', score: 0.6, margin: 0.3 };
const unseen: Identity = { kind: 'unknown', reason: 'not-evaluated' };
const stranger: Identity = { kind: 'unknown', reason: 'below-threshold', label: 'unknown-1' };

function tracked(id: number, identity: Identity, overall = 0.5, predicted = false): Face {
  const box = { x: 2 * id, y: 4, width: 10, height: 12 };
  const quality = { size: 10, sharpness: 100, yaw: 0, pitch: 0, roll: 0, overall };
  return { ...faceAt(2 * id, 4, 10, 12), track: { id, predicted, box }, identity, quality };
}

/**
 * 25 frames/s. Track 1 is there from 0 to 960 ms and is found to be Ada at 400 ms; it comes back at 4000 ms as track
 * 3, until 4960 ms. Track 2, a stranger, is there from 480 to 1440 ms, predicted only in its last frames.
 */
async function play(sink: OpenableSink<ReturnType<typeof itemOf>>): Promise<void> {
  await sink.open();
  for (let index = 0; index < 125; index++) {
    const timeMs = index * 40;
    const faces: Face[] = [];
    if (timeMs <= 960) faces.push(tracked(1, timeMs < 400 ? unseen : ada, timeMs / 1000));
    if (timeMs >= 480 && timeMs <= 1440) faces.push(tracked(2, stranger, 0.4, timeMs > 1200));
    if (timeMs >= 4000) faces.push(tracked(3, ada));
    await sink.write(itemOf(image, faces, timeMs, index));
  }
  await sink.close();
}

async function schema(name: string): Promise<(value: unknown) => boolean> {
  const path = fileURLToPath(new URL(`../../schema/${name}.schema.json`, import.meta.url));
  return new Ajv2020().compile(JSON.parse(await readFile(path, 'utf8')) as object);
}

describe('trackEvents', () => {
  it('tells who comes, is recognised, stays and goes, each line conforming to the schema', async () => {
    const path = join(folder, 'tracks.jsonl');
    await play(trackEvents(path, { updateMs: 500 }));
    const valid = await schema('track-events');
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line) as TrackEvent);
    expect(events.filter((event) => !valid(event))).toEqual([]);
    expect(events.map(({ event, track, timeMs }) => `${event} ${track} ${timeMs}`)).toEqual([
      'appear 1 0',
      'identify 1 400',
      'appear 2 480',
      'identify 2 480',
      'update 1 920',
      'update 2 1000',
      'disappear 1 960',
      'disappear 2 1200',
      'appear 3 4000',
      'identify 3 4000',
      'update 3 4520',
      'disappear 3 4960',
    ]);
    expect(events.find(({ event }) => event === 'disappear')).toMatchObject({
      sinceMs: 0,
      frames: 25,
      identity: { kind: 'known', name: 'Ada <1>' },
    });
  });
});

describe('TrackLog', () => {
  it('lets a name reach back to the beginning of its track, and keeps it while nobody looks', () => {
    const log = new TrackLog();
    const add = (timeMs: number, identity: Identity) =>
      log.add(itemOf(image, [tracked(1, identity)], timeMs, timeMs / 40));
    add(0, unseen);
    add(40, stranger);
    add(80, ada);
    add(120, unseen);
    expect(log.people()).toMatchObject([
      { who: 'Ada <1>', intervals: [{ fromMs: 0, toMs: 120 }], frames: 4 },
    ]);
  });

  /** One track: at first a stranger, Ada from 400 ms on; at 2000 ms that is taken back. Until 5000 ms. */
  async function lose(sink: OpenableSink<ReturnType<typeof itemOf>>): Promise<void> {
    await sink.open();
    for (let timeMs = 0; timeMs <= 5000; timeMs += 40) {
      const identity = timeMs >= 400 && timeMs < 2000 ? ada : stranger;
      await sink.write(itemOf(image, [tracked(1, identity, timeMs / 10_000)], timeMs, timeMs / 40));
    }
    await sink.close();
  }
  const whole = (log: TrackLog) =>
    log
      .people()
      .map(({ who, intervals: [{ fromMs, toMs }], frames }) => `${who} ${fromMs}-${toMs} ${frames}`);
  const logged = async (log: TrackLog): Promise<TrackLog> => {
    await lose(timeline(join(folder, 'lost.json'), log));
    return log;
  };

  it('gives a name that was lost for the time before only', async () => {
    const log = await logged(new TrackLog());
    expect(whole(log)).toEqual(['Ada <1> 0-1960 50', 'unknown-1 2000-5000 76']);
    expect([0, 1960, 2000, 5000].map((timeMs) => log.personAt(1, timeMs))).toEqual([
      'p p1',
      'p p1',
      's unknown-1',
      's unknown-1',
    ]);
    const vtt = join(folder, 'lost.vtt');
    await lose(subtitles(vtt));
    expect((await readFile(vtt, 'utf8')).split('\n\n').map((cue) => cue.trim())).toEqual([
      'WEBVTT',
      '00:00:00.000 --> 00:00:02.000\nAda &lt;1&gt;',
      '00:00:02.000 --> 00:00:05.040\nunknown-1',
    ]);
    const path = join(folder, 'lost.jsonl');
    await lose(trackEvents(path, { updateMs: 1e6 }));
    const events = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(events.map((line) => JSON.parse(line) as TrackEvent)).toMatchObject([
      { event: 'appear', timeMs: 0 },
      { event: 'identify', timeMs: 0, identity: { label: 'unknown-1' } },
      { event: 'identify', timeMs: 400, identity: { name: 'Ada <1>' }, was: 'unknown-1' },
      { event: 'identify', timeMs: 2000, identity: { label: 'unknown-1' }, was: 'Ada <1>' },
      { event: 'disappear', timeMs: 5000, identity: { label: 'unknown-1' } },
    ]);
  });

  it('gives it for all of the time again when it comes back, or hindsight says so', async () => {
    const log = new TrackLog({ gapMs: 100 });
    await logged(log);
    log.add(itemOf(image, [tracked(1, ada)], 5040, 126));
    expect(whole(log)).toEqual(['Ada <1> 0-5040 127']);
    expect(whole(await logged(new TrackLog({ hindsight: { identityOf: () => ada } })))).toEqual([
      'Ada <1> 0-5000 126',
    ]);
    expect(whole(await logged(new TrackLog({ hindsight: { identityOf: () => stranger } })))).toEqual([
      'unknown-1 0-5000 126',
    ]);
  });

  it('keeps the two people apart whom one track was', () => {
    const log = new TrackLog();
    const bea: Identity = { ...ada, personId: 'p2', name: 'Bea', score: 0.5 };
    const add = (timeMs: number, identity: Identity) =>
      log.add(itemOf(image, [tracked(1, identity)], timeMs, timeMs / 40));
    add(0, ada);
    add(40, bea);
    expect(log.people()).toMatchObject([
      { who: 'Ada <1>', tracks: [1], frames: 1, bestScore: 0.6 },
      { who: 'Bea', tracks: [1], frames: 1, bestScore: 0.5 },
    ]);
  });
});

describe('timeline', () => {
  it('puts the tracks of a person together and splits at absences', async () => {
    const path = join(folder, 'timeline.json');
    await play(timeline(path));
    const document = JSON.parse(await readFile(path, 'utf8')) as Timeline;
    expect((await schema('timeline'))(document)).toBe(true);
    expect(document).toEqual({
      schema: 'fr-stream/timeline@1',
      source: 'test',
      endMs: 4960,
      people: [
        {
          who: 'Ada <1>',
          known: true,
          personId: 'p1',
          tracks: [1, 3],
          intervals: [
            { fromMs: 0, toMs: 960 },
            { fromMs: 4000, toMs: 4960 },
          ],
          totalMs: 1920,
          frames: 50,
          bestScore: 0.6,
        },
        {
          who: 'unknown-1',
          known: false,
          tracks: [2],
          intervals: [{ fromMs: 480, toMs: 1200 }],
          totalMs: 720,
          frames: 19,
        },
      ],
    });
  });
});

describe('subtitles', () => {
  it('writes WebVTT with a cue per change, names escaped', async () => {
    const path = join(folder, 'faces.vtt');
    await play(subtitles(path));
    expect(await readFile(path, 'utf8')).toBe(
      [
        'WEBVTT\n\n00:00:00.000 --> 00:00:00.480\nAda &lt;1&gt;\n',
        '\n00:00:00.480 --> 00:00:01.000\nAda &lt;1&gt;, unknown-1\n',
        '\n00:00:01.000 --> 00:00:01.240\nunknown-1\n',
        '\n00:00:04.000 --> 00:00:05.000\nAda &lt;1&gt;\n',
      ].join(''),
    );
  });

  it('writes SubRip, numbered and with commas, without strangers if so wanted', async () => {
    const path = join(folder, 'faces.srt');
    await play(subtitles(path, { strangers: false }));
    expect(await readFile(path, 'utf8')).toBe(
      '1\n00:00:00,000 --> 00:00:01,000\nAda <1>\n\n2\n00:00:04,000 --> 00:00:05,000\nAda <1>\n',
    );
  });

  it('counts from where a copy begins that it belongs to', async () => {
    const path = join(folder, 'of-copy.srt');
    await play(subtitles(path, { strangers: false, originMs: 200 }));
    // What lies before the copy's beginning begins with it.
    expect(await readFile(path, 'utf8')).toBe(
      '1\n00:00:00,000 --> 00:00:00,800\nAda <1>\n\n2\n00:00:03,800 --> 00:00:04,800\nAda <1>\n',
    );
  });

  it('asks for a format that it knows', () => {
    expect(() => subtitles('faces.txt')).toThrow(/faces\.txt.*format/);
  });
});

describe('mot', () => {
  it('counts frames and pixels from 1', async () => {
    const path = join(folder, 'mot.txt');
    await play(mot(path));
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(25 + 25 + 25);
    expect(lines[0]).toBe('1,1,3,5,10,12,0.9,-1,-1,-1');
  });
});

describe('bestShots', () => {
  it('keeps the best picture of each person under a safe file name', async () => {
    const encoded: { width: number; first: number }[] = [];
    const codec: ImageCodec = {
      decode: () => Promise.reject(new Error('not needed')),
      encode: async ({ width, data }) => {
        encoded.push({ width, first: data[0] });
        return new Uint8Array([1, 2, 3]);
      },
    };
    const target = join(folder, 'shots');
    await play(bestShots(target, { codec, size: 16, margin: 0 }));
    expect((await readdir(target)).sort()).toEqual(['Ada _1_.jpg', 'unknown-1.jpg']);
    expect(encoded).toHaveLength(2);
    expect(encoded[0].width).toBe(12);
  });

  it('does not take the picture of one for the other whose track it became', async () => {
    const taken: number[] = [];
    const codec: ImageCodec = {
      decode: () => Promise.reject(new Error('not needed')),
      encode: async ({ data }) => {
        taken.push(data[0]);
        return new Uint8Array([1, 2, 3]);
      },
    };
    const target = join(folder, 'shots-of-two');
    const sink = bestShots(target, { codec, size: 16, margin: 0 });
    await sink.open();
    const grey = (value: number) => ({ ...image, data: image.data.map(() => value) });
    await sink.write(itemOf(grey(100), [tracked(1, ada, 0.5)], 0, 0));
    await sink.write(itemOf(grey(200), [tracked(1, stranger, 0.9)], 40, 1));
    await sink.close();
    expect((await readdir(target)).sort()).toEqual(['Ada _1_.jpg', 'unknown-1.jpg']);
    expect(taken).toEqual([100, 200]);
  });
});
