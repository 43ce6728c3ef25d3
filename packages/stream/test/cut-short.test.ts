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
});
