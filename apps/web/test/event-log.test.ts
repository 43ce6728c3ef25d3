import type { AnalyzedFrame } from '@fr-stream/browser';
import { describe, expect, it } from 'vitest';
import { toCsv, toJsonLines } from '../src/event-files.js';
import { EventLog } from '../src/event-log.js';

const nobody = { kind: 'unknown', reason: 'not-evaluated' } as const;
const quality = { size: 10, sharpness: 123.4, yaw: -0.125, pitch: 2.5, roll: -3.5, overall: 0.75 };
const landmarks = { scheme: '5', points: [0, 1, 2, 3, 4].map((i) => ({ x: i + 0.25, y: 7 })) } as const;
const detection = { box: { x: 1, y: 2, width: 10.5, height: 12 }, score: 0.875 };
const faces: AnalyzedFrame['faces'] = [
  { id: 'a', identity: nobody, detection },
  {
    id: 'b',
    identity: { ...nobody, label: 'unknown-2' },
    detection: { ...detection, landmarks },
    track: { id: 7, box: { x: -3, y: 4, width: 9, height: 8 }, predicted: true },
    quality,
  },
];
const frame = (index: number, timeMs: number, some = faces): AnalyzedFrame => ({
  ...{ timeMs, width: 640, height: 360, index, source: 'a,b.mp4', evaluated: true, ms: 1 },
  faces: some,
});
const asKept = ({ identity }: { readonly identity: AnalyzedFrame['faces'][number]['identity'] }) => identity;

describe('EventLog', () => {
  it('tells all of a frame that was added, in order of time', async () => {
    const log = new EventLog();
    log.add('k', 'a,b.mp4', frame(1, 40));
    log.add('k', 'a,b.mp4', frame(0, 0, faces.slice(0, 1)));
    const lines = (await toJsonLines(log.frames('k', asKept)).text()).trim().split('\n');
    const head = { schema: 'fr-stream/faces@1', source: 'a,b.mp4', width: 640, height: 360 };
    const first = { box: [1, 2, 10.5, 12], score: 0.875, identity: nobody };
    const second = {
      box: [-3, 4, 9, 8],
      score: 0.875,
      landmarks: [0, 1, 2, 3, 4].map((i) => [i + 0.3, 7]),
      track: { id: 7, predicted: true },
      identity: { ...nobody, label: 'unknown-2' },
      quality,
    };
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { ...head, frame: 0, timeMs: 0, faces: [first] },
      { ...head, frame: 1, timeMs: 40, faces: [first, second] },
    ]);
    expect((await toCsv(log.frames('k', asKept)).text()).split('\r\n').slice(2)).toEqual([
      '"a,b.mp4",1,40,1.0,2.0,10.5,12.0,0.875,,unknown,',
      '"a,b.mp4",1,40,-3.0,4.0,9.0,8.0,0.875,7,unknown-2,',
      '',
    ]);
  });

  it('keeps no more than its bytes, the first frames of the first source go, and says how many', () => {
    const log = new EventLog(20_000);
    const kept = (key: string) => [...log.frames(key, asKept)].map(({ index }) => index);
    for (let i = 0; i < 10; i++) log.add('first', 'first', frame(i, 40 * i));
    for (let i = 0; i < 1000; i++) log.add('second', 'second', frame(i, 40 * i));
    expect([kept('first'), log.forgotten('first')]).toEqual([[], 10]);
    expect(log.sources.map(({ key }) => key)).toEqual(['second']);
    const left = kept('second');
    // 250 bytes a frame, 2 faces of 11 numbers, one with 10 of landmarks and 6 of quality.
    expect(left.length).toBe(Math.floor(20_000 / (250 + 4 * (2 * 11 + 10 + 6))));
    expect(left.at(-1)).toBe(999);
    expect(log.forgotten('second')).toBe(1000 - left.length);
    // What is looked at again takes the place of what was seen before.
    for (let i = 990; i < 1000; i++) log.add('second', 'second', frame(i, 40 * i));
    expect(kept('second')).toEqual(left);
    log.restart('second');
    expect([kept('second'), log.forgotten('second')]).toEqual([[], 0]);
  });
});
