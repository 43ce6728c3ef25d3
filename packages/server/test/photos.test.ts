import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enrolableAmong } from '@fr-stream/engine';
import type { Server } from '@fr-stream/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAt } from '../src/people/look-at.js';
import {
  openTenant,
  removeFolder,
  samples,
  startServer,
  tempFolder,
  testEngine,
  until,
} from './support/compose.js';

/** A server on a gallery that the command has filled, beside folders of photos. */
describe('photos on this machine', () => {
  let folder: string;
  let engine: Awaited<ReturnType<typeof testEngine>>;
  let server: Server;

  const get = async <T>(path: string): Promise<T> => (await (await fetch(server.url + path)).json()) as T;

  /** As `fr-stream enroll` does. */
  async function enrol(name: string, path: string): Promise<void> {
    await using tenant = await openTenant('home', join(folder, 'home.db'), undefined, undefined);
    await tenant.gallery.requireEmbedder(engine.embedder.id);
    const photo = await readFile(path);
    const { faces } = await lookAt(engine, engine.codec, photo, false);
    const face = await enrolableAmong(engine, faces, path, { minQuality: 0.25, largest: false });
    const hash = createHash('sha256').update(photo).digest('hex');
    await tenant.gallery.enroll(name, [{ ...face, id: `photo-${hash.slice(0, 24)}`, source: path }], {});
  }

  beforeAll(async () => {
    folder = await tempFolder();
    engine = await testEngine();
    await mkdir(join(folder, 'album'));
    await copyFile(await samples.still(), join(folder, 'album/franck.jpg'));
    await copyFile(await samples.strangers(), join(folder, 'album/four.jpg'));
    await writeFile(join(folder, 'album/broken.jpg'), 'no picture');
    await enrol('Franck', join(folder, 'album/franck.jpg'));
    await copyFile(await samples.still(), join(folder, 'secret.jpg'));
    server = await startServer({ engine, folder, config: { media: [join(folder, 'album')] } });
  });
  afterAll(async () => {
    for (const part of [server, engine]) await part[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  it('show who was enrolled by the command', async () => {
    const { people } = await get<{ people: { name: string; cover: string }[] }>('/api/people');
    expect(people.map(({ name }) => name)).toEqual(['Franck']);
    const address = server.url + (people[0]?.cover ?? '');
    const [first, second] = await Promise.all([fetch(address), fetch(address)]);
    expect([first.status, second.status]).toEqual([200, 200]);
    const jpeg = Buffer.from(await first.arrayBuffer());
    const { faces } = await lookAt(engine, engine.codec, jpeg, false);
    expect(faces).toHaveLength(1);
    // It is kept: the photo may go, or become another one.
    await copyFile(await samples.strangers(), join(folder, 'album/franck.jpg'));
    expect((await fetch(address)).status).toBe(200);
    await copyFile(await samples.still(), join(folder, 'album/franck.jpg'));
  });

  it('are searched in the background, in the folders that jobs may read', async () => {
    const add = (path: string) =>
      fetch(`${server.url}/api/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ kind: 'photos', path }),
      });
    for (const elsewhere of [folder, join(folder, 'secret.jpg'), join(folder, 'album/../secret.jpg')])
      expect((await add(elsewhere)).status).toBe(404);
    type Job = { id: string; state: string; progress: number; frames: number; faces: number };
    const { id } = (await (await add(join(folder, 'album'))).json()) as Job;
    const job = await until('the end', async () => {
      const now = await get<Job>(`/api/jobs/${id}`);
      return now.state === 'done' ? now : undefined;
    });
    expect(job).toMatchObject({ progress: 1, faces: 5 });
    type Line = { photo: string; error?: string; faces?: { name?: string; box: number[] }[] };
    const lines = (await (await fetch(`${server.url}/api/jobs/${id}/result`)).text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const of = (name: string): Line | undefined => lines.find(({ photo }) => photo.endsWith(name));
    expect(of('franck.jpg')?.faces?.map(({ name }) => name)).toEqual(['Franck']);
    expect(of('four.jpg')?.faces).toHaveLength(4);
    expect(of('broken.jpg')?.error).toBeTruthy();

    // Forgotten is forgotten here, too.
    const { people } = await get<{ people: { id: string }[] }>('/api/people');
    await fetch(`${server.url}/api/people/${people[0]?.id ?? ''}`, { method: 'DELETE' });
    const rest = await (await fetch(`${server.url}/api/jobs/${id}/result`)).text();
    expect(rest).not.toContain('Franck');
    expect(rest).not.toContain(people[0]?.id);
    expect(rest.trim().split('\n')).toHaveLength(lines.length);
  });
});
