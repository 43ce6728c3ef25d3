import { fromLetterbox, letterbox, toLetterbox } from '@fr-stream/core';
import { describe, expect, it } from 'vitest';

describe('letterbox', () => {
  it('keeps the aspect ratio and pads below a wide picture', () => {
    expect(letterbox(1920, 1080, 320, 240)).toEqual({
      scaleX: 1 / 6,
      scaleY: 1 / 6,
      contentWidth: 320,
      contentHeight: 180,
      inputWidth: 320,
      inputHeight: 240,
    });
  });
  it('pads at the right of a tall picture', () => {
    const fit = letterbox(600, 800, 320, 240);
    expect([fit.contentWidth, fit.contentHeight]).toEqual([180, 240]);
  });
  it('stretches when asked to', () => {
    const fit = letterbox(400, 100, 200, 200, 'stretch');
    expect([fit.scaleX, fit.scaleY]).toEqual([0.5, 2]);
  });
  it('inverts exactly, also where the content size had to be rounded', () => {
    const fit = letterbox(1023, 577, 320, 240);
    const point = { x: 611.25, y: 333.5 };
    const back = fromLetterbox(fit, toLetterbox(fit, point));
    expect(back.x).toBeCloseTo(point.x, 9);
    expect(back.y).toBeCloseTo(point.y, 9);
    expect(toLetterbox(fit, { x: 1023, y: 577 })).toEqual({ x: fit.contentWidth, y: fit.contentHeight });
  });
  it('never makes an empty content', () => {
    expect(letterbox(10_000, 3, 320, 240).contentHeight).toBe(1);
  });
});
