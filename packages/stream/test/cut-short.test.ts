import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SourceError } from '@fr-stream/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainInputFailure } from '../src/ffmpeg/explain.js';
import { findFfmpeg, videoFrames } from '../src/index.js';

let folder: string;
let clip: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-cut-short-'));
  const { path } = await findFfmpeg();
  const file = join(folder, 'whole.mkv');
  const lavfi = ['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10:duration=1'];
  await promisify(execFile)(path, ['-v', 'error', ...lavfi, '-c:v', 'mpeg4', file]);
  clip = await readFile(file);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What reading it ends with. */
async function ending(file: string): Promise<SourceError | undefined> {
  await using source = videoFrames(file);
  try {
    for await (const frame of source.frames()) frame[Symbol.dispose]();
  } catch (error) {
    if (SourceError.isInstance(error)) return error;
    throw error;
  }
  return source.problem;
}

describe('a video that is cut short within its headers', () => {
  // ffmpeg calls the end within a header of mkv an input/output error, which is no fault of ffmpeg.
  it('is an input that cannot be read, not a failure of ffmpeg', async () => {
    for (const bytes of [1, 20, 40, 60, 120, 250, 400, 600]) {
      const file = join(folder, `${bytes}.mkv`);
      await writeFile(file, clip.subarray(0, bytes));
      expect((await ending(file))?.code, `${bytes} bytes`).toMatch(/^INPUT_(UNREADABLE|TRUNCATED)$/);
    }
  });

  it('and a disk that cannot be read is told from a failure of ffmpeg', () => {
    const said = ['file:/media/card/clip.mkv: Input/output error'];
    expect(explainInputFailure('clip.mkv', said)).toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: expect.stringContaining('cannot be read') as string,
    });
  });

  it('and a part of a file that is taken for another format is so, too', () => {
    // As ffmpeg 5.1 says it of the second half of an MP4.
    const said = [
      '[mp3 @ 0x55dc] Invalid frame size (1921): Could not seek to 12690.',
      'file:/a/b.wmv: Invalid argument',
    ];
    expect(explainInputFailure('b.wmv', said)).toMatchObject({ code: 'INPUT_UNREADABLE' });
  });

  // What flipped bits made of an MKV, an MP4 and a PNG called .mkv, in the words of ffmpeg 5.1.
  it.each([
    {
      said: [
        '[matroska,webm @ 0x5] EBML version 1, doctype matroska, doc version 2 is not implemented. Update your FFmpeg version to the newest one from Git. If the problem still occurs, it means that your file has a feature which has not been implemented.',
        'file:/a/b.mkv: Not yet implemented in FFmpeg, patches welcome',
      ],
      code: 'INPUT_UNSUPPORTED',
    },
    {
      said: [
        '[png @ 0x5] inflate returned error -3',
        'Error while decoding stream #0:0: Generic error in an external library',
        'Conversion failed!',
      ],
      code: 'INPUT_UNREADABLE',
    },
    { said: ['file:/a/b.mkv: Cannot allocate memory'], code: 'INPUT_UNREADABLE' },
    { said: ['/a/b.mkv: Numerical result out of range'], code: 'INPUT_UNREADABLE' },
  ])('says of what ffmpeg cannot read that it is the input ($said)', ({ said, code }) => {
    expect(explainInputFailure('/a/b.mkv', said)).toMatchObject({ code });
  });

  it('says of an ffmpeg that fails by itself that it is ffmpeg', () => {
    for (const said of [[], ['libavcodec.so.59: cannot open shared object file'], ['Option foo not found.']])
      expect(explainInputFailure('/a/b.mkv', said)).toMatchObject({ code: 'FFMPEG_FAILED' });
  });
});
