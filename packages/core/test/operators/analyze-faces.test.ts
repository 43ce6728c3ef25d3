import { analyzeFaces, type Analyzer, type Face, type FrameFaces } from '@fr-stream/core';
import { lastValueFrom, of } from 'rxjs';
import { expect, it } from 'vitest';

const box = { x: 1, y: 2, width: 3, height: 4 };
const image = { format: 'gray8', width: 10, height: 10, data: new Uint8Array(100) } as const;

/** Tells the place of each face; nothing of faces at x = 5. */
const places: Analyzer<{ x: number }> = {
  id: 'places',
  analyze: (_, faces) =>
    Promise.resolve(faces.map((face) => (face.box.x === 5 ? undefined : { x: face.box.x }))),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

function item(faces: readonly Face[]): FrameFaces {
  const frame = { image, timeMs: 0, index: 0, source: 's', [Symbol.dispose]: () => undefined };
  return { frame, faces, evaluated: true };
}

it('adds to what is known, leaves out what was not found, and looks at no face that is only predicted', async () => {
  const faces: Face[] = [
    { detection: { box, score: 1 }, attributes: { earlier: 7 } },
    { detection: { box: { ...box, x: 9 }, score: 1 }, track: { id: 1, box, predicted: true } },
    { detection: { box: { ...box, x: 5 }, score: 1 }, track: { id: 2, box, predicted: false } },
    { detection: { box: { ...box, x: 8 }, score: 1 }, track: { id: 3, box, predicted: false } },
  ];
  const result = await lastValueFrom(of(item(faces)).pipe(analyzeFaces([places])));
  expect(result.faces.map(({ attributes }) => attributes)).toEqual([
    { earlier: 7, places: { x: 1 } },
    {},
    {},
    { places: { x: 8 } },
  ]);
});

it('keeps a frame whose analyser fails, with its error', async () => {
  const failing: Analyzer = { ...places, analyze: () => Promise.reject(new Error('no luck')) };
  const result = await lastValueFrom(
    of(item([{ detection: { box, score: 1 } }])).pipe(analyzeFaces([failing])),
  );
  expect(result.faces).toEqual([]);
  expect(result.error?.message).toMatch(/no luck/);
});
