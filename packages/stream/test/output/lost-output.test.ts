import { describe, expect, it } from 'vitest';
import { lostOutput } from '../../src/output/failures.js';

describe('lostOutput', () => {
  it('believes what ffmpeg says, not its exit status', () => {
    // As ffmpeg 5.1 says it, with exit status 0, when a small file's only write is its last.
    expect(
      lostOutput([
        'Error writing trailer of file:/mnt/o.mkv: No space left on device',
        'Error closing file file:/mnt/o.mkv: No space left on device',
      ]),
    ).toBe(true);
    expect(lostOutput(['av_interleaved_write_frame(): No space left on device'])).toBe(true);
    expect(lostOutput(['[out#0/mpegts @ 0x55d0] Error muxing a packet'])).toBe(true);
  });

  it('says nothing of damaged input, nor of a reader that has gone', () => {
    expect(lostOutput([])).toBe(false);
    expect(lostOutput(['[mpeg4 @ 0x55d0] Error while decoding MBs'])).toBe(false);
    expect(lostOutput(['Error writing trailer of pipe:1: Broken pipe'])).toBe(false);
  });
});
