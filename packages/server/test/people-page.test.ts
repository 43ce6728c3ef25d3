import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { Gallery, l2Normalize, MemoryGalleryStore } from '@fr-stream/core';
import { servePeople, type PeoplePage } from '@fr-stream/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

/** The page of "fr-stream people" to requests that no page of ours makes. */
describe('the page of one gallery', () => {
  let gallery: Gallery;
  let page: PeoplePage;
  let address: URL;
  let id: string;

  beforeAll(async () => {
    gallery = await Gallery.open(new MemoryGalleryStore(), { createId: randomUUID });
    const face = { vector: Float32Array.of(1, 0), norm: 1, model: 'm' };
    await gallery.enroll('Ada', [{ embedding: face, source: 'a.jpg', quality: 1 }]);
    id = gallery.person('Ada').id;
    page = await servePeople({
      gallery,
      picture: () => Promise.resolve(undefined),
      forget: () => Promise.reject(new Error('nobody asked for this')),
      threshold: 0.4,
    });
    address = new URL(page.address);
  });
  afterAll(async () => {
    await page[Symbol.asyncDispose]();
    await gallery[Symbol.asyncDispose]();
  });

  /** @returns the status. Not with `fetch`, which lets nobody say another host. */
  const ask = (
    method: string,
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<number> =>
    new Promise((resolve, reject) => {
      const cookie = `fr_stream_people_${address.port}=${address.searchParams.get('token') ?? ''}`;
      const json = body === undefined ? {} : { 'content-type': 'application/json' };
      const asked = request(
        { method, host: '127.0.0.1', port: address.port, path, headers: { cookie, ...json, ...headers } },
        (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
        },
      );
      asked.on('error', reject).end(body);
    });

  it('is for whoever has its token, under its own address', async () => {
    expect(await ask('GET', '/api/people')).toBe(200);
    for (const [status, headers] of [
      [401, { cookie: '' }],
      [401, { cookie: `fr_stream_people_${address.port}=guessed` }],
      [403, { host: `evil.example:${address.port}` }],
      [403, { host: `localhost.evil.example:${address.port}` }],
      [403, { origin: 'http://evil.example' }],
      [403, { origin: 'null' }],
    ] as const) {
      expect(await ask('POST', '/api/people/undo', undefined, headers), JSON.stringify(headers)).toBe(status);
    }
    expect(gallery.people()).toHaveLength(1);
  });

  it.each([
    ['PATCH', 'ID', '{'],
    ['PATCH', 'ID', '[]'],
    ['PATCH', 'ID', '{"name":5}'],
    ['PATCH', 'ID', '{"__proto__":{"name":"x"}}'],
    ['PATCH', 'ID', `{"name":"${'x'.repeat(2000)}"}`],
    ['POST', 'merge', '{"people":{"length":1000000000}}'],
    ['POST', 'merge', '{"people":[null,null]}'],
    ['POST', 'ID/split', '{"faces":"abc"}'],
    ['POST', 'ID/not', '{"face":5}'],
    ['POST', 'ID/not', '{"person":{}}'],
  ])('refuses what is no such edit: %s %s', async (method, path, body) => {
    expect(await ask(method, `/api/people/${path.replace('ID', id)}`, body)).toBe(400);
    expect(gallery.people().map(({ name }) => name)).toEqual(['Ada']);
    expect(gallery.facesOf(id)).toHaveLength(1);
  });

  it('refuses bodies that are too large, and leads to no files', async () => {
    expect(await ask('PATCH', `/api/people/${id}`, `{"name":"${'x'.repeat(2 ** 20)}"}`)).toBe(413);
    for (const path of ['/ui/..%2fpackage.json', '/ui/%2e%2e%2fpackage.json', '/../package.json']) {
      expect(await ask('GET', path), path).toBe(404);
    }
    expect(await ask('GET', '/api/people?search=a&search=b')).toBe(400);
  });
});

describe('the page of a gallery of very many people', () => {
  const PEOPLE = 4_100;

  it('asks of all of them whether they are the same', async () => {
    const store = new MemoryGalleryStore();
    // Numbers without order, the same in every run (a linear congruential generator).
    let state = 7;
    const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    const vectors = Array.from({ length: PEOPLE }, () =>
      l2Normalize(Float32Array.from({ length: 64 }, () => random() - 0.5)),
    );
    const near = (vector: Float32Array, by: number): Float32Array =>
      l2Normalize(vector.map((value, d) => value + (d === 0 ? by : 0)));
    // Two of the last whom nobody has named; two who have names; two in one picture; two said to be others.
    for (const [one, other, by] of [
      [4_001, 4_099, 0.1],
      [1, 2, 0],
      [4_002, 4_003, 0.01],
      [4_004, 4_005, 0.01],
      [3, 4_098, 0.2],
    ] as const)
      vectors[other] = near(vectors[one], by);
    const people = vectors.map((_, i) => ({
      id: `p${String(i).padStart(5, '0')}`,
      name: `somebody ${i}`,
      ...(i >= 10 && { unnamed: true as const }),
    }));
    await store.apply([
      ...people.map((person) => ({ kind: 'add-person', person }) as const),
      {
        kind: 'add-faces',
        embedder: 'm',
        faces: people.map(({ id }, i) => ({
          id: `${id}-face`,
          personId: id,
          vector: vectors[i],
          source: `${i}.jpg`,
          quality: 1,
          kind: 'photo',
          picture: i === 4_003 ? '4002' : String(i),
        })),
      },
    ]);
    await using gallery = await Gallery.open(store, { createId: randomUUID });
    await gallery.notSame('p04004', 'p04005');
    await using page = await servePeople({
      gallery,
      picture: () => Promise.resolve(undefined),
      forget: () => Promise.reject(new Error('nobody asked for this')),
      threshold: 0.9,
    });
    const { origin, port, searchParams } = new URL(page.address);
    const cookie = `fr_stream_people_${port}=${searchParams.get('token') ?? ''}`;
    const answer = await fetch(`${origin}/api/people/suggestions`, { headers: { cookie } });
    const pairs = z
      .array(z.object({ first: z.object({ id: z.string() }), second: z.object({ id: z.string() }) }))
      .parse(await answer.json());
    expect(pairs.map(({ first, second }) => [first.id, second.id].sort())).toEqual([
      ['p04001', 'p04099'],
      ['p00003', 'p04098'],
    ]);
  });
});
