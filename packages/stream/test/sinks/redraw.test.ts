import { PassThrough } from 'node:stream';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Face, FrameFaces, Hindsight, Identity } from '@fr-stream/core';
import {
  annotatedVideo,
  fillRect,
  jsonl,
  segmentedVideo,
  videoFrames,
  type Annotator,
  type FrameEvent,
  type OpenableSink,
  type Redraw,
  type RevisionEvent,
} from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClipFolder } from '../support/clips.js';
import { pixel } from '../support/faces.js';

/** Track 1 is a stranger until frame 20 and Ada then, as it was said; it was Ada all the time, until frame 40. */
const FRAMES = 50;
const ada: Identity = { kind: 'known', personId: 'p-1', name: 'Ada', score: 0.6, margin: Infinity };
const bob: Identity = { kind: 'known', personId: 'p-2', name: 'Bob', score: 0.5, margin: 0.2 };
const stranger: Identity = { kind: 'unknown', label: 'unknown-1', reason: 'below-threshold' };
const box = { x: 32, y: 32, width: 64, height: 64 };
const saidIn = (index: number): Identity => (index < 20 ? stranger : ada);
const hindsight: Hindsight = { identityOf: (_, { index }) => (index < 40 ? ada : bob) };
const face = (index: number): Face => ({
  detection: { box, score: 0.9 },
  track: { id: 1, box, predicted: false },
  identity: saidIn(index),
});

/** Shows who a face is by a colour that survives encoding. */
const RED = [220, 30, 30] as const;
const GREEN = [30, 200, 30] as const;
const BLUE = [30, 30, 220] as const;
const colourOf = (name: string | undefined): readonly [number, number, number] =>
  name === 'Ada' ? GREEN : name === 'Bob' ? BLUE : RED;
const annotator: Annotator = (image, { faces }) => {
  for (const { identity } of faces) {
    const name = identity?.kind === 'known' ? identity.name : undefined;
    fillRect(image, box.x, box.y, box.width, box.height, colourOf(name));
  }
};

let clips: ClipFolder;
let input: string;
beforeAll(async () => {
  clips = await ClipFolder.create();
  input = await clips.testClip('in.mp4', { tone: true, seconds: 2 });
});
afterAll(async () => clips[Symbol.asyncDispose]());

async function run(...sinks: readonly OpenableSink<FrameFaces>[]): Promise<void> {
  await using source = videoFrames(input);
  for (const sink of sinks) await sink.open();
  for await (const frame of source.frames()) {
    for (const sink of sinks) await sink.write({ frame, faces: [face(frame.index)], evaluated: true });
    frame[Symbol.dispose]();
  }
  for (const sink of sinks) await sink.close();
  for (const sink of sinks) await sink[Symbol.asyncDispose]();
}

const again = (more: Partial<Redraw> = {}): Redraw => ({
  hindsight,
  source: () => videoFrames(input),
  ...more,
});

/** Who is drawn in each frame of a video. */
async function drawn(path: string): Promise<readonly (string | undefined)[]> {
  const names: (string | undefined)[] = [];
  await using source = videoFrames(path, { format: 'rgb24' });
  for await (const frame of source.frames()) {
    const colour = pixel(frame.image, 64, 64);
    const near = (other: readonly number[]): boolean =>
      other.every((v, i) => Math.abs(v - (colour[i] ?? 0)) < 60);
    names.push(near(GREEN) ? 'Ada' : near(BLUE) ? 'Bob' : near(RED) ? undefined : 'nobody');
    frame[Symbol.dispose]();
  }
  return names;
}
const count = (names: readonly (string | undefined)[]): unknown => {
  const runs: [string | undefined, number][] = [];
  for (const name of names) {
    const last = runs.at(-1);
    if (last?.[0] === name && last !== undefined) last[1]++;
    else runs.push([name, 1]);
  }
  return runs;
};
const lines = <T>(jsonLines: string): readonly T[] =>
  jsonLines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

