import { createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, truncate, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { pack } from 'tar-stream';
import { ZipFile } from 'yazl';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveMembers, listPhotos, splitArchivePath, type PhotoList } from '../src/index.js';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

async function writeZip(path: string, members: Readonly<Record<string, Buffer>>): Promise<void> {
  const zip = new ZipFile();
  for (const [name, bytes] of Object.entries(members)) zip.addBuffer(bytes, name);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
}

async function writeTar(
  path: string,
  members: Readonly<Record<string, Buffer>>,
  gzip = false,
): Promise<void> {
  const tar = pack();
  for (const [name, bytes] of Object.entries(members)) tar.entry({ name }, bytes);
  tar.finalize();
  if (gzip) await pipeline(tar, createGzip(), createWriteStream(path));
  else await pipeline(tar, createWriteStream(path));
}

async function contents(list: PhotoList): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for await (const { path, read } of list.entries()) {
    found[relative(folder, path)] = await read().then(
      (bytes) => Buffer.from(bytes).toString('utf8').slice(0, 20),
      (error: Error & { code: string }) => error.code,
    );
  }
  return found;
}

const members = {
  'z.jpg': Buffer.from('z'),
  'deep/a.PNG': Buffer.from('a'),
  'deep/notes.txt': Buffer.from('no photo'),
  '__MACOSX/deep/._a.PNG': Buffer.from('fork'),
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-stream-list-'));
  await chmod(folder, 0o755);
});
afterAll(async () => {
  await chmod(at('locked', 'inner'), 0o755).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
});

describe('archives', () => {
  it('gives the photos of zip, tar and tar.gz, by their content whatever they are called', async () => {
    await writeZip(at('photos.zip'), members);
    await writeTar(at('photos.tar'), members);
    await writeTar(at('photos.tgz'), members, true);
    for (const name of ['photos.zip', 'photos.tar', 'photos.tgz']) {
      const list = await listPhotos([at(name)]);
      const inside = [`${name}!/z.jpg`, `${name}!/deep/a.PNG`];
      expect(list.paths.map((path) => relative(folder, path))).toEqual(inside);
      expect(await contents(list)).toEqual({ [inside[0]]: 'z', [inside[1]]: 'a' });
      expect(list.problems).toEqual([]);
    }
  });

  it('reads nothing that is not needed, and everything in order when several pull at once', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`${String(i).padStart(2, '0')}.jpg`, Buffer.alloc(100_000, i)]),
    );
    await writeTar(at('many.tar'), many);
    const list = await listPhotos([at('many.tar')]);
    const asked: string[] = [];
    const queue = list.entries(({ path }) => {
      asked.push(path);
      return Number(/(\d\d)\.jpg$/.exec(path)?.[1]) % 2 === 0;
    });
    const seen: number[] = [];
    const worker = async (): Promise<void> => {
      for (let next = await queue.next(); next.done !== true; next = await queue.next()) {
        const number = Number(/(\d\d)\.jpg$/.exec(next.value.path)?.[1]);
        if (number % 2 === 1) continue;
        await new Promise((resolve) => setTimeout(resolve, number % 7));
        const bytes = await next.value.read();
        expect([bytes.length, bytes[0], bytes.at(-1)]).toEqual([100_000, number, number]);
        seen.push(number);
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, i) => i * 2));
    expect(asked).toHaveLength(30);
  });

  it('keeps what lies before a break, and says that it broke', async () => {
    const noise = { 'one.jpg': randomBytes(50_000), 'two.jpg': randomBytes(50_000) };
    await writeTar(at('cut.tar.gz'), noise, true);
    await truncate(at('cut.tar.gz'), 80_000);
    const list = await listPhotos([at('cut.tar.gz')]);
    expect(list.problems.map(({ error }) => error.code)).toEqual(['INPUT_UNREADABLE']);
    const [first] = Object.values(await contents(list));
    expect(first).toBe(noise['one.jpg'].toString('utf8').slice(0, 20));
  });

  it('goes on after a member whose name climbs out of its folder, and writes nothing there', async () => {
    await writeZip(at('climbs.zip'), { 'xx/evil.jpg': Buffer.from('e'), 'after.jpg': Buffer.from('a') });
    const bytes = (await readFile(at('climbs.zip'))).toString('latin1');
    await writeFile(at('climbs.zip'), Buffer.from(bytes.replaceAll('xx/evil', '../evil'), 'latin1'));
    const names: string[] = [];
    for await (const { name, bytes: read } of archiveMembers(at('climbs.zip')))
      names.push(`${name} ${Buffer.from(await read()).toString()}`);
    expect(names).toEqual(['../evil.jpg e', 'after.jpg a']);
    await expect(stat(join(folder, '..', 'evil.jpg'))).rejects.toThrow('ENOENT');
  });

  it('says of a file that is called an archive that it is none', async () => {
    await writeFile(at('words.zip'), 'these are words');
    await expect(listPhotos([at('words.zip')])).rejects.toMatchObject({ code: 'INPUT_UNSUPPORTED' });
    const damaged = await readFile(at('photos.zip'));
    await writeFile(at('damaged.zip'), damaged.subarray(0, damaged.length - 30));
    await expect(listPhotos([at('damaged.zip')])).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
  });

  it('tells a damaged member when it is read, and goes on with the next', async () => {
    const long = Buffer.from(randomBytes(5000).toString('hex'));
    await writeZip(at('flip.zip'), { 'a.jpg': long, 'b.jpg': Buffer.from('whole') });
    const bytes = await readFile(at('flip.zip'));
    await writeFile(at('flip.zip'), bytes.fill(0xff, 2000, 3000));
    const found = await contents(await listPhotos([at('flip.zip')]));
    expect(found).toEqual({ 'flip.zip!/a.jpg': 'INPUT_UNREADABLE', 'flip.zip!/b.jpg': 'whole' });
  });

  it('finds the archive in a photo path', () => {
    expect(splitArchivePath('/a/b.zip!/c!/d.jpg')).toEqual({ archive: '/a/b.zip', name: 'c!/d.jpg' });
    expect(splitArchivePath('/a/wow!/d.jpg')).toBeUndefined();
    expect(splitArchivePath('/wow!/b.tar.gz!/d.jpg')).toEqual({ archive: '/wow!/b.tar.gz', name: 'd.jpg' });
  });

  it('never holds more than one member', async () => {
    await writeTar(
      at('large.tar'),
      Object.fromEntries([1, 2, 3].map((i) => [`${i}.jpg`, Buffer.alloc(2 ** 20, i)])),
    );
    const sizes: number[] = [];
    for await (const member of archiveMembers(at('large.tar'))) {
      // Passing over a member must not hang, reading one must give all of it.
      if (member.name !== '2.jpg') sizes.push((await member.bytes()).length);
    }
    expect(sizes).toEqual([2 ** 20, 2 ** 20]);
  });
});

