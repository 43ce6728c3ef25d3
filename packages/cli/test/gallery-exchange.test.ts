import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { galleryToJson } from '@fr-stream/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

const snapshot = {
  embedder: 'faceplugin-feature-512',
  people: [{ id: 'p1', name: 'Zoë “Z”' }],
  faces: [{ id: 'f1', personId: 'p1', vector: Float32Array.of(0.6, -0.8), source: 'ñ.jpg', quality: 0.5 }],
  rejections: [],
  labels: 0,
};

describe('fr-stream gallery export and import', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-stream-exchange-'));
    await writeFile(at('people.json'), galleryToJson(snapshot));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('bring back every bit, and importing twice adds nothing', async () => {
    for (let i = 0; i < 2; i++) {
      const { code, stderr } = await runCli([
        ...['gallery', 'import', at('people.json'), '--gallery', at('a.db')],
      ]);
      expect(stderr).toContain('imported 1 person, 1 face');
      expect(code).toBe(0);
    }
    const { code } = await runCli(['gallery', 'export', at('again.json'), '--gallery', at('a.db')]);
    expect(code).toBe(0);
    expect(JSON.parse(await readFile(at('again.json'), 'utf8'))).toEqual(JSON.parse(galleryToJson(snapshot)));
    const { stdout } = await runCli(['gallery', 'export', '-', '--gallery', at('a.db')]);
    expect(stdout).toBe(await readFile(at('again.json'), 'utf8'));
  });

  it('name file, cause and remedy of what cannot be imported', async () => {
    await writeFile(at('broken.json'), '{"schema": "else"}');
    const broken = await runCli(['gallery', 'import', at('broken.json'), '--gallery', at('b.db')]);
    expect(broken.stderr).toMatch(/broken\.json: .*it says schema "else"/);
    expect(broken.code).toBe(7);
    const missing = await runCli(['gallery', 'import', at('none.json'), '--gallery', at('b.db')]);
    expect(missing.stderr).toMatch(/none\.json: there is no such file/);
    expect(missing.stderr.match(/none\.json/g)).toHaveLength(1);
    expect(missing.code).toBe(3);
    await writeFile(at('cut.json'), galleryToJson(snapshot).slice(0, -20));
    const cut = await runCli(['gallery', 'import', at('cut.json'), '--gallery', at('b.db')]);
    expect(cut.stderr).toMatch(/cut\.json: This is no gallery file/);
    expect(cut.code).toBe(7);
    const other = { ...snapshot, embedder: 'net-2', faces: [{ ...snapshot.faces[0], id: 'f2' }] };
    await writeFile(at('other.json'), galleryToJson(other));
    const mismatch = await runCli(['gallery', 'import', at('other.json'), '--gallery', at('a.db')]);
    expect(mismatch.stderr).toMatch(/other\.json: .*"net-2"/);
    expect(mismatch.code).toBe(7);
  });
});