describe('an annotated video of which more is known at the end', () => {
  it('shows in each frame whom the revised events name there, with its sound, and leaves nothing else', async () => {
    const [out, events] = [clips.file('out.mp4'), clips.file('out.jsonl')];
    const source = videoFrames(input);
    await run(
      annotatedVideo(out, { source, annotator, preset: 'ultrafast', redraw: again() }),
      jsonl(events, { hindsight }),
    );
    const told = lines<FrameEvent>(readFileSync(events, 'utf8')).map(({ faces: [first] }) =>
      first?.identity?.kind === 'known' ? first.identity.name : undefined,
    );
    expect(count(told)).toEqual([
      ['Ada', 40],
      ['Bob', 10],
    ]);
    expect(await drawn(out)).toEqual(told);
    expect((await videoFrames(out).info()).hasAudio).toBe(true);
    expect(
      readdirSync(clips.path)
        .filter((name) => name.startsWith('out.'))
        .sort(),
    ).toEqual(['out.jsonl', 'out.mp4']);
  });

  it('rewrites the pieces in which it matters', async () => {
    const source = videoFrames(input);
    const made: string[] = [];
    await run(
      segmentedVideo(clips.file('piece.mp4'), {
        source,
        annotator,
        preset: 'ultrafast',
        segmentMs: 1000,
        redraw: again({ hindsight: { identityOf: () => ada }, onStart: () => made.push('again') }),
      }),
    );
    expect(made).toEqual(['again']);
    expect(count(await drawn(clips.file('piece-001.mp4')))).toEqual([['Ada', 25]]);
    expect(count(await drawn(clips.file('piece-002.mp4')))).toEqual([['Ada', 25]]);
  });

  it('is what was drawn at first where nobody is another, or the second time is ended', async () => {
    const started: string[] = [];
    const same = clips.file('same.mp4');
    const options = { annotator, preset: 'ultrafast', audio: false, source: videoFrames(input) };
    const nothing = again({
      hindsight: { identityOf: () => undefined },
      onStart: () => started.push('same'),
    });
    await run(annotatedVideo(same, { ...options, redraw: nothing }));
    expect(started).toEqual([]);
    const abort = new AbortController();
    const ended = clips.file('ended.mp4');
    const halfway = again({ signal: abort.signal, onStart: () => abort.abort() });
    await run(annotatedVideo(ended, { ...options, redraw: halfway }));
    for (const path of [same, ended])
      expect(count(await drawn(path))).toEqual([
        [undefined, 20],
        ['Ada', FRAMES - 20],
      ]);
  });
});

describe('events that cannot be rewritten', () => {
  it('end with what was wrong in them, so that both together say what a file does', async () => {
    const pipe = new PassThrough();
    const said = text(pipe);
    await run(jsonl(pipe, { hindsight }));
    pipe.end();
    const all = lines<FrameEvent | RevisionEvent>(await said);
    const revisions = all.filter((line) => line.schema === 'fr-stream/revision@1');
    expect(revisions).toEqual([
      expect.objectContaining({ track: 1, fromFrame: 0, toFrame: 19, fromMs: 0, toMs: 760 }),
      expect.objectContaining({ track: 1, fromFrame: 40, toFrame: 49, fromMs: 1600, toMs: 1960 }),
    ]);
    expect(revisions.map(({ identity }) => 'name' in identity && identity.name)).toEqual(['Ada', 'Bob']);
  });

  it('a file is whole, as it was, when writing it anew fails midway', async () => {
    const path = clips.file('whole.jsonl');
    const said = clips.file('said.jsonl');
    await run(jsonl(said));
    const failing: Hindsight = {
      identityOf: (_, { index }) => {
        if (index === 30) throw new Error('gone');
        return ada;
      },
    };
    await expect(run(jsonl(path, { hindsight: failing }))).rejects.toThrow('gone');
    expect(readFileSync(path, 'utf8')).toBe(readFileSync(said, 'utf8'));
  });
});