describe('listPhotos', () => {
  it('names what is in the way, and lists the rest', async () => {
    const set = at('locked');
    await mkdir(join(set, 'inner'), { recursive: true });
    await writeFile(join(set, 'inner', 'a.jpg'), 'a');
    await writeFile(join(set, 'b.jpg'), 'b');
    await writeFile(join(set, '._b.jpg'), 'fork');
    await writeFile(join(set, 'closed.jpg'), 'closed');
    await chmod(join(set, 'closed.jpg'), 0);
    await symlink('self', join(set, 'self'));
    await symlink('nowhere', join(set, 'lost.jpg'));
    await symlink('nowhere', join(set, 'lost.txt'));
    await symlink(set, join(set, 'round'));
    await chmod(join(set, 'inner'), 0);
    // Root may read everything; files are opened by the effective user.
    const root = process.getuid?.() === 0;
    if (root) process.seteuid?.(65534);
    try {
      const list = await listPhotos([set]);
      expect(list.problems.map(({ path }) => relative(set, path)).sort()).toEqual(['inner', 'self']);
      expect(list.problems.map(({ error }) => error.message).join()).toContain('permission denied');
      expect(await contents(list)).toEqual({
        'locked/b.jpg': 'b',
        'locked/closed.jpg': 'INPUT_UNREADABLE',
        'locked/lost.jpg': 'INPUT_NOT_FOUND',
      });
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  it('takes archives from patterns and by name, not those that happen to lie in a folder', async () => {
    await mkdir(at('mixed'));
    await writeZip(at('mixed', 'in.zip'), { 'x.jpg': Buffer.from('x') });
    await writeFile(at('mixed', 'y.jpg'), 'y');
    expect(Object.keys(await contents(await listPhotos([at('mixed')])))).toEqual(['mixed/y.jpg']);
    const both = await listPhotos([at('mixed', '*')]);
    expect(Object.values(await contents(both))).toEqual(['x', 'y']);
  });

  it('passes over what is missing from a list, but not from a command', async () => {
    const inputs = [at('none.jpg'), at('mixed', 'y.jpg')];
    await expect(listPhotos(inputs)).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    const list = await listPhotos(inputs, { lenient: true });
    expect([list.paths, list.problems.map(({ error }) => error.code)]).toEqual([
      [inputs[1]],
      ['INPUT_NOT_FOUND'],
    ]);
  });

  it('gives an archive member its archive as its age', async () => {
    const list = await listPhotos([at('photos.zip')]);
    for await (const entry of list.entries()) {
      const facts = await entry.facts();
      expect(facts.modifiedMs).toBe((await stat(at('photos.zip'))).mtimeMs);
      expect(facts.sizeBytes).toBe(1);
    }
  });
});
