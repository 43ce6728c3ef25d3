import type { Face, FrameReport } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';
import { FaceEvents, FrameLog } from '../../src/index.js';

const detection = { box: { x: 1, y: 2, width: 3, height: 4 }, score: 0.9 };
const ada: Face = {
  detection,
  identity: { kind: 'known', personId: 'p1', name: 'Ada', score: 0.7, margin: Infinity },
};
const stranger: Face = {
  detection,
  identity: { kind: 'unknown', label: 'unknown-1', reason: 'below-threshold' },
};
const nobodyYet: Face = { detection, identity: { kind: 'unknown', reason: 'not-evaluated' } };

function report(timeMs: number, ...faces: Face[]): FrameReport {
  return { frame: { source: 'a.mp4', index: timeMs / 100, timeMs, image: { width: 64, height: 48 } }, faces };
}

describe('FaceEvents', () => {
  it('tells who comes and goes, and when', async () => {
    const told: string[] = [];
    const events = new FaceEvents({ absentMs: 250 });
    events.on('enter', ({ name, timeMs }) => told.push(`${name} enters at ${timeMs}`));
    events.on('leave', ({ who, timeMs }) => told.push(`${who} was last seen at ${timeMs}`));
    for (const item of [
      report(0, nobodyYet),
      report(100, ada),
      report(200, ada, stranger),
      report(400, stranger),
      report(500, stranger),
    ])
      await events.write(item);
    expect(told).toEqual(['Ada enters at 100', 'unknown-1 enters at 200', 'p1 was last seen at 200']);
    await events.close();
    expect(told.slice(3)).toEqual(['unknown-1 was last seen at 500']);
  });

  it('tells every frame until one stops listening', async () => {
    const frames: number[] = [];
    const events = new FaceEvents();
    const stop = events.on('frame', ({ frame, faces }) => frames.push(frame, faces.length));
    await events.write(report(0, ada, stranger));
    stop();
    await events.write(report(100, ada));
    expect(frames).toEqual([0, 2]);
  });
});

describe('FrameLog', () => {
  it('keeps the last lines with faces, as the command line writes them', async () => {
    const log = new FrameLog({ capacity: 3 });
    for (let i = 0; i < 10; i++) await log.write(report(100 * i, ...(i % 5 === 0 ? [] : [ada])));
    expect([log.size, log.forgotten]).toEqual([3, 5]);
    const lines = (await log.toBlob().text()).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { frame: number }).frame)).toEqual([7, 8, 9]);
    expect(JSON.parse(lines[0])).toEqual({
      schema: 'fr-stream/faces@1',
      source: 'a.mp4',
      frame: 7,
      timeMs: 700,
      width: 64,
      height: 48,
      faces: [
        {
          box: [1, 2, 3, 4],
          score: 0.9,
          identity: { kind: 'known', name: 'Ada', personId: 'p1', score: 0.7 },
        },
      ],
    });
  });
});
