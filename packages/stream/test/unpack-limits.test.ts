import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { SourceError } from '@fr-stream/core';
import { archiveMembers, listPhotos, type UnpackLimits } from '@fr-stream/stream';
import { pack } from 'tar-stream';
import { ZipFile } from 'yazl';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
const at = (name: string): string => join(folder, name);
/** Twenty pictures of a megabyte of nothing: some 20 kB when packed. */
const NOTHING = Buffer.alloc(1_000_000);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-unpack-'));
  const zip = new ZipFile();
  const tar = pack();
  for (let i = 0; i < 20; i++) {
    zip.addBuffer(NOTHING, `${i}.jpg`);
    tar.entry({ name: `${i}.jpg` }, NOTHING);
  }
  zip.end();
  tar.finalize();
  await pipeline(zip.outputStream as NodeJS.ReadableStream, createWriteStream(at('b.zip')));
  await pipeline(tar, createGzip(), createWriteStream(at('b.tar.gz')));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/** How many members can be read, and what ends it. */
async function unpacked(name: string, limits: UnpackLimits): Promise<{ read: number; error: unknown }> {
  let read = 0;
  try {
    for await (const member of archiveMembers(at(name), limits)) {
      await member.bytes();
      read++;
    }
    return { read, error: undefined };
  } catch (error) {
    return { read, error };
  }
}

describe.each(['b.zip', 'b.tar.gz'])('%s', (name) => {
  it('is unpacked while it stays within the limits', async () => {
    expect((await stat(at(name))).size).toBeLessThan(50_000);
    expect(await unpacked(name, {})).toEqual({ read: 20, error: undefined });
    expect(await unpacked(name, { mostMembers: 20, mostBytes: 21_000_000 })).toMatchObject({ read: 20 });
  });

  it.each([
    [{ mostMembers: 7 }, 'more than 7 files', 7],
    [{ mostBytes: 5_500_000 }, 'more than 6 MB when unpacked', 5],
    [{ mostMs: 0 }, 'more than 0 s of unpacking', 0],
  ] as const)('is read no further than %j', async (limits, why, most) => {
    const { read, error } = await unpacked(name, limits);
    expect(SourceError.isInstance(error) && error.code).toBe('INPUT_UNSUPPORTED');
    expect((error as Error).message).toContain(why);
    expect(read).toBeLessThanOrEqual(most);
    expect(read).toBeGreaterThanOrEqual(most - 1);
  });
});

describe('listing', () => {
  it('counts what is passed over: a bomb of a file that is no photo', async () => {
    const tar = pack();
    tar.entry({ name: 'a.txt' }, NOTHING);
    tar.entry({ name: 'b.jpg' }, NOTHING);
    tar.finalize();
    await pipeline(tar, createGzip(), createWriteStream(at('c.tar.gz')));
    expect((await listPhotos([at('c.tar.gz')])).paths).toHaveLength(1);
    let names = 0;
    const reading = async (): Promise<void> => {
      for await (const member of archiveMembers(at('c.tar.gz'), { mostBytes: 500_000 }))
        names += member.size > 0 ? 1 : 0;
    };
    await expect(reading()).rejects.toMatchObject({ code: 'INPUT_UNSUPPORTED' });
    expect(names).toBeLessThanOrEqual(1);
  });
});
