import { describe, expect, it } from 'vitest';
import type { Box, Detection } from '../../src/contracts/face.js';
import { isAppearanceAware, type CompareTracks, type TrackCorrection } from '../../src/contracts/tracker.js';
import { AppearanceTracker, type AppearanceTrackerOptions } from '../../src/tracking/appearance-tracker.js';
import { ByteTracker } from '../../src/tracking/byte-tracker.js';
import { face, picture } from './walkers.js';

interface Seen extends Detection {
  readonly person: number;
}

const seen = (person: number, x: number, y = 200, score = 0.9): Seen => ({ ...face(x, y, score), person });

/** A vector whose first numbers are these; 64 in all. */
const axes = (...values: readonly number[]): Float32Array =>
  Float32Array.from({ length: 64 }, (_, i) => values[i] ?? 0);

/** Plays a script and answers what the tracker wants, as a pipeline would. */
class Stage {
  readonly tracker: AppearanceTracker;
  corrections: TrackCorrection[] = [];
  embedded = 0;
  #frame = 0;
  /** Confirmed track id by person, of the last frame. */
  ids = new Map<number, number>();
  /** Person by detection index -> all ids that person ever had, corrections applied backwards. */
  readonly history: { person: number; id: number; timeMs: number }[] = [];
  readonly embeddings: 'wanted' | 'all' | 'none';

  constructor(embeddings: 'wanted' | 'all' | 'none' = 'wanted', options: AppearanceTrackerOptions = {}) {
    this.embeddings = embeddings;
    this.tracker = new AppearanceTracker(options);
  }

  play(fromMs: number, toMs: number, at: (timeMs: number) => readonly Seen[], everyMs = 40): this {
    for (let timeMs = fromMs; timeMs < toMs; timeMs += everyMs) this.#step(timeMs, at(timeMs));
    return this;
  }

  #step(timeMs: number, detections: readonly Seen[]): void {
    this.#frame++;
    const embeddings = detections.map(({ person }) => picture(person, this.#frame));
    const update = this.tracker.update({
      timeMs,
      width: 1280,
      height: 720,
      detections,
      ...(this.embeddings === 'all' ? { embeddings } : {}),
    });
    this.ids = new Map();
    for (const track of update.tracks) {
      if (track.state !== 'confirmed' || track.detection === undefined) continue;
      this.history.push({ person: detections[track.detection].person, id: track.id, timeMs });
    }
    this.#apply(update.corrections ?? []);
    if (this.embeddings === 'wanted') {
      for (const track of update.tracks) {
        if (track.wants === undefined || track.detection === undefined) continue;
        this.embedded++;
        const embedding = embeddings[track.detection];
        this.#apply(this.tracker.observe({ trackId: track.id, timeMs, embedding, quality: 0.8 }));
      }
    }
    for (const entry of this.history) if (entry.timeMs === timeMs) this.ids.set(entry.person, entry.id);
  }

  #apply(corrections: readonly TrackCorrection[]): void {
    this.corrections.push(...corrections);
    for (const entry of this.history) {
      const correction = corrections.find((c) => c.from === entry.id && entry.timeMs >= c.sinceMs);
      if (correction !== undefined) entry.id = correction.to;
    }
  }

  idsOf(person: number): number[] {
    return [...new Set(this.history.filter((entry) => entry.person === person).map(({ id }) => id))];
  }
}

