import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { SourceError, type ImageCodec } from '@fr-stream/core';
import { photoSet, type PhotoSource } from '@fr-stream/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Reads binary PPM, which is all that these tests need of a codec. */
const codec: ImageCodec = {
  decode: async (input, _options, name) => {
    const bytes = typeof input === 'string' ? await readFile(input) : Buffer.from(input);
    const header = /^P6 (\d+) (\d+) 255\n/.exec(bytes.subarray(0, 30).toString('latin1'));
    if (!header) throw new SourceError('INPUT_UNSUPPORTED', `${name ?? String(input)}: it is no PPM`);
    const [width, height] = [Number(header[1]), Number(header[2])];
    const data = new Uint8Array(bytes.subarray(header[0].length));
    return { image: { format: 'rgb24', width, height, data }, originalWidth: width, originalHeight: height };
  },
  encode: () => Promise.reject(new Error('not needed here')),
};

let folder: string;
const ppm = (width: number): Buffer =>
  Buffer.concat([Buffer.from(`P6 ${width} 1 255\n`), Buffer.alloc(3 * width)]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-'));
  await mkdir(join(folder, 'b', 'inner'), { recursive: true });
  await writeFile(join(folder, 'z.jpg'), ppm(1));
  await writeFile(join(folder, 'Z.JPG'), ppm(2));
  await writeFile(join(folder, 'b', 'inner', 'é.png'), ppm(3));
  await writeFile(join(folder, 'b', 'broken.jpg'), 'not a picture');
  await writeFile(join(folder, 'b', 'a [1].jpg'), ppm(4));
  await writeFile(join(folder, 'notes.txt'), 'words');
  await symlink(folder, join(folder, 'b', 'loop'));
  await symlink(join(folder, 'z.jpg'), join(folder, 'again.jpg'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function widths(source: PhotoSource): Promise<(readonly [string, number, number])[]> {
  const seen: (readonly [string, number, number])[] = [];
  for await (const frame of source.frames())
    seen.push([basename(frame.source), frame.index, frame.image.width]);
  return seen;
}

describe('photoSet', () => {
  it('walks a folder in a fixed order, each file once, loops and broken photos notwithstanding', async () => {
    const told: string[] = [];
    const source = photoSet(folder, { codec, onError: (path) => told.push(basename(path)) });
    const paths = (await source.paths()).map((path) => relative(folder, path));
    expect(paths).toEqual(['Z.JPG', 'again.jpg', 'b/a [1].jpg', 'b/broken.jpg', 'b/inner/é.png']);
    expect(await source.info()).toMatchObject({ frameCount: 5 });
    expect(await widths(source)).toEqual([
      ['Z.JPG', 0, 2],
      ['again.jpg', 1, 1],
      ['a [1].jpg', 2, 4],
      ['é.png', 4, 3],
    ]);
    expect(told).toEqual(['broken.jpg']);
    expect([source.failed, source.errors[0]?.error.code]).toEqual([1, 'INPUT_UNSUPPORTED']);
  });

  it('takes files, whatever they are called, and patterns', async () => {
    const single = photoSet(join(folder, 'b', 'a [1].jpg'), { codec });
    expect(await widths(single)).toEqual([['a [1].jpg', 0, 4]]);
    const some = photoSet([`${folder}/b/inner/*.png`, join(folder, 'z.jpg')], { codec });
    expect((await some.paths()).map((path) => basename(path))).toEqual(['é.png', 'z.jpg']);
    const text = photoSet(join(folder, 'notes.txt'), { codec });
    expect(await widths(text)).toEqual([]);
    expect(text.failed).toBe(1);
  });

  it('says what is missing', async () => {
    await expect(photoSet(join(folder, 'none'), { codec }).info()).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
    });
    await expect(photoSet(join(folder, '*.webp'), { codec }).info()).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
    });
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    let count = 0;
    for await (const frame of photoSet(folder, { codec }).frames(controller.signal)) {
      frame[Symbol.dispose]();
      count++;
      controller.abort();
    }
    expect(count).toBe(1);
  });
});
