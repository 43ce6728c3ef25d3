import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBounded, requireRegularFile } from '@fr-stream/backend-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('readBounded', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-bounded-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('reads a file of as many bytes as may be there, not of one more', async () => {
    const file = join(folder, 'ten');
    await writeFile(file, '0123456789');
    expect((await readBounded(file, 10)).toString()).toBe('0123456789');
    await expect(readBounded(file, 9)).rejects.toThrow('more than 9 bytes');
    await expect(readBounded(join(folder, 'none'), 9)).rejects.toThrow('ENOENT');
    await expect(readBounded(folder, 9)).rejects.toThrow('EISDIR');
  });

  it.skipIf(process.platform === 'win32')('ends on a device that does not, and reads pipes', async () => {
    await expect(readBounded('/dev/zero', 100_000)).rejects.toThrow('more than 100000 bytes');
    await expect(requireRegularFile('/dev/zero')).rejects.toThrow('it is a device or pipe');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [read] = await Promise.all([readBounded(pipe, 10), writeFile(pipe, 'key')]);
    expect(read.toString()).toBe('key');
  });
});
