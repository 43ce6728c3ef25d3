import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  AppearanceTracker,
  ByteTracker,
  Gallery,
  lookAhead,
  MemoryGalleryStore,
  UnknownIdentities,
  track,
  TrackIdentities,
  trackPeople,
  type Aligner,
  type Box,
  type Embedder,
  type Face,
  type FrameFaces,
  type Image,
} from '@fr-stream/core';
import { GapFiller } from '../../src/tracking/fill-gaps.js';

/**
 * A world in which a face's picture tells who it is: the detection's score carries the person's number in its third
 * decimal, the aligner paints it into the picture, the embedder reads it. Person n is the unit vector n.
 */
const image: Image = { format: 'rgb24', width: 640, height: 360, data: new Uint8Array(640 * 360 * 3) };
const aligner: Aligner = {
  template: 't',
  align: (_image, detections) =>
    detections.map(({ score }) => {
      const data = new Uint8Array(112 * 112 * 3);
      // A fine pattern, so that the picture counts as sharp.
      for (let i = 0; i < data.length; i++) data[i] = (i * 37) % 200;
      data[0] = Math.round(score * 1000) % 10;
      return {
        image: { format: 'rgb24', width: 112, height: 112, data },
        transform: [1, 0, 0, 0, 1, 0],
        scale: 1,
      };
    }),
};
class CountingEmbedder implements Embedder {
  readonly id = 'e';
  readonly size = 8;
  readonly template = 't';
  readonly threshold = 0.3;
  calls = 0;
  async embed(faces: readonly { readonly image: Image }[]) {
    this.calls += faces.length;
    return faces.map(({ image: picture }) => {
      const vector = new Float32Array(8);
      vector[picture.data[0]] = 1;
      return { vector, norm: 1, model: 'e' };
    });
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

const face = (who: number, x: number, y = 100): Face => ({
  detection: { box: { x, y, width: 100, height: 120 }, score: 0.95 + who / 1000 },
});
const frameOf = (index: number, faces: readonly Face[], evaluated = true): FrameFaces => ({
  frame: { image, timeMs: index * 40, index, source: 's', [Symbol.dispose]: () => undefined },
  faces,
  evaluated,
  cut: false,
});
const run = <T>(items: readonly FrameFaces[], ...operators: Parameters<typeof applyAll>[1]): Promise<T[]> =>
  applyAll(items, operators) as Promise<T[]>;
function applyAll(
  items: readonly FrameFaces[],
  operators: readonly ((source: never) => unknown)[],
): Promise<unknown[]> {
  let stream: unknown = from(items);
  for (const operator of operators) stream = operator(stream as never);
  return lastValueFrom((stream as ReturnType<typeof from>).pipe(toArray()));
}

async function people(embedder: Embedder, enrolled: readonly number[], options = {}) {
  let n = 0;
  const gallery = await Gallery.open(new MemoryGalleryStore(), { createId: () => `id-${++n}` });
  for (const who of enrolled) {
    const vector = new Float32Array(8);
    vector[who] = 1;
    await gallery.enroll(`P${who}`, [
      { embedding: { vector, norm: 1, model: 'e' }, source: 's', quality: 1 },
    ]);
  }
  const strangers = new UnknownIdentities({ threshold: 0.4 });
  return new TrackIdentities(gallery, embedder, aligner, { strangers, ...options });
}
const who = ({ identity }: Face): string | undefined =>
  identity?.kind === 'known' ? identity.name : (identity?.label ?? identity?.reason);
const centre = ({ x, width }: Box): number => x + width / 2;

describe('track', () => {
  it('carries faces on where they are expected between the frames that are searched, without a gap', async () => {
    const items = Array.from({ length: 30 }, (_, i) =>
      frameOf(i, i % 3 === 0 ? [face(1, 50 + 6 * i)] : [], i % 3 === 0),
    );
    const out = await run<FrameFaces>(items, track(new ByteTracker()));
    for (const [i, { faces }] of out.entries()) {
      expect(faces).toHaveLength(1);
      expect(faces[0].track).toMatchObject({ id: 1, predicted: i % 3 !== 0 });
      // At 6 px per frame and 100 px of width; the first two observations teach the speed.
      if (i > 9)
        expect(Math.abs(centre(faces[0].track?.box ?? (image as never)) - (100 + 6 * i))).toBeLessThan(8);
    }
  });

  it('bridges a detector that blinks, then lets go', async () => {
    const items = Array.from({ length: 20 }, (_, i) => frameOf(i, i < 10 && i !== 6 ? [face(1, 50)] : []));
    const out = await run<FrameFaces>(items, track(new ByteTracker(), { coastMs: 120 }));
    const shown = out.map(({ faces }) => faces.map(({ track: t }) => (t?.predicted ? 'p' : 'd')).join(''));
    expect(shown.join('|')).toBe('d|d|d|d|d|d|p|d|d|d|p|p|p|||||||');
  });

  it('ends motion at a cut', async () => {
    const items = [
      ...[0, 1, 2].map((i) => frameOf(i, [face(1, 50)])),
      { ...frameOf(3, []), cut: true },
      frameOf(4, [face(2, 50)]),
    ];
    const out = await run<FrameFaces>(items, track(new ByteTracker()));
    expect(out.map(({ faces }) => faces.map((f) => f.track?.id))).toEqual([[1], [1], [1], [], [2]]);
  });
});

describe('trackPeople', () => {
  it('names tracks after a few pictures, not one per frame', async () => {
    const embedder = new CountingEmbedder();
    const items = Array.from({ length: 100 }, (_, i) => frameOf(i, [face(1, 50 + i), face(2, 400 - i, 220)]));
    const out = await run<FrameFaces>(
      items,
      trackPeople(new AppearanceTracker(), await people(embedder, [1])),
    );
    expect(new Set(out.map(({ faces }) => faces.map(who).join()))).toEqual(new Set(['P1,unknown-1']));
    expect(embedder.calls).toBeLessThanOrEqual(8);
    const each = new CountingEmbedder();
    await run(items, trackPeople(new AppearanceTracker(), await people(each, [1], { embed: 'every' })));
    expect(each.calls).toBe(200);
  });

  it('keeps a person over an absence and a cut, under one id and one name', async () => {
    const items = [
      ...Array.from({ length: 25 }, (_, i) => frameOf(i, [face(1, 50)])),
      ...Array.from({ length: 50 }, (_, i) => frameOf(25 + i, [])),
      { ...frameOf(75, [face(1, 450)]), cut: true },
      ...Array.from({ length: 24 }, (_, i) => frameOf(76 + i, [face(1, 450)])),
    ];
    const known = await people(new CountingEmbedder(), [1]);
    const out = await run<FrameFaces>(
      items,
      trackPeople(new AppearanceTracker(), known),
      lookAhead(known, 16),
    );
    const seen = out.flatMap(({ faces }) => faces).filter(({ track: t }) => t?.predicted === false);
    expect(seen).toHaveLength(50);
    expect(new Set(seen.map((f) => `${f.track?.id} ${who(f)}`))).toEqual(new Set(['1 P1']));
  });

  it('never gives one name to two faces that are there at once', async () => {
    // Both look like person 1.
    const items = Array.from({ length: 50 }, (_, i) => frameOf(i, [face(1, 50), face(1, 400)]));
    const out = await run<FrameFaces>(
      items,
      trackPeople(new ByteTracker(), await people(new CountingEmbedder(), [1])),
    );
    for (const { faces } of out) expect(faces.filter((f) => who(f) === 'P1').length).toBeLessThanOrEqual(1);
    const last = out[49].faces;
    expect(last.map(who)).toContain('P1');
    expect(last.find((f) => who(f) !== 'P1')?.identity).toMatchObject({
      kind: 'unknown',
      reason: 'conflict',
    });
  });

  it('notices that a track went over to another face', async () => {
    // Motion alone cannot tell: person 2 appears exactly where person 1 was.
    const items = Array.from({ length: 400 }, (_, i) => frameOf(i, [face(i < 100 ? 1 : 2, 50)]));
    const known = await people(new CountingEmbedder(), [1, 2]);
    const out = await run<FrameFaces>(items, trackPeople(new ByteTracker(), known));
    expect(who(out[99].faces[0])).toBe('P1');
    expect(who(out[399].faces[0])).toBe('P2');
  });

  it('shows no ghost of a track that went over to somebody else', async () => {
    // Person 1 leaves to the left while person 2 comes in the same place and walks to the right: one track, and then two.
    for (const embed of ['best', 'every'] as const) {
      const items = Array.from({ length: 100 }, (_, i) =>
        frameOf(i, [face(i < 50 ? 1 : 2, i < 50 ? 200 : 200 + 5 * (i - 50))]),
      );
      const known = await people(new CountingEmbedder(), [1, 2], { embed });
      const out = await run<FrameFaces>(
        items,
        trackPeople(new AppearanceTracker(), known),
        lookAhead(known, 16),
      );
      expect(out.map(({ faces }) => faces.length)).toEqual(Array(100).fill(1));
      const live = await run<FrameFaces>(
        items,
        trackPeople(new AppearanceTracker(), await people(new CountingEmbedder(), [1, 2], { embed })),
      );
      expect(live.map(({ faces }) => faces.length)).toEqual(Array(100).fill(1));
      // Of the best pictures only, none has been taken since.
      expect(who(live[99].faces[0])).toBe(embed === 'every' ? 'P2' : 'P1');
    }
  });

  it('gives the same result every time', async () => {
    const items = Array.from({ length: 60 }, (_, i) =>
      frameOf(i, [face(1, 50 + 4 * i), face(2, 300 - 4 * i)]),
    );
    const once = async () =>
      (
        await run<FrameFaces>(
          items,
          trackPeople(new AppearanceTracker(), await people(new CountingEmbedder(), [1])),
        )
      ).map(({ faces }) => faces.map((f) => [f.track, f.identity]));
    expect(await once()).toEqual(await once());
  });
});

describe('lookAhead', () => {
  it('puts a name that was found late on the first frames too, and keeps the order', async () => {
    // No picture is good enough to be taken at once: the name comes after 320 ms.
    const patient = { goodQuality: 1 };
    const small = (i: number): Face => ({
      detection: { box: { x: 50 + i, y: 100, width: 20, height: 24 }, score: 0.951 },
    });
    const items = Array.from({ length: 30 }, (_, i) => frameOf(i, [small(i)]));
    const without = await people(new CountingEmbedder(), [1], patient);
    const late = await run<FrameFaces>(items, trackPeople(new ByteTracker(), without));
    expect(who(late[0].faces[0])).toBe('not-evaluated');
    const known = await people(new CountingEmbedder(), [1], patient);
    const out = await run<FrameFaces>(items, trackPeople(new ByteTracker(), known), lookAhead(known, 16));
    expect(out.map(({ frame }) => frame.index)).toEqual(items.map(({ frame }) => frame.index));
    expect(new Set(out.map(({ faces }) => who(faces[0])))).toEqual(new Set(['P1']));
  });

  const followed = async (items: readonly FrameFaces[]): Promise<FrameFaces[]> => {
    const known = await people(new CountingEmbedder(), [1]);
    return run<FrameFaces>(items, trackPeople(new AppearanceTracker(), known), lookAhead(known, 16));
  };
  const marks = (out: readonly FrameFaces[]): string =>
    out.map(({ faces }) => faces.map(({ track: t }) => (t?.predicted ? 'p' : 'd')).join('')).join('|');

  it('lays faces between the observations before and after them, where the detector was not asked', async () => {
    // A walker who turns about: motion alone would shoot past the turn.
    const x = (i: number): number => 50 + 12 * Math.abs(15 - (i % 30));
    const items = Array.from({ length: 60 }, (_, i) =>
      frameOf(i, i % 5 === 0 ? [face(1, x(i))] : [], i % 5 === 0),
    );
    const out = await followed(items);
    for (let i = 5; i < 55; i++) {
      const [box] = out[i].faces.map(({ track: t }) => t?.box);
      const [before, after] = [out[i - (i % 5)], out[i - (i % 5) + 5]].map(
        ({ faces }) => faces[0].track?.box,
      );
      if (!box || !before || !after) throw new Error(`no face in frame ${i}`);
      const share = (i % 5) / 5;
      expect(centre(box)).toBeCloseTo(centre(before) * (1 - share) + centre(after) * share, 6);
      expect(who(out[i].faces[0])).toBe('P1');
    }
  });

  it('fills what the detector missed, and shows nobody who has gone', async () => {
    const there = (i: number): boolean => i < 10 || (i >= 18 && i < 30);
    const items = Array.from({ length: 60 }, (_, i) => frameOf(i, there(i) ? [face(1, 50 + 4 * i)] : []));
    const out = await followed(items);
    expect(marks(out)).toBe(
      [...'d'.repeat(10), ...'p'.repeat(8), ...'d'.repeat(12), ...Array<string>(30).fill('')].join('|'),
    );
    expect(Math.abs(centre(out[14].faces[0].track?.box ?? (image as never)) - (100 + 4 * 14))).toBeLessThan(
      6,
    );
    expect(who(out[14].faces[0])).toBe('P1');
  });

  it('shows a face once whose id was put right onto that of one that was expected elsewhere', async () => {
    const known = await people(new CountingEmbedder(), []);
    const at = (x: number, predicted: boolean) => ({
      ...face(1, x),
      track: { id: 1, box: face(1, x).detection.box, predicted },
    });
    const held = (index: number, ...faces: readonly ReturnType<typeof at>[]) => ({
      item: { ...frameOf(index, []), faces },
      corrections: 0,
    });
    const gaps = new GapFiller<ReturnType<typeof at>>(known);
    gaps.fill(held(0, at(50, false)), [], false);
    const filled = gaps.fill(held(1, at(55, true), at(300, false)), [held(2, at(305, false))], false);
    expect(filled.faces.map(({ detection }) => detection.box.x)).toEqual([300]);
  });

  it('fills nothing over a cut, nor over an absence', async () => {
    const before = [0, 1, 2, 3].map((i) => frameOf(i, [face(1, 50)]));
    const cut = { ...frameOf(6, [face(1, 50)]), cut: true };
    expect(
      marks(await followed([...before, frameOf(4, []), frameOf(5, []), cut, frameOf(7, [face(1, 50)])])),
    ).toBe('d|d|d|d|||d|d');
    const gone = Array.from({ length: 22 }, (_, i) => frameOf(4 + i, []));
    const back = [26, 27].map((i) => frameOf(i, [face(1, 50)]));
    expect(marks(await followed([...before, ...gone, ...back]))).toBe(
      ['d', 'd', 'd', 'd', ...Array<string>(22).fill(''), 'd', 'd'].join('|'),
    );
  });
});
