import { describe, expect, it } from 'vitest';
import { ByteTracker } from '../../src/tracking/byte-tracker.js';
import { face, feed, idOf } from './walkers.js';

describe('ByteTracker', () => {
  it('confirms a face on its second detection and keeps its id', () => {
    const tracker = new ByteTracker();
    const steps = feed(tracker, 0, 2000, (t) => [face(100 + 0.2 * t)]);
    expect(steps[0].tracks[0]).toMatchObject({ id: 1, state: 'tentative', firstSeenMs: 0 });
    expect(steps[1].tracks[0]).toMatchObject({ id: 1, state: 'confirmed', detection: 0, lastSeenMs: 40 });
    expect(steps.slice(1).every(({ tracks }) => tracks.length === 1 && tracks[0].id === 1)).toBe(true);
  });

  it('drops a false detection that is not seen again, without a word', () => {
    const tracker = new ByteTracker();
    const steps = feed(tracker, 0, 400, (t) => (t === 0 ? [face(100)] : []));
    expect(steps.at(-1)?.tracks).toEqual([]);
    expect(steps.flatMap(({ ended }) => ended).map(({ id, state }) => [id, state])).toEqual([
      [1, 'tentative'],
    ]);
  });

  it('continues a track with a low score but never starts one', () => {
    const tracker = new ByteTracker();
    const steps = feed(tracker, 0, 1000, (t) => [
      face(100 + 0.1 * t, 200, t < 400 ? 0.9 : 0.3),
      face(800, 200, 0.3),
    ]);
    expect(idOf(steps, 0)).toBe(1);
    expect(steps.at(-1)?.tracks).toHaveLength(1);
    // Below lowScore nothing counts.
    const deaf = new ByteTracker({ lowScore: 0.5 });
    const lost = feed(deaf, 0, 1000, (t) => [face(100 + 0.1 * t, 200, t < 400 ? 0.9 : 0.3)]);
    expect(lost.at(-1)?.tracks[0].state).toBe('lost');
  });

  it('predicts between detections when the detector runs every fifth frame, and ends nothing then', () => {
    const tracker = new ByteTracker();
    const steps = feed(tracker, 0, 2000, (t) => (t % 200 === 0 ? [face(100 + 0.2 * t)] : undefined));
    const late = steps.filter(({ timeMs }) => timeMs > 800);
    for (const { timeMs, tracks } of late) {
      expect(tracks).toHaveLength(1);
      expect(tracks[0]).toMatchObject({ id: 1, state: 'confirmed' });
      expect(tracks[0].detection).toBe(timeMs % 200 === 0 ? 0 : undefined);
      expect(Math.abs(tracks[0].box.x + 40 - (100 + 0.2 * timeMs))).toBeLessThan(8);
    }
    // The detector stays off for a minute: the track is predicted, not ended.
    const idle = tracker.update({ timeMs: 60_000, width: 1280, height: 720, detections: undefined });
    expect(idle.tracks[0].id).toBe(1);
    expect(idle.ended).toEqual([]);
  });

  it.each([20, 40, 100, 200])('finds a lost face again within lostMs, at %d ms per frame', (everyMs) => {
    const hidden = (t: number) => t >= 1000 && t < 1800;
    const x = (t: number) => 200 + 0.05 * t;
    const back = feed(new ByteTracker(), 0, 2600, (t) => (hidden(t) ? [] : [face(x(t))]), everyMs);
    expect(back.find(({ timeMs }) => timeMs === 1400)?.tracks[0].state).toBe('lost');
    expect(idOf(back, 0)).toBe(1);
    const late = feed(
      new ByteTracker({ lostMs: 500 }),
      0,
      2600,
      (t) => (hidden(t) ? [] : [face(x(t))]),
      everyMs,
    );
    expect(idOf(late, 0)).toBe(2);
    expect(late.flatMap(({ ended }) => ended).map(({ id }) => id)).toEqual([1]);
  });

  it('keeps ids when two faces pass each other side by side', () => {
    const steps = feed(new ByteTracker(), 0, 3000, (t) => [
      face(100 + 0.3 * t, 200),
      face(1000 - 0.3 * t, 290),
    ]);
    const first = steps[1].tracks.map(({ id, detection }) => [id, detection]);
    expect(steps.at(-1)?.tracks.map(({ id, detection }) => [id, detection])).toEqual(first);
  });

  it('ends all tracks at a cut, reports them with the next update and never uses an id twice', () => {
    const tracker = new ByteTracker();
    feed(tracker, 0, 200, () => [face(100), face(500)]);
    tracker.reset('cut');
    const after = feed(tracker, 200, 400, () => [face(100)]);
    expect(after[0].ended.map(({ id }) => id)).toEqual([1, 2]);
    expect(after[1].ended).toEqual([]);
    expect(idOf(after, 0)).toBe(3);
    expect(tracker.finish().map(({ id }) => id)).toEqual([3]);
    expect(tracker.finish()).toEqual([]);
  });

  it('refuses time that runs backwards, except after a seek', () => {
    const tracker = new ByteTracker();
    feed(tracker, 400, 480, () => [face(100)]);
    const earlier = { timeMs: 0, width: 1280, height: 720, detections: [] };
    expect(() => tracker.update(earlier)).toThrow(/went back from 440 to 0/);
    tracker.reset('seek');
    expect(tracker.update(earlier).ended.map(({ id }) => id)).toEqual([1]);
  });
});