describe('AppearanceTracker', () => {
  it('says that it is aware of appearance', () => {
    expect(isAppearanceAware(new AppearanceTracker())).toBe(true);
    expect(isAppearanceAware(new ByteTracker())).toBe(false);
  });

  it('asks for a few pictures of a new face and then for no more', () => {
    const stage = new Stage().play(0, 10_000, (t) => [seen(1, 200 + 0.05 * t)]);
    expect(stage.idsOf(1)).toEqual([1]);
    expect(stage.embedded).toBe(2);
    expect(stage.corrections).toEqual([]);
  });

  it('asks for nothing of tentative tracks and never without a detection', () => {
    const tracker = new AppearanceTracker();
    const input = { width: 1280, height: 720 };
    const first = tracker.update({ ...input, timeMs: 0, detections: [face(100)] }).tracks[0];
    expect(first).toMatchObject({ state: 'tentative' });
    expect(first.wants).toBeUndefined();
    expect(tracker.update({ ...input, timeMs: 40, detections: [face(100)] }).tracks[0].wants).toBe(
      'identity',
    );
    expect(tracker.update({ ...input, timeMs: 80, detections: undefined }).tracks[0].wants).toBeUndefined();
    expect(tracker.update({ ...input, timeMs: 120, detections: [face(100)] }).tracks[0].wants).toBe(
      'identity',
    );
  });

  it('takes a poor first picture back when better ones contradict it', () => {
    const tracker = new AppearanceTracker();
    const at = (timeMs: number, x: number | undefined) =>
      tracker.update({ timeMs, width: 1280, height: 720, detections: x === undefined ? [] : [seen(1, x)] });
    const show = (trackId: number, timeMs: number, person: number, quality: number) =>
      tracker.observe({ trackId, timeMs, embedding: picture(person, timeMs), quality });
    for (let t = 0; t < 1000; t += 40) at(t, 200);
    show(1, 960, 1, 0.9);
    for (let t = 1000; t < 4000; t += 40) at(t, undefined);
    for (let t = 4000; t < 4400; t += 40) at(t, 900);
    // Half hidden as she comes back, she looks like nobody.
    expect(show(2, 4040, 7, 0.5)).toEqual([]);
    expect(show(2, 4200, 1, 0.8)).toEqual([]);
    expect(show(2, 4360, 1, 0.8)).toEqual([{ from: 2, to: 1, sinceMs: 4000, reason: 're-entry' }]);
    expect(at(4400, 900).tracks.map(({ id }) => id)).toEqual([1]);
  });

  it('keeps a track that began with a poor picture of somebody new', () => {
    const tracker = new AppearanceTracker();
    const input = { width: 1280, height: 720, detections: [seen(1, 200)] };
    for (let t = 0; t < 600; t += 40) tracker.update({ ...input, timeMs: t });
    const corrections = [
      [40, 7, 0.5],
      [200, 1, 0.8],
      [360, 1, 0.8],
      [520, 1, 0.8],
    ].flatMap(([timeMs, person, quality]) =>
      tracker.observe({ trackId: 1, timeMs, embedding: picture(person, timeMs), quality }),
    );
    expect(corrections).toEqual([]);
    expect(tracker.update({ ...input, timeMs: 600 }).tracks.map(({ id }) => id)).toEqual([1]);
  });

  it('gives a face its id back when it returns elsewhere, much later', () => {
    const stage = new Stage()
      .play(0, 1000, () => [seen(1, 200)])
      .play(1000, 30_000, () => [], 200)
      .play(30_000, 31_000, () => [seen(1, 900, 500)]);
    expect(stage.idsOf(1)).toEqual([1]);
    expect(stage.ids.get(1)).toBe(1);
    expect(stage.corrections).toEqual([{ from: 2, to: 1, sinceMs: 30_000, reason: 're-entry' }]);
  });

  describe('when a face that was lost may have come back', () => {
    /** Person 1 until 1000 ms, somebody from 4000 ms on who looks `similarity` like her. */
    const scene = () => {
      const tracker = new AppearanceTracker();
      const at = (timeMs: number, x?: number) =>
        tracker.update({ timeMs, width: 1280, height: 720, detections: x === undefined ? [] : [seen(1, x)] });
      for (let t = 0; t < 1000; t += 40) at(t, 200);
      tracker.observe({ trackId: 1, timeMs: 960, embedding: axes(1), quality: 0.9 });
      for (let t = 1000; t < 4000; t += 40) at(t);
      for (let t = 4000; t < 4400; t += 40) at(t, 900);
      const show = (timeMs: number, embedding: Float32Array, compare?: CompareTracks) =>
        tracker.observe({ trackId: 2, timeMs, embedding, quality: 0.8, ...(compare && { compare }) });
      return { show, wants: () => at(4400, 900).tracks.find(({ id }) => id === 2)?.wants };
    };
    const reEntry = [{ from: 2, to: 1, sinceMs: 4000, reason: 're-entry' }];

    it('believes one picture that is much like her', () => {
      expect(scene().show(4040, axes(0.6, 0.8))).toEqual(reEntry);
    });

    it('waits for a second picture where the first is somewhat like her, and asks for it', () => {
      const { show, wants } = scene();
      expect(show(4040, axes(0.45, 0.89))).toEqual([]);
      expect(wants()).toBe('verification');
      expect(show(4400, axes(0.45, 0.89))).toEqual(reEntry);
    });

    it('lets go of her where the second picture is not like her', () => {
      const { show } = scene();
      expect(show(4040, axes(0.45, 0.89))).toEqual([]);
      expect(show(4240, axes(0.3, 0.95))).toEqual([]);
      expect(show(4400, axes(0.45, 0.89))).toEqual([]);
    });

    it('needs no second picture where a gallery names both alike, and takes nobody for her whom it tells from her', () => {
      const asked: number[] = [];
      const same = scene().show(4040, axes(0.45, 0.89), (id) => (asked.push(id), 'same'));
      expect(same).toEqual(reEntry);
      expect(new Set(asked)).toEqual(new Set([1]));
      const { show } = scene();
      for (const timeMs of [4040, 4240, 4400])
        expect(show(timeMs, axes(0.9, 0.44), () => 'different')).toEqual([]);
    });
  });

  it('forgets after memoryMs, and beyond memorySize the longest unseen', () => {
    const short = new Stage('wanted', { memoryMs: 5000 })
      .play(0, 1000, () => [seen(1, 200)])
      .play(1000, 30_000, () => [], 200)
      .play(30_000, 31_000, () => [seen(1, 900, 500)]);
    expect(short.idsOf(1)).toHaveLength(2);
    const small = new Stage('wanted', { memorySize: 1 })
      .play(0, 1000, () => [seen(1, 200)])
      .play(1000, 3000, () => [])
      .play(3000, 4000, () => [seen(2, 600)])
      .play(4000, 6000, () => [])
      .play(6000, 7000, () => [seen(1, 200), seen(2, 600)]);
    expect(small.idsOf(2)).toHaveLength(1);
    expect(small.idsOf(1)).toHaveLength(2);
  });

  it('does not take a stranger for a face it remembers', () => {
    const stage = new Stage()
      .play(0, 1000, () => [seen(1, 200)])
      .play(1000, 4000, () => [])
      .play(4000, 5000, () => [seen(2, 200)]);
    expect(stage.idsOf(2)).toEqual([2]);
    expect(stage.corrections).toEqual([]);
  });

  it('never makes one of two faces that are visible together, however alike they are', () => {
    // Twins: two pictures of "one" person at once, one of whom was there before.
    const stage = new Stage()
      .play(0, 1000, () => [seen(1, 200)])
      .play(1000, 3000, () => [seen(1, 200), seen(1, 700)])
      .play(3000, 5000, () => [seen(1, 700)])
      .play(5000, 6000, () => [seen(1, 700), seen(1, 1000)]);
    for (const { timeMs } of stage.history) {
      const now = stage.history.filter((entry) => entry.timeMs === timeMs).map(({ id }) => id);
      expect(new Set(now).size).toBe(now.length);
    }
    expect(stage.corrections.filter(({ to, from }) => new Set([from, to]).size === 1)).toEqual([]);
  });

  it.each(['wanted', 'all'] as const)('keeps identities over a cut (embeddings: %s)', (embeddings) => {
    const stage = new Stage(embeddings).play(0, 1000, () => [seen(1, 200), seen(2, 600)]);
    stage.tracker.reset('cut');
    // They have changed places: position says the opposite of appearance.
    stage.play(1000, 2000, () => [seen(2, 200), seen(1, 600)]);
    expect(stage.idsOf(1)).toEqual([1]);
    expect(stage.idsOf(2)).toEqual([2]);
  });

  it('goes on with a face that scores less than one that may begin a track, also one that was seen once', () => {
    const tracker = new AppearanceTracker({ highScore: 0.7 });
    const at = (timeMs: number, ...detections: Seen[]) =>
      tracker
        .update({ timeMs, width: 1280, height: 720, detections })
        .tracks.map(({ id, state }) => ({ id, state }));
    at(0, seen(1, 200, 200, 0.8), seen(2, 900, 200, 0.5));
    // Nobody began where 0.5 was all there was.
    expect(at(40, seen(1, 202, 200, 0.5), seen(2, 902, 200, 0.6))).toEqual([{ id: 1, state: 'confirmed' }]);
    expect(at(80, seen(1, 204, 200, 0.45))).toEqual([{ id: 1, state: 'confirmed' }]);
  });

  it('forgets everything at a seek', () => {
    const stage = new Stage().play(0, 1000, () => [seen(1, 200)]);
    stage.tracker.reset('seek');
    stage.play(0, 1000, () => [seen(1, 200)]);
    expect(stage.ids.get(1)).toBe(2);
    expect(stage.tracker.finish().map(({ id }) => id)).toEqual([2]);
  });

  it('puts two tracks right that met, hid each other and turned round', () => {
    // Person 1 walks right, 2 left; at the meeting point both turn back. Motion alone lets them pass.
    const x = (t: number, from: number, meet: number) =>
      from + (meet - from) * (t < 2000 ? t / 2000 : 2 - Math.min(t, 4000) / 2000);
    const script = (t: number): Seen[] => {
      const both = [seen(1, x(t, 200, 595)), seen(2, x(t, 1000, 605))];
      return Math.abs(both[0].box.x - both[1].box.x) < 60 ? [both[0]] : both;
    };
    const stage = new Stage().play(0, 4400, script);
    expect(stage.ids.get(1)).toBe(stage.history.find(({ person }) => person === 1)?.id);
    expect(stage.ids.get(2)).toBe(stage.history.find(({ person }) => person === 2)?.id);
    const blind = new Stage('none').play(0, 4400, script);
    expect([blind.idsOf(1), blind.idsOf(2)]).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });

  it('swaps two tracks that took each other over while they were close', () => {
    // They walk up to each other, change places within one frame at 800 ms, and walk apart.
    const script = (t: number): Seen[] => {
      const left = 300 - 0.3 * (Math.max(0, 500 - t) + Math.max(0, t - 1200));
      const right = 650 - left;
      return t < 800 ? [seen(1, left), seen(2, right)] : [seen(1, right), seen(2, left)];
    };
    const stage = new Stage().play(0, 2400, script);
    expect(stage.corrections.map(({ from, to, reason }) => [from, to, reason])).toEqual([
      [1, 2, 'swap'],
      [2, 1, 'swap'],
    ]);
    expect([stage.ids.get(1), stage.ids.get(2)]).toEqual([1, 2]);
    const blind = new Stage('none').play(0, 2400, script);
    expect([blind.ids.get(1), blind.ids.get(2)]).toEqual([2, 1]);
  });

  it('notices when a track goes over to another face, and splits it where that may have happened', () => {
    // Person 1 is covered by a newcomer who stays in the same place.
    const stage = new Stage()
      .play(0, 1000, () => [seen(1, 400)])
      .play(1000, 1320, () => [])
      .play(1320, 3000, () => [seen(2, 405)]);
    const [correction] = stage.corrections;
    expect(correction).toMatchObject({ from: 1, reason: 'split', sinceMs: 1320 });
    expect(stage.idsOf(2)).toEqual([correction.to]);
    // And person 1 is known when coming back.
    stage.play(3000, 4000, () => [seen(2, 405), seen(1, 900)]);
    expect(stage.idsOf(1)).toEqual([1]);
  });

  it('does not take a track for another one by two poor pictures that are alike', () => {
    const settle = (quality: number): readonly TrackCorrection[] => {
      const tracker = new AppearanceTracker({ confirmHits: 1 });
      const at = (timeMs: number, ...detections: Detection[]): void => {
        tracker.update({ timeMs, width: 1280, height: 720, detections });
      };
      const observe = (trackId: number, timeMs: number, embedding: Float32Array, q: number) =>
        tracker.observe({ trackId, timeMs, embedding, quality: q });
      const [one, other] = [face(200, 200), face(700, 200)];
      at(0, one, other);
      observe(1, 0, axes(1), 1);
      // Poor, and by chance like what will be seen of the first.
      observe(2, 0, axes(0, 1), quality);
      at(40, one);
      // The first one blinks for so long that it is in doubt where it is found again.
      for (const timeMs of [80, 160, 240, 320]) at(timeMs);
      at(360, one);
      return observe(1, 360, axes(0.5, 0.8660254), quality);
    };
    expect(settle(0.14)).toEqual([]);
    expect(settle(0.9).map(({ from, to }) => [from, to])).toEqual([[1, 2]]);
  });

  it('leaves a track that was split where its face was last seen, not where the other face went', () => {
    // Person 1 is covered by a newcomer who walks off; the track follows, until pictures tell.
    const walk = (t: number): number => 400 + (t - 1320) / 4;
    const stage = new Stage().play(0, 1000, () => [seen(1, 400)]).play(1000, 1320, () => []);
    let now = 1320;
    for (; stage.corrections.length === 0 && now < 4000; now += 40) {
      stage.play(now, now + 40, (t) => [seen(2, walk(t))]);
    }
    expect(stage.corrections).toEqual([{ from: 1, to: 2, sinceMs: 1320, reason: 'split' }]);
    const [old, other] = stage.tracker.update({
      timeMs: now,
      width: 1280,
      height: 720,
      detections: [face(walk(now))],
    }).tracks;
    expect([old.state, other.state, old.lastSeenMs]).toEqual(['lost', 'confirmed', 1319]);
    const centre = (box: Box): number => box.x + box.width / 2;
    expect(walk(now)).toBeGreaterThanOrEqual(420);
    expect(Math.abs(centre(old.box) - 400)).toBeLessThan(8);
    expect(Math.abs(centre(other.box) - walk(now))).toBeLessThan(10);
  });

  it('uses embeddings in the assignment where motion would choose wrongly', () => {
    // Two faces jump across each other between two frames.
    const script = (t: number): Seen[] =>
      t < 400 ? [seen(1, 300), seen(2, 380)] : [seen(1, 380), seen(2, 300)];
    expect(new Stage('all').play(0, 800, script).idsOf(1)).toEqual([1]);
    expect(new Stage('none').play(0, 800, script).idsOf(1)).toEqual([1, 2]);
  });

  it('ignores observations that come too late, for nobody, or of no quality', () => {
    const stage = new Stage('none').play(0, 400, () => [seen(1, 200)]);
    const observation = { trackId: 1, timeMs: 360, embedding: picture(1), quality: 0 };
    expect(stage.tracker.observe(observation)).toEqual([]);
    expect(stage.tracker.observe({ ...observation, trackId: 99, quality: 1 })).toEqual([]);
    stage.play(400, 440, () => [seen(1, 200)]);
    const now = { width: 1280, height: 720, timeMs: 440, detections: [face(200)] };
    expect(stage.tracker.update(now).tracks[0].wants).toBe('identity');
  });

  it('accepts an observation of a track that was renamed in the meantime', () => {
    const stage = new Stage('none').play(0, 400, () => [seen(1, 200)]);
    const { tracker } = stage;
    for (const take of [0, 1, 2]) {
      tracker.observe({ trackId: 1, timeMs: 360, embedding: picture(1, take), quality: 1 });
    }
    stage.play(400, 3000, () => []).play(3000, 3400, () => [seen(1, 900)]);
    const observation = { trackId: 2, timeMs: 3200, embedding: picture(1, 3), quality: 1 };
    expect(tracker.observe(observation)).toEqual([{ from: 2, to: 1, sinceMs: 3000, reason: 're-entry' }]);
    expect(tracker.observe(observation)).toEqual([]);
    stage.play(3400, 3440, () => [seen(1, 900)]);
    expect(stage.ids.get(1)).toBe(1);
  });

  it('is deterministic', () => {
    const script = (t: number): Seen[] => [
      seen(1, 200 + 0.2 * t),
      seen(2, 1000 - 0.2 * t),
      seen(3, 600, 400),
    ];
    const [a, b] = [0, 1].map(() => new Stage().play(0, 4000, script));
    expect(a.history).toEqual(b.history);
    expect(a.corrections).toEqual(b.corrections);
  });
});
