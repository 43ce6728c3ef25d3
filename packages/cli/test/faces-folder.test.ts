import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqlitePhotoLibrary } from '@fr-stream/backend-node';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openFacesFolder } from '../src/compose/faces-folder.js';

const root = mkdtempSync(join(tmpdir(), 'faces-folder-'));
afterAll(() => rmSync(root, { recursive: true }));
let home: string;
beforeEach(() => void (home = mkdtempSync(join(root, 'case-'))));

const gallery = (name: string): Promise<SqlitePhotoLibrary> => SqlitePhotoLibrary.open(join(home, name));
const faces = (): string => join(home, 'faces');
/** A run that writes one picture. */
async function filled(name: string): Promise<void> {
  await using library = await gallery(name);
  await using files = await openFacesFolder(library, faces());
  await files.write(`${name}.jpg`, jpeg(name));
}
const jpeg = (text: string): Buffer => Buffer.from(text);

describe('a folder of cut-outs', () => {
  it('takes two runs of one gallery at once', async () => {
    await using library = await gallery('g.db');
    const folder = faces();
    const one = await openFacesFolder(library, folder);
    await using two = await openFacesFolder(library, folder);
    await one.write('a.jpg', jpeg('of one'));
    await two.write('b.jpg', jpeg('of two'));
    await one[Symbol.asyncDispose]();
    // The first has tidied up, and has left the other's work alone.
    await two.write('a.jpg', jpeg('of two'));
    expect(readFileSync(join(folder, 'a.jpg'), 'utf8')).toBe('of two');
    expect(readFileSync(join(folder, 'b.jpg'), 'utf8')).toBe('of two');
  });

  it("is not another gallery's, which would remove its pictures", async () => {
    await filled('mine.db');
    await expect(filled('other.db')).rejects.toThrow(
      `${faces()}: it holds the faces of another gallery, ${join(home, 'mine.db')}.`,
    );
    expect(readdirSync(faces()).sort()).toEqual(['.gallery', 'mine.db.jpg']);
  });

  it('goes with a gallery that was renamed, and moves with it', async () => {
    await filled('g.db');
    renameSync(join(home, 'g.db'), join(home, 'renamed.db'));
    await filled('renamed.db');
    await expect(filled('new.db')).rejects.toThrow('another gallery');
    const moved = `${home}-moved`;
    renameSync(home, moved);
    home = moved;
    await filled('renamed.db');
    expect(readdirSync(faces()).sort()).toEqual(['.gallery', 'g.db.jpg', 'renamed.db.jpg']);
  });

  it('that was made for nothing is not left behind', async () => {
    await using library = await gallery('g.db');
    await (await openFacesFolder(library, join(home, 'deep', 'er')))[Symbol.asyncDispose]();
    expect(readdirSync(home).filter((name) => !name.startsWith('g.db'))).toEqual([]);
  });
});
