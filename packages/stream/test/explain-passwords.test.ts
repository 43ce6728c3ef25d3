import { describe, expect, it } from 'vitest';
import { explainInputFailure } from '../src/ffmpeg/explain.js';

describe('what is said of an input that failed', () => {
  it.each([
    ['rtsp://user:secret@cam/x: Server returned 400 Bad Request'],
    ['[rtsp @ 0x1] rtsp://user:se@cret@cam/x: nobody knows'],
  ])('leaves the password out of %s', (line) => {
    const error = explainInputFailure('rtsp://user:***@cam/x', [line]);
    expect(error.message).not.toContain('cret');
    expect(String((error.cause as Error).message)).not.toContain('cret');
    expect(error.message).toContain('cam/x');
  });
});
