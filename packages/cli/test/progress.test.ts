import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { FrameFaces } from '@fr-stream/core';
import { expect, it } from 'vitest';
import { createProgress } from '../src/ui/progress.js';

it('tells position, remaining time, drops and who is in view', async () => {
  let text = '';
  const terminal = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        done();
      },
    }),
    { isTTY: true, columns: 120 },
  );
  const item: FrameFaces = {
    frame: {
      image: { format: 'gray8', width: 1, height: 1, data: new Uint8Array(1) },
      timeMs: 5000,
      index: 125,
      source: 's',
      [Symbol.dispose]: () => undefined,
    },
    faces: [
      {
        detection: { box: { x: 0, y: 0, width: 1, height: 1 }, score: 1 },
        identity: { kind: 'known', personId: 'p', name: 'Ada', score: 0.7, margin: 1 },
      },
    ],
    evaluated: true,
  };
  const progress = createProgress({ source: 's', durationMs: 10_000 }, false, terminal);
  progress.update(item, 0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  progress.update(item, 7);
  await new Promise((resolve) => setTimeout(resolve, 300));
  progress.stop();
  const last = stripVTControlCharacters(text)
    .split('━'.repeat(12))
    .findLast((line) => line.includes('Ada'));
  expect(last).toMatch(/00:05 .* fps ETA 00:00 7 dropped faces 1 Ada/);
});
